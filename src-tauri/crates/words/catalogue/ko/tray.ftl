### The tray, its menu, notifications, what happens to devices, and the command line.

-app = ThinQ Tray
app-name = { -app }

## The status, in the tray, in the window and on the command line

status-signedOut = 로그아웃됨
status-keyringLocked = 암호 보관함이 잠겨 있음
status-keyringUnavailable = 암호 보관함을 쓸 수 없어요
status-connecting = 연결하는 중…
status-listening = 알림을 기다리는 중
status-offline = 오프라인, 다시 연결하는 중
# $since, $retry: times of day or dates; $reason: a sentence
status-offline-detail = { $since }부터. { $reason } { $retry }에 다시 연결해요.
status-signInNeeded = 다시 로그인해 주세요
# $until: a time of day, such as 14:30
status-limited = LG의 요청으로 { $until }까지 기다리는 중
# $until: a time of day, such as 14:30
status-paused = { $until }까지 알림을 멈춰요
status-paused-open = 다시 켤 때까지 알림을 멈춰요
# $until: a time of day, such as 07:00
status-quiet = { $until }까지 조용한 시간이에요
# $version: of the newer release; $page: its address
status-newer-release = { -app } { $version } 버전이 나왔어요: { $page }

## Times of day

# $time: an hour from 1 to 12 with its minutes, such as 9:30
time-morning = 오전 { $time }
time-afternoon = 오후 { $time }
# $month: from 1 to 12; $day: of the month; $time: a time of day
time-on-day = { $month }월 { $day }일 { $time }

## The tray's tooltip and menu

# $status: one of the texts above
tray-tooltip = { -app }: { $status }
# $status: one of the texts above; $count: unread events
tray-tooltip-unread = { -app }: { $status }, 새 소식 { $count }개
tray-unread = { $count ->
    [0] 새 소식이 없어요
   *[other] 새 소식 { $count }개
}
# $time: a time of day or a date; $device: its name; $title: what it told
tray-event = { $time }  { $device }: { $title }
tray-appliance = { $device }: { $state }
tray-part = { $device }({ $part })
tray-running-until = { $device }: { $state }, { $time }에 끝나요
tray-reserved = { $device }: { $state }, { $time }에 시작해요
tray-door-open = { $device }: 문이 열려 있어요
tray-named-door-open = { $device }: { $door } 문이 열려 있어요
tray-no-events = 아직 소식이 없어요
tray-open-history = 기록 열기
tray-sign-in = 로그인…
tray-sign-out = 로그아웃
tray-pause-hour = 한 시간 동안 알림 멈추기
tray-pause = 알림 멈추기
tray-pause-for-hour = 한 시간 동안
tray-pause-morning = 내일 아침까지
tray-pause-open = 다시 켤 때까지
tray-resume = 알림 다시 받기
tray-reconnect = 지금 다시 연결하기
tray-unlock = 암호 보관함 잠금 풀기
tray-quit = 종료

## Notifications

