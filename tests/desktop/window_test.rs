//! The built window program against a resident program played by the test.

use contract::{
    HubDefaults, Request, Response, SignInDefaults, Update, View,
    socket::{ClientReader, ClientWriter, Server},
};
use model::{
    Category, ConnectionState, EventDetails, EventSource, HistoryEvent, HistoryPage, KeyringState,
    NewEvent, PasswordForm, PauseUntil, Provider, Status,
};
use serde_json::{Value, json};
use tokio::process::Child;

use super::{Desktop, DesktopOptions, Keyring, Web, within};

/// Both ends of a window: its socket and its page.
struct Stage {
    server: Server,
    reader: ClientReader,
    writer: ClientWriter,
    window: Child,
    desktop: Desktop,
}

impl Stage {
    async fn open(view: &View) -> anyhow::Result<Self> {
        let options = DesktopOptions {
            keyring: Keyring::None,
            tray_host: false,
            notification_server: false,
            ..DesktopOptions::default()
        };
        let desktop = Desktop::start(options).await?;
        let socket = desktop.socket();
        let mut server = Server::bind(&socket)?;
        let window = desktop
            .command("thinq-tray-window")
            .arg("--socket")
            .arg(socket)
            .arg("--view")
            .arg(serde_json::to_string(view)?)
            .args(["--language", "ko"])
            .spawn()?;
        let (reader, writer) = accept(&mut server).await?;
        Ok(Self { server, reader, writer, window, desktop })
    }

    /// Answers requests of the page up to and including `wanted`.
    async fn answer_until(&mut self, wanted: impl Fn(&Request) -> bool) -> anyhow::Result<Request> {
        let (reader, writer) = (&mut self.reader, &mut self.writer);
        let asked = async {
            loop {
                let Some((id, request)) = reader.next().await? else {
                    anyhow::bail!("the window disconnected")
                };
                writer.answer(id, answer(&request)).await?;
                if wanted(&request) {
                    return Ok(request);
                }
            }
        };
        within("the question", asked).await?
    }

    /// Like [`Self::answer_until`], while running the action that triggers the request.
    async fn while_answering<T>(
        &mut self,
        future: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        tokio::select! {
            done = future => done,
            asked = self.answer_until(|_| false) => {
                Err(asked.err().unwrap_or_else(|| unreachable!("no question is wanted")))
            }
        }
    }

    async fn web(&mut self) -> anyhow::Result<Web> {
        let (reader, writer) = (&mut self.reader, &mut self.writer);
        let answering = async {
            while let Some((id, request)) = reader.next().await? {
                writer.answer(id, answer(&request)).await?;
            }
            anyhow::bail!("the window disconnected")
        };
        tokio::select! {
            web = self.desktop.web() => web,
            ended = answering => ended,
        }
    }
}

async fn accept(server: &mut Server) -> anyhow::Result<(ClientReader, ClientWriter)> {
    let accepted = async {
        let (mut reader, mut writer) = server.accept().await?.into_halves();
        writer.greet().await?;
        let (id, request) =
            reader.next().await?.expect("the first request of a window is to subscribe");
        assert!(matches!(request, Request::Follow));
        writer.answer(id, answer(&request)).await?;
        Ok((reader, writer))
    };
    within("the window", accepted).await?
}

fn answer(request: &Request) -> Response {
    if let Request::HistoryPage { .. } = request {
        let page = HistoryPage { events: Vec::new(), has_more: false };
        Response::HistoryPage { page }
    } else if let Request::EventDetails { .. } = request {
        let details = EventDetails {
            event: event(),
            sent_at: None,
            notified_at_ms: None,
            decision: "notify".to_owned(),
            previous_of_device: None,
            next_of_device: None,
            messages: Vec::new(),
        };
        Response::EventDetails { details }
    } else if let Request::SignInDefaults = request {
        let hub = HubDefaults {
            hub_url: "https://hub.example".to_owned(),
            callback_url: "wss://callback.example".to_owned(),
            account: String::new(),
            password_form: PasswordForm::Sha512,
            emp_client_id: String::new(),
            has_emp_client_secret: false,
            connect_client_id: String::new(),
            has_connect_client_secret: false,
        };
        let defaults = SignInDefaults {
            provider: Provider::Hub,
            country: "KR".to_owned(),
            countries: vec!["KR".to_owned(), "US".to_owned()],
            hub,
        };
        Response::SignInDefaults { defaults }
    } else if let Request::Follow | Request::Status | Request::SignIn { .. } = request {
        Response::Status { status: status() }
    } else {
        Response::Done
    }
}

fn event() -> HistoryEvent {
    let event = NewEvent {
        code: "WASHING_IS_COMPLETE".to_owned(),
        device_name: "Washer".to_owned(),
        device_type: Some("DEVICE_WASHER".to_owned()),
        category: Category::Finished,
        ..NewEvent::of(EventSource::Push, 1_790_000_000_000)
    };
    HistoryEvent { id: 7, event, is_read: false, found_in: Vec::new() }
}

