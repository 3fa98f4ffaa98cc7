/*
** insert.c - what C and SQLite need for durable inserts, one transaction each.
**
**   insert STORE COUNT
**
** STORE has the table that spec/bench/tables.lua makes. It is written through
** the log, which is synced with each insert. Prints the seconds that all of
** them took, by the wall clock.
*/
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sqlite3.h>

#define FIRST_ORIGIN 900000000

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int fail(sqlite3 *sqlite) {
  fprintf(stderr, "insert: %s\n", sqlite3_errmsg(sqlite));
  return 1;
}

static int add(sqlite3_stmt *statement, int number) {
  sqlite3_bind_int(statement, 1, FIRST_ORIGIN + number);
  sqlite3_step(statement);
  return sqlite3_reset(statement);
}

int main(int argc, char **argv) {
  static const char text[] =
      "INSERT INTO events (origin, date, actor, target, code, quad) "
      "VALUES (?1, 20190704, 'JPN', 'KOR', '1621', 4)";
  sqlite3 *sqlite;
  sqlite3_stmt *statement;
  int count = argc == 3 ? atoi(argv[2]) : 0;
  if (count < 1) {
    fputs("usage: insert STORE COUNT\n", stderr);
    return 2;
  }
  if (sqlite3_open(argv[1], &sqlite) != SQLITE_OK ||
      sqlite3_exec(sqlite,
                   "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", NULL,
                   NULL, NULL) != SQLITE_OK ||
      sqlite3_prepare_v2(sqlite, text, -1, &statement, NULL) != SQLITE_OK)
    return fail(sqlite);
  double start = now();
  for (int i = 0; i < count; i++)
    if (add(statement, i) != SQLITE_OK)
      return fail(sqlite);
  printf("seconds\t%.9f\n", (now() - start) / count);
  sqlite3_finalize(statement);
  return sqlite3_close(sqlite);
}
