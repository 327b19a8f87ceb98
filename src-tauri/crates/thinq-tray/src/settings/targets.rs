//! Forwarding targets in the settings file.
//!
//! ```toml
//! [[forward]]
//! name = "phone"
//! kind = "ntfy"                    # mqtt, webhook, command
//! url = "https://ntfy.sh/…"
//! token = true                     # an access token is in the keyring
//! categories = ["finished"]        # omitted lists choose everything, empty ones nothing
//! severities = ["error"]
//! devices = ["…"]                  # LG's ids
//! quiet_hours = true               # events wait for their end
//! keep_hours = 24                  # 1 to 168
//! on = true
//! plain = false                    # permit no encryption beyond the local network
//! signing = "hmac"                 # of a webhook: bearer, hmac
//! user = "…"                       # of a broker
//! topic = "thinq-tray"
//! home_assistant = true
//! program = "/usr/bin/…"           # of a command
//! arguments = ["…"]
//! ```

use std::str::FromStr;

use model::{Destination, DeviceId, ForwardTarget};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};
use url::Url;

use super::Reader;

const TABLE: &str = "forward";
/// Default prefix of topics.
pub(crate) const TOPIC: &str = "thinq-tray";

/// A target with an invalid value is ignored as a whole, as it could forward more than intended.
pub(super) fn read_targets(reader: &mut Reader<'_>) -> Vec<ForwardTarget> {
    let Some(item) = reader.item(TABLE).cloned() else { return Vec::new() };
    let Some(tables) = item.as_array_of_tables() else {
        reader.reject(TABLE, &item.to_string());
        return Vec::new();
    };
    let mut targets: Vec<ForwardTarget> = Vec::new();
    for (index, table) in tables.iter().enumerate() {
        let parsed = parse(table).and_then(|target| {
            let is_used = targets.iter().any(|other| is_same_name(&other.name, &target.name));
            if is_used { Err("name") } else { Ok(target) }
        });
        match parsed {
            Ok(target) => targets.push(target),
            Err(key) => {
                let found = table.get(key).map(ToString::to_string).unwrap_or_default();
                reader.reject(&format!("{TABLE}[{index}].{key}"), &found);
            }
        }
    }
    targets
}

/// Names that differ in case only would be confused.
pub(crate) fn is_same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Validates a target that the window or the command line gave; the error names the wrong part.
pub(crate) fn check(target: &ForwardTarget) -> Result<(), &'static str> {
    let name = target.name.trim();
    let is_name = !name.is_empty()
        && name == target.name
        && name.chars().count() <= ForwardTarget::LONGEST_NAME
        && !name.chars().any(char::is_control);
    if !is_name {
        return Err("name");
    }
    if !ForwardTarget::KEEP_HOURS.contains(&target.keep_hours) {
        return Err("keep_hours");
    }
    match &target.destination {
        Destination::Mqtt { url, topic, .. } => {
            if !is_url(url, &["mqtt", "mqtts"], false) {
                return Err("url");
            }
            let is_topic = !topic.is_empty()
                && topic.len() <= 200
                && !topic.starts_with('/')
                && !topic.ends_with('/')
                && !topic.contains(['+', '#', '\0'])
                && !topic.starts_with('$');
            if !is_topic {
                return Err("topic");
            }
        }
        Destination::Ntfy { url, .. } => {
            let has_topic = |url: &Url| !url.path().trim_matches('/').is_empty();
            let parsed = Url::parse(url).ok();
            if !is_url(url, &["http", "https"], false) || !parsed.is_some_and(|url| has_topic(&url))
            {
                return Err("url");
            }
        }
        Destination::Webhook { url, .. } => {
            if !is_url(url, &["http", "https"], true) {
                return Err("url");
            }
        }
        Destination::Command { program, .. } => {
            if program.trim().is_empty() || program.contains('\0') {
                return Err("program");
            }
        }
    }
    Ok(())
}

/// Passwords belong into the keyring.
fn is_url(text: &str, schemes: &[&str], may_have_query: bool) -> bool {
    Url::parse(text).is_ok_and(|url| {
        schemes.contains(&url.scheme())
            && url.host_str().is_some_and(|host| !host.is_empty())
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && (may_have_query || url.query().is_none())
    })
}

