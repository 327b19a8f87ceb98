//! Devices in the lists of LG's servers.

use std::{collections::HashSet, fmt};

use model::DeviceId;
use serde_json::Value;

use crate::lenient_json;

/// Upper limit; LG's ids have up to 64 characters.
const LONGEST_ID: usize = 256;

/// An entry of LG's device list.
#[derive(Clone, PartialEq, Eq)]
pub struct ListedDevice {
    pub id: DeviceId,
    /// Such as `DEVICE_WASHER`; unknown types are kept.
    pub device_type: String,
    pub model: Option<String>,
    /// Name given by the user, sanitized; may be empty.
    pub alias: String,
    /// A hint only. See `docs/protocol.md#devices`.
    pub is_reportable: Option<bool>,
    /// Shared by the two halves of a `WashTower`.
    pub group_id: Option<String>,
}

/// Reads an id from LG's JSON; `None` if its length is invalid.
pub(crate) fn read_id(value: Option<&Value>) -> Option<DeviceId> {
    let id = DeviceId::new(value?.as_str()?);
    is_sensible(&id).then_some(id)
}

/// `.` and `..` are removed from paths, even percent-encoded, which would change the call.
pub(crate) fn is_sensible(id: &DeviceId) -> bool {
    let id = id.as_str();
    (1..=LONGEST_ID).contains(&id.len()) && id != "." && id != ".."
}

impl fmt::Debug for ListedDevice {
    /// Omits names and other personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListedDevice")
            .field("id", &self.id)
            .field("device_type", &self.device_type)
            .finish_non_exhaustive()
    }
}

/// Reads the list of `GET /devices`; `None` if it is not a list. Skips invalid entries and duplicate
/// ids.
pub(crate) fn read_list(response: &Value) -> Option<Vec<ListedDevice>> {
    let entries = match response {
        Value::Null => return Some(Vec::new()),
        Value::Array(entries) => entries,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => return None,
    };
    let mut seen = HashSet::new();
    let devices = entries
        .iter()
        .filter_map(read_device)
        .filter(|device| seen.insert(device.id.clone()))
        .collect();
    Some(devices)
}

fn read_device(entry: &Value) -> Option<ListedDevice> {
    let info = entry.get("deviceInfo")?.as_object()?;
    Some(ListedDevice {
        id: read_id(entry.get("deviceId"))?,
        device_type: lenient_json::name(info.get("deviceType"))?,
        model: lenient_json::name(info.get("modelName")),
        alias: lenient_json::alias(info.get("alias")).unwrap_or_default(),
        is_reportable: lenient_json::flag(info.get("reportable")),
        group_id: lenient_json::name(info.get("groupId")),
    })
}

/// Reads a list of `{deviceId}`; `None` if it is not a list.
pub(crate) fn read_ids(response: &Value) -> Option<Vec<DeviceId>> {
    match response {
        Value::Null => Some(Vec::new()),
        Value::Array(entries) => {
            Some(entries.iter().filter_map(|entry| read_id(entry.get("deviceId"))).collect())
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => None,
    }
}

/// All known device types, in alphabetical order.
pub const DEVICE_TYPES: &[&str] = &[
    "DEVICE_AIR_CONDITIONER",
    "DEVICE_AIR_PURIFIER",
    "DEVICE_AIR_PURIFIER_FAN",
    "DEVICE_CEILING_FAN",
    "DEVICE_COOKTOP",
    "DEVICE_DEHUMIDIFIER",
    "DEVICE_DISH_WASHER",
    "DEVICE_DRYER",
    "DEVICE_HEJ_BLIND_MOTOR",
    "DEVICE_HEJ_BULB_COLOR",
    "DEVICE_HEJ_BULB_WHITE",
    "DEVICE_HEJ_BUTTON",
    "DEVICE_HEJ_CURTAIN_CTRL",
    "DEVICE_HEJ_DOORBELL",
    "DEVICE_HEJ_DOOR_LOCK",
    "DEVICE_HEJ_DOOR_SENSOR",
    "DEVICE_HEJ_FIRE_SENSOR",
    "DEVICE_HEJ_GAS_SENSOR",
    "DEVICE_HEJ_HOME_CAMERA",
    "DEVICE_HEJ_LIGHT_SWITCH",
    "DEVICE_HEJ_LINE_LED",
    "DEVICE_HEJ_MOTION_SENSOR",
    "DEVICE_HEJ_PET_FEEDER",
    "DEVICE_HEJ_PLUG",
    "DEVICE_HEJ_PLUG_MINI",
    "DEVICE_HEJ_PUSH_PULL_DOOR_LOCK",
    "DEVICE_HEJ_SIREN",
    "DEVICE_HEJ_STARLIGHT",
    "DEVICE_HEJ_SWITCH_STRIP",
    "DEVICE_HEJ_SYNC_BOX",
    "DEVICE_HEJ_SYNC_BOX_SUB",
    "DEVICE_HEJ_TEMPERATURE_HUMIDITY_SENSOR",
    "DEVICE_HEJ_THERMO_HYGROMETER",
    "DEVICE_HEJ_WATER_LEAK_SENSOR",
    "DEVICE_HOME_BREW",
    "DEVICE_HOOD",
    "DEVICE_HUMIDIFIER",
    "DEVICE_IDU",
    "DEVICE_KIMCHI_REFRIGERATOR",
    "DEVICE_LUMI_DOOR_WINDOW_SENSOR",
    "DEVICE_LUMI_MOTION_SENSOR",
    "DEVICE_LUMI_PLUG",
    "DEVICE_LUMI_TEMPERATURE_HUMIDITY_SENSOR",
    "DEVICE_MICROWAVE_OVEN",
    "DEVICE_ODU",
    "DEVICE_OVEN",
    "DEVICE_PLANT_CULTIVATOR",
    "DEVICE_REFRIGERATOR",
    "DEVICE_ROBOT_CLEANER",
    "DEVICE_SHOE_CARE",
    "DEVICE_SHOE_CASE",
    "DEVICE_SIGNAGE",
    "DEVICE_STICK_CLEANER",
    "DEVICE_STYLER",
    "DEVICE_SYSTEM_BOILER",
    "DEVICE_VENTILATOR",
    "DEVICE_WASHCOMBO_MAIN",
    "DEVICE_WASHCOMBO_MINI",
    "DEVICE_WASHER",
    "DEVICE_WASHTOWER",
    "DEVICE_WASHTOWER_DRYER",
    "DEVICE_WASHTOWER_WASHER",
    "DEVICE_WATER_HEATER",
    "DEVICE_WATER_PURIFIER",
    "DEVICE_WINE_CELLAR",
];
