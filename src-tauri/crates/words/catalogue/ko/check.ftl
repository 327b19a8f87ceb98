### The self-check: the name of each subject, and a line for each finding.

check-keyring = 암호 보관함
check-keyring-ready = 로그인 정보를 안전하게 보관하고, 다시 켜도 로그인이 유지돼요.
check-keyring-demo = 데모는 켜져 있는 동안만 로그인을 유지해요.
check-keyring-missing = 암호 보관함이 없어서 앱을 끝내면 로그아웃돼요. GNOME 키링이나 KWallet 같은 보관함을 설치해 주세요.
check-keyring-locked = 암호 보관함이 잠겨 있어요. 다시 켠 뒤에도 로그인을 유지하려면 잠금을 풀어 주세요.
check-keyring-notSetUp = 암호 보관함이 아직 만들어지지 않아서 앱을 끝내면 로그아웃돼요. 다시 로그인하면 만들 수 있어요.
check-keyring-failing = 암호 보관함이 제대로 응답하지 않아서 앱을 끝내면 로그아웃돼요.

check-notificationServer = 알림
# $detail: the name of the program that shows notifications
check-notificationServer-ready = { JOSA($detail, "이/가") } 버튼이 있는 알림을 보여 줘요.
# $detail: as above
check-notificationServer-plain = { JOSA($detail, "이/가") } 버튼 없는 알림을 보여 줘요. 누르면 소식이 열려요.
# $detail: as above
check-notificationServer-quiet = 방해 금지가 켜져 있어서 { JOSA($detail, "이/가") } 알림을 미루고 있어요.
check-notificationServer-missing = 알림을 보여 줄 프로그램이 없어요. dunst 같은 알림 서비스를 설치해 주세요.
check-notificationServer-silent = 알림 서비스가 응답하지 않아요. 알림 서비스를 다시 시작하거나 컴퓨터에 다시 로그인해 주세요.
check-notificationServer-system = 알림은 시스템이 보여 줘요. ThinQ Tray 알림을 허용했는지는 시스템 설정에서 볼 수 있어요.

check-trayHost = 트레이
check-trayHost-ready = 트레이 아이콘이 보여요.
check-trayHost-missing = 이 데스크톱에는 트레이 아이콘 자리가 없어서 대신 창을 열어요. GNOME에서는 AppIndicator 확장이 필요해요.
check-trayHost-withoutIcon = 이 데스크톱에는 트레이 아이콘 자리가 있지만 이 아이콘은 보이지 않아요. ThinQ Tray를 종료하고 다시 시작해 주세요.
check-trayHost-system = 트레이 아이콘은 시스템이 보여 줘요.

check-connect = LG
# $detail: how many of how many, for example 12/60
check-connect-ready = LG가 응답하고 토큰을 받아 줘요. 이번 시간의 호출: { $detail }
check-connect-open = LG에 연결할 수 있어요. 로그인하면 더 자세히 알 수 있어요.
check-connect-dead = LG에 연결할 수 없어요. 인터넷 연결을 확인해 주세요.
check-connect-unknown = 아직 LG에 물어본 적이 없어요.
check-connect-failed = LG가 요청을 처리하지 못했어요.

check-features = 토큰
check-features-ready = 지금까지 써 본 기능은 모두 이 토큰으로 쓸 수 있어요.
check-features-missing = 이 토큰에는 권한이 하나 빠져 있어요. 나머지는 모두 쓸 수 있어요.
check-features-unknown = 로그인하면 이 토큰으로 무엇을 할 수 있는지 알 수 있어요.

check-broker = LG 연결
# $detail: a port and the last day of a certificate, for example 443, 2049-12-31
check-broker-listening = 연결되어 있어요. 알림이 바로 와요. 포트와 인증서의 마지막 날: { $detail }
check-broker-connecting = 지금 연결하고 있어요.
check-broker-offline = 연결이 끊겼어요. 앱이 알아서 다시 시도해요.
check-broker-refused = 다시 로그인해야 연결할 수 있어요.
check-broker-signedOut = 로그아웃한 상태라 연결하지 않았어요.
check-broker-keyringLocked = 암호 보관함의 잠금을 풀어야 연결할 수 있어요.
check-broker-keyringUnavailable = 암호 보관함을 읽을 수 없어서 연결하지 못했어요. 앱이 알아서 다시 읽어 보고, 그동안은 로그인해서 쓸 수 있어요.
check-broker-limited = LG가 잠시 기다려 달라고 해요. 그 뒤에는 앱이 알아서 다시 시도해요.
check-broker-notRunning = ThinQ Tray가 실행되고 있지 않아서 연결되지 않았어요. thinq-tray 명령으로 시작해 주세요.

check-hub = 허브
check-hub-ready = 허브가 응답해요.
check-hub-open = 허브 주소에서 응답이 있어요. 로그인하면 더 자세히 알 수 있어요.
check-hub-dead = 허브 주소에서 응답이 없어요. 주소가 맞는지, 허브가 켜져 있는지 확인해 주세요.
check-hub-unknown = 아직 허브에 물어본 적이 없어요.
check-hub-failed = 허브가 요청을 처리하지 못했어요.

