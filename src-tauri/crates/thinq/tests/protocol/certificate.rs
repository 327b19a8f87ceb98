//! The client certificate: from the signing request to the answer.

use std::sync::Arc;

use model::ProblemCode;
use serde_json::{Value, json};
use thinq::Remedy;

use crate::{
    assert_hides_secrets,
    authority::{Authority, EXPIRES_AT_MS},
    connect::at,
    server::Server,
};

#[tokio::test]
async fn a_certificate_is_issued_for_a_fresh_key() {
    let authority = Arc::new(Authority::new());
    let certificate = || async {
        let desk = authority.desk(&["app/clients/beef/push"]);
        at(&desk).certificate().await.unwrap()
    };

    let (first, second) = (certificate().await, certificate().await);

    assert_eq!(first.expires_at_ms(), EXPIRES_AT_MS);
    let shown = format!("{first:?} {second:?}");
    assert_eq!(shown, "ClientCertificate(redacted) ClientCertificate(redacted)");
}

#[tokio::test]
async fn an_answer_of_no_use_is_refused() {
    let authority = Arc::new(Authority::new());
    let (foreign, _) = authority.server(&["localhost"]);
    let answer = |pem: &str, topics: Value| {
        json!({ "response": { "resultCode": "0000", "result": {
            "certificatePem": pem, "subscriptions": topics,
        } } })
    };
    let good = json!(["app/clients/beef/push"]);
    for answer in [
        // Of another key.
        answer(&foreign, good.clone()),
        answer("-----BEGIN CERTIFICATE-----\nMIIEUz\n-----END CERTIFICATE-----\n", good.clone()),
        answer("", good),
        json!({ "response": { "resultCode": "0000" } }),
        json!({ "response": {} }),
    ] {
        let server = Server::json(200, &answer);

        let error = at(&server).certificate().await.unwrap_err();

        assert_hides_secrets(&error);
        assert_eq!((error.kind(), error.remedy()), (ProblemCode::ConnectUnknown, Remedy::Retry));
    }
    for topics in [&[][..], &[""], &["a\nb"], &["x"; 9], &[&"x".repeat(257)]] {
        at(&authority.desk(topics)).certificate().await.unwrap_err();
    }
}
