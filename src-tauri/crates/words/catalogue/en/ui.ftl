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
window-status-connecting = On the way to LG
# $since: a time of day or a date
window-status-listening = Since { $since } · { $devices ->
    [0] no devices
    [one] { $devices } device
   *[other] { $devices } devices
}
window-status-limited = Notifications go on by themselves

## Notices above the history

window-link-lost = ThinQ Tray is not running in the background. Trying to reach it again.
window-keyring-missing = You will be asked to sign in again after a restart: this computer has no place to keep the sign-in safe.
window-keyring-locked = You will be asked to sign in again after a restart: the password store of this computer is locked.
window-demo = This is a simulated home on this computer. Nothing reaches LG.

## Sign-in

window-sign-in-title = Sign in to LG ThinQ
window-sign-in-intro = With the account you use in the ThinQ app. The password is not kept.
window-sign-in-demo = A simulated home is running on this computer. Its account is filled in already: just sign in.
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
window-sign-in-password-sha512 = As a SHA-512 hash (usual)
window-sign-in-password-plain = As plain text
window-sign-in-password-form-hint = Only if your hub asks for plain text.
window-sign-in-emp-id = EMP client ID
window-sign-in-emp-secret = EMP client secret
window-sign-in-connect-id = Connect client ID
window-sign-in-connect-secret = Connect client secret
window-sign-in-secret-kept = Kept. Type to replace it
window-sign-in-submit = Sign in
window-sign-in-busy = Signing in…
window-sign-in-plain-http-hash = This address is not encrypted and not on a private network. On the way, others can read your account, a hash of your password that is enough to sign in, and everything your appliances tell.
window-sign-in-plain-http-password = This address is not encrypted and not on a private network. On the way, others can read your account, your password, and everything your appliances tell.
window-sign-in-plain-callback = This address is not encrypted and not on a private network. On the way, others can read your sign-in and everything your appliances tell.

## History

window-history = History
window-history-search = Search the history
window-history-search-clear = Clear the search
window-history-today = Today
window-history-yesterday = Yesterday
window-history-unread = New
window-history-mark-all = Mark all as read
window-history-more = Show older
window-history-empty = Nothing yet
window-history-empty-hint = When the washer ends or the fridge stays open, you read it here, within a second.
window-history-empty-signed-out-hint = Sign in, and what your appliances tell is kept here.
window-history-search-empty = Nothing found
# $text: what was searched for
window-history-search-empty-hint = No event mentions “{ $text }”.
window-severity-info = Information
window-severity-attention = Needs attention
window-severity-error = Problem

## One event in detail

window-details = Details
window-details-back = Back to the history
window-details-newer = Newer event
window-details-older = Older event
window-details-device = Appliance
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
