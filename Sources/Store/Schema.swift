/// The schema, step by step. A released step is never edited: a change is a new step at the end.
///
/// State is the fold of a migration's journal, so effects and approvals have no tables of their own
/// that could contradict it: the row beside the journal holds only what lists and timers ask for.
enum Schema {
  static let steps: [SchemaStep] = [
    SchemaStep(
      number: 1, name: "migrations, journal, commands, outbox, clock",
      statements: """
        CREATE TABLE migration(
          id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, hostname TEXT NOT NULL,
          plan TEXT NOT NULL, plan_digest TEXT NOT NULL, source TEXT NOT NULL,
          standing TEXT NOT NULL, ended INTEGER NOT NULL,
          epoch INTEGER NOT NULL, revision INTEGER NOT NULL, worker TEXT NOT NULL,
          wake_at INTEGER, journal_count INTEGER NOT NULL, journal_head BLOB NOT NULL,
          created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
        CREATE UNIQUE INDEX one_move_per_name ON migration(hostname) WHERE ended = 0;
        CREATE INDEX due ON migration(wake_at) WHERE wake_at IS NOT NULL;

        CREATE TABLE journal(
          migration TEXT NOT NULL REFERENCES migration(id), number INTEGER NOT NULL,
          safe_at INTEGER NOT NULL, wall_at INTEGER NOT NULL, body TEXT NOT NULL,
          digest BLOB NOT NULL, PRIMARY KEY(migration, number)) STRICT, WITHOUT ROWID;
        CREATE TRIGGER journal_is_never_edited BEFORE UPDATE ON journal
          BEGIN SELECT RAISE(ABORT, 'the journal is never edited'); END;
        CREATE TRIGGER journal_is_never_cut BEFORE DELETE ON journal
          BEGIN SELECT RAISE(ABORT, 'the journal is never cut'); END;

        CREATE TABLE command(
          number INTEGER PRIMARY KEY, migration TEXT NOT NULL REFERENCES migration(id),
          request TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL, answer TEXT,
          UNIQUE(migration, request)) STRICT;
        CREATE INDEX inbox ON command(migration) WHERE answer IS NULL;

        CREATE TABLE outbox(
          number INTEGER PRIMARY KEY, migration TEXT NOT NULL REFERENCES migration(id),
          deduplication TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
          at INTEGER NOT NULL, tries INTEGER NOT NULL, tried_at INTEGER, delivered INTEGER NOT NULL,
          UNIQUE(migration, deduplication)) STRICT;
        CREATE INDEX undelivered ON outbox(number) WHERE delivered = 0;

        CREATE TABLE clock(
          id INTEGER PRIMARY KEY CHECK(id = 1), boot_id TEXT NOT NULL, wall INTEGER NOT NULL,
          boot_time INTEGER NOT NULL, safe INTEGER NOT NULL,
          synchronised INTEGER NOT NULL) STRICT;
        """),
    SchemaStep(
      number: 2, name: "what was pinned and said stays",
      statements: """
        CREATE TRIGGER plan_is_pinned BEFORE UPDATE OF id, hostname, plan, plan_digest, source
          ON migration BEGIN SELECT RAISE(ABORT, 'a plan is pinned'); END;
        CREATE TRIGGER migration_is_never_cut BEFORE DELETE ON migration
          BEGIN SELECT RAISE(ABORT, 'a migration is never cut'); END;
        CREATE TRIGGER command_is_never_cut BEFORE DELETE ON command
          BEGIN SELECT RAISE(ABORT, 'a command is never cut'); END;
        CREATE TRIGGER command_is_never_edited
          BEFORE UPDATE OF migration, request, at, body ON command
          BEGIN SELECT RAISE(ABORT, 'a command is never edited'); END;
        """),
  ]
}
