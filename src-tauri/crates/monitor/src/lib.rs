//! The engine: signs in, listens, stores, decides and tells. It knows neither window nor tray, so
//! that both, the command line and the tests use the same code.

mod backoff;
mod budget;
mod clocks;
mod endings;
mod event;
mod home;
mod household;
mod ingest;
mod keyring_writer;
mod listener;
mod monitor;
pub mod notification;
mod nudge;
mod session;
mod sign_in;
mod status;
mod store;
mod twins;

pub use backoff::Backoff;
pub use budget::CALL_BUDGET;
pub use event::{EventId, NewEvent, StoredEvent};
pub use home::ControlError;
pub use household::{Appliance, AppliancePart, Household, Progress, Subscription};
pub use monitor::{
    ApplianceDetails, Clock, Credentials, Monitor, MonitorEvent, Parts, ServiceSettings,
    SignInError, Zone,
};
pub use sign_in::{Keyring, KeyringError, KeyringFuture, SignIn};
pub use status::{Connection, Status, Trouble};
pub use store::{
    Added, Counts, Cycles, Filter, Found, HistoryHealth, HistoryTrouble, Imported, KnownDevice,
    Maintenance, PageFrom, Recovery, Retention, Size, Statistics, Store, StoreError, TransferError,
    create_private_dir, history_health,
};
