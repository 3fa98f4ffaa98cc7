-- Loads a GDELT file with lsqlite3: load_lsqlite3.lua FILE STORE RECIPE
-- "best recipe" is what makes it as fast as we could: no journal, a pattern that takes a line apart
-- at once, one prepared statement with all values bound at once, indexes last. The other is as one
-- writes it: names bound from a table, default pragmas, indexes first.
local path, store, recipe = ...
local sqlite3 = require "lsqlite3"
local tables = require "spec.bench.tables"

local columns = tables.events
local places = tables.places(columns)
local db = assert(sqlite3.open(store))

local function run(statements)
  assert(db:exec(statements) == sqlite3.OK, db:errmsg())
end

--- A prepared INSERT with a parameter for each column.
local function insert(parameter)
  local marks = {}
  for i, column in ipairs(columns) do marks[i] = parameter(column[1]) end
  return assert(db:prepare("INSERT INTO events VALUES (" .. table.concat(marks, ", ") .. ")"))
end

local function finish(statement)
  assert(statement:step() == sqlite3.DONE, db:errmsg())
  statement:reset()
end

local function load_plain()
  run(tables.create(columns) .. tables.index(columns) .. "BEGIN")
  local statement = insert(function(name) return ":" .. name end)
  for line in io.lines(path) do
    local fields, row = {}, {}
    for field in (line .. "\t"):gmatch("([^\t]*)\t") do fields[#fields + 1] = field end
    for i, column in ipairs(columns) do row[column[1]] = fields[places[i]] end
    statement:bind_names(row)
    finish(statement)
  end
  statement:finalize()
  run("COMMIT")
end

--- A pattern with a capture for each column that is kept, none for the others.
local function pattern()
  local kept, parts = {}, {}
  for _, place in ipairs(places) do kept[place] = true end
  for place = 1, places[#places] do parts[place] = kept[place] and "([^\t]*)" or "[^\t]*" end
  return "^" .. table.concat(parts, "\t") .. "$"
end

local function load_tuned()
  run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; "
    .. "PRAGMA temp_store = MEMORY; " .. tables.create(columns) .. "BEGIN")
  local statement = insert(function() return "?" end)
  local taken_apart = pattern()
  for line in io.lines(path) do
    statement:bind_values(line:match(taken_apart))
    finish(statement)
  end
  statement:finalize()
  run("COMMIT; " .. tables.index(columns))
end

if recipe == "best recipe" then load_tuned() else load_plain() end
db:close()
