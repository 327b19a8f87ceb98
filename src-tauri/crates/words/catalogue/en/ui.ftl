### The window: sign-in and history. Read by the page alone.

## Everywhere

window-try-again = Try again
window-dismiss = Dismiss
window-close = Close
window-cancel = Cancel
window-menu = Menu
window-loading = Loading…

## The status line below the title of `status-…`

window-status-signed-out = Sign in to receive notifications
window-status-keyring-locked = Unlock it to receive notifications
window-status-keyring-unavailable = A stored sign-in cannot be read
window-status-connecting = On the way to LG
# $provider: LG ThinQ or DAMDA hub; $since: a time of day or a date
window-status-listening = { $provider } · Since { $since } · { $devices ->
    [0] no appliances
    [one] { $devices } appliance
   *[other] { $devices } appliances
}
window-status-limited = Notifications go on by themselves afterwards

## Notices above the history

window-link-lost = ThinQ Tray is not running in the background. Trying to reach it again.
window-notice-paused = Notifications are paused until you resume them.
# $until: a time of day or a date
window-notice-quiet = Quiet hours until { $until }. Until then notifications only go to the history.
window-keyring-missing = You will be asked to sign in again after a restart: this computer has no place to keep the sign-in safe.
window-keyring-locked = You will be asked to sign in again after a restart: the password store of this computer is locked.
window-keyring-notSetUp = You will be asked to sign in again after a restart: no password store has been set up on this computer.
window-keyring-failing = You will be asked to sign in again after a restart: the password store of this computer does not answer as it should.
window-notice-keyring-locked = Your sign-in is in the password store of this computer, which is locked.
# $state: notSetUp, failing or missing
window-notice-keyring-unavailable = A stored sign-in cannot be read: { $state ->
    [notSetUp] no password store has been set up on this computer.
    [failing] the password store of this computer does not answer as it should.
   *[missing] no password store is running on this computer.
}
window-demo = This is a simulated home on this computer. Nothing reaches LG.
window-demo-leave = Leave the demo

## The provider: how this program reaches LG

window-provider-connect = LG ThinQ
window-provider-hub = DAMDA hub
# $feature: one of window-feature-…
window-feature-missing = The personal access token does not allow this: { $feature }.
window-feature-devices = list of appliances
window-feature-states = status of appliances
window-feature-control = control of appliances
window-feature-pushes = push notifications
window-feature-events = status reports (events)
window-feature-energy = energy consumption
window-energy = Energy
window-energy-read = Read { $time }
window-energy-today = Today
window-energy-yesterday = Yesterday
window-energy-this-month = This month
window-energy-last-month = Last month
window-energy-not-yet = Not published by LG yet
window-energy-days = By day
window-energy-months = By month
window-energy-day = Day
window-energy-month = Month
window-energy-total = { $energy } in all
window-token-page = Open LG's page
window-token-page-address = Open this address in a browser:

## Sign-in

window-sign-in-title = Sign in to LG ThinQ
window-sign-in-provider = How to sign in
window-sign-in-provider-connect = With a personal access token
window-sign-in-provider-hub = With your LG account
window-sign-in-intro = With the account you use in the ThinQ app. The password is not kept.
window-sign-in-demo = A simulated home is running on this computer. Everything is filled in already: just sign in.
window-sign-in-steps = How to get a token
window-sign-in-step-open = Open LG's page and sign in with the account of your ThinQ app.
window-sign-in-step-create = Choose “ADD NEW TOKEN”, give it a name, allow everything in the list and choose “CREATE TOKEN”.
window-sign-in-step-paste = Copy the token and paste it here.
window-sign-in-token-page = Open LG's token page
window-sign-in-token-page-opened = Opened in your browser
window-sign-in-token = Personal access token
window-sign-in-token-hint = It is kept in this computer's password store and nowhere else.
window-sign-in-token-show = Show token
window-sign-in-token-hide = Hide token
window-sign-in-country = Country of your LG account
window-sign-in-country-hint = Search by name or code
window-sign-in-country-all = Show all countries
# $text: what was searched for
window-sign-in-country-none = LG offers this in no country named “{ $text }”.
window-sign-in-country-found = { $count ->
    [one] { $count } country found
   *[other] { $count } countries found
}
window-sign-in-personal = LG allows this for personal, non-commercial use only.
window-sign-in-found = { $devices ->
    [0] Signed in. No appliances found yet.
    [one] Signed in. { $devices } appliance found.
   *[other] Signed in. { $devices } appliances found.
}
window-sign-in-new-token = Make a new token…
window-sign-in-hub = Hub address
window-sign-in-hub-hint = For example http://192.168.0.10:5010
window-sign-in-account = LG account
window-sign-in-account-hint = Usually an e-mail address
window-sign-in-password = Password
window-sign-in-password-show = Show password
window-sign-in-password-hide = Hide password
window-sign-in-advanced = Advanced
window-sign-in-callback = Callback address
window-sign-in-callback-hint = Where notifications come from. Begins with wss://
window-sign-in-password-form = Send the password
window-sign-in-password-sha512 = As a SHA-512 hash (default)
window-sign-in-password-plain = As plain text
window-sign-in-password-form-hint = Only if your hub asks for plain text.
window-sign-in-emp-id = EMP client ID
window-sign-in-emp-secret = EMP client secret
window-sign-in-connect-id = Connect client ID
window-sign-in-connect-secret = Connect client secret
window-sign-in-secret-kept = Kept. Type to replace it
window-sign-in-submit = Sign in
window-sign-in-busy = Signing in…
window-sign-in-plain-http-hash = This address is neither encrypted nor on a private network. On the way, others can read your account, a hash of your password that is enough to sign in, and everything your appliances tell.
window-sign-in-plain-http-password = This address is neither encrypted nor on a private network. On the way, others can read your account, your password, and everything your appliances tell.
window-sign-in-plain-callback = This address is neither encrypted nor on a private network. On the way, others can read your sign-in and everything your appliances tell.

