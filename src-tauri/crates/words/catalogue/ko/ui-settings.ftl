### The page: settings, first run, self-check and the way around the window.

## 화면

window-navigation = 화면
window-now = 지금
window-devices = 기기
window-rules = 규칙
window-settings = 설정
window-checkup = 자가 진단

## The keys

window-keys = 단축키
window-keys-views = 화면 이동
window-keys-search = 기록 검색
window-keys-settings = 설정
window-keys-back = 뒤로
window-keys-list = 이동
window-keys-in-history = 기록 목록에서
window-keys-open = 열기
window-keys-unread = 안 읽음으로 표시
window-keys-read = 읽음으로 표시
window-keys-next = 다음 항목으로
window-keys-help = 단축키 보기
window-keys-escape = 열린 것을 닫고, 그다음 창 닫기

## Settings

window-settings-general = 일반
window-settings-language = 언어
window-settings-language-system = 시스템 언어
window-settings-autostart = 컴퓨터를 켤 때 시작
window-settings-autostart-hint = 트레이 아이콘이 보이는 데스크톱에서는 창 없이 시작해요.
window-settings-account = LG 계정
window-settings-signed-out = 로그인되어 있지 않아요.
window-settings-connection = 연결
window-settings-connection-hint = 보통은 바꿀 필요가 없어요.
window-settings-connect-url = ThinQ Connect 주소
window-settings-connect-url-hint = 비워 두면 LG의 주소를 써요. https://로 시작해요
window-settings-client-id = 이 설치의 ID
window-settings-client-id-hint = LG가 설치를 구분하는 데 써요. 처음 로그인할 때 만들어요.
window-settings-proxy = 프록시
window-settings-proxy-hint = 비워 두면 시스템 설정을 따라요. http://, https://, socks5:// 가운데 하나로 시작해요
window-settings-secrets = 클라이언트 시크릿은 로그인할 때 입력하고, 암호 보관함에 보관해요.
window-settings-kept = 기록 보관 기간
window-settings-kept-hint = 기간이 지난 소식은 기록에서 완전히 삭제해요.
window-settings-kept-days = { $count ->
   *[other] { $count }일
}
window-settings-kept-years = { $count ->
   *[other] { $count }년
}
window-settings-kept-always = 계속
window-settings-shorten = 오래된 소식을 삭제할까요?
# $category: a kind of events; $days: a text such as “30 days”
window-settings-shorten-hint = 앞으로 ‘{ $category }’ 소식은 최근 { $days }만 보관해요. 그보다 오래된 소식은 삭제하고 되돌릴 수 없어요.
window-settings-shorten-confirm = 오래된 소식 삭제
window-settings-log = 로그
window-settings-log-hint = 문제의 원인을 찾을 때 도움이 돼요. 이름, 비밀번호, 메시지는 남기지 않아요.
window-settings-log-warn = 문제만
window-settings-log-info = 보통
window-settings-log-debug = 자세히
# $variable: the name of an environment variable
window-settings-fixed = 환경 변수 { JOSA($variable, "이/가") } 정해요
window-settings-fixed-demo = 데모에서 정해요
window-settings-invalid = 설정 파일에 맞지 않는 값이 있어요. 대신 기본값을 쓰고, 파일은 그대로 두었어요.
# $key: a name in the settings file; $found: what stands there
window-settings-invalid-value = { $key }: { $found }
window-settings-broken = 설정 파일을 읽을 수 없어요. 기본 설정을 쓰고, 파일은 그대로 두었어요.
window-settings-set-aside = 파일을 따로 두고 새로 시작하기
window-settings-file = 설정 파일
window-settings-about = 정보
# $version: such as 0.1.0
window-settings-version = ThinQ Tray { $version }
window-settings-licence = MIT 라이선스를 따르는 자유 소프트웨어예요.
window-settings-disclaimer = LG가 만들지 않았고 LG와 관계가 없어요. LG와 ThinQ는 LG전자의 상표예요.
window-settings-checkup = 자가 진단 열기

