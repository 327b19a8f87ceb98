#!/bin/sh
# session.sh DESKTOP: a session as a login manager starts it. The program starts with it.
case $1 in
sway)
    export XDG_CURRENT_DESKTOP=sway XDG_SESSION_TYPE=wayland
    export WLR_BACKENDS=headless WLR_RENDERER=pixman WLR_LIBINPUT_NO_DEVICES=1
    mkdir -p ~/.config/sway ~/.config/waybar
    # Its other modules look for hardware.
    echo '{ "modules-right": ["tray"] }' > ~/.config/waybar/config
    cat > ~/.config/sway/config <<X
output HEADLESS-1 resolution 1280x800 position 0,0
output * bg #285577 solid_color
for_window [app_id="thinq-tray"] floating enable
exec dbus-update-activation-environment --systemd WAYLAND_DISPLAY SWAYSOCK XDG_CURRENT_DESKTOP
exec mako
exec waybar
exec thinq-tray --hidden
X
    exec sway
    ;;
xfce)
    Xvfb :9 -screen 0 1280x800x24 -nolisten tcp -noreset &
    display=$!
    export DISPLAY=:9 XDG_CURRENT_DESKTOP=XFCE XDG_SESSION_TYPE=x11
    while ! xdpyinfo > /dev/null 2>&1; do sleep 0.1; done
    dbus-update-activation-environment --systemd DISPLAY XDG_CURRENT_DESKTOP
    # A first panel asks what it is to show, unless it has been told.
    mkdir -p ~/.config/xfce4/xfconf/xfce-perchannel-xml ~/.config/autostart
    cp /etc/xdg/xfce4/panel/default.xml ~/.config/xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml
    printf '[Desktop Entry]\nType=Application\nName=ThinQ Tray\nExec=thinq-tray --hidden\n' \
        > ~/.config/autostart/thinq-tray.desktop
    xfce4-session
    kill $display
    wait $display
    ;;
gnome)
    export XDG_CURRENT_DESKTOP=GNOME XDG_SESSION_TYPE=wayland
    mkdir -p ~/.config/autostart
    printf '[Desktop Entry]\nType=Application\nName=ThinQ Tray\nExec=thinq-tray --hidden\n' \
        > ~/.config/autostart/thinq-tray.desktop
    exec gnome-shell --headless --virtual-monitor 1280x800
    ;;
plasma)
    export XDG_CURRENT_DESKTOP=KDE XDG_SESSION_TYPE=wayland
    mkdir -p ~/.config/autostart
    printf '[Desktop Entry]\nType=Application\nName=ThinQ Tray\nExec=thinq-tray --hidden\n' \
        > ~/.config/autostart/thinq-tray.desktop
    exec kwin_wayland --virtual --width 1280 --height 800 --exit-with-session startplasma-wayland
    ;;
esac
