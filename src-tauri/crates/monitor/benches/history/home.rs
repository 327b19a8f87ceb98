//! A home with twelve appliances and five years of messages, identical in every run.

use std::ops::Range;

use jiff::Timestamp;
use model::{DeviceId, UnixMs};
use monitor::{EventId, Store};
use serde_json::{Value, json};

/// 23 November 2021.
const START_MS: UnixMs = 1_637_625_600_000;
const FIVE_YEARS_MS: i64 = 5 * 365 * 24 * 60 * 60 * 1000;
/// Time of renaming some appliances.
const RENAMED_AT_MS: UnixMs = START_MS + 2 * FIVE_YEARS_MS / 3;
/// Batch size while filling a history of a million events.
const GROUP: usize = 4_096;
/// Number of unread events.
const UNREAD: u32 = 50;

struct Appliance {
    id: &'static str,
    device_type: &'static str,
    /// Before and after the renaming.
    aliases: [&'static str; 2],
    codes: &'static [&'static str],
}

const fn appliance(
    id: &'static str,
    device_type: &'static str,
    aliases: [&'static str; 2],
    codes: &'static [&'static str],
) -> Appliance {
    Appliance { id, device_type, aliases, codes }
}

/// Frequent codes are listed repeatedly.
const APPLIANCES: [Appliance; 12] = [
    appliance(
        "HW1-5B0D2C11-7A40-4E6E-9C55-1F2E3D4C5B6A",
        "DEVICE_WASHER",
        ["세탁기", "우리집 100% 세탁기"],
        &["WASHING_IS_COMPLETE", "WASHING_IS_COMPLETE", "ERROR_DURING_WASHING"],
    ),
    appliance(
        "MW2-11E0A7C3-95D4-4A71-B5F0-2C3D4E5F6A7B",
        "DEVICE_DRYER",
        ["건조기", "건조기"],
        &["DRYING_IS_COMPLETE", "DRYING_IS_COMPLETE", "DRYING_FAILED"],
    ),
    appliance(
        "MW2-2D3E4F50-6172-4839-8A4B-5C6D7E8F9012",
        "DEVICE_AIR_CONDITIONER",
        ["안방 에어컨", "Bedroom"],
        &["TIME_TO_CLEAN_FILTER", "TIME_TO_CHANGE_FILTER", "FILTER_RESET_COMPLETE"],
    ),
    appliance(
        "57C1EA00-1111-4222-8333-444455556666",
        "DEVICE_ROBOT_CLEANER",
        ["거실 로봇청소기", "거실 로봇청소기"],
        &["CLEANING_IS_COMPLETED", "CLEANING_IS_FAILED", "NEED_TO_CHECK_LOCATION"],
    ),
    appliance(
        "F21D0E9C-8B7A-4695-8432-10FEDCBA9876",
        "DEVICE_REFRIGERATOR",
        ["냉장고", "주방 냉장고"],
        &["DOOR_IS_OPEN", "DOOR_IS_OPEN", "TIME_TO_CHANGE_WATER_FILTER", "FROZEN_IS_COMPLETE"],
    ),
    appliance(
        "3C4D5E6F-0A1B-4C2D-9E3F-405162738495",
        "DEVICE_KIMCHI_REFRIGERATOR",
        ["김치냉장고", "김치냉장고"],
        &["DOOR_IS_OPEN", "ERROR_HAS_OCCURRED"],
    ),
    appliance(
        "9A8B7C6D-5E4F-4031-8221-13040516F7E8",
        "DEVICE_DISH_WASHER",
        ["Dishwasher", "Dishwasher"],
        &["CLEANING_IS_COMPLETE", "RINSE_IS_NOT_ENOUGH", "WATER_LEAK_HAS_OCCURRED"],
    ),
    appliance(
        "0F1E2D3C-4B5A-4697-8879-A0B1C2D3E4F5",
        "DEVICE_STYLER",
        ["스타일러", "Styler"],
        &["STYLING_IS_COMPLETE", "LACK_OF_WATER", "WATER_IS_FULL"],
    ),
    appliance(
        "6B5A4938-2716-4504-93E2-D1C0BFAE9D8C",
        "DEVICE_AIR_PURIFIER",
        ["공기청정기 (서재)", "공기청정기 (서재)"],
        &["POLLUTION_IS_HIGH", "POLLUTION_IS_HIGH", "TIME_TO_CHANGE_FILTER"],
    ),
    appliance(
        "D4C3B2A1-F0E9-4D8C-87B6-A5948372615F",
        "DEVICE_OVEN",
        ["Oven", "Oven"],
        &["PREHEATING_IS_COMPLETE", "COOKING_IS_COMPLETE", "TIMER_IS_COMPLETE", "TIME_TO_CLEAN"],
    ),
    appliance(
        "7E6D5C4B-3A29-4187-96F5-E4D3C2B1A098",
        "DEVICE_DEHUMIDIFIER",
        ["제습기", "제습기"],
        &["WATER_IS_FULL"],
    ),
    appliance(
        "lumi.158d0001a2b3c4",
        "DEVICE_LUMI_DOOR_WINDOW_SENSOR",
        ["현관문", "현관문"],
        &["DOOR_IS_OPENED", "DOOR_IS_CLOSED"],
    ),
];