## Forwarding

window-forward = 전달
window-forward-hint = 휴대전화나 다른 프로그램으로 알림을 보내요. 대상을 추가하지 않으면 아무것도 이 컴퓨터 밖으로 나가지 않아요.
window-forward-none = 전달하는 곳이 없어요
window-forward-none-hint = 휴대전화, Home Assistant, 웹 주소, 내 프로그램으로 알림을 보낼 수 있어요.
window-forward-add = 대상 추가
window-forward-test = 시험
window-forward-edit = 수정
window-forward-remove = 삭제
# $name: of a target
window-forward-test-name = “{ $name }” 시험
# $name: as above
window-forward-edit-name = “{ $name }” 수정
# $name: as above
window-forward-edit-title = “{ $name }” 수정
# $name: as above
window-forward-remove-name = “{ $name }” 삭제
# $name: as above
window-forward-remove-title = “{ $name }” 대상을 삭제할까요?
window-forward-remove-hint = 더 이상 알림을 받지 않아요. 저장된 비밀번호, 토큰 또는 키도 지워요.
window-forward-remove-waiting = 기다리던 알림 { $count }개를 더 이상 보내지 않아요. 저장된 비밀번호, 토큰 또는 키도 지워요.
# $time: a time of day, with the date if it is not today
window-forward-delivered = 마지막 전달 { $time }
window-forward-untried = 아직 전달한 적이 없어요
window-forward-waiting = { $count }개 대기 중
window-forward-given-up = { $count }개 포기함
window-forward-testing = 시험 메시지를 보내고 있어요…
window-forward-tested = 시험 메시지를 받았어요.
window-forward-send-test = 시험 메시지 보내기
window-forward-save = 저장
window-forward-kind = 대상 종류
window-forward-ntfy = ntfy
window-forward-ntfy-hint = 휴대전화로 푸시 알림
window-forward-mqtt = MQTT 브로커
window-forward-mqtt-hint = Home Assistant와 집 안의 다른 프로그램용
window-forward-webhook = 웹훅
window-forward-webhook-hint = 웹 주소로 JSON 보내기
window-forward-command = 명령
window-forward-command-hint = 내 프로그램 실행
window-forward-name = 이름
window-forward-url = 주소
window-forward-url-ntfy = 토픽 주소예요. 예: https://ntfy.sh/아무도-모르는-이름. 주소를 아는 사람은 함께 읽을 수 있어요.
window-forward-url-mqtt = mqtt:// 또는 mqtts://로 시작해요
window-forward-url-webhook = https://로 시작해요
window-forward-plain = 암호화하지 않아도 허용
window-forward-plain-hint = 내 네트워크 안에서는 필요 없어요. 밖에서는 다른 사람이 읽을 수 있어요.
window-forward-user = 사용자 이름
window-forward-user-hint = 브로커가 묻지 않으면 비워 두세요.
window-forward-password = 비밀번호
window-forward-has-token = 액세스 토큰 보내기
window-forward-token = 액세스 토큰
window-forward-signing = 보호
window-forward-signing-none = 없음
window-forward-signing-bearer = 액세스 토큰
window-forward-signing-hmac = 서명 (HMAC)
window-forward-key = 토큰 또는 키
window-forward-secret-show = 입력한 내용 보기
window-forward-secret-hide = 입력한 내용 숨기기
window-forward-secret-stored = 암호 보관함에 저장되어 있어요. 그대로 쓰려면 비워 두세요.
window-forward-topic = 토픽
window-forward-topic-hint = 모든 토픽이 이것으로 시작해요. 한 집의 컴퓨터들은 같은 토픽을 써요.
window-forward-home-assistant = Home Assistant에 기기 표시
window-forward-home-assistant-hint = Home Assistant가 알아서 찾아요.
window-forward-program = 프로그램
window-forward-program-hint = 표준 입력으로 알림을 JSON으로 받아요. 셸을 거치지 않아요.
window-forward-arguments = 인수
window-forward-arguments-hint = 한 줄에 하나씩
window-forward-events = 어떤 알림을 보낼까요
window-forward-categories = 종류
window-forward-severities = 중요도
window-forward-devices = 기기
window-forward-device-gone = 이제 없는 기기
window-forward-chooses-nothing = 이대로는 아무것도 전달하지 않아요. 각각 하나 이상 골라 주세요.
window-forward-quiet = 조용한 시간이 끝날 때까지 기다리기
window-forward-quiet-hint = 누수 같은 위험은 기다리지 않아요.
window-forward-keep = 포기하기까지
window-forward-keep-hint = 전달하지 못한 알림을 얼마나 오래 다시 시도할지 정해요.
window-forward-hours = { $count }시간
window-forward-days = { $count }일
window-forward-leave = 바꾼 내용을 버릴까요?
window-forward-leave-hint = 입력한 내용은 저장되지 않아요.
window-forward-leave-confirm = 버리기