fn status() -> Status {
    Status {
        connection: ConnectionState::Listening { since_ms: 1_790_000_000_000 },
        provider: Some(Provider::Hub),
        country: None,
        account: None,
        keyring: KeyringState::Available,
        paused_until_ms: None,
        quiet_until_ms: None,
        unread: 0,
        devices: 0,
        home_problem: None,
        history_problem: None,
        notification_problem: None,
        dropped_frames: 0,
        clock: model::HourClock::H24,
        calls_today: 0,
        call_budget: 300,
        update: None,
        demo: None,
        language: "en".to_owned(),
        version: "0.1.0".to_owned(),
    }
}

/// Records updates received by the page in `window.heard`.
const LISTEN: &str = "
    window.heard = [];
    const tauri = window.__TAURI_INTERNALS__;
    return Promise.all(['told', 'link'].map((event) => tauri.invoke('plugin:event|listen', {
        event,
        target: { kind: 'Any' },
        handler: tauri.transformCallback((heard) => window.heard.push(heard.payload)),
    }))).then(() => true);";

const INVOKE: &str = "
    return window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1])
        .then((value) => ({ value }), (error) => ({ error: String(error) }));";

async fn invoke(web: &Web, command: &str, arguments: Value) -> anyhow::Result<Value> {
    web.execute_with(INVOKE, vec![json!(command), arguments]).await
}

async fn heard(web: &Web, count: usize) -> anyhow::Result<Value> {
    let script = "return new Promise((done) => {
        const look = () => window.heard.length >= arguments[0]
            ? done(window.heard) : setTimeout(look, 10);
        look();
    });";
    within("an update", web.execute_with(script, vec![json!(count)])).await?
}

#[tokio::test]
async fn the_page_asks_and_is_told_over_the_window_program() {
    let view = View::History { event: Some(7) };
    let mut stage = Stage::open(&view).await.unwrap();
    let web = stage.web().await.unwrap();
    stage.while_answering(web.execute(LISTEN)).await.unwrap();

    let started_at = invoke(&web, "initial_view", json!({})).await.unwrap();
    let link = invoke(&web, "link", json!({})).await.unwrap();
    let ask = invoke(
        &web,
        "ask",
        json!({ "request": { "ask": "pause", "pause": { "until": "minutes", "minutes": 60 } } }),
    );
    let (answered, asked) =
        tokio::join!(ask, stage.answer_until(|one| matches!(one, Request::Pause { .. })));
    stage.writer.tell(Update::Show { view: View::SignIn, token: None }).await.unwrap();
    let heard = stage.while_answering(heard(&web, 1)).await.unwrap();
    let now_at = invoke(&web, "initial_view", json!({})).await.unwrap();

    assert_eq!(started_at, json!({ "value": view }));
    assert_eq!(link, json!({ "value": "connected" }));
    assert!(matches!(
        asked.unwrap(),
        Request::Pause { pause: PauseUntil::Minutes { minutes: 60 } }
    ));
    assert_eq!(answered.unwrap(), json!({ "value": { "answer": "done" } }));
    assert_eq!(heard, json!([{ "told": "show", "view": { "view": "signIn" } }]));
    assert_eq!(now_at, json!({ "value": { "view": "signIn" } }));
}

#[tokio::test]
async fn a_window_whose_resident_program_comes_back_finds_it() {
    let mut stage = Stage::open(&View::SignIn).await.unwrap();
    let web = stage.web().await.unwrap();
    stage.while_answering(web.execute(LISTEN)).await.unwrap();

    let Stage { server, reader, writer, window: _window, desktop } = stage;
    drop((server, reader, writer));
    let lost = heard(&web, 1).await.unwrap();
    let refused = invoke(&web, "ask", json!({ "request": { "ask": "status" } })).await.unwrap();
    let socket = desktop.socket();
    let mut server = Server::bind(&socket).unwrap();
    let _peer = accept(&mut server).await.unwrap();
    let found = heard(&web, 4).await.unwrap();

    assert_eq!(lost, json!(["lost"]));
    assert_eq!(refused, json!({ "error": "linkLost" }));
    assert_eq!(found[1], "connected");
    assert_eq!(found[2]["told"], "historyChanged");
    assert_eq!(found[3]["told"], "statusChanged");
}

#[tokio::test]
async fn the_page_can_do_nothing_but_ask() {
    let mut stage = Stage::open(&View::SignIn).await.unwrap();
    let web = stage.web().await.unwrap();
    let forbidden = [
        ("plugin:window|set_title", json!({ "label": "main", "value": "LG" })),
        ("plugin:event|emit", json!({ "event": "told", "payload": null })),
        ("plugin:app|version", json!({})),
        ("plugin:webview|create_webview_window", json!({ "options": { "label": "other" } })),
    ];

    for (command, arguments) in forbidden {
        let answered = invoke(&web, command, arguments).await.unwrap();
        let error = answered["error"].as_str().unwrap_or_default();
        assert!(error.contains("not allowed"), "{command}: {answered}");
    }

    let script = "return fetch(arguments[0]).then(() => 'reached', () => 'refused');";
    for url in ["http://127.0.0.1:9/", "file:///etc/hostname", "asset://localhost/etc/hostname"] {
        let fetched = web.execute_with(script, vec![json!(url)]).await.unwrap();
        assert_eq!(fetched, "refused", "{url}");
    }
    let evaluated = web.execute("try { return eval('1') } catch { return 'refused' }").await;
    assert_eq!(evaluated.unwrap(), "refused");
    let left = "location.href = 'https://example.com/'; return true;";
    stage.while_answering(web.execute(left)).await.unwrap();
    assert_eq!(web.execute("return location.protocol").await.unwrap(), "tauri:");
    assert!(
        web.execute("return window.open('https://example.com/') === null").await.unwrap() == true
    );
}

