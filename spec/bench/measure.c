/*
** measure.c - runs a program and writes what it took to a file.
**
**   measure FILE COMMAND [ARGUMENT...]
**
** One line: seconds by the wall clock, seconds of processor time, the most
** memory that it or a process it waited for has held at a time (kilobytes),
** all between tabs. Ends with the program's status.
*/
#define _DEFAULT_SOURCE /* wait4 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int fail(const char *what) {
  perror(what);
  return 126;
}

int main(int argc, char **argv) {
  struct rusage usage;
  int status;
  if (argc < 3) {
    fputs("usage: measure FILE COMMAND [ARGUMENT...]\n", stderr);
    return 2;
  }
  double start = now();
  pid_t child = fork();
  if (child < 0)
    return fail("fork");
  if (child == 0) {
    execvp(argv[2], argv + 2);
    _exit(fail(argv[2]));
  }
  if (wait4(child, &status, 0, &usage) < 0)
    return fail("wait4");
  double elapsed = now() - start;
  FILE *file = fopen(argv[1], "w");
  if (file == NULL)
    return fail(argv[1]);
  fprintf(file, "%.6f\t%.6f\t%ld\n", elapsed,
          seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss);
  if (fclose(file) != 0)
    return fail(argv[1]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
