--- Who loads the file: dualuse, and what its users have today. Each peer loads and answers in a
-- process of its own, so that none finds another's memory or caches.
--
-- A peer has `name`, `table` (of spec/bench/tables.lua), `file` (of its store), `load(path, store)`
-- and `ask(store)`: shell commands that load a file into a new store and that answer the questions.
-- Where they apply: `missing`, why it cannot take part; `most`, the largest number of rows that it
-- is worth waiting for; `append(path, store)` and `again(path, store)`, commands that load more
-- into a store and that load what it has; `loop(store)`, which runs the loops of
-- spec/bench/loops.lua; and `moments`, a list of what a fresh process does: `work`,
-- `command(store)`, and where they apply `name` (of who does it, if not the peer), `least`, the
-- rows that it takes, `changes` (it gets a copy of the store), `before`, SQL that is run in that
-- copy first, and `per`, by which the seconds are divided.
local questions = require "spec.bench.questions"
local shell = require "spec.shell"
local tables = require "spec.bench.tables"

local quote = shell.quote

local M = {}

-- How often a loop is run in one process.
local LOOPS = 3

-- How many events are added by a fresh process, each durable before the next.
local INSERTS = 2000

M.works = {
  aggregate = "first aggregate of a fresh process",
  building = "first aggregate, columns to be built",
  question = "require, open and first small query",
  insert = "one durable insert",
}

--- Pinned, so that two runs compare the same. `make bench` fetches it.
M.duckdb_version = "1.5.6-r.1"

-- ------------------------------------------------------------------------------------------------
-- dualuse, and Lua scripts

--- The command that runs one of our scripts.
local function lua(script, ...)
  local words = { quote(shell.lua), quote("spec/bench/" .. script) }
  for _, word in ipairs{ ... } do words[#words + 1] = quote(tostring(word)) end
  return table.concat(words, " ")
end

--- What a fresh process of one of the modules does.
local function fresh(module, work, more)
  local moment = { work = M.works[work] }
  function moment.command(store) return lua("fresh.lua", module, store, work) end
  for name, value in pairs(more or {}) do moment[name] = value end
  return moment
end

local function inserts(module)
  return fresh(module, "insert", {
    changes = true,
    per = INSERTS,
    command = function(store) return lua("fresh.lua", module, store, "insert", INSERTS) end,
  })
end

-- Fewer rows are not packed into columns.
local PACKED = 40000
local UNPACKED = "DELETE FROM columns; DELETE FROM stale; DELETE FROM segments;"

local function dualuse_loading(name, file, threads)
  local function load(path, store) return lua("load_dualuse.lua", path, store, threads) end
  return { name = name, table = tables.events, file = file, load = load, append = load,
    again = load, ask = function(store) return lua("ask_dualuse.lua", store) end }
end

local function dualuse()
  local peer = dualuse_loading("dualuse", "dualuse.db", 1)
  peer.loop = function(store) return lua("ask_loops.lua", "dualuse", store, LOOPS) end
  peer.moments = {
    fresh("dualuse", "question"),
    fresh("dualuse", "aggregate"),
    fresh("dualuse", "aggregate",
      { work = M.works.building, changes = true, before = UNPACKED, least = PACKED }),
    inserts("dualuse"),
  }
  return peer
end

--- What is there in the end is the same, so only the load is timed.
local function dualuse_by_two()
  local peer = dualuse_loading("dualuse, 2 threads", "dualuse-2.db", 2)
  peer.untimed = true
  return peer
end

-- ------------------------------------------------------------------------------------------------
-- the sqlite3 program

--- Runs a script in the sqlite3 program.
local function sqlite(store, script)
  local path = store .. ".sql"
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(script))
  return ("sqlite3 -init /dev/null -batch -bail %s <%s"):format(quote(store), quote(path))
end

-- `ascii` reads no quotes, as GDELT has none; the columns that are wanted come through a pipe from
-- a second processor.
local IMPORT = [[
.mode ascii
.separator "\t" "\n"
.import "|LC_ALL=C cut -f%s %s" %s
]]

