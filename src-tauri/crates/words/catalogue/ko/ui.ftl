### The window: sign-in and history. Read by the page alone.

## Everywhere

window-try-again = 다시 시도
window-dismiss = 숨기기
window-close = 닫기
window-cancel = 취소
window-menu = 메뉴
window-loading = 불러오는 중…

## The status line below the title of `status-…`

window-status-signed-out = 알림을 받으려면 로그인해 주세요
window-status-keyring-locked = 알림을 받으려면 잠금을 풀어 주세요
window-status-keyring-unavailable = 저장된 로그인 정보를 읽을 수 없어요
window-status-connecting = LG에 연결하고 있어요
# $provider: LG ThinQ or DAMDA 허브; $since: a time of day or a date
window-status-listening = { $provider } · { $since }부터 · { $devices ->
    [0] 기기 없음
   *[other] 기기 { $devices }대
}
window-status-limited = 그 뒤에는 알아서 다시 알림을 받아요

## Notices above the history

window-link-lost = ThinQ Tray가 백그라운드에서 실행되고 있지 않아요. 다시 연결하고 있어요.
window-notice-paused = 다시 받을 때까지 알림을 멈춰요.
# $until: a time of day or a date
window-notice-quiet = { $until }까지 조용한 시간이에요. 그동안 알림은 기록에만 남아요.
window-keyring-missing = 이 컴퓨터에는 로그인 정보를 안전하게 보관할 곳이 없어서, 다시 시작하면 다시 로그인해야 해요.
window-keyring-locked = 이 컴퓨터의 암호 보관함이 잠겨 있어서, 다시 시작하면 다시 로그인해야 해요.
window-keyring-notSetUp = 이 컴퓨터에 암호 보관함이 아직 없어서, 다시 시작하면 다시 로그인해야 해요.
window-keyring-failing = 이 컴퓨터의 암호 보관함이 제대로 응답하지 않아서, 다시 시작하면 다시 로그인해야 해요.
window-notice-keyring-locked = 로그인 정보가 있는 이 컴퓨터의 암호 보관함이 잠겨 있어요.
# $state: notSetUp, failing or missing
window-notice-keyring-unavailable = { $state ->
    [notSetUp] 이 컴퓨터에 암호 보관함이 아직 없어서
    [failing] 이 컴퓨터의 암호 보관함이 제대로 응답하지 않아서
   *[missing] 이 컴퓨터에 실행 중인 암호 보관함이 없어서
} 저장된 로그인 정보를 읽을 수 없어요.
window-demo = 이 컴퓨터에 만든 가상의 집이에요. LG에는 아무것도 보내지 않아요.
window-demo-leave = 데모 끝내기

## The provider: how this program reaches LG

window-provider-connect = LG ThinQ
window-provider-hub = DAMDA 허브
# $feature: one of window-feature-…
window-feature-missing = 개인 액세스 토큰에 ‘{ $feature }’ 권한이 없어요.
window-feature-devices = 기기 목록 조회
window-feature-states = 기기 상태 조회
window-feature-control = 기기 제어
window-feature-pushes = 푸시 알림
window-feature-events = 상태 보고(이벤트)
window-feature-energy = 에너지 사용량 조회
window-energy = 에너지
window-energy-read = { $time }에 읽음
window-energy-today = 오늘
window-energy-yesterday = 어제
window-energy-this-month = 이번 달
window-energy-last-month = 지난달
window-energy-not-yet = LG가 아직 알려 주지 않았어요
window-energy-days = 일별
window-energy-months = 월별
window-energy-day = 날짜
window-energy-month = 월
window-energy-total = 모두 { $energy }
window-token-page = LG 페이지 열기
window-token-page-address = 브라우저에서 이 주소를 열어 주세요:

## Sign-in

