### The page: what runs now, and the devices.

## What runs now

window-now-alerts = 확인이 필요해요
window-now-active = 작동 중
window-now-reserved = 예약됨
window-now-calm = 지금 작동 중인 기기가 없어요
window-now-calm-hint = 기기가 작동하면 얼마나 진행됐는지, 언제 끝나는지 여기에서 볼 수 있어요.
window-now-idle = 그 밖의 기기 { $count }대
window-now-empty = 아직 기기가 없어요
window-now-signed-out-hint = 로그인하면 기기가 지금 무엇을 하는지 여기에서 볼 수 있어요.
window-home-empty-hint = ThinQ 앱에서 기기를 추가하면 여기에 저절로 나타나요.
window-door-open = 문이 열려 있어요

## How far a cycle is. $time: a time of day, a date, or a span such as “1시간 12분”

window-cycle-ready = { $time }에 끝나요
window-cycle-starts = { $time }에 시작해요
window-cycle-starts-in = { $time } 뒤
window-cycle-left = { $time } 남음
window-cycle-any-moment = 곧 끝나요
window-span = { $hours ->
    [0] { $minutes }분
   *[other] { $minutes ->
        [0] { $hours }시간
       *[other] { $hours }시간 { $minutes }분
    }
}
# $place: a part such as “위쪽”; $state: what it does, or what to do with it
window-part-state = { $place }: { $state }

## The devices

window-devices-hint = 스위치를 끄면 그 기기의 소식을 받지 않아요. 기기는 꺼지지 않아요.
window-devices-empty = 기기가 없어요
window-devices-signed-out-hint = 로그인하면 기기 목록을 여기에서 볼 수 있어요.
window-devices-read = 다시 읽기
window-devices-reading = 읽는 중…
window-device-off = 소식을 받지 않아요
# $device: its name
window-device-watch-named = { $device } 소식 받기
# $reason: a sentence
window-device-push-failed = 알림을 받을 수 없어요: { $reason }
window-device-events-failed = 상태를 받을 수 없어요: { $reason }

## One device

window-device-back = 모든 기기
window-device-gone = 이 기기를 찾을 수 없어요
window-device-gone-hint = ThinQ 앱에서 삭제됐을 수 있어요.
window-device-controls = 제어
window-device-readings = 상태
# $time: a time of day or a date
window-device-seen = 마지막 보고: { $time }
window-device-no-readings = 기기가 아직 상태를 알려 오지 않았어요.
# $reason: a sentence
window-device-no-profile = 이 기기로 무엇을 할 수 있는지 알 수 없어요. { $reason }
window-device-messages = 소식
window-device-watch = 소식 받기
window-device-watch-hint = 이 기기가 보내는 알림과 상태예요.
window-device-push = 알림
window-device-events = 상태 보고
window-subscription-off = 꺼짐
window-subscription-pending = 켜는 중
window-subscription-active = 켜짐
window-subscription-unsupported = 이 기기에는 없어요
window-device-history = 이 기기의 기록
window-device-rules = 알림 규칙
window-device-raw-state = LG가 보낸 상태 그대로
window-device-raw-profile = LG가 보낸 프로필 그대로

## Control. $device: the name of the appliance

window-control-start = 시작
window-control-start-question = { JOSA($device, "을/를") } 시작할까요?
window-control-start-warning = 기기에 설정된 대로 시작해요. 안에 넣을 것을 넣고 문을 닫았는지, 위험한 사람이 없는지 확인해 주세요.
window-control-stop = 정지
window-control-stop-question = { JOSA($device, "을/를") } 멈출까요?
window-control-stop-warning = 진행 중인 작업이 중단돼요.
window-control-power-on = 켜기
window-control-power-on-question = { JOSA($device, "을/를") } 켤까요?
window-control-power-on-warning = 마지막으로 설정한 대로 켜져요.
window-control-power-off = 끄기
window-control-power-off-question = { JOSA($device, "을/를") } 끌까요?
window-control-power-off-warning = 진행 중인 작업이 끝나요.
window-control-wake-up = 깨우기
window-control-wake-up-question = { JOSA($device, "을/를") } 깨울까요?
window-control-wake-up-warning = 깨우면 여기에서 시작할 수 있어요.
window-control-unavailable = 여기에서 모두 쓰려면 기기에서 원격 제어를 켜 주세요.
window-control-waiting = 기기의 응답을 기다리고 있어요…
window-control-done = 됐어요. 기기가 새 상태를 알려 왔어요.