/// Fails with the invalid key.
fn parse(table: &Table) -> Result<ForwardTarget, &str> {
    const COMMON: [&str; 8] =
        ["name", "kind", "on", "categories", "severities", "devices", "quiet_hours", "keep_hours"];
    let text = |key: &'static str| match table.get(key) {
        None => Ok(None),
        Some(item) => item.as_str().map(|text| Some(text.to_owned())).ok_or(key),
    };
    let flag = |key: &'static str, default: bool| match table.get(key) {
        None => Ok(default),
        Some(item) => item.as_bool().ok_or(key),
    };
    let kind = text("kind")?.ok_or("kind")?;
    let own: &[&str] = match kind.as_str() {
        "mqtt" => &["url", "user", "topic", "home_assistant", "plain"],
        "ntfy" => &["url", "token", "plain"],
        "webhook" => &["url", "signing", "plain"],
        "command" => &["program", "arguments"],
        _ => return Err("kind"),
    };
    if let Some((unknown, _)) =
        table.iter().find(|(key, _)| !COMMON.contains(key) && !own.contains(key))
    {
        return Err(unknown);
    }
    let url = || text("url")?.ok_or("url");
    let destination = match kind.as_str() {
        "mqtt" => Destination::Mqtt {
            url: url()?,
            user: text("user")?.unwrap_or_default(),
            topic: text("topic")?.unwrap_or_else(|| TOPIC.to_owned()),
            is_home_assistant: flag("home_assistant", true)?,
            allows_plain: flag("plain", false)?,
        },
        "ntfy" => Destination::Ntfy {
            url: url()?,
            has_token: flag("token", false)?,
            allows_plain: flag("plain", false)?,
        },
        "webhook" => Destination::Webhook {
            url: url()?,
            signing: match text("signing")? {
                None => model::Signing::None,
                Some(name) => name.parse().map_err(|_unknown| "signing")?,
            },
            allows_plain: flag("plain", false)?,
        },
        _ => Destination::Command {
            program: text("program")?.ok_or("program")?,
            arguments: list(table, "arguments")?.unwrap_or_default(),
        },
    };
    let devices: Option<Vec<String>> = list(table, "devices")?;
    let keep_hours = match table.get("keep_hours") {
        None => ForwardTarget::DEFAULT_KEEP_HOURS,
        Some(item) => {
            item.as_integer().and_then(|hours| u16::try_from(hours).ok()).ok_or("keep_hours")?
        }
    };
    let target = ForwardTarget {
        name: text("name")?.ok_or("name")?,
        is_on: flag("on", true)?,
        destination,
        categories: list(table, "categories")?,
        severities: list(table, "severities")?,
        devices: devices.map(|ids| ids.into_iter().map(DeviceId::new).collect()),
        waits_in_quiet_hours: flag("quiet_hours", false)?,
        keep_hours,
    };
    check(&target)?;
    Ok(target)
}

