//! What the resident program is asked, answers and tells, and the local socket it is said over.
//!
//! These types alone cross the socket and Tauri's IPC; the TypeScript ones are generated from them.
//! No token and no client secret is part of any of them. A password travels once, inwards, in
//! [`SignInForm`].

mod event;
mod exchange;
mod history;
mod home;
mod problem;
mod rules;
mod secret;
mod settings;
pub mod socket;
mod status;

pub use event::{
    Category, EventDetails, EventKind, FoundIn, Gap, GapReason, HistoryEvent, HistoryPage,
    RawMessage, Severity,
};
pub use exchange::{PasswordForm, Request, Response, SignInDefaults, SignInForm, Told, View};
pub use history::{
    CategoryCount, DayCounts, DeviceCount, DeviceCycles, DeviceWeek, ExportFormat, HistoryCounts,
    HistoryFilter, HistoryRecovery, HistorySize, HistoryStatistics, Job, JobKind, JobState,
    Maintenance, RetentionRule, SeverityCount, WeekCount,
};
pub use home::{
    Control, ControlAction, Device, DeviceDetails, Home, Part, Phase, Progress, Reading,
    Subscription,
};
pub use problem::{Problem, ProblemCode};
pub use rules::{
    Mute, NotificationReport, NotificationServer, OPEN_END_MS, PauseUntil, QuietHours, Reminders,
    Rule, Rules, Treatment, Weekday,
};
pub use secret::Secret;
pub use settings::{
    Check, CheckRemedy, CheckSubject, Checkup, InvalidSetting, Light, LogLevel, Settings,
    SettingsChange,
};
pub use status::{Connection, Demo, HourClock, KeyringState, Release, Status};