notification-action-show = 보기
notification-action-sign-in = 로그인
notification-action-done = 완료
notification-action-remind-later = 30분 뒤 알림
notification-action-mute-device = 오늘 알림 끄기
notification-action-pause = 1시간 멈추기
notification-test-title = 테스트 알림이에요
notification-test-body = 기기에서 온 알림은 이렇게 보여요.
# $title: what happened; $time: a time of day or a date
notification-reminder = 다시 알려요: { $title } ({ $time })
notification-sign-in-needed-title = 다시 로그인해 주세요
notification-sign-in-needed-body = LG에서 로그아웃됐어요. 알림을 계속 받으려면 다시 로그인해 주세요.
notification-token-needed-title = 새 토큰을 만들어 주세요
notification-token-needed-body = LG가 개인 액세스 토큰을 더는 받아 주지 않아요. 알림을 계속 받으려면 새 토큰을 만들어 로그인해 주세요.
notification-no-icon-title = ThinQ Tray는 계속 실행 중이에요
notification-no-icon-body = 이 데스크톱에는 아이콘을 보여 줄 곳이 없어요. 여기를 누르거나 앱을 다시 실행하면 창이 열려요.
notification-sign-in-left-title = 로그아웃했어요
notification-sign-in-left-body = 로그인 정보가 이 컴퓨터의 잠긴 암호 보관함에 남아 있어요. 잠금을 풀면 지워져요.
# $state: locked, notSetUp, failing or missing
notification-keyring-title = 다음에 다시 로그인해야 해요
notification-keyring-body = { $state ->
    [locked] 이 컴퓨터의 암호 보관함이 잠겨 있어서, 앱을 끝내면 로그인도 끝나요.
    [notSetUp] 이 컴퓨터에 암호 보관함이 아직 없어서, 앱을 끝내면 로그인도 끝나요.
    [failing] 이 컴퓨터의 암호 보관함이 제대로 응답하지 않아서, 앱을 끝내면 로그인도 끝나요.
   *[missing] 이 컴퓨터에는 로그인 정보를 안전하게 보관할 곳이 없어서, 앱을 끝내면 로그인도 끝나요.
}
# $count: events that arrived together
notification-summary = 새 소식이 { $count }개 있어요
# $event: what happened
notification-late = { $event } (연결이 끊긴 동안)
# $event: what happened; $time: a time of day or a date
notification-late-at = { $event } ({ $time }, 연결이 끊긴 동안)
# $event: what happened; $from, $until: times of day or dates
notification-late-between = { $event } ({ $from }~{ $until }, 연결이 끊긴 동안)
# $count: events
notification-expired = 오래된 소식 { $count }개를 삭제했어요
notification-expired-body = 설정에서 정한 보관 기간이 지난 소식이에요. 기간은 설정 → ‘기록 보관 기간’에서 볼 수 있어요.
# $count: events that came while notifications were held back
notification-digest = 조용히 하는 동안 온 소식 { $count }개
# $device: the name of one of the devices; $count: the other devices
notification-summary-devices = { $count ->
    [0] { $device }
   *[other] { $device } 외 기기 { $count }개
}

## What an event says when it carries no push code

# $device: the name of the device
event-registered = { JOSA($device, "이/가") } LG 계정에 추가됐어요
event-unregistered = { JOSA($device, "이/가") } LG 계정에서 삭제됐어요
# $device: the name it has now
event-renamed = 이름을 { JOSA($device, "으로/로") } 바꿨어요
event-text = 메시지가 왔어요
# $from, $until: times of day or dates; $reason: asleep, network or service
event-gap = { $from }부터 { $until }까지 연결이 끊겨 있었어요: { $reason ->
    [asleep] 컴퓨터가 절전 상태였어요
    [network] 네트워크가 없었어요
   *[service] LG 서비스에 연결할 수 없었어요
}
event-gap-untimed = 연결이 끊겨 있었어요: { $reason ->
    [asleep] 컴퓨터가 절전 상태였어요
    [network] 네트워크가 없었어요
   *[service] LG 서비스에 연결할 수 없었어요
}
event-found-after-gap = 연결이 끊긴 동안 있었던 일
event-unnamed = 기기에서 소식이 왔어요
event-unknown-device = 알 수 없는 기기

## The start with the computer

# Shown by the desktop when it asks the user; at most 256 letters
autostart-reason = 컴퓨터를 켤 때 ThinQ Tray를 시작해서 기기 알림을 놓치지 않게 해요.

## The command line

