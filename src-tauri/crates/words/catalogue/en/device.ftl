### The names of LG's device types.

## Appliances

device-DEVICE_WASHER = Washer
device-DEVICE_DRYER = Dryer
device-DEVICE_WASHTOWER = WashTower
device-DEVICE_WASHTOWER_WASHER = WashTower washer
device-DEVICE_WASHTOWER_DRYER = WashTower dryer
device-DEVICE_WASHCOMBO_MAIN = Wash combo (main drum)
device-DEVICE_WASHCOMBO_MINI = Wash combo (mini drum)
device-DEVICE_STYLER = Styler
device-DEVICE_SHOE_CARE = Shoe care
device-DEVICE_SHOE_CASE = Shoe case
device-DEVICE_DISH_WASHER = Dishwasher
device-DEVICE_REFRIGERATOR = Refrigerator
device-DEVICE_KIMCHI_REFRIGERATOR = Kimchi refrigerator
device-DEVICE_WINE_CELLAR = Wine cellar
device-DEVICE_WATER_PURIFIER = Water purifier
device-DEVICE_OVEN = Oven
device-DEVICE_MICROWAVE_OVEN = Microwave oven
device-DEVICE_COOKTOP = Cooktop
device-DEVICE_HOOD = Hood
device-DEVICE_AIR_CONDITIONER = Air conditioner
device-DEVICE_AIR_PURIFIER = Air purifier
device-DEVICE_AIR_PURIFIER_FAN = Air purifier fan
device-DEVICE_DEHUMIDIFIER = Dehumidifier
device-DEVICE_HUMIDIFIER = Humidifier
device-DEVICE_VENTILATOR = Ventilator
device-DEVICE_CEILING_FAN = Ceiling fan
device-DEVICE_SYSTEM_BOILER = System boiler
device-DEVICE_WATER_HEATER = Water heater
device-DEVICE_ROBOT_CLEANER = Robot cleaner
device-DEVICE_STICK_CLEANER = Stick vacuum
device-DEVICE_HOME_BREW = Home brewer
device-DEVICE_PLANT_CULTIVATOR = Plant cultivator

## Sensors

device-DEVICE_LUMI_DOOR_WINDOW_SENSOR = Door and window sensor (Aqara)
device-DEVICE_LUMI_MOTION_SENSOR = Motion sensor (Aqara)
device-DEVICE_LUMI_TEMPERATURE_HUMIDITY_SENSOR = Temperature and humidity sensor (Aqara)
device-DEVICE_HEJ_MOTION_SENSOR = Motion sensor
device-DEVICE_HEJ_TEMPERATURE_HUMIDITY_SENSOR = Temperature and humidity sensor
device-DEVICE_HEJ_DOOR_SENSOR = Door sensor
device-DEVICE_HEJ_GAS_SENSOR = Gas sensor
device-DEVICE_HEJ_FIRE_SENSOR = Fire sensor
device-DEVICE_HEJ_WATER_LEAK_SENSOR = Water leak sensor
device-DEVICE_HEJ_THERMO_HYGROMETER = Thermo-hygrometer

## Smart home

device-DEVICE_LUMI_PLUG = Smart plug (Aqara)
device-DEVICE_HEJ_BUTTON = Smart button
device-DEVICE_HEJ_LIGHT_SWITCH = Light switch
device-DEVICE_HEJ_DOOR_LOCK = Door lock
device-DEVICE_HEJ_PUSH_PULL_DOOR_LOCK = Push-pull door lock
device-DEVICE_HEJ_PLUG = Smart plug
device-DEVICE_HEJ_PLUG_MINI = Mini smart plug
device-DEVICE_HEJ_BULB_WHITE = White bulb
device-DEVICE_HEJ_BULB_COLOR = Color bulb
device-DEVICE_HEJ_LINE_LED = LED strip
device-DEVICE_HEJ_CURTAIN_CTRL = Curtain controller
device-DEVICE_HEJ_BLIND_MOTOR = Motorized blind
device-DEVICE_HEJ_SWITCH_STRIP = Switch strip
device-DEVICE_HEJ_STARLIGHT = Star light projector
device-DEVICE_HEJ_DOORBELL = Doorbell
device-DEVICE_HEJ_PET_FEEDER = Pet feeder
device-DEVICE_HEJ_HOME_CAMERA = Home camera
device-DEVICE_HEJ_SYNC_BOX = Sync box
device-DEVICE_HEJ_SYNC_BOX_SUB = Sync light
device-DEVICE_HEJ_SIREN = Siren

## Buildings and shops

device-DEVICE_ODU = Outdoor unit
device-DEVICE_IDU = Indoor unit
device-DEVICE_SIGNAGE = Signage display
