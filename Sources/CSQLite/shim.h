// SQLite as Debian ships it. Only what Swift cannot call by itself is wrapped here.
#pragma once
#include <sqlite3.h>

/// `sqlite3_db_config` takes variable arguments: the last reader to leave must not checkpoint.
static inline int csqlite_leave_log_on_close(sqlite3 *database) {
  return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}
