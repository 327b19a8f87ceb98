### The page: rules, quiet hours and reminders.

## Kinds of events

window-category-finished = 완료
window-category-failed = 실패
window-category-safety = 안전
window-category-maintenance = 관리
window-category-reminder = 확인할 일
window-category-status = 상태

## What is done with them

window-treatment-show = 알리기
window-treatment-show-silently = 소리 없이 알리기
window-treatment-history-only = 기록만
window-treatment-ignore = 무시
window-treatment-by-importance = 중요도별로
# $treatment: one of the texts above
window-treatment-default = { $treatment } (기본)
window-treatment-as-all = 모든 기기와 같게: { $treatment }

## Rules

window-rules-all = 모든 기기
window-rules-all-default = 따로 정하지 않으면 챙겨야 할 소식은 모두 알리고, 확인이 필요한 상태는 소리 없이 알리며, 관리와 상태의 단순한 정보는 기록에만 남겨요.
window-rules-all-hint = ‘기록만’은 알리지 않고 기록에 남겨요. ‘무시’는 새 소식으로 세지도 않아요.
window-rules-devices = 기기별 규칙
window-rules-devices-hint = 여기에서 정한 규칙을 모든 기기의 규칙보다 먼저 따라요.
window-rules-no-devices = 로그인하면 기기가 여기에 나타나요.
window-rules-as-all = 모든 기기와 같음
window-rules-changes = { $count ->
   *[other] { $count }개 바꿈
}
window-rules-muted = 알림 꺼짐
# $until: a time of day or a date
window-rules-muted-until = { $until }까지 알림 꺼짐
window-rules-unmute = 알림 켜기
window-rules-mute = 알림 끄기
window-rules-mute-hint = 안전에 관한 소식만 알려요. 기록에는 모두 남아요.
window-rules-reset = 되돌리기
window-rules-reset-all = 모두 되돌리기
# $kind: one of the kinds above
window-rules-reset-kind = { $kind } 되돌리기
# $device: the name of the device
window-rules-reset-device = { $device } 규칙 되돌리기
window-rules-was-reset = 모든 기기의 규칙을 기본으로 되돌렸어요.
# $device: the name of the device
window-rules-device-was-reset = { JOSA($device, "을/를") } 다시 모든 기기와 같게 다뤄요.
window-rules-undo = 실행 취소
window-rules-gone = 지금은 집에 없는 기기
# $severity: one of `window-severity-…`; $treatment: one of `window-treatment-…`
window-rules-severity = { $severity }: { $treatment }

## Pausing

window-pause = 알림 멈추기
window-pause-hint = 안전에 관한 소식만 알려요. 기록에는 모두 남아요.
window-pause-hour = 한 시간 동안
window-pause-morning = 내일 아침까지
window-pause-open = 다시 켤 때까지
# $until: a time of day or a date
window-pause-until = { $until }까지 멈춰요
window-pause-is-open = 다시 켤 때까지 멈춰요
window-pause-resume = 지금 다시 받기

## Quiet hours

window-quiet = 조용한 시간
window-quiet-hint = 안전에 관한 소식만 알려요. 끝나면 놓친 소식을 알림 하나로 모아서 알려요.
window-quiet-on = 조용한 시간 쓰기
window-quiet-from = 시작
window-quiet-until = 종료
window-quiet-until-next = 종료 (다음 날)
window-quiet-days = 시작하는 요일
window-quiet-no-time = 시각이 올바르지 않아요.
window-quiet-no-time-hint = 22:30처럼 입력해 주세요.
# $until: a time of day
window-quiet-now = { $until }까지 조용한 시간이에요
window-quiet-no-days = 요일을 고르지 않아서 조용한 시간이 없어요.

## Reminders

window-remind = 다시 알림
window-remind-hint = 문을 열거나, 새로 시작하거나, 완료를 누를 때까지 다시 알려요.
window-remind-washes = 다 된 빨래
window-remind-others = 그 밖에 완료된 일
window-remind-after = 다시 알리는 간격
window-remind-after-minutes = { $count ->
   *[other] { $count }분
}
window-remind-after-hours = { $count ->
   *[other] { $count }시간
}
window-remind-at-most = 최대 횟수
window-remind-times = { $count ->
   *[other] { $count }번
}

## The test notification

window-test = 테스트 알림
window-test-hint = 이 데스크톱이 알림을 받는지, 무엇을 할 수 있는지 알 수 있어요.
window-test-send = 테스트 알림 보내기
window-test-busy = 보내는 중…
window-test-taken = 데스크톱이 알림을 받았어요.
window-test-taken-hint = 알림이 보이지 않았나요? 데스크톱의 알림 설정을 확인해 주세요.
window-test-inhibited = 데스크톱이 ‘방해 금지’ 상태라서 알림을 보여 주지 않아요.
window-test-not-taken = 데스크톱이 알림을 받지 않았어요.
# $server: the name and version of the notification server
window-test-server = 알림 프로그램: { $server }
window-test-can = 할 수 있는 것
window-test-can-actions = 버튼
window-test-can-markup = 꾸민 글자
window-test-can-persistence = 알림 목록에 보관
window-test-can-sound = 소리
window-test-can-pictures = 그림
window-test-can-nothing = 글자만 보여 줘요
