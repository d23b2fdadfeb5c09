// SQLite as Debian ships it. Only what Swift cannot call by itself is wrapped here.
#pragma once
#include <sqlite3.h>
