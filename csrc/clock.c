/*
** clock.c - how long something takes.
*/
#define _POSIX_C_SOURCE 200809L

#include "clock.h"

#include <time.h>

double du_clock(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}
