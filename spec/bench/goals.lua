--- What dualuse is to reach, as data. All but memory and size are ratios, taken in one run.
--
-- `rows`: the size of the file that the goal is for, any where it is absent; `work`: what is timed
-- ("load", "append", "again", or the name of a question). Then one of
-- `peer` and `times`: how many times as fast as the peer, at the least;
-- `memory`: megabytes that are held at a time, at the most; `size`: megabytes of the file, at the
-- most; `of` and `rate`: rows a second, as a part of those for a file of `of` rows, at the least.
local MILLION = 1000000
local DUCKDB = "DuckDB, 2 threads, indexes"
local SQLITE = "sqlite3, tuned"

return {
  { rows = MILLION, work = "load", peer = SQLITE, times = 2.5 },
  { rows = MILLION, work = "load", peer = "lsqlite3, best recipe", times = 3 },
  { rows = MILLION, work = "load", peer = DUCKDB, times = 1 },
  { rows = 5 * MILLION, work = "load", peer = SQLITE, times = 2 },
  { rows = 5 * MILLION, work = "load", of = MILLION, rate = 0.8 },
  { work = "load", memory = 64 },
  { rows = MILLION, work = "load", size = 115 },
  { rows = MILLION, work = "append", peer = SQLITE, times = 1.5 },
  { rows = MILLION, work = "count by year and quad class", peer = DUCKDB, times = 5 },
  { rows = MILLION, work = "count by year and quad class", peer = SQLITE, times = 300 },
  { rows = MILLION, work = "twenty busiest dyads", peer = DUCKDB, times = 8 },
  { rows = MILLION, work = "monthly mean tone of a dyad", peer = DUCKDB, times = 15 },
  { rows = MILLION, work = "monthly mean tone of a dyad", peer = SQLITE, times = 2 },
}