window-sign-in-title = LG ThinQ 로그인
window-sign-in-provider = 로그인 방법
window-sign-in-provider-connect = 개인 액세스 토큰으로
window-sign-in-provider-hub = LG 계정으로
window-sign-in-intro = ThinQ 앱에서 쓰는 계정으로 로그인해 주세요. 비밀번호는 저장하지 않아요.
window-sign-in-demo = 이 컴퓨터에 가상의 집을 만들었어요. 모두 미리 입력해 두었으니 로그인만 누르면 돼요.
window-sign-in-steps = 토큰을 만드는 방법
window-sign-in-step-open = LG 페이지를 열고 ThinQ 앱에서 쓰는 계정으로 로그인해 주세요.
window-sign-in-step-create = ‘ADD NEW TOKEN’을 누르고 이름을 정한 뒤, 목록의 권한을 모두 켜고 ‘CREATE TOKEN’을 눌러 주세요.
window-sign-in-step-paste = 토큰을 복사해서 여기에 붙여 넣어 주세요.
window-sign-in-token-page = LG 토큰 페이지 열기
window-sign-in-token-page-opened = 브라우저에서 열었어요
window-sign-in-token = 개인 액세스 토큰
window-sign-in-token-hint = 이 컴퓨터의 암호 보관함에만 보관해요.
window-sign-in-token-show = 토큰 보기
window-sign-in-token-hide = 토큰 가리기
window-sign-in-country = LG 계정의 국가
window-sign-in-country-hint = 이름이나 코드로 찾을 수 있어요
window-sign-in-country-all = 모든 국가 보기
# $text: what was searched for
window-sign-in-country-none = LG가 서비스하는 국가 가운데 ‘{ $text }’에 맞는 곳이 없어요.
window-sign-in-country-found = { $count ->
   *[other] 국가 { $count }곳
}
window-sign-in-personal = LG는 개인적이고 비상업적인 용도로만 쓰도록 허용해요.
window-sign-in-found = { $devices ->
    [0] 로그인했어요. 아직 찾은 기기가 없어요.
   *[other] 로그인했어요. 기기 { $devices }대를 찾았어요.
}
window-sign-in-new-token = 토큰 새로 만들기…
window-sign-in-hub = 허브 주소
window-sign-in-hub-hint = 예: http://192.168.0.10:5010
window-sign-in-account = LG 계정
window-sign-in-account-hint = 보통 이메일 주소예요
window-sign-in-password = 비밀번호
window-sign-in-password-show = 비밀번호 보기
window-sign-in-password-hide = 비밀번호 가리기
window-sign-in-advanced = 고급 설정
window-sign-in-callback = 콜백 주소
window-sign-in-callback-hint = 알림이 오는 주소예요. wss://로 시작해요
window-sign-in-password-form = 비밀번호를 보내는 방법
window-sign-in-password-sha512 = SHA-512 해시로 (기본)
window-sign-in-password-plain = 그대로
window-sign-in-password-form-hint = 허브가 요구할 때만 비밀번호를 그대로 보내 주세요.
window-sign-in-emp-id = EMP 클라이언트 ID
window-sign-in-emp-secret = EMP 클라이언트 시크릿
window-sign-in-connect-id = Connect 클라이언트 ID
window-sign-in-connect-secret = Connect 클라이언트 시크릿
window-sign-in-secret-kept = 보관 중이에요. 바꾸려면 입력해 주세요
window-sign-in-submit = 로그인
window-sign-in-busy = 로그인하는 중…
window-sign-in-plain-http-hash = 암호화되지 않고 사설 네트워크에도 있지 않은 주소예요. 전송되는 동안 다른 사람이 계정, 로그인에 쓸 수 있는 비밀번호 해시, 기기가 보내는 모든 소식을 읽을 수 있어요.
window-sign-in-plain-http-password = 암호화되지 않고 사설 네트워크에도 있지 않은 주소예요. 전송되는 동안 다른 사람이 계정, 비밀번호, 기기가 보내는 모든 소식을 읽을 수 있어요.
window-sign-in-plain-callback = 암호화되지 않고 사설 네트워크에도 있지 않은 주소예요. 전송되는 동안 다른 사람이 로그인 정보와 기기가 보내는 모든 소식을 읽을 수 있어요.

## History

