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
window-keys-views = 화면으로 가기
window-keys-search = 기록 검색
window-keys-settings = 설정
window-keys-back = 뒤로
window-keys-list = 목록에서 움직이기
window-keys-open = 열기
window-keys-next = 다음 항목으로
window-keys-help = 단축키 보기
window-keys-escape = 열린 것을 닫고, 그다음 창 닫기
