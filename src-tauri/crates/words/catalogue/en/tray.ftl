### The tray, its menu, notifications, what happens to devices, and the command line.

-app = ThinQ Tray
app-name = { -app }

## The status, in the tray, in the window and on the command line

status-signedOut = Signed out
status-keyringLocked = Password store is locked
status-keyringUnavailable = Password store is not available
status-connecting = Connecting…
status-listening = Listening for notifications
status-offline = Offline, trying again
# $since, $retry: times of day or dates; $reason: a sentence
status-offline-detail = Since { $since }. { $reason } Next try at { $retry }.
status-signInNeeded = Sign in again
# $until: a time of day, such as 14:30
status-limited = Waiting until { $until }, as LG asks
# $until: a time of day, such as 14:30
status-paused = Notifications paused until { $until }
status-paused-open = Notifications paused until you switch them on again
# $until: a time of day, such as 07:00
status-quiet = Quiet hours until { $until }
# $version: of the newer release; $page: its address
status-newer-release = Version { $version } of { -app } is out: { $page }

## Times of day

# $time: an hour from 1 to 12 with its minutes, such as 9:30
time-morning = { $time } AM
time-afternoon = { $time } PM
# $month: from 1 to 12; $day: of the month; $time: a time of day
time-on-day = { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
} { $day }, { $time }

## The tray's tooltip and menu

# $status: one of the texts above
tray-tooltip = { -app }: { $status }
# $status: one of the texts above; $count: unread events
tray-tooltip-unread = { -app }: { $status }, { $count ->
    [one] { $count } new event
   *[other] { $count } new events
}
tray-unread = { $count ->
    [0] Nothing new
    [one] { $count } new event
   *[other] { $count } new events
}
# $time: a time of day or a date; $device: its name; $title: what it told
tray-event = { $time }  { $device }: { $title }
# $device: the name of an appliance; $state: what it does, or what is wrong
tray-appliance = { $device }: { $state }
# $device: the name of an appliance; $part: one of its parts
tray-part = { $device } ({ $part })
# $device: the name of an appliance; $state: what it does; $time: a time of day or a date
tray-running-until = { $device }: { $state }, ready at { $time }
# $device: the name of an appliance; $state: what it does; $time: a time of day or a date
tray-reserved = { $device }: { $state }, starts at { $time }
# $device: the name of an appliance
tray-door-open = { $device }: door open
# $device: the name of an appliance; $door: which of its doors
tray-named-door-open = { $device }: { $door } door open
tray-no-events = No events yet
tray-open-history = Open history
tray-sign-in = Sign in…
tray-sign-out = Sign out
tray-pause-hour = Pause notifications for an hour
tray-pause = Pause notifications
tray-pause-for-hour = For an hour
tray-pause-morning = Until tomorrow morning
tray-pause-open = Until I switch them on again
tray-resume = Resume notifications
tray-reconnect = Try now
tray-unlock = Unlock password store
tray-quit = Quit

## Notifications

# Labels of buttons: at most 14 letters, or desktops cut them off
notification-action-show = Show
notification-action-sign-in = Sign in
notification-action-done = Done
notification-action-remind-later = In 30 minutes
notification-action-mute-device = Mute today
notification-action-pause = Pause 1 hour
notification-test-title = This is a test
notification-test-body = Notifications from your appliances look like this.
# $title: what happened; $time: a time of day or a date
notification-reminder = Reminder: { $title } ({ $time })
notification-sign-in-needed-title = Sign in again
notification-sign-in-needed-body = LG signed you out. Sign in again to keep receiving notifications.
notification-token-needed-title = Make a new token
notification-token-needed-body = LG no longer accepts the personal access token. Make a new one and sign in with it to keep receiving notifications.
notification-no-icon-title = ThinQ Tray is still running
notification-no-icon-body = Nothing on this desktop shows its icon. Click here, or start it again, to open the window.
notification-sign-in-left-title = You are signed out
notification-sign-in-left-body = The sign-in is still in the password store of this computer, which is locked. It is deleted once you unlock it.
# $state: locked, notSetUp, failing or missing
notification-keyring-title = You will be asked to sign in again
notification-keyring-body = { $state ->
    [locked] The password store of this computer is locked, so the sign-in ends with the app.
    [notSetUp] No password store has been set up on this computer, so the sign-in ends with the app.
    [failing] The password store of this computer does not answer as it should, so the sign-in ends with the app.
   *[missing] This computer has no place to keep the sign-in safe, so it ends with the app.
}
# $count: events that arrived together
notification-summary = { $count ->
    [one] { $count } new event
   *[other] { $count } new events
}
# $event: what happened
notification-late = { $event } (while not connected)
# $event: what happened; $time: a time of day or a date
notification-late-at = { $event } ({ $time }, while not connected)
# $event: what happened; $from, $until: times of day or dates
notification-late-between = { $event } (between { $from } and { $until }, while not connected)
# $count: events
notification-expired = { $count ->
    [one] { $count } old event was deleted
   *[other] { $count } old events were deleted
}
notification-expired-body = They were older than the settings allow. See Settings → How long events are kept.
# $count: events that came while notifications were held back
notification-digest = While it was quiet: { $count ->
    [one] { $count } event
   *[other] { $count } events
}
# $device: the name of one of the devices; $count: the other devices
notification-summary-devices = { $count ->
    [0] { $device }
    [one] { $device } and { $count } other appliance
   *[other] { $device } and { $count } other appliances
}

## What an event says when it carries no push code

