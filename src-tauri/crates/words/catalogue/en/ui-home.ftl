### The page: what runs now, and the devices.
