// SPDX-License-Identifier: MIT
#include "ledger_private.h"

/*
 * The tables and the rules that hold whoever writes. Sums of money are kept in `run` by triggers, so that
 * reserving is a look at one row however many calls there were.
 */
const char *const flow_ledger_schema[] = {
    "CREATE TABLE run ("
    " id INTEGER PRIMARY KEY, job TEXT NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL,"
    " limit_nano INTEGER, limit_tokens INTEGER, limit_calls INTEGER," // NULL: no limit
    " spent_nano INTEGER NOT NULL DEFAULT 0, spent_tokens INTEGER NOT NULL DEFAULT 0,"
    " calls INTEGER NOT NULL DEFAULT 0, in_flight INTEGER NOT NULL DEFAULT 0,"
    " reserved_nano INTEGER NOT NULL DEFAULT 0, reserved_tokens INTEGER NOT NULL DEFAULT 0,"
    " input INTEGER NOT NULL DEFAULT 0, cache_read INTEGER NOT NULL DEFAULT 0,"
    " cache_write INTEGER NOT NULL DEFAULT 0, output INTEGER NOT NULL DEFAULT 0,"
    " unpriced INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE (job, name)) STRICT",

    "CREATE TABLE run_value ("
    " run INTEGER NOT NULL REFERENCES run, key TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (run, key)) STRICT, WITHOUT ROWID",

    "CREATE TABLE block (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, data BLOB NOT NULL) STRICT",

    "CREATE TABLE unit_state ("
    " run INTEGER NOT NULL REFERENCES run, unit TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN"
    " ('ready','drafted','gated','reviewed','accepted','committed','failed','held','skipped','stale')),"
    " source_id TEXT NOT NULL, target_id TEXT NOT NULL, commit_id TEXT NOT NULL,"
    " round INTEGER NOT NULL, generation INTEGER NOT NULL, reason TEXT, changed INTEGER NOT NULL,"
    " PRIMARY KEY (run, unit)) STRICT",

    "CREATE TABLE input ("
    " run INTEGER NOT NULL REFERENCES run, unit TEXT NOT NULL, generation INTEGER NOT NULL,"
    " name TEXT NOT NULL, block INTEGER NOT NULL REFERENCES block,"
    " PRIMARY KEY (run, unit, generation, name)) STRICT, WITHOUT ROWID",

    // A reservation outlives its call's answer, so that "a call needs a reservation" is a plain foreign key.
    "CREATE TABLE reservation ("
    " id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run,"
    " nano INTEGER NOT NULL CHECK (nano >= 0), tokens INTEGER NOT NULL CHECK (tokens >= 0),"
    " open INTEGER NOT NULL DEFAULT 1) STRICT",

    "CREATE TABLE call ("
    " id INTEGER PRIMARY KEY REFERENCES reservation, run INTEGER NOT NULL REFERENCES run,"
    " unit TEXT NOT NULL, role TEXT NOT NULL, lens TEXT NOT NULL, step TEXT NOT NULL, model TEXT NOT NULL,"
    " key TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('open','done','failed','cut','refused')),"
    " input INTEGER NOT NULL DEFAULT 0, cache_read INTEGER NOT NULL DEFAULT 0,"
    " cache_write INTEGER NOT NULL DEFAULT 0, output INTEGER NOT NULL DEFAULT 0,"
    " estimated INTEGER NOT NULL DEFAULT 0, priced INTEGER NOT NULL DEFAULT 1, nano INTEGER NOT NULL DEFAULT "
    "0,"
    " request_id TEXT, reported_model TEXT, error TEXT, seconds REAL NOT NULL DEFAULT 0,"
    " begun INTEGER NOT NULL, settled INTEGER,"
    // Last, since what stands behind a long value is found only through all of it.
    " reply BLOB, extra TEXT) STRICT",
    "CREATE INDEX call_key ON call (key) WHERE status = 'done'",
    "CREATE INDEX call_unit ON call (run, unit)",
    "CREATE INDEX call_open ON call (run) WHERE status = 'open'",
    // What the last minutes took, without a look at the rows, whose replies are long.
    "CREATE INDEX call_settled ON call (run, settled, nano) WHERE settled IS NOT NULL",

    "CREATE TABLE call_block ("
    " call INTEGER NOT NULL REFERENCES call, position INTEGER NOT NULL, block INTEGER NOT NULL REFERENCES "
    "block,"
    " PRIMARY KEY (call, position)) STRICT, WITHOUT ROWID",

    "CREATE TABLE round ("
    " run INTEGER NOT NULL REFERENCES run, unit TEXT NOT NULL, round INTEGER NOT NULL,"
    " source_id TEXT NOT NULL, target_id TEXT NOT NULL,"
    " PRIMARY KEY (run, unit, round)) STRICT, WITHOUT ROWID",

    "CREATE TABLE verdict ("
    " run INTEGER NOT NULL, unit TEXT NOT NULL, round INTEGER NOT NULL, lens TEXT NOT NULL,"
    " call INTEGER NOT NULL REFERENCES call, accept INTEGER NOT NULL CHECK (accept IN (0, 1)),"
    " source_id TEXT NOT NULL, target_id TEXT NOT NULL,"
    " PRIMARY KEY (run, unit, round, lens), UNIQUE (run, unit, round, call),"
    " FOREIGN KEY (run, unit, round) REFERENCES round) STRICT, WITHOUT ROWID",

    "CREATE TABLE finding ("
    " id INTEGER PRIMARY KEY, run INTEGER NOT NULL, unit TEXT NOT NULL, round INTEGER NOT NULL,"
    " lens TEXT NOT NULL, severity TEXT NOT NULL, file TEXT NOT NULL,"
    " source_line INTEGER NOT NULL, target_line INTEGER NOT NULL,"
    " claim TEXT NOT NULL, evidence TEXT NOT NULL, fix TEXT,"
    " fate TEXT NOT NULL DEFAULT 'open' CHECK (fate IN ('open','fixed','rejected','outdated','unproven')),"
    " fate_reason TEXT,"
    " FOREIGN KEY (run, unit, round, lens) REFERENCES verdict) STRICT",
    "CREATE INDEX finding_unit ON finding (run, unit, round)",

    "CREATE TABLE control ("
    " run INTEGER NOT NULL REFERENCES run, key TEXT NOT NULL, value TEXT NOT NULL, changed INTEGER NOT NULL,"
    " PRIMARY KEY (run, key)) STRICT, WITHOUT ROWID",

    "CREATE TABLE event ("
    " id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run, at INTEGER NOT NULL,"
    " kind TEXT NOT NULL, unit TEXT, text TEXT NOT NULL) STRICT",

    // Money.
    "CREATE TRIGGER reservation_within_budget BEFORE INSERT ON reservation BEGIN"
    " SELECT RAISE(ABORT, 'budget') FROM run WHERE id = NEW.run AND"
    "  (limit_nano < spent_nano + reserved_nano + NEW.nano"
    "   OR limit_tokens < spent_tokens + reserved_tokens + NEW.tokens"
    "   OR limit_calls < calls + in_flight + 1);"
    " END",
    "CREATE TRIGGER reservation_counts AFTER INSERT ON reservation BEGIN"
    " UPDATE run SET reserved_nano = reserved_nano + NEW.nano, reserved_tokens = reserved_tokens + "
    "NEW.tokens,"
    "  in_flight = in_flight + 1 WHERE id = NEW.run;"
    " END",
    "CREATE TRIGGER reservation_stays BEFORE DELETE ON reservation WHEN OLD.open BEGIN"
    " SELECT RAISE(ABORT, 'an open reservation cannot be deleted');"
    " END",
    "CREATE TRIGGER call_begins_open BEFORE INSERT ON call WHEN NEW.status <> 'open' OR NOT EXISTS"
    " (SELECT 1 FROM reservation WHERE id = NEW.id AND run = NEW.run AND open) BEGIN"
    " SELECT RAISE(ABORT, 'a call needs an open reservation');"
    " END",
    "CREATE TRIGGER call_settles_once BEFORE UPDATE OF status ON call WHEN OLD.status <> 'open' BEGIN"
    " SELECT RAISE(ABORT, 'a settled call does not change');"
    " END",
    "CREATE TRIGGER call_settles AFTER UPDATE OF status ON call WHEN OLD.status = 'open' BEGIN"
    " UPDATE run SET spent_nano = spent_nano + NEW.nano,"
    "  spent_tokens = spent_tokens + NEW.input + NEW.cache_read + NEW.cache_write + NEW.output,"
    "  calls = calls + 1, in_flight = in_flight - 1,"
    "  input = input + NEW.input, cache_read = cache_read + NEW.cache_read,"
    "  cache_write = cache_write + NEW.cache_write, output = output + NEW.output,"
    "  unpriced = unpriced + (NOT NEW.priced),"
    "  reserved_nano = reserved_nano - (SELECT nano FROM reservation WHERE id = NEW.id),"
    "  reserved_tokens = reserved_tokens - (SELECT tokens FROM reservation WHERE id = NEW.id)"
    "  WHERE id = NEW.run;"
    " UPDATE reservation SET open = 0 WHERE id = NEW.id;"
    " END",

    // Proof.
    "CREATE TRIGGER verdict_on_its_round BEFORE INSERT ON verdict WHEN NOT EXISTS"
    " (SELECT 1 FROM round r JOIN call c ON c.id = NEW.call AND c.status = 'done'"
    "  WHERE r.run = NEW.run AND r.unit = NEW.unit AND r.round = NEW.round"
    "  AND r.source_id = NEW.source_id AND r.target_id = NEW.target_id) BEGIN"
    " SELECT RAISE(ABORT, 'a verdict must be on the bytes of its round and come from a finished call');"
    " END",
    "CREATE TRIGGER verdict_stays BEFORE UPDATE ON verdict BEGIN"
    " SELECT RAISE(ABORT, 'a verdict does not change');"
    " END",
    "CREATE TRIGGER round_stays BEFORE UPDATE ON round BEGIN"
    " SELECT RAISE(ABORT, 'a round does not change');"
    " END",
    // An upsert of a row that exists fires this one as well; its update is judged by the next.
    "CREATE TRIGGER accepted_is_proven_new BEFORE INSERT ON unit_state"
    " WHEN NEW.state IN ('accepted', 'committed')"
    " AND NOT EXISTS (SELECT 1 FROM unit_state WHERE run = NEW.run AND unit = NEW.unit) BEGIN"
    " SELECT RAISE(ABORT, 'a unit is not accepted before it was reviewed');"
    " END",
    "CREATE TRIGGER accepted_is_proven BEFORE UPDATE ON unit_state"
    " WHEN NEW.state IN ('accepted', 'committed') AND ("
    "  NEW.round <> ifnull((SELECT max(round) FROM round WHERE run = NEW.run AND unit = NEW.unit), -1)"
    "  OR 2 > (SELECT count(*) FROM verdict WHERE run = NEW.run AND unit = NEW.unit AND round = NEW.round"
    "   AND accept AND source_id = NEW.source_id AND target_id = NEW.target_id)"
    "  OR EXISTS (SELECT 1 FROM verdict WHERE run = NEW.run AND unit = NEW.unit AND round = NEW.round"
    "   AND NOT accept)) BEGIN"
    " SELECT RAISE(ABORT, 'a unit is accepted only with both verdicts of its latest round on exactly these "
    "bytes');"
    " END",
    "CREATE TRIGGER committed_was_accepted BEFORE UPDATE ON unit_state"
    " WHEN NEW.state = 'committed' AND (OLD.state NOT IN ('accepted', 'committed')"
    "  OR OLD.source_id <> NEW.source_id OR OLD.target_id <> NEW.target_id) BEGIN"
    " SELECT RAISE(ABORT, 'only an accepted unit is committed, as it was accepted');"
    " END",
    "PRAGMA user_version = " FLOW_LEDGER_VERSION_TEXT,
    NULL,
};