local function import(columns, path, name)
  return IMPORT:format(tables.cut(columns), path, name or "events")
end

local TUNED = [[
PRAGMA page_size = 16384;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -64000;
PRAGMA temp_store = MEMORY;
]]

local function ask_sqlite(store)
  local script = { ".mode tabs\n" }
  for _, question in ipairs(questions.list) do
    script[#script + 1] = (".print ? %s\n.timer on\n%s;\n.timer off\n"):format(question.name,
      questions.sql(question, "sqlite")):rep(questions.times)
  end
  return sqlite(store, table.concat(script))
end

local function sqlite3_missing()
  return not shell.has("sqlite3") and "there is no sqlite3 program" or nil
end

--- Indexes first and no pragma: what one types.
local function sqlite_plain(columns, name, file)
  return {
    name = name,
    table = columns,
    file = file,
    most = 1000000,
    missing = sqlite3_missing(),
    load = function(path, store)
      return sqlite(store, tables.create(columns) .. tables.index(columns) .. import(columns, path))
    end,
    ask = ask_sqlite,
  }
end

--- The best that we know, safe for none but a new file; more rows go in through WAL.
local function sqlite_tuned(columns, name, file, folder)
  local aggregate = questions.sql(questions.list[2], "sqlite")
  return {
    name = name,
    table = columns,
    file = file,
    missing = sqlite3_missing(),
    load = function(path, store)
      return sqlite(store, TUNED .. tables.create(columns) .. import(columns, path)
        .. tables.index(columns))
    end,
    append = function(path, store)
      return sqlite(store, "PRAGMA journal_mode = WAL;\n" .. import(columns, path))
    end,
    again = function(path, store)
      return sqlite(store, "PRAGMA journal_mode = WAL;\n" .. tables.create(columns, "temp.staged")
        .. import(columns, path, "temp.staged")
        .. "INSERT OR IGNORE INTO events SELECT * FROM temp.staged;\n")
    end,
    ask = ask_sqlite,
    moments = folder and {
      {
        work = M.works.aggregate,
        command = function(store) return sqlite(store, aggregate .. ";\n") .. " >/dev/null" end,
      },
      {
        work = M.works.insert,
        name = "C",
        changes = true,
        command = function(store)
          return ("%s %s %d"):format(quote(folder .. "/insert"), quote(store), INSERTS)
        end,
      },
    } or nil,
  }
end

-- ------------------------------------------------------------------------------------------------
-- SQLite from Lua

local function lacks(module)
  local found = shell.run(quote(shell.lua) .. " -e " .. quote("require '" .. module .. "'"))
  return found ~= 0 and ("Lua has no module %s"):format(module) or nil
end

local function luasql()
  return {
    name = "luasql, one transaction",
    table = tables.events,
    file = "luasql.db",
    most = 1000000,
    missing = lacks("luasql.sqlite3") or sqlite3_missing(),
    load = function(path, store) return lua("load_luasql.lua", path, store) end,
    ask = ask_sqlite,
    loop = function(store) return lua("ask_loops.lua", "luasql", store, LOOPS) end,
    moments = { fresh("luasql", "question") },
  }
end

--- The module, or what stands in for it.
-- @tparam string recipe
-- @tparam boolean asked whether it runs loops, too: they are the same for both recipes
local function lsqlite3(recipe, asked)
  return {
    name = "lsqlite3, " .. recipe,
    table = tables.events,
    file = "lsqlite3.db",
    most = 1000000,
    missing = lacks("lsqlite3") or sqlite3_missing(),
    load = function(path, store) return lua("load_lsqlite3.lua", path, store, recipe) end,
    ask = ask_sqlite,
    loop = asked and function(store) return lua("ask_loops.lua", "lsqlite3", store, LOOPS) end,
    moments = asked and { fresh("lsqlite3", "question"), inserts("lsqlite3") },
  }
end

-- ------------------------------------------------------------------------------------------------
-- DuckDB

--- Where npm puts DuckDB.
local function duckdb_folder(folder)
  return folder .. "/node"
