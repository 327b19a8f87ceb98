//! Notification rules in the settings file.
//!
//! ```toml
//! [[rule]]                 # omitted keys match everything; others than these are refused
//! device = "…"             # LG's id
//! category = "finished"    # failed, safety, maintenance, reminder, status
//! severity = "info"        # attention, error
//! treatment = "silent"     # show, history, ignore
//!
//! [quiet_hours]
//! on = true
//! from = "22:00"
//! until = "07:00"
//! weekdays = ["monday"]    # days on which they begin
//!
//! [reminders]
//! finished_washes = true
//! other_finished = false
//! after_minutes = 30       # 5 to 240
//! at_most = 3              # 1 to 3
//!
//! [bursts]                 # further events within the time are counted in one notification
//! at_most = 3
//! within_seconds = 10
//! ```

use std::str::FromStr;

use model::{
    Bursts, DeviceId, NotificationRules, QuietHours, Reminders, Rule, VariantArray as _, Weekday,
};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, TableLike};

use super::{Reader, set_in};

/// An invalid value is reported and affects no other. A rule with an invalid value is ignored as a
/// whole, since it could silence more than intended.
pub(super) fn read_rules(reader: &mut Reader<'_>) -> NotificationRules {
    NotificationRules {
        rules: read_list(reader),
        quiet_hours: read_quiet_hours(reader),
        reminders: read_reminders(reader),
        bursts: read_bursts(reader),
    }
}

fn read_list(reader: &mut Reader<'_>) -> Vec<Rule> {
    let Some(item) = reader.item("rule").cloned() else { return Vec::new() };
    let Some(tables) = item.as_array_of_tables() else {
        reader.reject("rule", &item.to_string());
        return Vec::new();
    };
    let mut rules = Vec::new();
    for (index, table) in tables.iter().enumerate() {
        match parse_rule(table) {
            Ok(rule) => rules.push(rule),
            Err(key) => {
                let found = table.get(key).map(ToString::to_string).unwrap_or_default();
                reader.reject(&format!("rule[{index}].{key}"), &found);
            }
        }
    }
    rules
}

/// Fails with the invalid key. A key with a spelling mistake is one: without it, the rule would
/// apply to more than it names.
fn parse_rule(table: &Table) -> Result<Rule, &str> {
    fn named<T: FromStr>(table: &Table, key: &'static str) -> Result<Option<T>, &'static str> {
        let Some(item) = table.get(key) else { return Ok(None) };
        item.as_str().and_then(|name| name.parse().ok()).map(Some).ok_or(key)
    }
    const KEYS: [&str; 4] = ["device", "category", "severity", "treatment"];
    if let Some((unknown, _)) = table.iter().find(|(key, _)| !KEYS.contains(key)) {
        return Err(unknown);
    }
    let device_id = match table.get("device") {
        Some(item) => {
            let id = item.as_str().filter(|id| !id.trim().is_empty());
            Some(DeviceId::new(id.ok_or("device")?))
        }
        None => None,
    };
    Ok(Rule {
        device_id,
        category: named(table, "category")?,
        severity: named(table, "severity")?,
        treatment: named(table, "treatment")?.ok_or("treatment")?,
    })
}

fn read_quiet_hours(reader: &mut Reader<'_>) -> QuietHours {
    let mut hours = QuietHours::default();
    let Some(table) = read_table(reader, "quiet_hours") else { return hours };
    let table = table.as_table_like();
    let mut keys = Keys { reader, name: "quiet_hours", table };
    keys.read("on", Item::as_bool, &mut hours.is_on);
    keys.read("from", |item| minute_of(item.as_str()?), &mut hours.from_minute);
    keys.read("until", |item| minute_of(item.as_str()?), &mut hours.until_minute);
    let weekdays = |item: &Item| {
        let days = item.as_array()?.iter();
        days.map(|day| day.as_str()?.parse().ok()).collect()
    };
    keys.read("weekdays", weekdays, &mut hours.weekdays);
    hours
}

fn read_reminders(reader: &mut Reader<'_>) -> Reminders {
    let mut reminders = Reminders::default();
    let Some(table) = read_table(reader, "reminders") else { return reminders };
    let table = table.as_table_like();
    let mut keys = Keys { reader, name: "reminders", table };
    keys.read("finished_washes", Item::as_bool, &mut reminders.finished_washes);
    keys.read("other_finished", Item::as_bool, &mut reminders.other_finished);
    let after = |item: &Item| within(item, &Reminders::AFTER_MINUTES);
    keys.read("after_minutes", after, &mut reminders.after_minutes);
    keys.read("at_most", |item| within(item, &Reminders::AT_MOST), &mut reminders.at_most);
    reminders
}

fn read_bursts(reader: &mut Reader<'_>) -> Bursts {
    let mut bursts = Bursts::default();
    let Some(table) = read_table(reader, "bursts") else { return bursts };
    let table = table.as_table_like();
    let mut keys = Keys { reader, name: "bursts", table };
    keys.read("at_most", |item| within(item, &(1..=1_000_000)), &mut bursts.at_most);
    let seconds = |item: &Item| within::<i64>(item, &(1..=3_600)).map(|seconds| seconds * 1000);
    keys.read("within_seconds", seconds, &mut bursts.within_ms);
    bursts
}

fn read_table(reader: &mut Reader<'_>, name: &str) -> Option<Item> {
    let item = reader.item(name)?.clone();
    if item.is_table_like() {
        return Some(item);
    }
    reader.reject(name, &item.to_string());
    None
}

/// Reader for the keys of one table.
struct Keys<'r, 'e, 't> {
    reader: &'r mut Reader<'e>,
    name: &'static str,
    table: Option<&'t dyn TableLike>,
}

