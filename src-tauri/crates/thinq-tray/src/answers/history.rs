//! Requests about the history: pages, counts, statistics, details.

use std::sync::Arc;

use contract::Response;
use jiff::tz::TimeZone;
use model::{
    DeviceId, EventDetails, HistoryEvent, HistoryFilter, HistoryPage, Problem, ProblemCode,
    RawMessage,
};
use monitor::{EventId, PageFrom, Store, StoreError};
use thinq::Chain;
use tracing::error;

use super::{changed, from_store};
use crate::{app::App, clock::now_ms};

const LONGEST_PAGE: u32 = 500;

pub(super) async fn page(
    app: &App,
    before: Option<i64>,
    after: Option<i64>,
    filter: HistoryFilter,
    limit: u32,
) -> Response {
    let from = match (before, after) {
        (None, Some(after)) => PageFrom::After(EventId(after)),
        (before, _) => PageFrom::Before(before.map_or(EventId::END, EventId)),
    };
    let limit = limit.clamp(1, LONGEST_PAGE);
    from_store(app, move |store| {
        Ok(Response::HistoryPage { page: page_of(store, from, &filter, limit)? })
    })
    .await
}

pub(crate) fn page_of(
    store: &Store,
    from: PageFrom,
    filter: &HistoryFilter,
    limit: u32,
) -> Result<HistoryPage, StoreError> {
    let mut found = store.search(from, limit.saturating_add(1), filter)?;
    let has_more = found.len() > limit as usize;
    found.truncate(limit as usize);
    if let PageFrom::After(_) = from {
        found.reverse();
    }
    Ok(HistoryPage { events: found.into_iter().map(HistoryEvent::from).collect(), has_more })
}

pub(super) async fn counts(app: &App, filter: HistoryFilter) -> Response {
    from_store(app, move |store| Ok(Response::HistoryCounts { counts: store.counts(&filter)? }))
        .await
}

pub(super) async fn statistics(app: &App, from_ms: i64, until_ms: i64) -> Response {
    from_store(app, move |store| {
        let statistics = store.statistics(from_ms, until_ms, &TimeZone::system())?;
        Ok(Response::HistoryStatistics { statistics })
    })
    .await
}

pub(super) async fn size(app: &App) -> Response {
    from_store(app, |store| Ok(Response::HistorySize { size: store.size()? })).await
}

pub(super) async fn dismiss_recovery(app: &App) -> Response {
    match app.monitor.dismiss_recovery().await {
        Ok(()) => Response::Status { status: app.status() },
        Err(error) => {
            error!(error = %Chain(&error), "failed to access the history");
            Response::Failed { problem: Problem::of(error.problem()) }
        }
    }
}

pub(super) async fn mark_maintenance(
    app: &Arc<App>,
    device_id: DeviceId,
    code: String,
    is_done: bool,
) -> Response {
    let done_at_ms = is_done.then(now_ms);
    let marked = from_store(app, move |store| {
        store.mark_maintenance(&device_id, &code, done_at_ms).map(|()| Response::Done)
    });
    changed(app, marked.await).await
}

pub(super) async fn mark(app: &App, ids: Vec<i64>, is_read: bool) -> Response {
    let ids: Vec<EventId> = ids.into_iter().map(EventId).collect();
    let read = if is_read { ids.clone() } else { Vec::new() };
    let marked =
        from_store(app, move |store| store.mark_read(&ids, is_read).map(|_| Response::Done));
    let response = changed(app, marked.await).await;
    app.forwarder.note_read(read);
    response
}

pub(super) async fn mark_all_read(app: &App, up_to: i64) -> Response {
    app.forwarder.note_all_read(EventId(up_to)).await;
    let marked =
        from_store(app, move |store| store.mark_all_read(EventId(up_to)).map(|_| Response::Done));
    changed(app, marked.await).await
}

pub(super) async fn details(app: &App, id: i64) -> Response {
    from_store(app, move |store| details_of(store, EventId(id))).await
}

fn details_of(store: &Store, id: EventId) -> Result<Response, StoreError> {
    let Some(stored) = store.event(id)? else {
        return Ok(Response::Failed { problem: Problem::of(ProblemCode::HistoryUnavailable) });
    };
    let messages = store
        .messages(id)?
        .into_iter()
        .map(|message| RawMessage { received_at_ms: message.received_at_ms, raw: message.raw })
        .collect();
    let (previous, next) = store.neighbours(id)?;
    let details = EventDetails {
        sent_at: stored.event.sent_at.clone(),
        notified_at_ms: stored.notified_at_ms,
        decision: stored.decision.clone(),
        event: stored.into(),
        previous_of_device: previous.map(|id| id.0),
        next_of_device: next.map(|id| id.0),
        messages,
    };
    Ok(Response::EventDetails { details })
}
