#define _GNU_SOURCE
#include "CLinux.h"
#include <sys/random.h>

int clinux_random(void *buffer, size_t count) {
  return getrandom(buffer, count, 0) == (ssize_t)count ? 0 : -1;
}
