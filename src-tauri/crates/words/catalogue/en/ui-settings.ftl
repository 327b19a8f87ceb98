### The page: settings, first run, self-check and the way around the window.

## The views

window-navigation = Views
window-now = Now
window-devices = Devices
window-rules = Rules
window-settings = Settings
window-checkup = Self-check