check-callback = LG 연결
check-callback-listening = 연결되어 있어요. 알림이 바로 와요.
check-callback-connecting = 지금 연결하고 있어요.
check-callback-offline = 연결이 끊겼어요. 앱이 알아서 다시 시도해요.
check-callback-refused = 다시 로그인해야 연결할 수 있어요.
check-callback-signedOut = 로그아웃한 상태라 연결하지 않았어요.
check-callback-keyringLocked = 암호 보관함의 잠금을 풀어야 연결할 수 있어요.
check-callback-keyringUnavailable = 암호 보관함을 읽을 수 없어서 연결하지 못했어요. 앱이 알아서 다시 읽어 보고, 그동안은 로그인해서 쓸 수 있어요.
check-callback-limited = LG가 잠시 기다려 달라고 해요. 그 뒤에는 앱이 알아서 다시 시도해요.
check-callback-notRunning = ThinQ Tray가 실행되고 있지 않아서 연결되지 않았어요. thinq-tray 명령으로 시작해 주세요.

check-subscriptions = 기기
# $detail: a number of appliances
check-subscriptions-ready = 알림을 보내는 기기: { $detail }대
# $detail: a number of appliances and a time, for example 9, 2026-12-02 05:40
check-subscriptions-renewed = 알림을 보내는 기기의 수와, 늦어도 구독을 갱신하는 때: { $detail }
# $detail: how many of how many, for example 7/9
check-subscriptions-some = 알림을 보내는 기기: { $detail }. 나머지 기기에 무슨 문제가 있는지는 기기 목록에서 볼 수 있어요.
check-subscriptions-failed = 기기를 불러오거나 알림을 켜지 못했어요.
check-subscriptions-unknown = 연결되면 기기가 무엇을 보내는지 알 수 있어요.

check-clock = 시계
check-clock-right = 이 컴퓨터와 LG의 시각이 같아요.
# $detail: a number of minutes
check-clock-ahead = 이 컴퓨터가 LG보다 { $detail }분 빨라요. 시각을 자동으로 맞추게 해 주세요.
# $detail: a number of minutes
check-clock-behind = 이 컴퓨터가 LG보다 { $detail }분 느려요. 시각을 자동으로 맞추게 해 주세요.
check-clock-unknown = 아직 LG와 시각을 비교하지 않았어요.

check-database = 기록
# $detail: a size such as 1.2 MiB
check-database-sound = 기록에 문제가 없어요: { $detail }
check-database-empty = 아직 기록이 없어요.
# $detail: a size such as 1.2 MiB
check-database-unchecked = 기록이 커서 지금 다 살펴보지는 못했어요: { $detail }. 문제는 찾지 못했어요.
# $detail: a size such as 1.2 MiB
check-database-damaged = 기록이 손상됐어요: { $detail }. 앱을 다시 시작하면 읽을 수 있는 것을 옮겨 담아요.
check-database-unreadable = 기록을 읽을 수 없어요. 폴더에 쓸 수 있는지 확인해 주세요.
check-database-memory = 새 소식이 기록되지 않아요. 디스크 공간과 폴더 권한을 확인해 주세요.

check-autostart = 컴퓨터를 켤 때 시작
check-autostart-on = 컴퓨터를 켜면 ThinQ Tray도 시작돼요.
check-autostart-off = 설정한 대로, 컴퓨터를 켜도 ThinQ Tray는 시작되지 않아요.
check-autostart-moved = 컴퓨터가 ThinQ Tray를 예전 위치에서 시작하려고 해요.
check-autostart-elsewhere = 컴퓨터가 다른 위치의 ThinQ Tray를 시작해요.
check-autostart-unknown = 컴퓨터를 켤 때 무엇이 시작되는지 알 수 없어요.

check-settings = 설정
check-settings-fine = 설정에 문제가 없어요.
# $detail: names of settings, as they stand in the file
check-settings-invalid = 다음 설정은 값이 맞지 않아서 기본값을 써요: { $detail }
check-settings-broken = 설정 파일을 읽을 수 없어서 기본값을 써요. 파일을 바로잡거나, 앱이 옮겨 두게 해 주세요.

check-report-saved = 보고서를 저장했어요.

check-forwarding = 전달
# $detail: the name of a target
check-forwarding-ready = “{ $detail }” 대상이 알림을 받고 있어요.
# $detail: as above
check-forwarding-untried = “{ $detail }” 대상이 아직 알림을 받은 적이 없어요. 설정에서 시험해 보면 알 수 있어요.
# $detail: as above
check-forwarding-off = “{ $detail }” 대상이 꺼져 있어요.
# $detail: as above
check-forwarding-failing = “{ $detail }” 대상이 알림을 받지 못해요.
# $detail: as above
check-forwarding-notRunning = ThinQ Tray가 실행되면 “{ $detail }” 대상에 알림을 전달해요.