/// `splitmix64`: small and portable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).expect("it is small"))
            .expect("it is below a usize")
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let index = self.below(all.len());
        all.get(index).expect("nothing picks of nothing")
    }
}

/// Frame of one of `count` events spread over five years.
pub(crate) fn frame(number: usize, count: usize) -> (UnixMs, String) {
    let number_i64 = i64::try_from(number).expect("there are not that many");
    let step_ms = FIVE_YEARS_MS / i64::try_from(count.max(1)).expect("there are not that many");
    let mut random = Random::new(u64::try_from(number).expect("there are not that many"));
    let jitter_ms = i64::try_from(random.below(usize::try_from(step_ms / 2).unwrap_or(1)))
        .expect("it is below an i64");
    let at_ms = START_MS + number_i64 * step_ms + jitter_ms;
    (at_ms, text(at_ms, &mut random))
}

fn text(at_ms: UnixMs, random: &mut Random) -> String {
    if random.below(200) == 0 {
        return format!("filter_of_room_{}_is_worn", random.below(40));
    }
    let appliance = random.pick(&APPLIANCES);
    let push = json!({
        "pushType": "DEVICE_PUSH",
        "serviceId": "5e0000000000000000000001",
        "deviceId": appliance.id,
        "deviceType": appliance.device_type,
        "pushCode": random.pick(appliance.codes),
        "userList": ["KR0000000000000"],
    });
    if random.below(5) < 2 { push.to_string() } else { wrapped(at_ms, &push, random) }
}

fn wrapped(at_ms: UnixMs, push: &Value, random: &mut Random) -> String {
    let at = Timestamp::from_millisecond(at_ms).expect("five years are in range");
    json!({
        "messageId": message_id(random),
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string(),
        "push": push,
    })
    .to_string()
}

/// Same format as LG: 22 base64 characters.
fn message_id(random: &mut Random) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    (0..22).map(|_| char::from(*random.pick(LETTERS))).collect()
}

/// Fills a history with the given frames. The newest events are unread.
pub(crate) fn fill(store: &Store, numbers: Range<usize>, count: usize) {
    for start in numbers.clone().step_by(GROUP) {
        let frames: Vec<_> =
            (start..numbers.end.min(start + GROUP)).map(|number| frame(number, count)).collect();
        let at_ms = frames.first().map_or(START_MS, |(at_ms, _)| *at_ms);
        store
            .add_frames(&frames, |id| alias(id, at_ms))
            .expect("the disk has room for the history");
        if store.unread_count().expect("the history can be read") > UNREAD {
            let page = store.page(EventId::END, 1 + UNREAD, None);
            let page = page.expect("the history can be read");
            let last = page.last().expect("there are more than these");
            store.mark_all_read(last.id).expect("the history can be written");
        }
    }
}

pub(crate) fn alias(id: &DeviceId, at_ms: UnixMs) -> String {
    let found = APPLIANCES.iter().find(|appliance| appliance.id == id.as_str());
    let [first, second] = found.map_or(["", ""], |appliance| appliance.aliases);
    if at_ms < RENAMED_AT_MS { first } else { second }.to_owned()
}

/// Ids of messages in a history of `count` events.
pub(crate) fn known_message_id(count: usize, random: &mut Random) -> String {
    loop {
        let (_, text) = frame(random.below(count), count);
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        if let Some(id) = value.get("messageId").and_then(Value::as_str) {
            return id.to_owned();
        }
    }
}
