-- What a fresh process does first: fresh.lua MODULE STORE WORK [COUNT]
--   aggregate   counts by year and quad class
--   question    finds a dyad's events of 90 days
--   insert      adds COUNT events, each durable before the next
-- Prints the seconds from before `require` on; of insert those of all, and who runs it takes them
-- by the wall clock, which Lua has not got.
local start = os.clock()

local module, path, work, count = ...

local works = { dualuse = {}, lsqlite3 = {}, luasql = {} }

function works.dualuse.aggregate()
  local store = assert(require("dualuse").open(path))
  assert(#store.events:group{ "year", "quad", provenance = false } > 0)
end

function works.dualuse.question()
  local store = assert(require("dualuse").open(path))
  local dyad = { actor = "USA", target = "CHN", date = { during = "2016-04-01/2016-06-29" } }
  for _, _ in store.events:where(dyad):values("date") do end
end

function works.dualuse.insert()
  local store <close> = assert(require("dualuse").open(path))
  for i = 1, count do
    store.events:add{ origin = "bench:" .. i, date = "2019-07-04", actor = "JPN", target = "KOR",
      kind = "sanction", code = "1621", quad = 4 }
  end
end

local DYAD = "SELECT date FROM events WHERE actor = 'USA' AND target = 'CHN' "
  .. "AND date BETWEEN 20160401 AND 20160629"

function works.lsqlite3.question()
  local db = assert(require("lsqlite3").open(path))
  for _ in db:urows(DYAD) do end
end

function works.lsqlite3.insert()
  local sqlite3 = require "lsqlite3"
  local db = assert(sqlite3.open(path))
  db:exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
  local statement = db:prepare("INSERT INTO events (origin, date, actor, target, code, quad) "
    .. "VALUES (?, ?, ?, ?, ?, ?)")
  for i = 1, count do
    statement:bind_values(900000000 + i, 20190704, "JPN", "KOR", "1621", 4)
    assert(statement:step() == sqlite3.DONE)
    statement:reset()
  end
end

function works.luasql.question()
  local connection = assert(require("luasql.sqlite3").sqlite3():connect(path))
  local cursor = assert(connection:execute(DYAD))
  while cursor:fetch() do end
end

works[module][work]()
-- processor time: nothing but an insert waits
if work ~= "insert" then print(("seconds\t%.6f"):format(os.clock() - start)) end