cli-account-prompt = LG 계정:
cli-password-prompt = 비밀번호:
cli-token-prompt = 개인 액세스 토큰 (https://connect-pat.lgthinq.com 에서 만들어요. 개인적, 비상업적 용도로만 쓸 수 있어요):
cli-signing-in = 로그인하는 중…
cli-signed-in = 로그인했어요.
cli-signed-in-devices = 기기 { $count }대를 찾았어요.
cli-signed-out = 로그아웃했어요.
cli-not-signed-in = 로그인되어 있지 않아요. 다음 명령으로 로그인해 주세요: thinq-tray sign-in
# $state: locked, notSetUp, failing or missing
cli-keyring-warning = { $state ->
    [locked] 암호 보관함이 잠겨 있어요. 다시 시작하면 다시 로그인해야 해요.
    [notSetUp] 암호 보관함이 아직 만들어지지 않았어요. 다시 시작하면 다시 로그인해야 해요.
    [failing] 암호 보관함이 제대로 응답하지 않아요. 다시 시작하면 다시 로그인해야 해요.
   *[missing] 이 컴퓨터에는 로그인 정보를 안전하게 보관할 곳이 없어요. 다시 시작하면 다시 로그인해야 해요.
}
cli-hub-warning = 허브가 사설 네트워크에 있지 않아요. 로그인 정보가 암호화되지 않은 채 전송돼요.
forward-test-device = 시험
forward-test-text = ThinQ Tray의 시험 메시지예요.
# Names of what Home Assistant shows of an appliance
forward-run-state = 상태
forward-time-left = 남은 시간
forward-ready-at = 완료 시각
forward-error = 오류
forward-no-error = 없음
forward-door = 문
forward-event = 알림
cli-forward-none = 전달하는 곳이 없어요. 다음 명령으로 추가하세요: thinq-tray forward add
# $name: of a target
cli-forward-added = 추가했어요. 다음 명령으로 시험해 보세요: thinq-tray forward test “{ $name }”
cli-forward-removed = 대상과 비밀 값, 기다리던 알림을 지웠어요.
# $answer: of the other side
cli-forward-tested = 시험 메시지를 받았어요: { $answer }
cli-forward-secret = 비밀번호, 토큰 또는 키:
cli-forward-off = 꺼짐
# $time: a date with a time
cli-forward-delivered = 마지막 전달 { $time }
cli-forward-untried = 아직 전달한 적 없음
cli-forward-waiting = { $count }개 대기 중
cli-forward-given-up = { $count }개 포기함
cli-listening = 알림을 기다리고 있어요. 멈추려면 Ctrl+C를 눌러 주세요.
cli-stopped = 멈췄어요.
cli-demo = 이 컴퓨터에 만든 가상의 집으로 보여 주는 데모예요. LG에는 아무것도 보내지 않아요.
cli-not-running = ThinQ Tray가 실행되고 있지 않아요.
cli-output-failed = 출력할 수 없어요: { $detail }.
cli-history-empty = 아직 소식이 없어요.
# $text: what was searched for
cli-history-nothing-found = ‘{ $text }’에 맞는 소식이 없어요.
# $name: the notification server; $version: its version
cli-notify-test-server = 알림 서버: { $name } { $version }
# $capabilities: in the server's own words, separated by commas
cli-notify-test-capabilities = 할 수 있는 일: { $capabilities }
cli-notify-test-inhibited = 데스크톱이 방해 금지 상태라 지금은 보이지 않을 수 있어요.
cli-notify-test-taken = 테스트 알림을 전달했어요.

cli-history-no-device = ‘{ $text }’ 기기가 없어요.
cli-history-exported = 소식 { $count }개를 내보냈어요.
# $skipped: 이미 있거나 읽을 수 없는 기록
cli-history-imported = 소식 { $count }개를 추가했고, { $skipped }개는 건너뛰었어요.
cli-history-deleted = 소식 { $count }개를 삭제했어요.
cli-status-account = 로그인: { $signedIn ->
    [yes] 됨
    [locked] 알 수 없음, 암호 보관함이 잠겨 있어요
    [failing] 알 수 없음, 암호 보관함이 제대로 응답하지 않아요
    [missing] 알 수 없음, 실행 중인 암호 보관함이 없어요
    [notSetUp] 알 수 없음, 암호 보관함이 아직 만들어지지 않았어요
   *[no] 안 됨
}
# $detail: a country: two letters
cli-status-connect = 연결 방법: LG ThinQ Connect ({ $detail })
# $detail: an account
cli-status-hub = 연결 방법: DAMDA 허브 ({ $detail })
cli-status-unread = 새 소식: { $count }개
# $count: calls since midnight; $budget: calls that are allowed in a day
cli-status-calls = 오늘 LG 호출: { $budget }번 중 { $count }번
# $time: a date and a time of day
cli-status-last-event = 마지막 소식: { $time }

## 창이 여는 대화 상자

dialog-command = 알림마다 이 프로그램을 실행할까요?
dialog-command-run = 실행
dialog-command-cancel = 취소
dialog-export = 기록 내보내기
dialog-import = 기록 가져오기
dialog-report = 문제 보고서 저장
dialog-text = 텍스트
dialog-csv = 표 (CSV)
dialog-json = 데이터 (JSON)

## 내보낸 표

export-time = 시각
export-device = 기기
export-event = 내용
export-category = 종류
export-severity = 중요도
export-code = 코드
export-sent = LG 시각
export-read = 읽음
export-yes = 예
export-no = 아니요
export-category-finished = 완료
export-category-failed = 실패
export-category-safety = 안전
export-category-maintenance = 관리
export-category-reminder = 확인할 일
export-category-status = 상태
export-severity-info = 정보
export-severity-attention = 확인 필요
export-severity-error = 문제