window-history = 기록
window-history-search = 기록 검색
window-history-search-clear = 검색어 지우기
window-history-today = 오늘
window-history-yesterday = 어제
window-history-unread = 새 소식
window-history-mark-all = 모두 읽음으로 표시
window-history-empty = 아직 소식이 없어요
window-history-empty-hint = 세탁이 끝나거나 냉장고 문이 열려 있으면 바로 여기에서 알려 드려요.
window-history-empty-signed-out-hint = 로그인하면 기기가 보낸 소식이 여기에 쌓여요.
window-history-search-empty = 찾은 소식이 없어요
# $text: what was searched for
window-history-search-empty-hint = ‘{ $text }’에 맞는 소식이 없어요.
window-history-events = 소식
window-history-overview = 한눈에 보기
# $count: events that arrived above what is being read
window-history-fresh = 새 소식 { $count }개
window-history-found-language = 다른 언어에서 찾았어요
window-history-found-code = 코드에서 찾았어요
window-history-found-raw = LG가 보낸 메시지에서 찾았어요

## What the history is narrowed to

window-history-filter = 필터
window-history-unread-only = 안 읽은 소식
window-history-filter-device = 기기
window-history-filter-kind = 종류
window-history-filter-severity = 중요도
window-history-filter-period = 기간
# $label: Appliance, Kind or Importance; $count: how many are chosen
window-history-filter-several = { $label } { $count }개
window-history-filter-clear = 필터 지우기
window-history-filter-empty-hint = 필터에 맞는 소식이 없어요. 조건을 조금 풀어 보세요.
window-history-total = 소식 { $count }개
window-history-period-always = 전체 기간
window-history-period-today = 오늘
window-history-period-week = 최근 7일
window-history-period-month = 최근 30일
window-history-period-own = 직접 고르기
window-history-period-from = 시작
window-history-period-until = 종료
window-history-period-turned-round = 시작 날짜가 종료 날짜보다 늦어요.
window-history-loosen-text = 검색어 없이
window-history-loosen-devices = 모든 기기
window-history-loosen-categories = 모든 종류
window-history-loosen-severities = 모든 중요도
window-history-loosen-unread = 읽은 소식도
window-history-loosen-period = 전체 기간
window-history-show-all = 모두 보기
window-severity-info = 정보
window-severity-attention = 확인 필요
window-severity-error = 문제

## Keeping the history

window-history-menu = 내보내기, 가져오기, 삭제
# $size: for example 4.2 MB
window-history-size = 소식 { $count }개, { $size }
# $day: a date
window-history-size-since = 가장 오래된 소식: { $day }
window-history-export-csv = 스프레드시트로 내보내기(CSV)…
window-history-export-json = 백업으로 내보내기(JSON)…
window-history-import = 백업 가져오기…
window-history-delete-shown = 보이는 소식 삭제…
window-history-delete-all = 모두 삭제…
window-history-delete-shown-title = 보이는 소식 { $count }개를 삭제할까요?
window-history-delete-all-title = 전체 기록, 소식 { $count }개를 삭제할까요?
window-history-delete-text = 디스크에서 완전히 지워서 되돌릴 수 없어요. 나중에 필요할 수 있다면 먼저 내보내 주세요.
window-history-delete-export = 먼저 내보내기…
window-history-delete-confirm = { $count }개 삭제
window-history-job-export = 내보내는 중
window-history-job-import = 가져오는 중
window-history-job-delete = 삭제하는 중
window-history-job-count = { $done }
window-history-job-progress = { $total }개 중 { $done }개
window-history-job-exported = 소식 { $count }개를 내보냈어요.
window-history-job-imported = 소식 { $count }개를 추가했어요.
window-history-job-deleted = 소식 { $count }개를 삭제했어요.
window-history-job-skipped = { $count }개는 이미 있거나 읽을 수 없었어요.
window-history-job-export-cancelled = 내보내기를 멈췄어요. 남은 파일은 없어요.
window-history-job-import-cancelled = 가져오기를 멈췄어요. 추가된 소식은 없어요.
window-history-job-delete-cancelled = 삭제를 멈췄어요. 그때까지 삭제한 소식은 되돌릴 수 없어요.

## A damaged history

# $at: day and time; $events: how many could be read
window-recovery = 기록이 손상된 것을 발견했어요({ $at }). { $events ->
    [0] 읽을 수 있는 소식이 없었어요.
   *[other] 소식 { $events }개를 되살렸어요.
}
window-recovery-losses = { $count }곳은 읽지 못해서 되살릴 수 없어요.
window-recovery-whole = 잃어버린 소식은 없는 것 같아요.
window-recovery-file = 원래 파일은 그대로 두었어요:

