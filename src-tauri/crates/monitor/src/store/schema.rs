//! Tables of the history, in order of release.

use std::sync::LazyLock;

use rusqlite_migration::{M, Migrations};

use super::labels;

/// Append only: a released migration is never edited.
pub(super) static MIGRATIONS: LazyLock<Migrations<'static>> = LazyLock::new(|| {
    let mut steps = [FIRST, SECOND, THIRD, REMINDERS].map(M::up).to_vec();
    steps.push(M::up_with_hook(SEARCH, labels::describe_all));
    steps.push(M::up(INDEXED_LATER));
    steps.push(M::up(FROM_STATE));
    steps.push(M::up(PLAIN_SEARCH));
    steps.push(M::up(CONNECT));
    steps.push(M::up(FORWARD));
    Migrations::new(steps)
});

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

const SEARCH: &str = "
    CREATE TABLE label (                                  -- what many events have in common
        id          INTEGER PRIMARY KEY,
        key         TEXT NOT NULL UNIQUE,                 -- all of it, so that it is there once
        device_id   TEXT,
        device_type TEXT,
        device_name TEXT NOT NULL,
        code        TEXT NOT NULL,
        severity    TEXT NOT NULL,
        category    TEXT NOT NULL,
        words       TEXT NOT NULL,                        -- what is shown, in small letters
        common      TEXT NOT NULL,                        -- keys and words of the raw messages
        events      INTEGER NOT NULL DEFAULT 0,           -- 0: may be deleted
        unread      INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX label_by_device ON label (device_id);
    CREATE VIRTUAL TABLE label_search USING fts5 (
        words, common, content = 'label', content_rowid = 'id', tokenize = 'trigram'
    );
    INSERT INTO label_search (label_search, rank) VALUES ('secure-delete', 1);
    CREATE TRIGGER label_added AFTER INSERT ON label BEGIN
        INSERT INTO label_search (rowid, words, common) VALUES (new.id, new.words, new.common);
    END;
    CREATE TRIGGER label_deleted AFTER DELETE ON label BEGIN
        INSERT INTO label_search (label_search, rowid, words, common)
        VALUES ('delete', old.id, old.words, old.common);
    END;

    ALTER TABLE event ADD COLUMN label_id INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE event ADD COLUMN own TEXT NOT NULL DEFAULT ''; -- what only its raw messages have
    CREATE VIRTUAL TABLE own_search USING fts5 (
        own, content = 'event', content_rowid = 'id', tokenize = 'trigram', detail = 'none',
        columnsize = 0
    );
    INSERT INTO own_search (own_search, rank) VALUES ('secure-delete', 1);

    DROP INDEX event_unread;
    CREATE INDEX event_by_time ON event (received_at_ms, id, label_id, is_read);
    CREATE INDEX event_by_label ON event (label_id, received_at_ms, id, is_read);
    CREATE INDEX event_unread ON event (received_at_ms, id, label_id) WHERE is_read = 0;

    CREATE TRIGGER event_added AFTER INSERT ON event BEGIN
        UPDATE label SET events = events + 1, unread = unread + (new.is_read = 0)
        WHERE id = new.label_id;
        INSERT INTO own_search (rowid, own) SELECT new.id, new.own WHERE new.own <> '';
    END;
    CREATE TRIGGER event_deleted AFTER DELETE ON event BEGIN
        UPDATE label SET events = events - 1, unread = unread - (old.is_read = 0)
        WHERE id = old.label_id;
        INSERT INTO own_search (own_search, rowid, own)
        SELECT 'delete', old.id, old.own WHERE old.own <> '';
    END;
    CREATE TRIGGER event_labelled AFTER UPDATE OF label_id, is_read ON event
    WHEN old.label_id <> new.label_id OR old.is_read <> new.is_read BEGIN
        UPDATE label SET events = events - 1, unread = unread - (old.is_read = 0)
        WHERE id = old.label_id;
        UPDATE label SET events = events + 1, unread = unread + (new.is_read = 0)
        WHERE id = new.label_id;
    END;
    CREATE TRIGGER event_own_changed AFTER UPDATE OF own ON event WHEN old.own <> new.own BEGIN
        INSERT INTO own_search (own_search, rowid, own)
        SELECT 'delete', old.id, old.own WHERE old.own <> '';
        INSERT INTO own_search (rowid, own) SELECT new.id, new.own WHERE new.own <> '';
    END;

    CREATE TABLE cycle (                                  -- cycles whose start and end are known
        device_id     TEXT NOT NULL,
        place         TEXT NOT NULL,
        started_at_ms INTEGER NOT NULL,
        ended_at_ms   INTEGER NOT NULL,
        PRIMARY KEY (device_id, place, started_at_ms)
    ) STRICT;

    CREATE TABLE maintenance (                            -- what the user marked as done
        device_id  TEXT NOT NULL,
        code       TEXT NOT NULL,
        done_at_ms INTEGER NOT NULL,
        PRIMARY KEY (device_id, code)
    ) STRICT;
";

/// Rows that exist at migration are already indexed.
const INDEXED_LATER: &str = "
    CREATE TABLE indexed (                                -- how far the indexes of trigrams are:
        labels_up_to INTEGER NOT NULL,                    -- they have what is up to these ids,
        events_up_to INTEGER NOT NULL                     -- and nothing else
    ) STRICT;
    INSERT INTO indexed (labels_up_to, events_up_to) VALUES (
        (SELECT coalesce(max(id), 0) FROM label), (SELECT coalesce(max(id), 0) FROM event)
    );

    DROP TRIGGER label_added;
    DROP TRIGGER label_deleted;
    CREATE TRIGGER label_added AFTER INSERT ON label
    WHEN new.id <= (SELECT labels_up_to FROM indexed) BEGIN
        INSERT INTO label_search (rowid, words, common) VALUES (new.id, new.words, new.common);
    END;
    CREATE TRIGGER label_deleted AFTER DELETE ON label
    WHEN old.id <= (SELECT labels_up_to FROM indexed) BEGIN
        INSERT INTO label_search (label_search, rowid, words, common)
        VALUES ('delete', old.id, old.words, old.common);
    END;

    DROP TRIGGER event_added;
    DROP TRIGGER event_deleted;
    DROP TRIGGER event_own_changed;
    CREATE TRIGGER event_added AFTER INSERT ON event BEGIN
        UPDATE label SET events = events + 1, unread = unread + (new.is_read = 0)
        WHERE id = new.label_id;
    END;
    CREATE TRIGGER event_deleted AFTER DELETE ON event BEGIN
        UPDATE label SET events = events - 1, unread = unread - (old.is_read = 0)
        WHERE id = old.label_id;
    END;
    CREATE TRIGGER own_added AFTER INSERT ON event
    WHEN new.own <> '' AND new.id <= (SELECT events_up_to FROM indexed) BEGIN
        INSERT INTO own_search (rowid, own) VALUES (new.id, new.own);
    END;
    CREATE TRIGGER own_deleted AFTER DELETE ON event
    WHEN old.own <> '' AND old.id <= (SELECT events_up_to FROM indexed) BEGIN
        INSERT INTO own_search (own_search, rowid, own) VALUES ('delete', old.id, old.own);
    END;
    CREATE TRIGGER own_changed AFTER UPDATE OF own ON event
    WHEN old.own <> new.own AND new.id <= (SELECT events_up_to FROM indexed) BEGIN
        INSERT INTO own_search (own_search, rowid, own)
        SELECT 'delete', old.id, old.own WHERE old.own <> '';
        INSERT INTO own_search (rowid, own) SELECT new.id, new.own WHERE new.own <> '';
    END;

    -- Counting what is unread reads no whole labels.
    CREATE INDEX label_unread ON label (unread) WHERE unread > 0;
";

/// Serves the comparison of each push with recent events inferred from states.
const FROM_STATE: &str = "
    CREATE INDEX event_from_state ON event (received_at_ms) WHERE is_from_state = 1;
";

/// A search reads `event_by_time`, which contains each event's own text: no index of words, and no
/// counts beside the events.
const PLAIN_SEARCH: &str = "
    DROP TRIGGER label_added;
    DROP TRIGGER label_deleted;
    DROP TRIGGER event_added;
    DROP TRIGGER event_deleted;
    DROP TRIGGER event_labelled;
    DROP TRIGGER own_added;
    DROP TRIGGER own_deleted;
    DROP TRIGGER own_changed;
    DROP TABLE label_search;
    DROP TABLE own_search;
    DROP TABLE indexed;
    DROP INDEX label_unread;
    ALTER TABLE label DROP COLUMN events;
    ALTER TABLE label DROP COLUMN unread;
    DROP INDEX event_by_time;
    CREATE INDEX event_by_time ON event (received_at_ms, id, label_id, is_read, own);
";

/// Messages of ThinQ Connect have no id of their own.
const CONNECT: &str = "
    ALTER TABLE message ADD COLUMN packet_id INTEGER;     -- of MQTT: a packet may be sent twice

    CREATE TABLE energy (
        device_id  TEXT NOT NULL,
        date       TEXT NOT NULL,                         -- 2026-11-30, or a whole month: 2026-11
        watt_hours INTEGER NOT NULL,
        PRIMARY KEY (device_id, date)
    ) STRICT;

    CREATE TABLE energy_read (                            -- when LG was last asked
        device_id  TEXT PRIMARY KEY NOT NULL,
        read_at_ms INTEGER NOT NULL,
        day        INTEGER NOT NULL,                      -- since the Unix epoch
        calls      INTEGER NOT NULL,                      -- on that day
        property   TEXT                                   -- LG's name; NULL: nothing is measured
    ) STRICT;
";

/// Events on their way to targets outside this computer.
const FORWARD: &str = "
    CREATE TABLE outbox (
        id          INTEGER PRIMARY KEY,                  -- order of delivery
        target      TEXT NOT NULL,                        -- name in the settings
        event_id    INTEGER NOT NULL REFERENCES event (id) ON DELETE CASCADE,
        key         TEXT NOT NULL,                        -- the event's id at the other side
        added_at_ms INTEGER NOT NULL,
        due_at_ms   INTEGER NOT NULL                      -- later during quiet hours
    ) STRICT;
    CREATE INDEX outbox_by_event ON outbox (event_id);

    CREATE TABLE target (
        name            TEXT PRIMARY KEY NOT NULL,
        delivered       INTEGER NOT NULL DEFAULT 0,
        delivered_at_ms INTEGER,                          -- the last one
        given_up        INTEGER NOT NULL DEFAULT 0,
        failing_ms      INTEGER NOT NULL DEFAULT 0,       -- running time with failures only
        failure         TEXT                              -- JSON; NULL after a success
    ) STRICT;
";

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
