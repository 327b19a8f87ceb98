#!/bin/sh
# boot.sh ROOT: boots the systemd of ROOT in namespaces of its own, without a network. Ends with it.
set -e
cgroups=/sys/fs/cgroup
[ -d $cgroups/unified ] && cgroups=$cgroups/unified
mkdir -p $cgroups/thinq-tray-desktops
echo $$ > $cgroups/thinq-tray-desktops/cgroup.procs
exec unshare --mount --pid --ipc --uts --net --cgroup --fork --kill-child sh -c '
  set -e
  mount --make-rprivate /
  mount --bind "$1" "$1"
  cd "$1"
  mount -t proc proc proc
  mount -t sysfs sysfs sys
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  mount -t tmpfs -o mode=755,nosuid tmpfs dev
  for device in null zero full random urandom tty; do touch dev/$device; mount --bind /dev/$device dev/$device; done
  mkdir dev/pts dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
  ln -s pts/ptmx dev/ptmx; ln -s /proc/self/fd dev/fd
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  mount -t tmpfs -o mode=755 tmpfs run
  mount -t tmpfs -o mode=1777 tmpfs tmp
  hostname desktops
  ip link set lo up
  mkdir -p .old; pivot_root . .old
  exec chroot . /bin/bash -c "umount -l /.old; exec env -i container=unshare PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --log-target=console" < /dev/null
' _ "$1"
