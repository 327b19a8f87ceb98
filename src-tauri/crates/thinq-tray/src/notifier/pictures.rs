//! Pictures of the device types, written to files for notification servers.

use std::{fs, io, path::PathBuf};

use tracing::warn;

struct Picture {
    name: &'static str,
    png: &'static [u8],
}

macro_rules! picture {
    ($name:literal) => {
        Picture {
            name: $name,
            png: include_bytes!(concat!("../../../../../icons/devices/", $name, ".png")),
        }
    };
}

pub(super) struct Pictures {
    dir: PathBuf,
}

impl Pictures {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Returns the path of the picture and writes the file if it is missing or another version's. Empty
    /// without a device, or when the file cannot be written.
    pub(super) fn path(&self, device_type: Option<&str>) -> String {
        let Some(device_type) = device_type else { return String::new() };
        let picture = picture(device_type);
        let path = self.dir.join(format!("{}.png", picture.name));
        let write = || -> io::Result<()> {
            fs::create_dir_all(&self.dir)?;
            fs::write(&path, picture.png)
        };
        if fs::read(&path).ok().as_deref() != Some(picture.png)
            && let Err(error) = write()
        {
            warn!(%error, "failed to write a picture for notifications");
            return String::new();
        }
        path.to_string_lossy().into_owned()
    }
}

fn picture(device_type: &str) -> Picture {
    match device_type {
        "DEVICE_WASHER"
        | "DEVICE_WASHTOWER"
        | "DEVICE_WASHTOWER_WASHER"
        | "DEVICE_WASHCOMBO_MAIN"
        | "DEVICE_WASHCOMBO_MINI" => picture!("washer"),
        "DEVICE_DRYER" | "DEVICE_WASHTOWER_DRYER" => picture!("dryer"),
        "DEVICE_REFRIGERATOR" | "DEVICE_KIMCHI_REFRIGERATOR" | "DEVICE_WINE_CELLAR" => {
            picture!("refrigerator")
        }
        "DEVICE_OVEN" | "DEVICE_MICROWAVE_OVEN" | "DEVICE_COOKTOP" | "DEVICE_HOOD" => {
            picture!("oven")
        }
        "DEVICE_DISH_WASHER" => picture!("dish-washer"),
        "DEVICE_AIR_CONDITIONER"
        | "DEVICE_AIR_PURIFIER"
        | "DEVICE_AIR_PURIFIER_FAN"
        | "DEVICE_CEILING_FAN"
        | "DEVICE_DEHUMIDIFIER"
        | "DEVICE_HUMIDIFIER"
        | "DEVICE_VENTILATOR"
        | "DEVICE_IDU"
        | "DEVICE_ODU" => picture!("air"),
        "DEVICE_ROBOT_CLEANER" | "DEVICE_STICK_CLEANER" => picture!("cleaner"),
        "DEVICE_STYLER" | "DEVICE_SHOE_CARE" | "DEVICE_SHOE_CASE" => picture!("styler"),
        "DEVICE_WATER_PURIFIER" | "DEVICE_WATER_HEATER" | "DEVICE_SYSTEM_BOILER" => {
            picture!("water")
        }
        other if other.ends_with("_SENSOR") || other.ends_with("_DOORBELL") => picture!("sensor"),
        _ => picture!("appliance"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_picture_in_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let pictures = Pictures::new(dir.path().join("devices"));

        for device_type in thinq::DEVICE_TYPES.iter().copied().chain(["DEVICE_OF_TOMORROW"]) {
            let path = pictures.path(Some(device_type));
            let bytes = fs::read(&path).unwrap();
            let (width, height, _) = crate::tray::decode(&bytes).unwrap();
            // Some servers draw it in its own size.
            assert_eq!((width, height), (64, 64), "{device_type}: {path}");
        }
        assert_eq!(pictures.path(None), "");
        assert!(pictures.path(Some("DEVICE_WASHER")).ends_with("washer.png"));
    }
}