# $device: the name of the device
event-registered = { $device } was added to your LG account
event-unregistered = { $device } was removed from your LG account
# $device: the name it has now
event-renamed = Now called { $device }
event-text = A message arrived
# $from, $until: times of day or dates; $reason: asleep, network or service
event-gap = Not connected from { $from } to { $until }: { $reason ->
    [asleep] the computer slept
    [network] the network was away
   *[service] LG’s service could not be reached
}
event-gap-untimed = Not connected: { $reason ->
    [asleep] the computer slept
    [network] the network was away
   *[service] LG’s service could not be reached
}
event-found-after-gap = Found after a gap
event-unnamed = There is news from the appliance
event-unknown-device = Unknown appliance

## The start with the computer

# Shown by the desktop when it asks the user; at most 256 letters
autostart-reason = ThinQ Tray starts with the computer, so that you miss no notification of your appliances.

## The command line

cli-account-prompt = LG account:
cli-password-prompt = Password:
cli-token-prompt = Personal access token (made at https://connect-pat.lgthinq.com, for personal, non-commercial use):
cli-signing-in = Signing in…
cli-signed-in = Signed in.
cli-signed-in-devices = { $count ->
    [one] 1 appliance was found.
   *[other] { $count } appliances were found.
}
cli-signed-out = Signed out.
cli-not-signed-in = You are not signed in. Sign in with: thinq-tray sign-in
# $state: locked, notSetUp, failing or missing
cli-keyring-warning = { $state ->
    [locked] The password store is locked: you will be asked to sign in again after a restart.
    [notSetUp] No password store has been set up: you will be asked to sign in again after a restart.
    [failing] The password store does not answer as it should: you will be asked to sign in again after a restart.
   *[missing] This computer has no place to keep the sign-in safe: you will be asked to sign in again after a restart.
}
cli-hub-warning = The hub is not on a private network. The sign-in travels to it without encryption.
forward-test-device = Test
forward-test-text = This is a test of ThinQ Tray.
# Names of what Home Assistant shows of an appliance
forward-run-state = State
forward-time-left = Time left
forward-ready-at = Ready at
forward-error = Error
forward-no-error = None
forward-door = Door
forward-event = Notification
cli-forward-none = Nothing is forwarded. Add a target with: thinq-tray forward add
# $name: of a target
cli-forward-added = Added. Try it with: thinq-tray forward test “{ $name }”
cli-forward-removed = Removed, with its secret and what waited for it.
# $answer: of the other side
cli-forward-tested = The test message was taken: { $answer }
cli-forward-secret = Password, token or key:
cli-forward-off = off
# $time: a date with a time
cli-forward-delivered = last delivery { $time }
cli-forward-untried = nothing delivered yet
cli-forward-waiting = { $count ->
    [one] { $count } event waits
   *[other] { $count } events wait
}
cli-forward-given-up = { $count ->
    [one] { $count } event given up
   *[other] { $count } events given up
}
cli-listening = Listening for notifications. Press Ctrl+C to stop.
cli-stopped = Stopped.
cli-demo = This is a demo with a simulated home on this computer. Nothing reaches LG.
cli-not-running = ThinQ Tray is not running.
cli-output-failed = The output cannot be written: { $detail }.
cli-history-empty = No events yet.
# $text: what was searched for
cli-history-nothing-found = No events match “{ $text }”.
# $name: the notification server; $version: its version
cli-notify-test-server = Notification server: { $name } { $version }
# $capabilities: in the server's own words, separated by commas
cli-notify-test-capabilities = It can: { $capabilities }
cli-notify-test-inhibited = The desktop says “do not disturb”, so it may show nothing now.
cli-notify-test-taken = The test notification was taken.

cli-history-no-device = No appliance is called “{ $text }”.
cli-history-exported = { $count ->
    [one] { $count } event was written.
   *[other] { $count } events were written.
}
# $skipped: events that were there already or could not be read
cli-history-imported = { $count ->
    [one] { $count } event was added
   *[other] { $count } events were added
}, { $skipped } skipped.
cli-history-deleted = { $count ->
    [one] { $count } event was deleted.
   *[other] { $count } events were deleted.
}
cli-status-account = Signed in: { $signedIn ->
    [yes] yes
    [locked] unknown, the password store is locked
    [failing] unknown, the password store does not answer as it should
    [missing] unknown, no password store is running
    [notSetUp] unknown, no password store has been set up
   *[no] no
}
# $detail: a country: two letters
cli-status-connect = Provider: LG ThinQ Connect ({ $detail })
# $detail: an account
cli-status-hub = Provider: DAMDA hub ({ $detail })
cli-status-unread = New events: { $count }
# $count: calls since midnight; $budget: calls that are allowed in a day
cli-status-calls = Calls to LG today: { $count } of { $budget }
# $time: a date and a time of day
cli-status-last-event = Last event: { $time }

## The window’s own dialogs

dialog-command = Run this program for each event?
dialog-command-run = Run it
dialog-command-cancel = Cancel
dialog-export = Export history
dialog-import = Import history
dialog-report = Save problem report
dialog-text = Text
dialog-csv = Table (CSV)
dialog-json = Data (JSON)

## The exported table

export-time = Time
export-device = Appliance
export-event = Event
export-category = Kind
export-severity = Importance
export-code = Code
export-sent = LG’s time
export-read = Read
export-yes = yes
export-no = no
export-category-finished = Finished
export-category-failed = Failed
export-category-safety = Safety
export-category-maintenance = Maintenance
export-category-reminder = Waiting for you
export-category-status = Status
export-severity-info = Information
export-severity-attention = Needs attention
export-severity-error = Problem
