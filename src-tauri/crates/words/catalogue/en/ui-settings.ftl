### The page: settings, first run, self-check and the way around the window.

## The views

window-navigation = Views
window-now = Now
window-devices = Appliances
window-rules = Rules
window-settings = Settings
window-checkup = Self-check

## The keys

window-keys = Keys
window-keys-views = Go to a view
window-keys-search = Search the history
window-keys-settings = Settings
window-keys-back = Back
window-keys-list = Move
window-keys-in-history = In the history
window-keys-open = Open
window-keys-unread = Mark as unread
window-keys-read = Mark as read
window-keys-next = Next control
window-keys-help = Show these keys
window-keys-escape = Close what is open, then the window

## Settings

window-settings-general = General
window-settings-language = Language
window-settings-language-system = System language
window-settings-autostart = Start with the computer
window-settings-autostart-hint = Starts without a window where the desktop shows tray icons.
window-settings-account = LG account
window-settings-signed-out = You are not signed in.
window-settings-connection = Connection
window-settings-connection-hint = Most homes need no change here.
window-settings-connect-url = Address of ThinQ Connect
window-settings-connect-url-hint = Empty uses LG's own. Begins with https://
window-settings-client-id = ID of this installation
window-settings-client-id-hint = LG tells your installations apart by it. Made at the first sign-in.
window-settings-proxy = Proxy
window-settings-proxy-hint = Empty follows the system. Begins with http://, https:// or socks5://
window-settings-secrets = Client secrets are entered when you sign in, and kept in the password store.
window-settings-kept = How long events are kept
window-settings-kept-hint = Older events are deleted from the history for good.
window-settings-kept-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
window-settings-kept-years = { $count ->
    [one] { $count } year
   *[other] { $count } years
}
window-settings-kept-always = Forever
window-settings-shorten = Delete older events?
# $category: a kind of events; $days: a text such as “30 days”
window-settings-shorten-hint = Of “{ $category }”, only the last { $days } are kept from now on. What is older is deleted for good.
window-settings-shorten-confirm = Delete older events
window-settings-log = Log
window-settings-log-hint = Helps to find out what went wrong. Never holds names, passwords or messages.
window-settings-log-warn = Problems only
window-settings-log-info = Usual
window-settings-log-debug = In detail
# $variable: the name of an environment variable
window-settings-fixed = Decided by the environment variable { $variable }
window-settings-fixed-demo = Decided by the demo
window-settings-invalid = The settings file holds values that cannot be used. Their defaults are used instead, and the file is left as it is.
# $key: a name in the settings file; $found: what stands there
window-settings-invalid-value = { $key }: { $found }
window-settings-broken = The settings file cannot be read. The defaults are used, and the file is left as it is.
window-settings-set-aside = Put it aside and begin a new one
window-settings-file = Settings file
window-settings-about = About
# $version: such as 0.1.0
window-settings-version = ThinQ Tray { $version }
window-settings-licence = Free software under the MIT licence.
window-settings-disclaimer = Not made by LG and not connected with LG. LG and ThinQ are trademarks of LG Electronics.
window-settings-checkup = Open the self-check

## Forwarding