## Pictures of the history

window-overview-month = 30일
window-overview-quarter = 3개월
window-overview-year = 1년
window-overview-table = 숫자로 보기
window-overview-day = 날짜
window-overview-week-of = 주
window-overview-days = 날짜별 소식
window-overview-weeks = 주별 소식
window-overview-days-label = 종류별 막대: 소식 { $count }개
window-overview-hours = 요일과 시간
# $device: the name of an appliance
window-overview-hours-label = { JOSA($device, "이/가") } 소식을 보낸 시간: 한 칸이 한 시간이에요
window-overview-cycles = 주별 사용 횟수
window-overview-cycles-hint = 걸린 시간은 시작과 끝을 모두 아는 경우의 평균이에요.
window-overview-cycles-a-week = 한 주에 { $count }번
window-overview-cycles-length = { $hours ->
    [0] 한 번에 { $minutes }분
   *[other] 한 번에 { $hours }시간 { $minutes }분
}
window-overview-cycles-unknown = 걸린 시간은 아직 몰라요
window-overview-maintenance = 관리
window-overview-maintenance-none = 아직 관리가 필요하다고 한 기기가 없어요.
# $day: a date
window-overview-maintenance-told = { $day } 알림
window-overview-maintenance-done = { $day } 완료
window-overview-maintenance-every = 약 { $days }일마다
window-overview-due = 할 일
window-overview-done = 완료
window-overview-mark-done = 완료
window-overview-mark-due = 되돌리기
window-overview-empty = 아직 그릴 소식이 없어요
window-overview-empty-hint = 며칠 지나면 세탁기를 얼마나 자주 쓰는지, 어떤 필터를 바꿀 때인지 여기서 볼 수 있어요.

## One event in detail

window-details = 자세히
window-details-back = 기록으로 돌아가기
window-details-newer = 다음 소식
window-details-older = 이전 소식
window-details-device = 기기
window-details-part = 부분
window-details-settle = 완료
window-details-settle-hint = 알림을 지우고 다시 알리지 않아요.
window-details-settled = 완료했어요
window-details-remind = 30분 뒤에 다시 알리기
window-details-reminded = 30분 뒤에 다시 알려요
window-details-mute = 오늘은 이 기기 알림 끄기
window-details-muted = 오늘은 알리지 않아요. 규칙에서 되돌릴 수 있어요.
window-details-same-device = 같은 기기의 소식
window-details-device-previous = 이전
window-details-device-next = 다음
window-details-device-all = 이 기기의 모든 소식
window-details-found = 알게 된 방법
window-details-received = 받은 시각
window-details-sent = LG가 적은 시각
window-details-notification = 알림
# $time: a time of day or a date
window-details-notified = { $reason } 데스크톱에 전달한 시각: { $time }
window-details-messages = { $count ->
   *[other] LG가 보낸 메시지 원본
}
window-details-no-messages = 이 소식의 원본 메시지는 남아 있지 않아요.
window-details-copy = 복사
window-details-copied = 복사했어요
window-details-copy-by-hand = Ctrl+C를 눌러 복사해 주세요

## Why an event was notified, or why not

decision-notify = 알릴 만한 소식이에요.
decision-notifySilently = 규칙에 따라 소리 없이 알렸어요.
decision-notifyUrgently = 안전에 관한 소식이라 알림을 멈춘 동안에도 바로 알렸어요.
decision-counted = 소식이 한꺼번에 많이 와서 알림 하나로 묶었어요.
decision-paused = 알림을 멈춘 동안이라 알리지 않았어요.
decision-quietHours = 조용한 시간이라 바로 알리지 않고, 끝날 때 모아서 알렸어요.
decision-muted = 오늘 하루 알림을 끈 기기라 알리지 않았어요.
decision-historyOnly = 기록에만 남기는 소식이라 알리지 않았어요.
decision-rule = 규칙에 따라 기록에만 남겼어요.
decision-default = 이런 소식은 따로 정하지 않으면 기록에만 남겨요.
decision-ignored = 규칙에 따라 무시했어요. 새 소식으로 세지 않아요.
decision-old = 오래전 소식이라 알리지 않았어요.
