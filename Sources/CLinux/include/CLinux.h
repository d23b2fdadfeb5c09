// Linux calls that Swift's Glibc module lacks (see research notes in README, "Decisions").
// _GNU_SOURCE is defined in CLinux.c only: in a header it breaks the import.
#pragma once
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

/// Fills the buffer from the kernel's random source; -1 and errno where that fails.
int clinux_random(void *buffer, size_t count);

/// 1 when the kernel counts the wall clock as synchronised, 0 when not.
int clinux_clock_synchronised(void);

/// The user at the other end of a Unix socket (SO_PEERCRED), or -1.
int64_t clinux_peer_user(int descriptor);
