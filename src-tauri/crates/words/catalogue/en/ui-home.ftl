### The page: what runs now, and the devices.

## What runs now

window-now-alerts = Needs a look
window-now-active = Running
window-now-reserved = Starting later
window-now-calm = Nothing is running
window-now-calm-hint = When an appliance starts, you see here how far it is and when it is ready.
window-now-idle = { $count ->
    [one] { $count } more appliance
   *[other] { $count } more appliances
}
window-now-empty = No appliances yet
window-now-signed-out-hint = Sign in, and what your appliances are doing is shown here.
window-home-empty-hint = Add an appliance in the ThinQ app. It appears here by itself.
window-door-open = Door is open

## How far a cycle is. $time: a time of day, a date, or a span such as “1 h 12 min”

window-cycle-ready = Ready at { $time }
window-cycle-starts = Starts at { $time }
window-cycle-starts-in = in { $time }
window-cycle-left = { $time } left
window-cycle-any-moment = Ready any moment now
window-span = { $hours ->
    [0] { $minutes } min
   *[other] { $minutes ->
        [0] { $hours } h
       *[other] { $hours } h { $minutes } min
    }
}
# $place: a part such as “Upper”; $state: what it does, or what to do with it
window-part-state = { $place }: { $state }

## The devices

window-devices-hint = The switch decides whether you hear from an appliance. The appliance itself stays as it is.
window-devices-empty = No appliances
window-devices-signed-out-hint = Sign in, and your appliances are listed here.
window-devices-read = Read again
window-devices-reading = Reading…
window-device-off = You do not hear from it
# $device: its name
window-device-watch-named = Messages of { $device }
# $reason: a sentence
window-device-push-failed = No notifications: { $reason }
window-device-events-failed = No status reports: { $reason }

## One device

window-device-back = All appliances
window-device-gone = This appliance is not there
window-device-gone-hint = It may have been removed in the ThinQ app.
window-device-controls = Control
window-device-readings = State
# $time: a time of day or a date
window-device-seen = Last report: { $time }
window-device-no-readings = The appliance has not reported its state yet.
# $reason: a sentence
window-device-no-profile = It is not known what this appliance lets you do. { $reason }
window-device-messages = Messages
window-device-watch = Receive messages
window-device-watch-hint = Notifications and status reports from this appliance.
window-device-push = Notifications
window-device-events = Status reports
window-subscription-off = Off
window-subscription-pending = Being switched on
window-subscription-active = On
window-subscription-unsupported = This appliance has none
window-device-history = Its history
window-device-rules = Notification rules
window-device-raw-state = State, as LG sends it
window-device-raw-profile = Profile, as LG sends it

## Control. $device: the name of the appliance

window-control-start = Start
window-control-start-question = Start { $device }?
window-control-start-warning = It starts with what is set at the appliance. Make sure that it is loaded and closed, and that nobody is in danger.
window-control-stop = Stop
window-control-stop-question = Stop { $device }?
window-control-stop-warning = What is running is interrupted.
window-control-power-on = Switch on
window-control-power-on-question = Switch on { $device }?
window-control-power-on-warning = It goes on as it was set last.
window-control-power-off = Switch off
window-control-power-off-question = Switch off { $device }?
window-control-power-off-warning = What is running ends.
window-control-wake-up = Wake up
window-control-wake-up-question = Wake up { $device }?
window-control-wake-up-warning = Then it can be started from here.
window-control-unavailable = To use everything from here, switch on remote control at the appliance.
window-control-waiting = Waiting for the appliance to answer…
window-control-done = Done. The appliance has reported its new state.
