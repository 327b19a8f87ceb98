### The self-check: the name of each subject, and a line for each finding.

check-keyring = Password store
check-keyring-ready = Your sign-in is kept safe and survives a restart.
check-keyring-demo = The demo keeps its sign-in only while it runs.
check-keyring-missing = No password store runs, so your sign-in ends with the app. Install one such as GNOME Keyring or KWallet.
check-keyring-locked = The password store is locked. Unlock it to stay signed in after a restart.
check-keyring-notSetUp = No password store has been set up, so your sign-in ends with the app. Sign in again to set one up.
check-keyring-failing = The password store does not answer as it should, so your sign-in ends with the app.

check-notificationServer = Notifications
# $detail: the name of the program that shows notifications
check-notificationServer-ready = { $detail } shows notifications, with buttons.
# $detail: as above
check-notificationServer-plain = { $detail } shows notifications, without buttons. A click opens the event.
# $detail: as above
check-notificationServer-quiet = Do not disturb is on, so { $detail } holds notifications back.
check-notificationServer-missing = Nothing shows notifications here. Install a notification service, for example dunst.
check-notificationServer-silent = The notification service does not answer. Start it again, or log in again.
check-notificationServer-system = The system shows notifications. Its own settings say whether it does so for ThinQ Tray.

check-trayHost = Tray
check-trayHost-ready = The desktop shows the tray icon.
check-trayHost-missing = The desktop has no place for tray icons, so the window opens instead. GNOME needs the extension AppIndicator.
check-trayHost-withoutIcon = The desktop has a place for tray icons, but does not show this one. Quit ThinQ Tray and start it again.
check-trayHost-system = The system shows the tray icon.

check-connect = LG
# $detail: how many of how many, for example 12/60
check-connect-ready = LG answers and accepts the token. Calls in this hour: { $detail }
check-connect-open = LG can be reached. You will know more once you are signed in.
check-connect-dead = LG cannot be reached. Check the internet connection.
check-connect-unknown = LG has not been asked yet.
check-connect-failed = LG could not do what it was asked for.

check-features = Token
check-features-ready = The token allows everything that was tried.
check-features-missing = The token lacks a permission. Everything else works.
check-features-unknown = What the token allows is known once you are signed in.

check-broker = Connection to LG
# $detail: a port and the last day of a certificate, for example 443, 2049-12-31
check-broker-listening = Connected. Notifications arrive at once. Port, and last day of the certificate: { $detail }
check-broker-connecting = Being connected right now.
check-broker-offline = Not connected. The app keeps trying by itself.
check-broker-refused = Not connected until you sign in again.
check-broker-signedOut = Not connected, as you are signed out.
check-broker-keyringLocked = Not connected until the password store is unlocked.
check-broker-keyringUnavailable = Not connected, as the password store cannot be read. It is tried again by itself; until then you can sign in.
check-broker-limited = LG asks for a pause. The app goes on by itself afterwards.
check-broker-notRunning = Not connected, as ThinQ Tray is not running. Start it with thinq-tray.

check-hub = Hub
check-hub-ready = The hub answers.
check-hub-open = Something answers at the hub’s address. You will know more once you are signed in.
check-hub-dead = Nothing answers at the hub’s address. Check the address, and that the hub is on.
check-hub-unknown = Nobody has asked the hub yet.
check-hub-failed = The hub could not do what it was asked for.

check-callback = Connection to LG
check-callback-listening = Connected. Notifications arrive at once.
check-callback-connecting = Being connected right now.
check-callback-offline = Not connected. The app keeps trying by itself.
check-callback-refused = Not connected until you sign in again.
check-callback-signedOut = Not connected, as you are signed out.
check-callback-keyringLocked = Not connected until the password store is unlocked.
check-callback-keyringUnavailable = Not connected, as the password store cannot be read. It is tried again by itself; until then you can sign in.
check-callback-limited = LG asks for a pause. The app goes on by itself afterwards.
check-callback-notRunning = Not connected, as ThinQ Tray is not running. Start it with thinq-tray.

check-subscriptions = Appliances
# $detail: a number of appliances
check-subscriptions-ready = Appliances that send notifications: { $detail }
# $detail: a number of appliances and a time, for example 9, 2026-12-02 05:40
check-subscriptions-renewed = Appliances that send notifications, and when their subscription is renewed at the latest: { $detail }
# $detail: how many of how many, for example 7/9
check-subscriptions-some = Appliances that send notifications: { $detail }. The list of appliances says what is wrong with the others.
check-subscriptions-failed = The appliances could not be read or switched on for notifications.
check-subscriptions-unknown = What the appliances send is known once you are connected.

check-clock = Clock
check-clock-right = The time of this computer agrees with LG’s.
# $detail: a number of minutes
check-clock-ahead = This computer is { $detail } minutes ahead of LG. Let it set its clock by itself.
# $detail: a number of minutes
check-clock-behind = This computer is { $detail } minutes behind LG. Let it set its clock by itself.
check-clock-unknown = The time has not been compared with LG’s yet.

check-database = History
# $detail: a size such as 1.2 MiB
check-database-sound = The history is sound: { $detail }
check-database-empty = There is no history yet.
# $detail: a size such as 1.2 MiB
check-database-unchecked = The history is too large to look through all of it now: { $detail }. Nothing wrong was found.
# $detail: a size such as 1.2 MiB
check-database-damaged = The history is damaged: { $detail }. Start the app again to let it save what can be read.
check-database-unreadable = The history cannot be read. Check that your folders can be written to.
check-database-memory = New events are not kept. Check that the disk has space and that your folders can be written to.

check-autostart = Start with the computer
check-autostart-on = ThinQ Tray starts with the computer.
check-autostart-off = ThinQ Tray does not start with the computer, as you wish.
check-autostart-moved = The computer tries to start ThinQ Tray from where it no longer is.
check-autostart-elsewhere = The computer starts another copy of ThinQ Tray.
check-autostart-unknown = The system does not tell what it starts.

check-settings = Settings
check-settings-fine = All settings make sense.
# $detail: names of settings, as they stand in the file
check-settings-invalid = These settings make no sense, so their defaults are used: { $detail }
check-settings-broken = The settings file cannot be read, so the defaults are used. Mend it, or let the app put it aside.

check-report-saved = The report was saved.

check-forwarding = Forwarding
# $detail: the name of a target
check-forwarding-ready = “{ $detail }” takes events.
# $detail: as above
check-forwarding-untried = “{ $detail }” has taken no event yet. A test in the settings shows whether it does.
# $detail: as above
check-forwarding-off = “{ $detail }” is switched off.
# $detail: as above
check-forwarding-failing = “{ $detail }” takes no events.
# $detail: as above
check-forwarding-notRunning = “{ $detail }” gets events once ThinQ Tray runs.