impl Keys<'_, '_, '_> {
    fn read<T>(&mut self, key: &str, parse: impl Fn(&Item) -> Option<T>, value: &mut T) {
        let Some(item) = self.table.and_then(|table| table.get(key)) else { return };
        match parse(item) {
            Some(parsed) => *value = parsed,
            None => self.reader.reject(&format!("{}.{key}", self.name), &item.to_string()),
        }
    }
}

fn within<T: TryFrom<i64> + PartialOrd>(
    item: &Item,
    range: &std::ops::RangeInclusive<T>,
) -> Option<T> {
    T::try_from(item.as_integer()?).ok().filter(|number| range.contains(number))
}

/// Parses `22:00` into minutes since midnight.
fn minute_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let is_number = |part: &str| part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hours) || !is_number(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn clock_time(minute: u16) -> String {
    let minute = minute.min(QuietHours::LAST_MINUTE);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Writes the differences; comments beside unchanged values are preserved.
pub(crate) fn write_rules(
    document: &mut DocumentMut,
    before: &NotificationRules,
    rules: &NotificationRules,
) {
    if before.rules != rules.rules {
        write_list(document, &rules.rules);
    }
    if before.quiet_hours != rules.quiet_hours {
        let hours = &rules.quiet_hours;
        let days: Array = Weekday::VARIANTS
            .iter()
            .filter(|day| hours.weekdays.contains(day))
            .map(|day| (*day).into_str())
            .collect();
        set_in(document, "quiet_hours", "on", hours.is_on);
        set_in(document, "quiet_hours", "from", clock_time(hours.from_minute));
        set_in(document, "quiet_hours", "until", clock_time(hours.until_minute));
        set_in(document, "quiet_hours", "weekdays", days);
    }
    if before.reminders != rules.reminders {
        let reminders = rules.reminders;
        set_in(document, "reminders", "finished_washes", reminders.finished_washes);
        set_in(document, "reminders", "other_finished", reminders.other_finished);
        set_in(document, "reminders", "after_minutes", i64::from(reminders.after_minutes));
        set_in(document, "reminders", "at_most", i64::from(reminders.at_most));
    }
}

fn write_list(document: &mut DocumentMut, rules: &[Rule]) {
    if rules.is_empty() {
        document.remove("rule");
        return;
    }
    let mut kept: Vec<Table> = document
        .get("rule")
        .and_then(Item::as_array_of_tables)
        .map(|tables| tables.iter().cloned().collect())
        .unwrap_or_default();
    let mut tables = ArrayOfTables::new();
    for rule in rules {
        let same = kept.iter().position(|table| parse_rule(table).as_ref() == Ok(rule));
        let mut table = same.map_or_else(|| table_of(rule), |index| kept.remove(index));
        // Otherwise the table would keep its old position.
        table.set_position(None);
        tables.push(table);
    }
    document.insert("rule", Item::ArrayOfTables(tables));
}

fn table_of(rule: &Rule) -> Table {
    let mut table = Table::new();
    let mut put = |key: &str, value: &str| {
        table.insert(key, toml_edit::value(value));
    };
    if let Some(device_id) = &rule.device_id {
        put("device", device_id.as_str());
    }
    if let Some(category) = rule.category {
        put("category", category.into_str());
    }
    if let Some(severity) = rule.severity {
        put("severity", severity.into_str());
    }
    put("treatment", rule.treatment.into_str());
    table
}

#[cfg(test)]
mod tests {
    use model::{Category, Treatment};

    use super::*;

    fn read(text: &str) -> (NotificationRules, Vec<String>) {
        let environment = |_: &str| None;
        let mut reader = Reader::new(text.parse().unwrap(), &environment);
        let rules = read_rules(&mut reader);
        let invalid = reader.invalid.into_iter().map(|invalid| invalid.key).collect();
        (rules, invalid)
    }

    const FILE: &str = r#"
# quiet, please
[quiet_hours] # at night
on = true
from = "23:30" # late
until = "6:05"
weekdays = ["friday", "saturday"]

[[rule]]
# the noisy one
device = "a"
treatment = "silent"

[[rule]]
category = "status"
severity = "attention"
treatment = "ignore"

[reminders]
after_minutes = 45
"#;

    #[test]
    fn rules_are_read_and_what_is_missing_is_as_usual() {
        let (rules, invalid) = read(FILE);

        assert!(invalid.is_empty(), "{invalid:?}");
        assert_eq!(rules.quiet_hours.from_minute, 23 * 60 + 30);
        assert_eq!(rules.quiet_hours.until_minute, 6 * 60 + 5);
        assert_eq!(rules.quiet_hours.weekdays, [Weekday::Friday, Weekday::Saturday]);
        assert_eq!(rules.rules.len(), 2);
        assert_eq!(rules.rules[0].device_id, Some(DeviceId::new("a")));
        assert_eq!(rules.rules[1].treatment, Treatment::Ignore);
        assert_eq!(rules.reminders, Reminders { after_minutes: 45, ..Reminders::default() });
        assert_eq!(read(""), (NotificationRules::default(), Vec::new()));
    }

    #[test]
    fn what_makes_no_sense_is_named_and_costs_only_itself() {
        let (rules, invalid) = read(
            "bursts = 7\n[quiet_hours]\non = true\nfrom = \"24:00\"\nweekdays = [\"someday\"]\n\
             [reminders]\nafter_minutes = 3\nat_most = 4\nother_finished = true\n\
             [[rule]]\ncategory = \"all\"\ntreatment = \"ignore\"\n\
             [[rule]]\ncategory = \"status\"\n[[rule]]\ntreatment = \"history\"\n\
             [[rule]]\ndevcie = \"washer\"\ntreatment = \"ignore\"\n\
             [[rule]]\ndevice = \" \"\ntreatment = \"ignore\"\n",
        );

        assert_eq!(
            invalid,
            [
                "rule[0].category",
                "rule[1].treatment",
                "rule[3].devcie",
                "rule[4].device",
                "quiet_hours.from",
                "quiet_hours.weekdays",
                "reminders.after_minutes",
                "reminders.at_most",
                "bursts",
            ]
        );
        assert_eq!(rules.rules.len(), 1);
        assert!(rules.quiet_hours.is_on);
        assert_eq!(rules.quiet_hours.from_minute, QuietHours::default().from_minute);
        assert_eq!(rules.reminders, Reminders { other_finished: true, ..Reminders::default() });
    }

    #[test]
    fn what_is_written_is_read_again_and_comments_stay() {
        let mut document: DocumentMut = FILE.parse().unwrap();
        let before = read(FILE).0;
        let mut rules = before.clone();
        rules.quiet_hours.until_minute = 7 * 60;
        rules.reminders.at_most = 1;
        rules.rules.swap(0, 1);
        rules.rules.push(Rule {
            device_id: None,
            category: Some(Category::Finished),
            severity: None,
            treatment: Treatment::Show,
        });

        write_rules(&mut document, &before, &rules);

        let text = document.to_string();
        assert_eq!(read(&text), (rules.clone(), Vec::new()), "{text}");
        for comment in ["# quiet, please", "# at night", "# late", "# the noisy one"] {
            assert!(text.contains(comment), "{comment} in {text}");
        }

        write_rules(
            &mut document,
            &rules,
            &NotificationRules { rules: Vec::new(), ..rules.clone() },
        );
        assert!(!document.to_string().contains("[[rule]]"));
    }
}
