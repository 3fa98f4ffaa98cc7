--- What dualuse is to reach, as data. All but memory and size are ratios, taken in one run.
--
-- `rows`: the size of the file that the goal is for, any where it is absent; `work`: what is timed
-- ("load", "append", "again", or the name of a question, a loop or a moment). Then one of
-- `peer` and `times`: how many times as fast as the peer, at the least;
-- with `by`, as fast as the peer when that one of ours does it;
-- `seconds`: that a million rows may take, at the most;
-- `memory`: megabytes that are held at a time, at the most; `size`: megabytes of the file, at the
-- most; `of` and `rate`: rows a second, as a part of those for a file of `of` rows, at the least.
--
-- A load has a goal for one thread and the same for two, as the peers use two processors: DuckDB,
-- and sqlite3 for the pipe that its columns come through.
local MILLION = 1000000
local DUCKDB = "DuckDB, 2 threads, indexes"
local SQLITE = "sqlite3, tuned"
local LSQLITE3 = "lsqlite3, best recipe"
local TWO = "dualuse, 2 threads"

return {
  { rows = MILLION, work = "load", peer = SQLITE, times = 2.5 },
  { rows = MILLION, work = "load", peer = SQLITE, times = 2.5, by = TWO },
  { rows = MILLION, work = "load", peer = "lsqlite3, best recipe", times = 3 },
  { rows = MILLION, work = "load", peer = "lsqlite3, best recipe", times = 3, by = TWO },
  { rows = MILLION, work = "load", peer = DUCKDB, times = 1 },
  { rows = MILLION, work = "load", peer = DUCKDB, times = 1, by = TWO },
  { rows = 5 * MILLION, work = "load", peer = SQLITE, times = 2 },
  { rows = 5 * MILLION, work = "load", peer = SQLITE, times = 2, by = TWO },
  { rows = 5 * MILLION, work = "load", of = MILLION, rate = 0.8 },
  { work = "load", memory = 64 },
  { rows = MILLION, work = "load", size = 115 },
  { rows = MILLION, work = "append", peer = SQLITE, times = 1.5 },
  { rows = MILLION, work = "append", peer = SQLITE, times = 1.5, by = TWO },
  { rows = MILLION, work = "every row as a table of six fields, from rows", peer = LSQLITE3,
    times = 2 },
  { rows = MILLION, work = "every row as a table of six fields, from columns", peer = LSQLITE3,
    times = 4 },
  { rows = MILLION, work = "every row as six values, from rows", peer = LSQLITE3, times = 1.4 },
  { rows = MILLION, work = "every row as six values, from columns", peer = LSQLITE3, times = 10 },
  { rows = MILLION, work = "count by year and quad class", peer = DUCKDB, times = 5 },
  { rows = MILLION, work = "count by year and quad class", peer = SQLITE, times = 300 },
  { rows = MILLION, work = "twenty busiest dyads", peer = DUCKDB, times = 8 },
  { rows = MILLION, work = "monthly mean tone of a dyad", peer = DUCKDB, times = 15 },
  { rows = MILLION, work = "monthly mean tone of a dyad", peer = SQLITE, times = 2 },
  { rows = MILLION, work = "root code by year of an actor", peer = DUCKDB, times = 5 },
  { rows = MILLION, work = "root code by year of an actor", peer = SQLITE, times = 25 },
  { rows = MILLION, work = "first aggregate of a fresh process", peer = DUCKDB, times = 2 },
  { rows = MILLION, work = "first aggregate, columns to be built", seconds = 0.8 },
  { rows = MILLION, work = "one dyad over 90 days, from rows", peer = LSQLITE3, times = 1.2 },
  { rows = MILLION, work = "one dyad over 90 days, from columns", peer = LSQLITE3, times = 5 },
  { rows = MILLION, work = "one durable insert", peer = "C", times = 1 / 1.1 },
  { rows = MILLION, work = "require, open and first small query", peer = LSQLITE3,
    times = 1 / 1.25 },
}
