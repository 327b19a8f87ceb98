### The page: settings, first run, self-check and the way around the window.

## 화면

window-navigation = 화면
window-now = 지금
window-devices = 기기
window-rules = 규칙
window-settings = 설정
window-checkup = 자가 진단
