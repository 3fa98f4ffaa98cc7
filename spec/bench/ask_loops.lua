-- Runs the loops in one module: ask_loops.lua MODULE STORE TIMES
local loops = require "spec.bench.loops"

local module, path, times = ...

local FIELDS = { "date", "actor", "target", "code", "quad", "tone" }
local COLUMNS = table.concat(FIELDS, ", ")
local SQL = "SELECT " .. COLUMNS .. " FROM events"
local DYAD = "SELECT date, code, quad FROM events WHERE actor = %s AND target = %s "
  .. "AND date BETWEEN %s AND %s"

local drivers = {}

--- dualuse, from columns where there is memory for them.
function drivers.dualuse(options)
  local dualuse = require "dualuse"
  local events = assert(dualuse.open(path, options)).events
  return {
    tables = function() return events:select(table.unpack(FIELDS)):each() end,
    values = function() return events:values(table.unpack(FIELDS)) end,
    dyad = function(dyad)
      return events:where{ actor = dyad[1], target = dyad[2], date = { during = dyad.during } }
        :values("date", "code", "quad")
    end,
    id_first = true, -- in values and dyad
  }
end

function drivers.lsqlite3()
  local sqlite3 = require "lsqlite3"
  local db = assert(sqlite3.open(path))
  local statement = assert(db:prepare(DYAD:format("?", "?", "?", "?")))
  return {
    tables = function() return db:nrows(SQL) end,
    values = function() return db:urows(SQL) end,
    dyad = function(dyad)
      statement:reset()
      statement:bind_values(table.unpack(dyad))
      return statement:urows()
    end,
  }
end

function drivers.luasql()
  local connection = assert(require("luasql.sqlite3").sqlite3():connect(path))
  return {
    tables = function()
      local cursor = assert(connection:execute(SQL))
      return function() return cursor:fetch({}, "a") end
    end,
    values = function()
      local cursor = assert(connection:execute(SQL))
      return function() return cursor:fetch() end
    end,
    dyad = function(dyad)
      local cursor = assert(connection:execute(DYAD:format("'" .. dyad[1] .. "'",
        "'" .. dyad[2] .. "'", dyad[3], dyad[4])))
      return function() return cursor:fetch() end
    end,
  }
end

--- The iterators of dualuse without the id that comes first, for a check.
local function without_id(driver)
  local function skip(rows)
    return function(...)
      local next, cursor = rows(...)
      local function second(id, ...) if id ~= nil then return ... end end
      return function() return second(next(cursor)) end
    end
  end
  return { tables = driver.tables, values = skip(driver.values), dyad = skip(driver.dyad) }
end

local function run(name, loop, driver)
  print("? " .. name)
  for _, row in ipairs(loop.check(driver.id_first and without_id(driver) or driver)) do
    print(table.concat(row, "\t"))
  end
  for _ = 1, tonumber(times) do
    collectgarbage()
    local start = os.clock() -- processor time: one thread that waits for nothing
    loop.time(driver)
    print(("= %.9f"):format((os.clock() - start) / (loop.per or 1)))
  end
end

if module == "dualuse" then
  local options = { columns = {}, rows = { column_cache = 0 } }
  for _, way in ipairs(loops.ways) do
    local driver = drivers.dualuse(options[way])
    for _, loop in ipairs(loops.list) do run(loops.name(loop, way), loop, driver) end
  end
else
  local driver = drivers[module]()
  for _, loop in ipairs(loops.list) do run(loop.name, loop, driver) end
end
