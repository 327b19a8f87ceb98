//! The tray: its content as plain data, and its platform-specific presentation.

pub(crate) mod devices;
pub(crate) mod menu;
#[cfg(target_os = "linux")]
#[path = "tray/linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "tray/other.rs"]
mod platform;

pub(crate) use platform::Tray;
#[cfg(not(target_os = "linux"))]
pub(crate) use platform::run_beside;

#[cfg(target_os = "linux")]
use std::process::ExitCode;

use model::{ConnectionState, Status};

/// On Linux the tray needs no event loop: it is served over D-Bus, as part of `work`.
#[cfg(target_os = "linux")]
pub(crate) fn run_beside(work: impl FnOnce() -> ExitCode) -> ExitCode {
    work()
}

/// Icon for each status that the user can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Icon {
    SignedOut,
    Connecting,
    Listening,
    /// Listening, with unread events.
    Attention,
    Offline,
    Paused,
}

impl Icon {
    pub(crate) fn of(status: &Status) -> Self {
        match status.connection {
            ConnectionState::SignedOut | ConnectionState::SignInNeeded { .. } => Self::SignedOut,
            ConnectionState::KeyringUnavailable
            | ConnectionState::Offline { .. }
            | ConnectionState::Limited { .. } => Self::Offline,
            ConnectionState::Connecting | ConnectionState::KeyringLocked => Self::Connecting,
            ConnectionState::Listening { .. } if status.paused_until_ms.is_some() => Self::Paused,
            ConnectionState::Listening { .. } if status.unread > 0 => Self::Attention,
            ConnectionState::Listening { .. } => Self::Listening,
        }
    }

    /// Pictures as PNG, in the sizes that panels request.
    pub(crate) fn pictures(self) -> [&'static [u8]; 5] {
        macro_rules! pictures {
            ($name:literal) => {
                [
                    include_bytes!(concat!("../../../../icons/tray/", $name, "-16.png")),
                    include_bytes!(concat!("../../../../icons/tray/", $name, "-22.png")),
                    include_bytes!(concat!("../../../../icons/tray/", $name, "-24.png")),
                    include_bytes!(concat!("../../../../icons/tray/", $name, "-32.png")),
                    include_bytes!(concat!("../../../../icons/tray/", $name, "-48.png")),
                ]
            };
        }
        match self {
            Self::SignedOut => pictures!("signed-out"),
            Self::Connecting => pictures!("connecting"),
            Self::Listening => pictures!("listening"),
            Self::Attention => pictures!("attention"),
            Self::Offline => pictures!("offline"),
            Self::Paused => pictures!("paused"),
        }
    }
}

/// Width, height and RGBA bytes of a picture.
pub(crate) fn decode(picture: &[u8]) -> Option<(u32, u32, Vec<u8>)> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut pixels).ok()?;
    pixels.truncate(info.buffer_size());
    let is_rgba = info.color_type == png::ColorType::Rgba && info.bit_depth == png::BitDepth::Eight;
    is_rgba.then_some((info.width, info.height, pixels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_is_readable_and_has_its_size() {
        let icons = [
            Icon::SignedOut,
            Icon::Connecting,
            Icon::Listening,
            Icon::Attention,
            Icon::Offline,
            Icon::Paused,
        ];
        for icon in icons {
            for (picture, size) in icon.pictures().into_iter().zip([16, 22, 24, 32, 48]) {
                let (width, height, pixels) = decode(picture).unwrap();
                assert_eq!((width, height), (size, size), "{icon:?}");
                assert_eq!(pixels.len(), (size * size * 4) as usize);
            }
        }
    }
}
