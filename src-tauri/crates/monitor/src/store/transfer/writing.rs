//! Export of the history as a table or as data.

use std::io::{self, Write};

use jiff::{Timestamp, tz::TimeZone};
use model::{EnergyUse, ExportFormat, HistoryFilter};
use serde_json::json;
use words::Words;

use super::{BATCH, Exported, ExportedMessage, FORMAT, TransferError, VERSION};
use crate::{
    decision::{device_of, title_of},
    event::{EventId, StoredEvent},
    store::{PageFrom, Store, StoreError},
};

impl Store {
    /// Writes the events that match `filter`, oldest first. `goes_on` receives the number of events
    /// written and returns whether to continue.
    pub fn export(
        &self,
        filter: &HistoryFilter,
        format: ExportFormat,
        (words, time_zone): (&Words, &TimeZone),
        out: &mut dyn Write,
        mut goes_on: impl FnMut(u32) -> bool,
    ) -> Result<u32, TransferError> {
        match format {
            ExportFormat::Csv => write_head(out, words)?,
            ExportFormat::Json => {
                write!(out, "{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\"events\":[")?;
            }
        }
        let mut from = PageFrom::After(EventId(i64::MIN));
        let mut written = 0;
        loop {
            if !goes_on(written) {
                return Err(TransferError::Cancelled);
            }
            let page = self.search(from, BATCH, filter)?;
            let Some(last) = page.last() else { break };
            from = PageFrom::After(last.stored.id);
            for found in &page {
                match format {
                    ExportFormat::Csv => write_line(out, &found.stored, words, time_zone)?,
                    ExportFormat::Json => {
                        out.write_all(if written == 0 { b"\n" } else { b",\n" })?;
                        let exported = self.exported(&found.stored)?;
                        serde_json::to_writer(&mut *out, &exported).map_err(io::Error::from)?;
                    }
                }
                written += 1;
            }
        }
        if format == ExportFormat::Json {
            out.write_all(b"\n]")?;
            self.write_energy(filter, out)?;
            out.write_all(b"}\n")?;
        }
        out.flush()?;
        Ok(written)
    }

    /// Energy of the filter's devices. It has no place in a table of events.
    fn write_energy(
        &self,
        filter: &HistoryFilter,
        out: &mut dyn Write,
    ) -> Result<(), TransferError> {
        let mut separator = ",\"energy\":[\n";
        for (device_id, device_name, EnergyUse { date, watt_hours }) in self.all_energy()? {
            if !filter.device_ids.is_empty() && !filter.device_ids.contains(&device_id) {
                continue;
            }
            out.write_all(separator.as_bytes())?;
            separator = ",\n";
            let exported = json!({
                "deviceId": device_id.as_str(),
                "deviceName": device_name,
                "date": date,
                "wattHours": watt_hours,
            });
            serde_json::to_writer(&mut *out, &exported).map_err(io::Error::from)?;
        }
        if separator == ",\n" {
            out.write_all(b"\n]")?;
        }
        Ok(())
    }

    fn exported(&self, stored: &StoredEvent) -> Result<Exported, StoreError> {
        let messages = self
            .read()
            .prepare_cached(
                "SELECT received_at_ms, message_id, raw FROM message WHERE event_id = ?1 ORDER BY id",
            )?
            .query_map([stored.id.0], |row| {
                Ok(ExportedMessage {
                    received_at_ms: row.get(0)?,
                    message_id: row.get(1)?,
                    raw: row.get(2)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(Exported::of(stored, messages))
    }
}

fn write_head(out: &mut dyn Write, words: &Words) -> io::Result<()> {
    let head = [
        "export-time",
        "export-device",
        "export-event",
        "export-category",
        "export-severity",
        "export-code",
        "export-sent",
        "export-read",
    ]
    .map(|id| words.text(id));
    // Without a byte order mark, spreadsheets assume the legacy encoding of the system.
    out.write_all("\u{feff}".as_bytes())?;
    write_fields(out, &head)
}

fn write_line(
    out: &mut dyn Write,
    stored: &StoredEvent,
    words: &Words,
    time_zone: &TimeZone,
) -> io::Result<()> {
    let event = &stored.event;
    let time = Timestamp::from_millisecond(event.received_at_ms)
        .unwrap_or_default()
        .to_zoned(time_zone.clone())
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string();
    let category = words.text(&format!("export-category-{}", event.category.into_str()));
    let severity = words.text(&format!("export-severity-{}", event.severity.into_str()));
    let read = words.text(if stored.is_read { "export-yes" } else { "export-no" });
    write_fields(
        out,
        &[
            time,
            device_of(event, words),
            title_of(event, words),
            category,
            severity,
            event.code.clone(),
            event.sent_at.clone().unwrap_or_default(),
            read,
        ],
    )
}

fn write_fields(out: &mut dyn Write, fields: &[String]) -> io::Result<()> {
    let line: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
    write!(out, "{}\r\n", line.join(","))
}

/// Prevents spreadsheets from interpreting external text as a formula.
fn quoted(field: &str) -> String {
    let is_formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let field = if is_formula { format!("'{field}") } else { field.to_owned() };
    if field.contains(['"', ',', ';', '\n', '\r', '\'']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field
    }
}