window-forward = Forwarding
window-forward-hint = Sends events to your phone or to other programs. Nothing leaves this computer unless you add a target.
window-forward-none = Nothing is forwarded
window-forward-none-hint = Send events to your phone, to Home Assistant, to a web address or to a program of yours.
window-forward-add = Add target
window-forward-test = Test
window-forward-edit = Edit
window-forward-remove = Remove
# $name: of a target
window-forward-test-name = Test “{ $name }”
# $name: as above
window-forward-edit-name = Edit “{ $name }”
# $name: as above
window-forward-edit-title = Edit “{ $name }”
# $name: as above
window-forward-remove-name = Remove “{ $name }”
# $name: as above
window-forward-remove-title = Remove “{ $name }”?
window-forward-remove-hint = It gets no more events. Its password, token or key is deleted, too.
window-forward-remove-waiting = { $count ->
    [one] { $count } event that waits for it is not sent any more. Its password, token or key is deleted, too.
   *[other] { $count } events that wait for it are not sent any more. Its password, token or key is deleted, too.
}
# $time: a time of day, with the date if it is not today
window-forward-delivered = Last delivery { $time }
window-forward-untried = Nothing delivered yet
window-forward-waiting = { $count ->
    [one] { $count } event waits
   *[other] { $count } events wait
}
window-forward-given-up = { $count ->
    [one] { $count } event given up
   *[other] { $count } events given up
}
window-forward-testing = Sending a test…
window-forward-tested = The test was taken.
window-forward-send-test = Send a test
window-forward-save = Save
window-forward-kind = Kind of target
window-forward-ntfy = ntfy
window-forward-ntfy-hint = A push to your phone
window-forward-mqtt = MQTT broker
window-forward-mqtt-hint = For Home Assistant and other programs in your home
window-forward-webhook = Webhook
window-forward-webhook-hint = JSON to a web address
window-forward-command = Command
window-forward-command-hint = Runs a program of yours
window-forward-name = Name
window-forward-url = Address
window-forward-url-ntfy = Of the topic, for example https://ntfy.sh/a-name-nobody-guesses. Anyone who knows it can read your events.
window-forward-url-mqtt = Begins with mqtt:// or mqtts://
window-forward-url-webhook = Begins with https://
window-forward-plain = Permit no encryption
window-forward-plain-hint = Not needed within your own network. Beyond it, others can read your events.
window-forward-user = User name
window-forward-user-hint = Empty if the broker asks for none.
window-forward-password = Password
window-forward-has-token = Send an access token
window-forward-token = Access token
window-forward-signing = Protection
window-forward-signing-none = None
window-forward-signing-bearer = Access token
window-forward-signing-hmac = Signature (HMAC)
window-forward-key = Token or key
window-forward-secret-show = Show what is typed
window-forward-secret-hide = Hide what is typed
window-forward-secret-stored = One is kept in the password store. Leave this empty to keep it.
window-forward-topic = Topic
window-forward-topic-hint = All topics begin with it. Computers of one home share it.
window-forward-home-assistant = Show the appliances in Home Assistant
window-forward-home-assistant-hint = It finds them by itself.
window-forward-program = Program
window-forward-program-hint = Gets the event as JSON on its standard input. No shell runs it.
window-forward-arguments = Arguments
window-forward-arguments-hint = One per line
window-forward-events = Which events
window-forward-categories = Kinds
window-forward-severities = Importance
window-forward-devices = Appliances
window-forward-device-gone = An appliance that is gone
window-forward-chooses-nothing = Nothing is forwarded like this. Choose at least one of each.
window-forward-quiet = Wait for the end of quiet hours
window-forward-quiet-hint = Dangers, such as a water leak, never wait.
window-forward-keep = Give up after
window-forward-keep-hint = How long an event is tried that cannot be delivered.
window-forward-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
window-forward-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
window-forward-leave = Discard the changes?
window-forward-leave-hint = What you filled in is not saved.
window-forward-leave-confirm = Discard

## The self-check

window-checkup-good = Everything works
window-checkup-attention = Something needs attention
window-checkup-bad = Something does not work
window-checkup-again = Check again
window-checkup-busy = Checking…
window-light-green = Good
window-light-amber = Needs attention
window-light-red = Does not work
window-remedy-test = Send a test
window-remedy-autostart = Repair
window-remedy-settings = Open settings
window-remedy-forwarding = Open forwarding
window-remedy-set-aside = Put the file aside
window-remedy-read-home = Read the home again
window-report = Problem report
window-report-hint = For whoever helps you. You see all of it before it goes anywhere, and nothing is sent by itself.
window-report-show = Show the report
window-report-text = What the report says
window-report-private = No passwords, no accounts, no names of appliances are in it.
window-report-copy = Copy
window-report-copied = Copied
window-report-save = Save…
window-report-saved = Saved

## First run

window-welcome = Welcome to ThinQ Tray
window-welcome-text = When the washer is done or the fridge stays open, this computer tells you, within a second.
# $step: the number of the step; $count: of how many
window-welcome-step = Step { $step } of { $count }
window-welcome-sign-in = Sign in to LG ThinQ
window-welcome-sign-in-demo = Sign in to the simulated home
window-welcome-demo = Try the demo home
window-welcome-demo-busy = Opening the demo home…
window-welcome-demo-text = Just looking around? A simulated home needs no account. It opens in a window of its own and ends with “Leave the demo” there.
window-welcome-demo-open = The demo home is open in a window of its own. End it there with “Leave the demo”.
window-welcome-demo-running = A simulated home is running on this computer. Everything is filled in already.
window-welcome-skip = Skip
window-welcome-test = Do notifications arrive?
window-welcome-test-text = Send yourself one and see.
window-welcome-next = Next
window-welcome-autostart = Start with the computer?
window-welcome-autostart-text = Only what is running can tell you something. It needs no open window for that.
window-welcome-autostart-yes = Start with the computer
window-welcome-autostart-no = Not now
window-welcome-done = All set
window-welcome-done-text = You may close this window. ThinQ Tray keeps running and tells you when something happens. Click its tray icon or start it again to open the window.
window-welcome-open = Show my home
