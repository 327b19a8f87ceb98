//! The tables of the history, in order of release.

use std::sync::LazyLock;

use rusqlite_migration::{M, Migrations};

/// Append only: a released migration is never edited.
pub(super) static MIGRATIONS: LazyLock<Migrations<'static>> =
    LazyLock::new(|| Migrations::new([FIRST, SECOND, THIRD, REMINDERS].map(M::up).to_vec()));

const FIRST: &str = "
    CREATE TABLE event (
        id             INTEGER PRIMARY KEY AUTOINCREMENT, -- order of arrival, never reused
        received_at_ms INTEGER NOT NULL,                  -- since the Unix epoch
        sent_at        TEXT,                              -- LG's own time, as LG wrote it
        kind           TEXT NOT NULL,
        device_id      TEXT,                              -- NULL when the message named none
        device_type    TEXT,
        device_name    TEXT NOT NULL,                     -- the alias at that time
        code           TEXT NOT NULL,                     -- LG's push code, or empty
        severity       TEXT NOT NULL,
        category       TEXT NOT NULL,
        text           TEXT NOT NULL,
        words          TEXT NOT NULL,                     -- what a search looks through
        decision       TEXT NOT NULL,                     -- notify, or why not
        notified_at_ms INTEGER,                           -- handed to the desktop
        is_read        INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX event_by_code ON event (code, received_at_ms);
    CREATE INDEX event_unread ON event (id) WHERE is_read = 0;

    CREATE TABLE message (
        id             INTEGER PRIMARY KEY AUTOINCREMENT,
        received_at_ms INTEGER NOT NULL,
        message_id     TEXT,                              -- LG's id: a message may arrive twice
        event_id       INTEGER REFERENCES event (id) ON DELETE CASCADE, -- NULL: a status report
        raw            TEXT NOT NULL                      -- the frame as it came
    ) STRICT;
    CREATE INDEX message_by_message_id ON message (message_id) WHERE message_id IS NOT NULL;
    CREATE INDEX message_by_event ON message (event_id) WHERE event_id IS NOT NULL;
    CREATE INDEX message_reports ON message (received_at_ms) WHERE event_id IS NULL;

    CREATE TABLE device (
        id          TEXT PRIMARY KEY NOT NULL,
        device_type TEXT NOT NULL,
        model       TEXT,
        alias       TEXT NOT NULL,
        group_id    TEXT,
        is_gone     INTEGER NOT NULL DEFAULT 0            -- kept for the names of old events
    ) STRICT;

    CREATE TABLE fact (                                   -- single values that outlive a restart
        name  TEXT PRIMARY KEY NOT NULL,
        value TEXT NOT NULL
    ) STRICT;
";

const SECOND: &str = "
    ALTER TABLE event ADD COLUMN is_found_after_gap INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE event ADD COLUMN gap_from_ms INTEGER;     -- of kind gap: received_at_ms is its end
    ALTER TABLE event ADD COLUMN gap_reason TEXT;         -- of kind gap

    CREATE TABLE state (                                  -- how each device looked last
        device_id     TEXT PRIMARY KEY NOT NULL,
        state         TEXT NOT NULL,                      -- LG's JSON, reports merged into it
        seen_at_ms    INTEGER NOT NULL,
        told_code     TEXT,                               -- the last thing a report told,
        told_at_ms    INTEGER,                            -- when,
        told_message  INTEGER                             -- and by which message
    ) STRICT;

    CREATE TABLE calls (                                  -- calls to the hub, each day
        day   INTEGER PRIMARY KEY NOT NULL,               -- since the Unix epoch
        count INTEGER NOT NULL
    ) STRICT;
";

const THIRD: &str = "
    ALTER TABLE event ADD COLUMN place TEXT NOT NULL DEFAULT '';         -- LG's name of the part
    ALTER TABLE event ADD COLUMN is_from_state INTEGER NOT NULL DEFAULT 0; -- no push told it

    ALTER TABLE device ADD COLUMN position INTEGER NOT NULL DEFAULT 0;   -- LG's order
    ALTER TABLE device ADD COLUMN is_watched INTEGER NOT NULL DEFAULT 1; -- 0: switched off by the user
    ALTER TABLE device ADD COLUMN profile TEXT;                          -- LG's JSON, once it was read

    CREATE TABLE part (                                   -- how far each part of a device is
        device_id     TEXT NOT NULL,
        place         TEXT NOT NULL,                      -- LG's name; empty for the only one
        started_at_ms INTEGER,                            -- when its cycle began, if that was seen
        told_code     TEXT,                               -- the ending that was told of this cycle
        ended_at_ms   INTEGER,                            -- an ending that waits for its push,
        ended_code    TEXT,                               -- and the code that would tell it
        remaining_ms  INTEGER,                            -- as told or paused
        timed_at_ms   INTEGER,                            -- when that was so
        PRIMARY KEY (device_id, place)
    ) STRICT;
";

const REMINDERS: &str = "
    CREATE TABLE reminder (                               -- notifications that come again
        event_id     INTEGER PRIMARY KEY NOT NULL REFERENCES event (id) ON DELETE CASCADE,
        due_at_ms    INTEGER NOT NULL,
        left_count   INTEGER NOT NULL,                    -- how many times, with this one
        is_asked_for INTEGER NOT NULL                     -- the user asked for the next one
    ) STRICT;
    CREATE INDEX event_held_back ON event (received_at_ms)
        WHERE decision IN ('quietHours', 'paused') AND notified_at_ms IS NULL;
";
