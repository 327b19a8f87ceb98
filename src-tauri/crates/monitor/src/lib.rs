//! Monitoring engine: signs in, listens, stores events, decides on notifications and publishes
//! updates. Independent of window and tray, so the window, the tray, the command line and the tests
//! share it.

mod backoff;
mod budget;
mod clock;
mod clock_jumps;
mod cycle;
pub mod decision;
mod duplicates;
mod engine;
mod event;
mod forward;
mod home;
mod home_view;
mod inbound;
mod ingest;
mod listener;
mod provider;
mod reconnect;
mod session;
mod sign_in;
mod status;
mod store;
mod update;

pub use backoff::Backoff;
pub use budget::{CALL_BUDGET, HOURLY_CALL_BUDGET};
pub use clock::{Clock, Zone};
pub use engine::{
    ConnectCredentials, ConnectSession, Credentials, EnergyError, HubCredentials, Monitor, Parts,
    ServiceSettings, SignInError,
};
pub use event::{EventId, StoredEvent, example_event};
pub use forward::Forwarder;
pub use home::ControlError;
pub use ingest::IngestThread;
pub use session::BrokerFacts;
pub use sign_in::{ConnectSignIn, HubSignIn, Keyring, KeyringError, KeyringFuture, Prompt, SignIn};
pub use status::EngineStatus;
pub use store::{
    HistoryHealth, Imported, PageFrom, SearchHit, Store, StoreError, TransferError,
    create_private_dir, history_health, is_blank_search,
};
pub use update::{Added, EngineUpdate};
