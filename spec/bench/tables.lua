--- The tables that the peers load events into, as data: what each column is, and where it stands in
-- a line of GDELT 1.0.
local M = {}

--- What dualuse keeps of an event, and three indexes: those that answer its questions, or let codes
-- be looked up. Its ids, kinds and revisions come on top; the peers are spared those, and their key
-- costs them no index of its own.
M.events = {
  { "origin", "INTEGER PRIMARY KEY", 1 },
  { "date", "INTEGER", 2 },
  { "actor", "TEXT", 6 },
  { "target", "TEXT", 16 },
  { "code", "TEXT", 27 },
  { "quad", "INTEGER", 30 },
  { "goldstein", "REAL", 31 },
  { "mentions", "INTEGER", 32 },
  { "tone", "REAL", 35 },
  { "place", "TEXT", 51 },
  { "latitude", "REAL", 54 },
  { "longitude", "REAL", 55 },
  { "url", "TEXT", 58 },
  indexes = { "date", "actor, target, date", "code" },
}

--- The eleven columns and three indexes that the figures of earlier measurements are about.
M.eleven = {
  { "origin", "INTEGER PRIMARY KEY", 1 },
  { "date", "INTEGER", 2 },
  { "actor", "TEXT", 6 },
  { "target", "TEXT", 16 },
  { "code", "TEXT", 27 },
  { "quad", "INTEGER", 30 },
  { "goldstein", "REAL", 31 },
  { "mentions", "INTEGER", 32 },
  { "tone", "REAL", 35 },
  { "place", "TEXT", 51 },
  { "url", "TEXT", 58 },
  indexes = { "date", "actor, target, date", "code" },
}

-- SQLite's types as DuckDB has them, with the same widths.
local duckdb_types = {
  ["INTEGER PRIMARY KEY"] = "BIGINT",
  INTEGER = "INTEGER",
  TEXT = "VARCHAR",
  REAL = "DOUBLE",
}

local GDELT_COLUMNS = 58

--- One text for each column, joined.
local function each(columns, separator, write)
  local parts = {}
  for i, column in ipairs(columns) do parts[i] = write(table.unpack(column)) end
  return table.concat(parts, separator)
end

--- `CREATE TABLE`, as SQLite has it.
-- @tparam table columns `M.events` or `M.eleven`
-- @tparam[opt="events"] string name
function M.create(columns, name)
  return ("CREATE TABLE %s (%s);\n"):format(name or "events", each(columns, ", ",
    function(column, type) return column .. " " .. type end))
end

--- `CREATE INDEX` for all that the table has, good for SQLite and DuckDB.
function M.index(columns)
  local lines = {}
  for i, key in ipairs(columns.indexes) do
    lines[i] = ("CREATE INDEX events_%d ON events (%s);\n"):format(i, key)
  end
  return table.concat(lines)
end

--- The columns' places in a line, as `cut -f` takes them; they are in rising order.
function M.cut(columns)
  return each(columns, ",", function(_, _, place) return tostring(place) end)
end

--- The columns' places in a line.
-- @treturn table a list of integers
function M.places(columns)
  local places = {}
  for i, column in ipairs(columns) do places[i] = column[3] end
  return places
end

--- A table from a file, as DuckDB has it: nothing is guessed, and no quote has a meaning.
-- @tparam table columns
-- @tparam string path
-- @tparam boolean indexed whether indexes follow, that of the key among them: faster than a key
--   that is declared
function M.duckdb(columns, path, indexed)
  local typed = {}
  for place = 1, GDELT_COLUMNS do typed[place] = ("'c%d': 'VARCHAR'"):format(place) end
  for _, column in ipairs(columns) do
    typed[column[3]] = ("'%s': '%s'"):format(column[1], duckdb_types[column[2]])
  end
  return ([[
CREATE TABLE events AS SELECT %s FROM read_csv('%s', auto_detect = false, header = false,
  delim = '\t', quote = '', escape = '', nullstr = '', columns = {%s});
%s]]):format(each(columns, ", ", function(column) return column end), path,
    table.concat(typed, ", "), indexed and "CREATE UNIQUE INDEX events_0 ON events ("
      .. columns[1][1] .. ");\n" .. M.index(columns) or "")
end

return M