fn list<T: FromStr>(table: &Table, key: &'static str) -> Result<Option<Vec<T>>, &'static str> {
    let Some(item) = table.get(key) else { return Ok(None) };
    let values = item.as_array().ok_or(key)?.iter();
    let parsed: Option<Vec<T>> = values.map(|value| value.as_str()?.parse().ok()).collect();
    parsed.map(Some).ok_or(key)
}

/// Writes the list; tables and comments of targets that stay are kept.
pub(crate) fn write_targets(document: &mut DocumentMut, targets: &[ForwardTarget]) {
    if targets.is_empty() {
        document.remove(TABLE);
        return;
    }
    let mut kept: Vec<Table> = document
        .get(TABLE)
        .and_then(Item::as_array_of_tables)
        .map(|tables| tables.iter().cloned().collect())
        .unwrap_or_default();
    let mut tables = ArrayOfTables::new();
    for target in targets {
        let same = kept.iter().position(|table| parse(table).as_ref() == Ok(target));
        let mut table = same.map_or_else(|| table_of(target), |index| kept.remove(index));
        // Otherwise the table would keep its old position.
        table.set_position(None);
        tables.push(table);
    }
    document.insert(TABLE, Item::ArrayOfTables(tables));
}

fn table_of(target: &ForwardTarget) -> Table {
    let mut table = Table::new();
    table.insert("name", value(&target.name));
    let (kind, url, plain) = match &target.destination {
        Destination::Mqtt { url, allows_plain, .. } => ("mqtt", Some(url), *allows_plain),
        Destination::Ntfy { url, allows_plain, .. } => ("ntfy", Some(url), *allows_plain),
        Destination::Webhook { url, allows_plain, .. } => ("webhook", Some(url), *allows_plain),
        Destination::Command { .. } => ("command", None, false),
    };
    table.insert("kind", value(kind));
    if let Some(url) = url {
        table.insert("url", value(url));
    }
    if plain {
        table.insert("plain", value(true));
    }
    match &target.destination {
        Destination::Mqtt { user, topic, is_home_assistant, .. } => {
            if !user.is_empty() {
                table.insert("user", value(user));
            }
            table.insert("topic", value(topic));
            table.insert("home_assistant", value(*is_home_assistant));
        }
        Destination::Ntfy { has_token: true, .. } => {
            table.insert("token", value(true));
        }
        Destination::Ntfy { has_token: false, .. } => {}
        Destination::Webhook { signing, .. } => {
            if *signing != model::Signing::None {
                table.insert("signing", value(signing.into_str()));
            }
        }
        Destination::Command { program, arguments } => {
            table.insert("program", value(program));
            table.insert("arguments", value(arguments.iter().collect::<Array>()));
        }
    }
    let names = |names: &mut dyn Iterator<Item = String>| value(names.collect::<Array>());
    if let Some(categories) = &target.categories {
        let mut chosen = categories.iter().map(|one| one.into_str().to_owned());
        table.insert("categories", names(&mut chosen));
    }
    if let Some(severities) = &target.severities {
        let mut chosen = severities.iter().map(|one| one.into_str().to_owned());
        table.insert("severities", names(&mut chosen));
    }
    if let Some(devices) = &target.devices {
        let mut chosen = devices.iter().map(|one| one.as_str().to_owned());
        table.insert("devices", names(&mut chosen));
    }
    if target.waits_in_quiet_hours {
        table.insert("quiet_hours", value(true));
    }
    if target.keep_hours != ForwardTarget::DEFAULT_KEEP_HOURS {
        table.insert("keep_hours", value(i64::from(target.keep_hours)));
    }
    if !target.is_on {
        table.insert("on", value(false));
    }
    table
}

#[cfg(test)]
mod tests {
    use model::{Category, Severity, Signing};

    use super::*;

    fn read(text: &str) -> (Vec<ForwardTarget>, Vec<String>) {
        let environment = |_: &str| None;
        let mut reader = Reader::new(text.parse().unwrap(), &environment);
        let targets = read_targets(&mut reader);
        let invalid = reader.invalid.into_iter().map(|invalid| invalid.key).collect();
        (targets, invalid)
    }

    const FILE: &str = r#"
[[forward]] # mine
name = "phone"
kind = "ntfy"
url = "https://ntfy.example/washer"
token = true
categories = ["finished", "safety"]
severities = []
devices = ["a"]
quiet_hours = true
keep_hours = 3
on = false

[[forward]]
name = "home"
kind = "mqtt"
url = "mqtt://192.168.0.2"

[[forward]]
name = "hook"
kind = "webhook"
url = "http://example.com/hook?x=1"
signing = "hmac"
plain = true

[[forward]]
name = "script"
kind = "command"
program = "/usr/bin/tee"
arguments = ["-a", "file"]
"#;

    #[test]
    fn targets_are_read_and_written_alike_and_comments_stay() {
        let (targets, invalid) = read(FILE);
        assert!(invalid.is_empty(), "{invalid:?}");
        assert_eq!(targets.len(), 4);
        let phone = &targets[0];
        assert_eq!(phone.categories, Some(vec![Category::Finished, Category::Safety]));
        assert_eq!(phone.severities, Some(Vec::<Severity>::new()));
        assert!(!phone.is_on && phone.waits_in_quiet_hours && phone.keep_hours == 3);
        assert!(matches!(
            &targets[1].destination,
            Destination::Mqtt { topic, is_home_assistant: true, allows_plain: false, .. }
                if topic == TOPIC
        ));
        assert!(matches!(
            targets[2].destination,
            Destination::Webhook { signing: Signing::Hmac, allows_plain: true, .. }
        ));

        let mut anew = DocumentMut::new();
        write_targets(&mut anew, &targets);
        assert_eq!(read(&anew.to_string()), (targets.clone(), Vec::new()), "{anew}");

        let mut document: DocumentMut = FILE.parse().unwrap();
        write_targets(&mut document, &targets[..2]);
        assert!(document.to_string().contains("# mine"), "{document}");
        assert_eq!(read(&document.to_string()).0, targets[..2]);
        write_targets(&mut document, &[]);
        assert!(!document.to_string().contains("forward"));
    }

    #[test]
    fn a_target_that_makes_no_sense_is_named_and_left_out() {
        let (targets, invalid) = read(
            "[[forward]]\nkind = \"ntfy\"\nurl = \"https://a/b\"\n\
             [[forward]]\nname = \"a\"\nkind = \"pigeon\"\n\
             [[forward]]\nname = \"b\"\nkind = \"webhook\"\nurl = \"https://me:secret@a/b\"\n\
             [[forward]]\nname = \"c\"\nkind = \"ntfy\"\nurl = \"https://ntfy.sh/\"\n\
             [[forward]]\nname = \"d\"\nkind = \"command\"\nprogram = \"x\"\ncatgories = []\n\
             [[forward]]\nname = \"e\"\nkind = \"command\"\nprogram = \"x\"\nkeep_hours = 0\n\
             [[forward]]\nname = \"f\"\nkind = \"mqtt\"\nurl = \"mqtt://h\"\ntopic = \"a/#\"\n\
             [[forward]]\nname = \"g\"\nkind = \"command\"\nprogram = \"x\"\n\
             [[forward]]\nname = \"G\"\nkind = \"command\"\nprogram = \"x\"\n\
             [[forward]]\nname = \"h\"\nkind = \"command\"\nprogram = \"x\"\ncategories = [\"all\"]\n",
        );

        let names: Vec<_> = targets.iter().map(|target| target.name.as_str()).collect();
        assert_eq!(names, ["g"]);
        assert_eq!(
            invalid,
            [
                "forward[0].name",
                "forward[1].kind",
                "forward[2].url",
                "forward[3].url",
                "forward[4].catgories",
                "forward[5].keep_hours",
                "forward[6].topic",
                "forward[8].name",
                "forward[9].categories",
            ]
        );
    }
}