## The self-check

window-checkup-good = 모두 잘 동작하고 있어요
window-checkup-attention = 확인이 필요해요
window-checkup-bad = 동작하지 않는 것이 있어요
window-checkup-again = 다시 진단하기
window-checkup-busy = 진단하는 중…
window-light-green = 정상
window-light-amber = 확인 필요
window-light-red = 문제 있음
window-remedy-test = 테스트 알림 보내기
window-remedy-autostart = 고치기
window-remedy-settings = 설정 열기
window-remedy-forwarding = 전달 설정 열기
window-remedy-set-aside = 파일을 따로 두기
window-remedy-read-home = 기기 다시 읽기
window-report = 문제 보고서
window-report-hint = 도와주는 사람에게 보여 줄 내용이에요. 먼저 내용을 모두 확인할 수 있고, 저절로 전송되지 않아요.
window-report-show = 보고서 보기
window-report-text = 보고서 내용
window-report-private = 비밀번호, 계정, 기기 이름은 들어 있지 않아요.
window-report-copy = 복사
window-report-copied = 복사했어요
window-report-save = 저장…
window-report-saved = 저장했어요

## First run

window-welcome = ThinQ Tray를 시작해요
window-welcome-text = 세탁이 끝나거나 냉장고 문이 열려 있으면 이 컴퓨터에서 바로 알려 드려요.
# $step: the number of the step; $count: of how many
window-welcome-step = { $count }단계 중 { $step }단계
window-welcome-sign-in = LG ThinQ에 로그인
window-welcome-sign-in-demo = 가상의 집에 로그인
window-welcome-demo = 데모로 둘러보기
window-welcome-demo-busy = 데모를 여는 중…
window-welcome-demo-text = 계정이 없어도 가상의 집을 둘러볼 수 있어요. 새 창에서 열리고, 그 창의 ‘데모 끝내기’로 끝낼 수 있어요.
window-welcome-demo-open = 데모가 새 창에 열려 있어요. 그 창의 ‘데모 끝내기’로 끝낼 수 있어요.
window-welcome-demo-running = 이 컴퓨터에 가상의 집을 만들었어요. 모두 미리 입력해 두었어요.
window-welcome-skip = 건너뛰기
window-welcome-test = 알림이 잘 오나요?
window-welcome-test-text = 테스트 알림을 보내서 확인해 보세요.
window-welcome-next = 다음
window-welcome-autostart = 컴퓨터를 켤 때 시작할까요?
window-welcome-autostart-text = 실행 중이어야 알려 드릴 수 있어요. 창은 열려 있지 않아도 돼요.
window-welcome-autostart-yes = 컴퓨터를 켤 때 시작
window-welcome-autostart-no = 나중에
window-welcome-done = 준비됐어요
window-welcome-done-text = 이 창은 닫아도 돼요. ThinQ Tray는 계속 실행되면서 소식이 생기면 알려 드려요. 트레이 아이콘을 누르거나 앱을 다시 실행하면 창이 열려요.
window-welcome-open = 우리 집 보기
