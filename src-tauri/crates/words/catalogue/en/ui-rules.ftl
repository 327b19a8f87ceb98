### The page: rules, quiet hours and reminders.

## Kinds of events

window-category-finished = Finished
window-category-failed = Failed
window-category-safety = Safety
window-category-maintenance = Maintenance
window-category-reminder = Waiting for you
window-category-status = Status

## What is done with them

window-treatment-show = Show
window-treatment-show-silently = Show without sound
window-treatment-history-only = History only
window-treatment-ignore = Ignore
window-treatment-by-importance = By importance
# $treatment: one of the texts above
window-treatment-default = { $treatment } (default)
window-treatment-as-all = As for all: { $treatment }

## Rules

window-rules-all = All appliances
window-rules-all-default = By default, everything that may need you is shown; a status that needs attention comes without sound, and mere information about maintenance and status stays in the history.
window-rules-all-hint = History only keeps an event without a notification. Ignore does not even count it as new.
window-rules-devices = For one appliance
window-rules-devices-hint = What is set here counts more than what is set for all.
window-rules-no-devices = Your appliances appear here once you have signed in.
window-rules-as-all = As for all
window-rules-changes = { $count ->
    [one] { $count } change
   *[other] { $count } changes
}
window-rules-muted = Muted
# $until: a time of day or a date
window-rules-muted-until = Muted until { $until }
window-rules-unmute = Unmute
window-rules-mute = Mute
window-rules-mute-hint = Only warnings about safety still come through. The history keeps everything.
window-rules-reset = Reset
window-rules-reset-all = Reset all
# $kind: one of the kinds above
window-rules-reset-kind = Reset { $kind }
# $device: the name of the device
window-rules-reset-device = Reset { $device }
window-rules-was-reset = The rules for all appliances are back to their defaults.
# $device: the name of the device
window-rules-device-was-reset = { $device } is treated as all appliances again.
window-rules-undo = Undo
window-rules-gone = No longer in your home
# $severity: one of `window-severity-…`; $treatment: one of `window-treatment-…`
window-rules-severity = { $severity }: { $treatment }

## Pausing

window-pause = Pause
window-pause-hint = Only warnings about safety still come through. The history keeps everything.
window-pause-hour = For an hour
window-pause-morning = Until tomorrow morning
window-pause-open = Until I switch them on
# $until: a time of day or a date
window-pause-until = Paused until { $until }
window-pause-is-open = Paused until you switch them on
window-pause-resume = Resume now

## Quiet hours

window-quiet = Quiet hours
window-quiet-hint = Only warnings about safety still come through. Afterwards one notification sums up what you missed.
window-quiet-on = Keep quiet hours
window-quiet-from = From
window-quiet-until = Until
window-quiet-until-next = Until, the next day
window-quiet-days = Beginning on
window-quiet-no-time = This is not a time of day.
window-quiet-no-time-hint = Write it like this: 22:30
# $until: a time of day
window-quiet-now = Quiet until { $until }
window-quiet-no-days = Without a day, there are no quiet hours.

## Reminders

window-remind = Reminders
window-remind-hint = Comes again until somebody opens the door, starts a new cycle or presses Done.
window-remind-washes = Laundry that is done
window-remind-others = Everything else that is finished
window-remind-after = Remind after
window-remind-after-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
window-remind-after-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
window-remind-at-most = At most
window-remind-times = { $count ->
    [one] once
    [2] twice
   *[other] { $count } times
}

## The test notification

window-test = Test notification
window-test-hint = Shows whether this desktop takes notifications, and what it can do with them.
window-test-send = Send a test notification
window-test-busy = Sending…
window-test-taken = The desktop took it.
window-test-taken-hint = Did you see nothing? Then look at the desktop's own notification settings.
window-test-inhibited = The desktop is set to “do not disturb”, so it keeps the notification to itself.
window-test-not-taken = The desktop did not take it.
# $server: the name and version of the notification server
window-test-server = Shown by { $server }
window-test-can = What it can do
window-test-can-actions = Buttons
window-test-can-markup = Formatted text
window-test-can-persistence = Keeps notifications in a list
window-test-can-sound = Sounds
window-test-can-pictures = Pictures
window-test-can-nothing = Plain text only
