### The names of LG's device types.

## Appliances

device-DEVICE_WASHER = 세탁기
device-DEVICE_DRYER = 건조기
device-DEVICE_WASHTOWER = 워시타워
device-DEVICE_WASHTOWER_WASHER = 워시타워 세탁기
device-DEVICE_WASHTOWER_DRYER = 워시타워 건조기
device-DEVICE_WASHCOMBO_MAIN = 워시콤보 메인
device-DEVICE_WASHCOMBO_MINI = 워시콤보 미니
device-DEVICE_STYLER = 스타일러
device-DEVICE_SHOE_CARE = 슈케어
device-DEVICE_SHOE_CASE = 슈케이스
device-DEVICE_DISH_WASHER = 식기세척기
device-DEVICE_REFRIGERATOR = 냉장고
device-DEVICE_KIMCHI_REFRIGERATOR = 김치냉장고
device-DEVICE_WINE_CELLAR = 와인셀러
device-DEVICE_WATER_PURIFIER = 정수기
device-DEVICE_OVEN = 오븐
device-DEVICE_MICROWAVE_OVEN = 전자레인지
device-DEVICE_COOKTOP = 쿡탑
device-DEVICE_HOOD = 레인지 후드
device-DEVICE_AIR_CONDITIONER = 에어컨
device-DEVICE_AIR_PURIFIER = 공기청정기
device-DEVICE_AIR_PURIFIER_FAN = 공기청정팬
device-DEVICE_DEHUMIDIFIER = 제습기
device-DEVICE_HUMIDIFIER = 가습기
device-DEVICE_VENTILATOR = 환기 장치
device-DEVICE_CEILING_FAN = 실링팬
device-DEVICE_SYSTEM_BOILER = 시스템 보일러
device-DEVICE_WATER_HEATER = 온수기
device-DEVICE_ROBOT_CLEANER = 로봇청소기
device-DEVICE_STICK_CLEANER = 무선청소기
device-DEVICE_HOME_BREW = 홈브루
device-DEVICE_PLANT_CULTIVATOR = 식물재배기

## Sensors

device-DEVICE_LUMI_DOOR_WINDOW_SENSOR = 도어·창문 센서 (아카라)
device-DEVICE_LUMI_MOTION_SENSOR = 모션 센서 (아카라)
device-DEVICE_LUMI_TEMPERATURE_HUMIDITY_SENSOR = 온습도 센서 (아카라)
device-DEVICE_HEJ_MOTION_SENSOR = 모션 센서
device-DEVICE_HEJ_TEMPERATURE_HUMIDITY_SENSOR = 온습도 센서
device-DEVICE_HEJ_DOOR_SENSOR = 도어 센서
device-DEVICE_HEJ_GAS_SENSOR = 가스 감지기
device-DEVICE_HEJ_FIRE_SENSOR = 화재 감지기
device-DEVICE_HEJ_WATER_LEAK_SENSOR = 누수 감지기
device-DEVICE_HEJ_THERMO_HYGROMETER = 온습도계

## Smart home

device-DEVICE_LUMI_PLUG = 스마트 플러그 (아카라)
device-DEVICE_HEJ_BUTTON = 스마트 버튼
device-DEVICE_HEJ_LIGHT_SWITCH = 조명 스위치
device-DEVICE_HEJ_DOOR_LOCK = 도어락
device-DEVICE_HEJ_PUSH_PULL_DOOR_LOCK = 푸시풀 도어락
device-DEVICE_HEJ_PLUG = 스마트 플러그
device-DEVICE_HEJ_PLUG_MINI = 스마트 플러그 미니
device-DEVICE_HEJ_BULB_WHITE = 전구 (화이트)
device-DEVICE_HEJ_BULB_COLOR = 전구 (컬러)
device-DEVICE_HEJ_LINE_LED = 라인 LED
device-DEVICE_HEJ_CURTAIN_CTRL = 전동 커튼
device-DEVICE_HEJ_BLIND_MOTOR = 전동 블라인드
device-DEVICE_HEJ_SWITCH_STRIP = 멀티탭 스위치
device-DEVICE_HEJ_STARLIGHT = 스타 라이트
device-DEVICE_HEJ_DOORBELL = 초인종
device-DEVICE_HEJ_PET_FEEDER = 펫 급식기
device-DEVICE_HEJ_HOME_CAMERA = 홈 카메라
device-DEVICE_HEJ_SYNC_BOX = 싱크 박스
device-DEVICE_HEJ_SYNC_BOX_SUB = 싱크 조명
device-DEVICE_HEJ_SIREN = 사이렌

## Buildings and shops

device-DEVICE_ODU = 실외기
device-DEVICE_IDU = 실내기
device-DEVICE_SIGNAGE = 사이니지
