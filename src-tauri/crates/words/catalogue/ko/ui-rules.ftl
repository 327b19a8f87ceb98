### The page: rules, quiet hours and reminders.
