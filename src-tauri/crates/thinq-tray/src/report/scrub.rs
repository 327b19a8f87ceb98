//! Removes personal data from a text: names, accounts, addresses, ids, folders.
//!
//! Known values first, then everything that looks like personal data.

use std::net::IpAddr;

/// Minimum length of a name: shorter ones occur within ordinary words.
const SHORTEST_NAME: usize = 3;
/// Minimum length of ids and tokens.
const SHORTEST_ID: usize = 16;

pub(super) struct Scrubber {
    /// Longest first, so that a name contained in another one does not split it.
    known: Vec<(String, &'static str)>,
}

impl Scrubber {
    pub(super) fn new(known: impl IntoIterator<Item = (String, &'static str)>) -> Self {
        let mut known: Vec<_> = known
            .into_iter()
            .map(|(text, stands_for)| (text.trim().to_owned(), stands_for))
            .filter(|(text, _)| text.chars().count() >= SHORTEST_NAME)
            .collect();
        known.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        Self { known }
    }

    pub(super) fn scrub(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (known, stands_for) in &self.known {
            text = text.replace(known, stands_for);
        }
        let mut scrubbed = String::with_capacity(text.len());
        let mut word = String::new();
        for letter in text.chars() {
            if is_between_words(letter) {
                scrubbed.push_str(&scrubbed_word(&word));
                word.clear();
                scrubbed.push(letter);
            } else {
                word.push(letter);
            }
        }
        scrubbed.push_str(&scrubbed_word(&word));
        scrubbed
    }
}

fn is_between_words(letter: char) -> bool {
    letter.is_whitespace() || "\"'`()<>{},;=|".contains(letter)
}

fn scrubbed_word(word: &str) -> String {
    let bare = word.trim_end_matches(['.', ':', '!', '?']);
    let rest = &word[bare.len()..];
    let stands_for = if bare.contains("://") {
        "[address]"
    } else if bare.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
    {
        "[account]"
    } else if is_address(bare) {
        "[address]"
    } else if bare.starts_with("/home/") || bare.starts_with("/Users/") || bare.contains(":\\Users")
    {
        "[folder]"
    } else if is_id(bare) {
        "[id]"
    } else {
        return word.to_owned();
    };
    format!("{stands_for}{rest}")
}

/// An IP address with or without a port, except loopback addresses.
fn is_address(word: &str) -> bool {
    let host = word.strip_prefix('[').and_then(|word| word.split_once(']')).map(|(host, _)| host);
    let without_port = || word.rsplit_once(':').map(|(host, _)| host);
    [Some(word), host, without_port()]
        .into_iter()
        .flatten()
        .filter_map(|host| host.parse::<IpAddr>().ok())
        .any(|address| !address.is_loopback() && !address.is_unspecified())
}

/// Whether a word looks random: tokens and device ids.
fn is_id(word: &str) -> bool {
    let is_of_id = |letter: char| letter.is_ascii_alphanumeric() || "-_+/".contains(letter);
    let digits = word.chars().filter(char::is_ascii_digit).count();
    word.len() >= SHORTEST_ID
        && word.chars().all(is_of_id)
        && !is_time(word)
        && (digits >= 4 || word.len() >= 40)
}

/// Timestamp at the start of a log line: `2026-11-23T00:30:03.123456Z`.
fn is_time(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 11 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[10] == b'T'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_personal_is_replaced_and_the_rest_stays() {
        let scrubber = Scrubber::new([
            (String::from("/home/mina"), "[home]"),
            (String::from("mina"), "[user]"),
            (String::from("우리집 세탁기"), "[device]"),
            (String::from("hub.mina.example"), "[hub]"),
            (String::from("a"), "[device]"),
        ]);
        let cases = [
            (
                "could not reach the hub at hub.mina.example:5010",
                "could not reach the hub at [hub]:5010",
            ),
            ("at 192.168.0.10:5010: connection refused", "at [address]: connection refused"),
            ("at [fd00::12]:5010", "at [address]"),
            ("at 127.0.0.1:5010", "at 127.0.0.1:5010"),
            ("path=/home/mina/x.db", "path=[home]/x.db"),
            ("path=\"/home/other/x.db\"", "path=\"[folder]\""),
            ("from me@example.com.", "from [account]."),
            ("GET https://lg.example/x?access_token=1", "GET [address]=1"),
            ("우리집 세탁기 id=0a1b2c3d4e5f60718293a4b5c6d7e8f9", "[device] id=[id]"),
            (
                "2026-11-23T00:30:03.123456Z  INFO monitor::listener: listening count=1200",
                "2026-11-23T00:30:03.123456Z  INFO monitor::listener: listening count=1200",
            ),
        ];

        for (text, expected) in cases {
            assert_eq!(scrubber.scrub(text), expected);
        }
    }
}
