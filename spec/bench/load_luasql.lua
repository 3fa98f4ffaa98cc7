-- Loads a GDELT file with luasql, as one writes it: load_luasql.lua FILE STORE
local path, store = ...
local luasql = require "luasql.sqlite3"
local tables = require "spec.bench.tables"

local places = tables.places(tables.events)
local environment = luasql.sqlite3()
local connection = assert(environment:connect(store))

local function run(statements)
  for statement in statements:gmatch("[^\n]+") do assert(connection:execute(statement)) end
end

run(tables.create(tables.events) .. tables.index(tables.events))
connection:setautocommit(false)
for line in io.lines(path) do
  local fields, values = {}, {}
  for field in (line .. "\t"):gmatch("([^\t]*)\t") do fields[#fields + 1] = field end
  for i, place in ipairs(places) do values[i] = "'" .. connection:escape(fields[place]) .. "'" end
  assert(connection:execute("INSERT INTO events VALUES (" .. table.concat(values, ", ") .. ")"))
end
connection:commit()
connection:close()
environment:close()