#[tokio::test]
async fn the_window_ends_when_the_page_closes_it() {
    let mut stage = Stage::open(&View::SignIn).await.unwrap();
    let web = stage.web().await.unwrap();

    let close = "setTimeout(() => window.__TAURI_INTERNALS__.invoke('close'), 0); return true;";
    // The window may close before answering.
    stage.while_answering(web.execute(close)).await.ok();

    let ended = within("the end", stage.window.wait()).await.unwrap().unwrap();
    assert!(ended.success(), "{}", stage.desktop.logs());
}

#[tokio::test]
async fn the_window_ends_when_the_resident_program_quits() {
    let mut stage = Stage::open(&View::History { event: None }).await.unwrap();
    stage.web().await.unwrap();

    stage.writer.tell(Update::Quitting).await.unwrap();

    let ended = within("the end", stage.window.wait()).await.unwrap().unwrap();
    assert!(ended.success(), "{}", stage.desktop.logs());
}

#[tokio::test]
async fn what_is_typed_into_the_sign_in_dialog_reaches_the_resident_program_only() {
    let mut stage = Stage::open(&View::SignIn).await.unwrap();
    let web = stage.web().await.unwrap();

    let typed = async {
        web.type_into("input[autocomplete='username']", "home@example.com").await?;
        web.type_into("input[type='password']", "laundry-day").await
    };
    stage.while_answering(typed).await.unwrap();
    let (pressed, asked) = tokio::join!(
        web.press("\u{e007}"),
        stage.answer_until(|one| matches!(one, Request::SignIn { .. }))
    );
    pressed.unwrap();

    let json = serde_json::to_value(asked.unwrap()).unwrap();
    assert_eq!(json["form"]["account"], "home@example.com");
    assert_eq!(json["form"]["password"], "laundry-day");
    assert!(!stage.desktop.logs().contains("laundry-day"));
    assert!(!stage.desktop.logs().contains("home@example.com"));
    assert!(!stage.desktop.arguments_contain(&["laundry-day", "home@example.com"]));
}

#[tokio::test]
async fn the_page_begins_in_the_language_it_was_given() {
    let mut stage = Stage::open(&View::SignIn).await.unwrap();
    let web = stage.web().await.unwrap();

    let language = stage.while_answering(web.execute("return navigator.language")).await.unwrap();

    assert_eq!(language, "ko");
}

#[tokio::test]
async fn an_event_that_is_told_appears_on_the_page_and_opens_on_a_click() {
    let mut stage = Stage::open(&View::History { event: None }).await.unwrap();
    let web = stage.web().await.unwrap();
    stage.while_answering(web.wait_for_text("body", "Nothing yet")).await.unwrap();

    stage.writer.tell(Update::EventAdded { event: event() }).await.unwrap();
    stage.while_answering(web.wait_for_text("[data-event-id='7']", "Washer")).await.unwrap();
    let titles = web.texts_of("[data-event-id] .title").await.unwrap();
    let device = web.text_of("[data-event-id='7'] .device").await.unwrap();
    let picture = stage.desktop.home().join("page.png");
    stage.while_answering(web.screenshot(&picture)).await.unwrap();
    let (clicked, asked) = tokio::join!(
        web.click("[data-event-id='7'] button"),
        stage.answer_until(|one| matches!(one, Request::EventDetails { .. }))
    );

    clicked.unwrap();
    assert_eq!(titles.len(), 1);
    assert!(titles[0].ends_with("Laundry is done"), "{titles:?}");
    assert_eq!(device, "Washer");
    assert!(std::fs::read(picture).unwrap().starts_with(b"\x89PNG"));
    assert!(matches!(asked.unwrap(), Request::EventDetails { id: 7 }));
}

#[tokio::test]
async fn the_page_says_when_the_resident_program_is_gone() {
    let mut stage = Stage::open(&View::History { event: None }).await.unwrap();
    let web = stage.web().await.unwrap();
    let opened = async {
        web.wait_for_text("body", "Nothing yet").await?;
        web.click_button("Menu").await
    };
    stage.while_answering(opened).await.unwrap();

    let Stage { server, reader, writer, window: _window, desktop: _desktop } = stage;
    drop((server, reader, writer));

    web.wait_for_text("body", "ThinQ Tray is not running in the background.").await.unwrap();
}
