//! Release metadata from a test server, signed with a key whose secret half was discarded.

use tempfile::tempdir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_util::task::TaskTracker;

use super::*;

const KEY: &str = "RWSoUEy7DGH4lnJ5Q3wPT0HfmLVzVg4RPDTGpEkFtM2TqeYxm2G5OaL/";
const METADATA: &str = "{\"version\":\"0.2.0\",\"page\":\"https://example.com/releases/v0.2.0\"}\n";
const SIGNATURE: &str = "untrusted comment: signature from minisign secret key\n\
    RUSoUEy7DGH4lpToK8GJKPMm+mA0dZaOuDG0Ab2Dw2YZbaqbSPHhMGYnMH0UcMdasRFzDVR4veU8HvLqzBkRAR/yFeoHYuyzjQk=\n\
    trusted comment: a test\n\
    Z5rlI6aXN/5s+VStIzdqwLiBzs213DTQ7kibweVZmLOqPDQra3S+1dInDEGaMN3TN7ZCgenwH5keLP9lQb+XBg==\n";
const UNENCRYPTED: &str = "{\"version\":\"0.2.0\",\"page\":\"http://example.com/v0.2.0\"}\n";
const SIGNATURE_OF_UNENCRYPTED: &str = "untrusted comment: signature from minisign secret key\n\
    RUSoUEy7DGH4lh22wpyVENNNtkLxo6o9/QsoAbZII3l/2sZjvrSvv/PU+f6dLqzMXDPJsyu/ydwLeSoZxjX3geYZcslvKcPySwQ=\n\
    trusted comment: a test\n\
    kqdtlQSuQTrn0//QwOKx2zdW2XXi3xUTyXOJsq2VPiXJ7yRYCxnYioE7qnhtBqlnDCGltewaArBFhG6n7izIBA==\n";
const NOON_MS: i64 = 1_800_000_000_000;

fn key() -> PublicKey {
    PublicKey::from_base64(KEY).unwrap()
}

fn version(own: &str) -> Option<String> {
    newer(METADATA, SIGNATURE, &key(), own).unwrap().map(|release| release.version)
}

#[test]
fn only_a_newer_version_is_news() {
    assert_eq!(version("0.1.0"), Some(String::from("0.2.0")));
    assert_eq!(version("0.2.0-rc.1"), Some(String::from("0.2.0")));
    assert_eq!(version("0.2.0"), None);
    assert_eq!(version("0.10.0"), None);
}

#[test]
fn what_is_not_signed_as_it_stands_is_not_believed() {
    let changed = METADATA.replace("0.2.0", "0.3.0");
    let refused = newer(&changed, SIGNATURE, &key(), "0.1.0");
    assert!(matches!(refused, Err(UpdateError::Signature(_))), "{refused:?}");

    let of_another = newer(METADATA, SIGNATURE_OF_UNENCRYPTED, &key(), "0.1.0");
    assert!(matches!(of_another, Err(UpdateError::Signature(_))), "{of_another:?}");

    let unencrypted = newer(UNENCRYPTED, SIGNATURE_OF_UNENCRYPTED, &key(), "0.1.0");
    assert!(matches!(unencrypted, Err(UpdateError::Page)), "{unencrypted:?}");
}

#[test]
fn a_day_passes_between_two_questions_whatever_the_clock_does() {
    let hour_ms = 60 * 60 * 1000;

    assert_eq!(until_due(0, NOON_MS), Duration::ZERO);
    assert_eq!(until_due(NOON_MS - hour_ms, NOON_MS), Duration::from_hours(23));
    assert_eq!(until_due(NOON_MS, NOON_MS - 30 * 24 * hour_ms), Duration::ZERO);
}

#[test]
fn a_packaged_program_asks_nobody() {
    let dir = tempdir().unwrap();
    let program_path = dir.path().join("bin/thinq-tray");
    assert!(!is_managed(&program_path));

    fs::create_dir_all(dir.path().join("share/thinq-tray")).unwrap();
    fs::write(dir.path().join(MARK), "deb\n").unwrap();

    assert!(is_managed(&program_path));
}

#[test]
fn a_build_without_address_or_key_has_no_source() {
    assert!(Source::parse("", "").is_none());
    assert!(Source::parse("https://example.com/release.json", "no key").is_none());
    assert!(Source::parse("https://example.com/release.json", KEY).is_some());
}

#[tokio::test]
async fn a_release_is_told_and_known_again_after_a_restart() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("release.json");
    let (source, server) = serve(vec![
        ("/release.json", METADATA.to_owned()),
        ("/release.json.minisig", SIGNATURE.to_owned()),
    ])
    .await;
    let told = watch::Sender::new(None);

    let kept = ask(&source, None, read(&path).await, NOON_MS).await;
    tell(&source, &kept, &told);
    write(&path, kept).await;

    let told_now = told.borrow().clone().map(|release| release.page_url);
    assert_eq!(told_now.as_deref(), Some("https://example.com/releases/v0.2.0"));
    server.await.unwrap();
    let again = read(&path).await;
    assert_eq!(again.asked_at_ms, NOON_MS);
    assert_eq!(source.release(&again).unwrap(), *told.borrow());
}

#[tokio::test]
async fn a_forged_answer_changes_nothing_and_is_not_asked_for_again_that_day() {
    let forged = METADATA.replace("example.com", "example.org");
    let (source, server) =
        serve(vec![("/release.json", forged), ("/release.json.minisig", SIGNATURE.to_owned())])
            .await;
    let known = CachedRelease {
        asked_at_ms: 0,
        metadata: METADATA.to_owned(),
        signature: SIGNATURE.to_owned(),
    };

    let kept = ask(&source, None, known, NOON_MS).await;

    server.await.unwrap();
    assert_eq!(kept.metadata, METADATA);
    assert_eq!(until_due(kept.asked_at_ms, NOON_MS), DAY);
}

/// Answers these requests in this order, one connection each.
async fn serve(answers: Vec<(&'static str, String)>) -> (Source, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/release.json", listener.local_addr().unwrap());
    let server = TaskTracker::new().spawn(async move {
        for (path, body) in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            assert!(request.starts_with(&format!("GET {path} HTTP/1.1")), "{request}");
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close");
            stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
        }
    });
    (Source::parse(&url, KEY).unwrap(), server)
}
