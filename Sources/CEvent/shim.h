// libevent as Debian ships it: its HTTP server, and the bridge to OpenSSL.
#pragma once
// First, and so without libevent's _GNU_SOURCE: under it fd_set has other field names than in the
// other C modules, and Swift refuses to import both.
#include <sys/select.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <event2/util.h>
