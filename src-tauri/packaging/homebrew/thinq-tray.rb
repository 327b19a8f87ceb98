cask "thinq-tray" do
  version "@VERSION@"
  sha256 "@MACOS_SHA256@"

  url "@MACOS_URL@"
  name "ThinQ Tray"
  desc "Tray notifications of LG ThinQ appliances, with a history"
  homepage "@HOMEPAGE@"

  depends_on arch: :arm64
  depends_on macos: ">= :big_sur"

  app "ThinQ Tray.app"
  binary "#{appdir}/ThinQ Tray.app/Contents/MacOS/thinq-tray"

  uninstall quit: "org.thinqtray.ThinQTray"

  # The sign-in is in the Keychain: `thinq-tray sign-out` removes it.
  zap trash: [
    "~/Library/Application Support/thinq-tray",
    "~/Library/WebKit/org.thinqtray.ThinQTray",
  ]
end
