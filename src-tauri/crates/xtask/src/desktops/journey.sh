#!/bin/bash
# journey.sh DESKTOP: logs a user in, uses the program, logs out, and does so again. Runs as root in
# the booted system. Each line `ok` is an assertion whose condition was awaited.
set -u
desktop=$1
pictures=/opt/desktops/pictures
mkdir -p $pictures

ok() { echo "  ok: $*"; }
fail() {
    echo "  failed: $*"
    ps -u user -o pid,args --no-headers | tail -30
    tail -20 "/var/log/desktop-$desktop.log"
    find /home/user -path '*thinq-tray*' -name '*.log*' -exec tail -n 20 {} +
    exit 1
}
# Tenths of a second, then a command.
await() {
    local left=$1
    shift
    until "$@" > /dev/null 2>&1; do
        left=$((left - 1))
        [ $left -gt 0 ] || return 1
        sleep 0.1
    done
}
as_user() {
    setpriv --reuid user --regid user --init-groups env -i HOME=/home/user USER=user LANG=C.UTF-8 \
        PATH=/usr/bin:/bin XDG_RUNTIME_DIR=/run/user/1000 \
        DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus DISPLAY=:9 GDK_GL=disable "$@"
}
program() { pgrep -u user -x thinq-tray; }
is_gone() { ! program; }
has_icon() { as_user thinq-tray doctor | grep -q '✓ Tray:'; }
sway() { as_user swaymsg -s "$(ls /run/user/1000/sway-ipc.*.sock)" "$@"; }
has_window() { pgrep -u user -x thinq-tray-wind; }
has_no_window() { ! has_window; }
is_in_front() {
    case $desktop in
    # Of the window itself: no other one is named between both.
    sway) sway -t get_tree | tr -d ' \n' | grep -qP '"focused":true((?!"focused").)*"app_id":"thinq-tray"' ;;
    xfce) as_user xdotool getactivewindow getwindowname | grep -q '^ThinQ Tray' ;;
    *) has_window ;;
    esac
}
activate() {
    as_user busctl --user -- call "org.kde.StatusNotifierItem-$(program)-1" /StatusNotifierItem \
        org.kde.StatusNotifierItem Activate ii 1 1
}
close_window() {
    case $desktop in
    sway) sway '[app_id="thinq-tray"] kill' ;;
    xfce) as_user xdotool key alt+F4 ;;
    *) pkill -u user -x thinq-tray-wind ;;
    esac
}
menu() {
    as_user busctl --user -- call "org.kde.StatusNotifierItem-$(program)-1" /MenuBar \
        com.canonical.dbusmenu GetLayout iias 0 -1 0
}
has_menu() { menu | grep -q 'Open history.*Quit'; }
size() { grep -o '"size":\[[^]]*\]' /home/user/.local/state/thinq-tray/window.json; }
login() {
    systemctl reset-failed desktop 2> /dev/null
    systemd-run --quiet --unit=desktop --collect -p User=user -p PAMName=login -p KillMode=mixed \
        -p WorkingDirectory=/home/user -p StandardOutput="append:/var/log/desktop-$desktop.log" \
        -p StandardError="append:/var/log/desktop-$desktop.log" -E XDG_SESSION_CLASS=user -E LANG=C.UTF-8 \
        /opt/desktops/session.sh "$desktop"
    await 300 has_icon || fail "no icon after the login"
}
logout() {
    case $desktop in
    sway) sway exit > /dev/null 2>&1 ;;
    xfce) as_user xfce4-session-logout --logout --fast ;;
    *) systemctl stop desktop ;;
    esac
    await 100 test ! -e "/run/systemd/transient/desktop.service"
    await 30 is_gone || fail "the program goes on after the logout"
}
picture() {
    case $desktop in
    sway) as_user env WAYLAND_DISPLAY="$(basename "$(ls -d /run/user/1000/wayland-? | head -1)")" grim - > "$pictures/$desktop-$1.png" ;;
    xfce) as_user import -window root png:- > "$pictures/$desktop-$1.png" ;;
    esac
}

# What an earlier run left.
systemctl stop desktop 2> /dev/null
await 50 is_gone
login
ok "icon after the login"
has_no_window || fail "a window came up at the login"
await 50 has_menu || { menu; fail "the menu is incomplete"; }
ok "menu"

case $desktop in
sway) pkill -x waybar; as_user systemd-run --user --quiet --collect waybar ;;
xfce) as_user xfce4-panel --restart ;;
esac
await 300 has_icon || fail "no icon after the panel was restarted"
ok "icon after the panel was restarted"

as_user thinq-tray notify-test || fail "no notification"
case $desktop in
sway)
    as_user makoctl invoke default || as_user makoctl invoke
    await 150 is_in_front || fail "a click on the notification opens no window"
    close_window; await 100 has_no_window || fail "the window does not close"
    ;;
xfce)
    width() { as_user xdotool search --onlyvisible --class xfce4-notifyd getwindowgeometry --shell | sed -n 's/^WIDTH=//p' | head -1; }
    await 50 test -n "$(width)"
    [ "$(width)" -lt 500 ] || fail "the notification is $(width) wide"
    ;;
esac
picture notification
ok "notification"

before=
for opening in 1 2 3; do
    activate || fail "the icon takes no click"
    await 200 is_in_front || fail "no window in front after a click on the icon"
    if [ $opening = 1 ]; then
        sleep 1 # for the picture: the page is drawn after the window is there
        picture window
    fi
    close_window
    await 100 has_no_window || fail "the window does not close"
    [ -z "$before" ] || [ "$before" = "$(size)" ] || fail "size $before became $(size)"
    before=$(size)
done
ok "window in front, three times with the size $before"

logout
ok "the logout ends the program"
login
activate && await 200 is_in_front || fail "no window after the second login"
ok "icon and window after the second login"

pkill -HUP -u user -x thinq-tray
await 30 is_gone || fail "SIGHUP does not end the program"
find /home/user -path '*thinq-tray*' -name '*.log*' -exec tail -qn 1 {} + | grep -q stopped || fail "no clean stop on SIGHUP"
ok "clean stop on SIGHUP"
systemctl stop desktop 2> /dev/null
exit 0