## History

window-history = History
window-history-search = Search the history
window-history-search-clear = Clear the search
window-history-today = Today
window-history-yesterday = Yesterday
window-history-unread = New
window-history-mark-all = Mark all as read
window-history-empty = Nothing yet
window-history-empty-hint = When the washer ends or the fridge stays open, you read it here, within a second.
window-history-empty-signed-out-hint = Sign in, and what your appliances tell is kept here.
window-history-search-empty = Nothing found
# $text: what was searched for
window-history-search-empty-hint = No event mentions “{ $text }”.
window-history-events = Events
window-history-overview = Overview
# $count: events that arrived above what is being read
window-history-fresh = { $count } new
window-history-found-language = Found in the other language
window-history-found-code = Found in the code
window-history-found-raw = Found in LG’s message

## What the history is narrowed to

window-history-filter = Filter
window-history-unread-only = Unread
window-history-filter-device = Appliance
window-history-filter-kind = Kind
window-history-filter-severity = Importance
window-history-filter-period = Period
# $label: Appliance, Kind or Importance; $count: how many are chosen
window-history-filter-several = { $label }: { $count }
window-history-filter-clear = Clear
window-history-filter-empty-hint = No event fits the filter. Loosen it a little:
window-history-total = { $count ->
    [one] { $count } event
   *[other] { $count } events
}
window-history-period-always = Any time
window-history-period-today = Today
window-history-period-week = Last 7 days
window-history-period-month = Last 30 days
window-history-period-own = Own dates
window-history-period-from = From
window-history-period-until = To
window-history-period-turned-round = The first day is after the last one.
window-history-loosen-text = Without the search words
window-history-loosen-devices = All appliances
window-history-loosen-categories = All kinds
window-history-loosen-severities = Any importance
window-history-loosen-unread = Read ones too
window-history-loosen-period = Any time
window-history-show-all = Show everything
window-severity-info = Information
window-severity-attention = Needs attention
window-severity-error = Problem

## Keeping the history

window-history-menu = Export, import and delete
# $size: for example 4.2 MB
window-history-size = { $count ->
    [one] { $count } event, { $size }
   *[other] { $count } events, { $size }
}
# $day: a date
window-history-size-since = The oldest is from { $day }
window-history-export-csv = Export for a spreadsheet (CSV)…
window-history-export-json = Export as a backup (JSON)…
window-history-import = Import a backup…
window-history-delete-shown = Delete what is shown…
window-history-delete-all = Delete everything…
window-history-delete-shown-title = { $count ->
    [one] Delete the { $count } event that is shown?
   *[other] Delete the { $count } events that are shown?
}
window-history-delete-all-title = { $count ->
    [one] Delete the whole history, { $count } event?
   *[other] Delete the whole history, { $count } events?
}
window-history-delete-text = They are removed from the disk and nobody can bring them back. If you may want them again, export them first.
window-history-delete-export = Export first…
window-history-delete-confirm = { $count ->
    [one] Delete { $count } event
   *[other] Delete { $count } events
}
window-history-job-export = Exporting
window-history-job-import = Importing
window-history-job-delete = Deleting
window-history-job-count = { $done }
window-history-job-progress = { $done } of { $total }
window-history-job-exported = { $count ->
    [one] { $count } event exported.
   *[other] { $count } events exported.
}
window-history-job-imported = { $count ->
    [one] { $count } event added.
   *[other] { $count } events added.
}
window-history-job-deleted = { $count ->
    [one] { $count } event deleted.
   *[other] { $count } events deleted.
}
window-history-job-skipped = { $count ->
    [one] { $count } was there already or could not be read.
   *[other] { $count } were there already or could not be read.
}
window-history-job-export-cancelled = The export was stopped. No file was left behind.
window-history-job-import-cancelled = The import was stopped. Nothing was added.
window-history-job-delete-cancelled = The deletion was stopped. What was deleted until then is gone.

