### The page: settings, first run, self-check and the way around the window.

## The views

window-navigation = Views
window-now = Now
window-devices = Devices
window-rules = Rules
window-settings = Settings
window-checkup = Self-check

## The keys

window-keys = Keys
window-keys-views = Go to a view
window-keys-search = Search the history
window-keys-settings = Settings
window-keys-back = Back
window-keys-list = Move in a list
window-keys-open = Open
window-keys-next = Next control
window-keys-help = Show these keys
window-keys-escape = Close what is open, then the window