end

--- Fetches DuckDB unless it is there.
-- @tparam string folder the folder of the benchmark
-- @treturn ?string why there is none
local function duckdb_missing(folder)
  for _, program in ipairs{ "node", "npm" } do
    if not shell.has(program) then return "there is no " .. program end
  end
  local node = duckdb_folder(folder)
  local package = node .. "/node_modules/@duckdb/node-api/package.json"
  local there = shell.run(("grep -q %s %s"):format(quote('"version": "' .. M.duckdb_version .. '"'),
    quote(package)))
  if there == 0 then return nil end
  local status, output = shell.run(
    ("npm install --no-audit --no-fund --no-save --loglevel=error --prefix %s @duckdb/node-api@%s")
      :format(quote(node), M.duckdb_version))
  return status ~= 0 and "npm could not fetch it: " .. (output:match("[^\n]+") or "") or nil
end

local function duckdb(folder, missing, columns, threads, indexed, name, most)
  local function node(...)
    local words = { "node spec/bench/duckdb.mjs", quote(duckdb_folder(folder)), tostring(threads) }
    for _, word in ipairs{ ... } do words[#words + 1] = quote(word) end
    return table.concat(words, " ")
  end
  return {
    name = name,
    table = columns,
    file = "duckdb.db",
    missing = missing or nil,
    most = most,
    load = function(path, store)
      return node(store, "load", tables.duckdb(columns, path, indexed))
    end,
    ask = function(store)
      local words = {}
      for _, question in ipairs(questions.list) do
        for _ = 1, questions.times do
          words[#words + 1] = question.name
          words[#words + 1] = questions.sql(question, "duckdb")
        end
      end
      return node(store, "ask", table.unpack(words))
    end,
    moments = {
      {
        work = M.works.aggregate,
        command = function(store)
          return node(store, "first", questions.sql(questions.list[2], "duckdb"))
        end,
      },
    },
  }
end

-- ------------------------------------------------------------------------------------------------

--- All of them, in the order in which they take turns. Fetches DuckDB where it is asked for and
-- node is there.
-- @tparam string folder where the stores and programs of the benchmark are
-- @tparam[opt] string asked the first words of the names that are wanted, or whole names with ";"
--   between them; all where it is absent
-- @treturn table a list of peers; dualuse comes first
function M.all(folder, asked)
  local function is_asked(name)
    local whole = asked and asked:find(";", 1, true)
    for word in (asked or ""):gmatch(whole and "%s*([^;]+)" or "%S+") do
      if name == word or not whole and name:find(word, 1, true) == 1 then return true end
    end
    return not asked
  end
  local no_duckdb = (not asked or asked:find("DuckDB", 1, true)) and duckdb_missing(folder)
  local function duck(...) return duckdb(folder, no_duckdb, ...) end
  local list = {
    dualuse(),
    dualuse_by_two(),
    sqlite_tuned(tables.events, "sqlite3, tuned", "sqlite3-tuned.db", folder),
    sqlite_plain(tables.events, "sqlite3, plain", "sqlite3-plain.db"),
    sqlite_tuned(tables.eleven, "sqlite3, tuned, eleven columns", "sqlite3-tuned-eleven.db"),
    sqlite_plain(tables.eleven, "sqlite3, plain, eleven columns", "sqlite3-plain-eleven.db"),
    luasql(),
    lsqlite3("best recipe", true),
    lsqlite3("as usually written"),
    duck(tables.events, 2, true, "DuckDB, 2 threads, indexes"),
    duck(tables.events, 2, false, "DuckDB, 2 threads, no indexes"),
    duck(tables.events, 1, true, "DuckDB, 1 thread, indexes", 1000000),
    duck(tables.events, 1, false, "DuckDB, 1 thread, no indexes", 1000000),
    duck(tables.eleven, 2, true, "DuckDB, 2 threads, eleven columns, indexes"),
  }
  for _, peer in ipairs(list) do
    if not is_asked(peer.name) then peer.missing = "not asked for" end
  end
  return list
end

return M