## A damaged history

# $at: day and time; $events: how many could be read
window-recovery = The history was found damaged ({ $at }). { $events ->
    [0] No event could be read from it.
    [one] { $events } event was saved.
   *[other] { $events } events were saved.
}
window-recovery-losses = { $count ->
    [one] In { $count } place something could not be read and is lost.
   *[other] In { $count } places something could not be read and is lost.
}
window-recovery-whole = Nothing seems to be lost.
window-recovery-file = The old file was left as it is:

## Pictures of the history

window-overview-month = 30 days
window-overview-quarter = 3 months
window-overview-year = A year
window-overview-table = Show the numbers
window-overview-day = Day
window-overview-week-of = Week of
window-overview-days = Events by day
window-overview-weeks = Events by week
window-overview-days-label = { $count ->
    [one] Bars by kind: { $count } event
   *[other] Bars by kind: { $count } events
}
window-overview-hours = Hours of the week
# $device: the name of an appliance
window-overview-hours-label = When { $device } told something: a square for each hour of the week
window-overview-cycles = Cycles by week
window-overview-cycles-hint = The length is the average of cycles whose start and end are known.
window-overview-cycles-a-week = { $count } a week
window-overview-cycles-length = { $hours ->
    [0] { $minutes } min each
   *[other] { $hours } h { $minutes } min each
}
window-overview-cycles-unknown = length not known yet
window-overview-maintenance = Maintenance
window-overview-maintenance-none = No appliance has asked for anything yet.
# $day: a date
window-overview-maintenance-told = told { $day }
window-overview-maintenance-done = done { $day }
window-overview-maintenance-every = { $days ->
    [one] about every day
   *[other] about every { $days } days
}
window-overview-due = Due
window-overview-done = Done
window-overview-mark-done = Done
window-overview-mark-due = Not done
window-overview-empty = Nothing to draw yet
window-overview-empty-hint = After a few days you see here how often the washer runs and which filter is due.

## One event in detail

window-details = Details
window-details-back = Back to the history
window-details-newer = Newer event
window-details-older = Older event
window-details-device = Appliance
window-details-part = Part
window-details-settle = Done
window-details-settle-hint = The notification goes, and no reminder comes.
window-details-settled = Done
window-details-remind = Remind me in 30 minutes
window-details-reminded = You will be reminded in 30 minutes
window-details-mute = Mute this appliance for today
window-details-muted = Muted for today. The rules can undo it.
window-details-same-device = Events of the same appliance
window-details-device-previous = Earlier
window-details-device-next = Later
window-details-device-all = All of this appliance
window-details-found = How it was found
window-details-received = Received
window-details-sent = LG's own time
window-details-notification = Notification
# $time: a time of day or a date
window-details-notified = { $reason } Handed to the desktop: { $time }.
window-details-messages = { $count ->
    [one] Message from LG, unchanged
   *[other] Messages from LG, unchanged
}
window-details-no-messages = The message behind this event was not kept.
window-details-copy = Copy
window-details-copied = Copied
window-details-copy-by-hand = Press Ctrl+C to copy

## Why an event was notified, or why not

decision-notify = Worth a notification.
decision-notifySilently = Shown without a sound, by the rules.
decision-notifyUrgently = Shown at once: safety breaks through pauses and quiet hours.
decision-counted = Shown as part of one notification, as many events came at once.
decision-paused = Not shown: notifications were paused.
decision-quietHours = Not shown: it came in the quiet hours, at the end of which it was counted.
decision-muted = Not shown: this appliance was muted for the day.
decision-historyOnly = Not shown: this kind of event is only kept in the history.
decision-rule = Not shown: your rules keep it in the history only.
decision-default = Not shown: events like this are only kept in the history, unless the rules say otherwise.
decision-ignored = Not shown and not counted as new: your rules ignore it.
decision-old = Not shown: it happened too long ago.
