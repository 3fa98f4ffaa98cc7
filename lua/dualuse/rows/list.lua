--- A list of rows, and what it knows of its columns: what all that rows can do builds on.
--
-- A `level` counts as in `error`: 1 is the function that calls this module, 2 the one that called
-- that function.
-- @module dualuse.rows.list

local core = require "dualuse.core"
local byte_order = require "dualuse.byte_order"
local sets = require "dualuse.sets"

local M = {}

--- What a row holds beside its columns.
M.unprinted = { records = true, sources = true, independent = true, undated = true,
  unbounded = true, rest = true }

--- The class of rows; what they can do is put into its `__index`.
M.metatable = { __index = {}, __name = "dualuse.rows" }

--- Raises an error.
-- @tparam string code
-- @tparam integer level whose mistake it is, as in `error`
-- @tparam string message a format, and
-- @param ... what goes into it
function M.raise(code, level, message, ...)
  core.raise{ code = code, message = message:format(...), level = level + 1 }
end

--- A copy of a table, such as a row.
-- @tparam table row
-- @treturn table
function M.copy_row(row)
  local copy = {}
  for name, value in pairs(row) do
    copy[name] = value
  end
  return copy
end

--- Two lists as one.
-- @tparam table list
-- @tparam table more
-- @treturn table a new list
function M.appended(list, more)
  return table.move(more, 1, #more, #list + 1, table.move(list, 1, #list, 1, {}))
end

local checks = {
  columns = "list", keys = "list", measures = "list", notes = "list", unit = "string",
  title = "string", aggregates = "table", widest = "number", independent = "function",
  units = "table",
}

local function fits(value, expected)
  if expected == "list" then
    for _, element in ipairs(type(value) == "table" and value or { false }) do
      if type(element) ~= "string" then
        return false
      end
    end
    return true
  end
  return type(value) == expected
end

local function check_options(options, level)
  if options ~= nil and type(options) ~= "table" then
    M.raise("misuse", level + 1, "expected a table of options, got %s", type(options))
  end
  for _, name in ipairs(sets.sorted(options or {})) do
    if not checks[name] then
      M.raise("misuse", level + 1, "unknown option %s: expected %s", core.shown(tostring(name)),
        table.concat(sets.sorted(checks), ", "))
    elseif not fits(options[name], checks[name]) then
      M.raise("misuse", level + 1, "%s: expected a %s, got %s", name,
        checks[name] == "list" and "list of texts" or checks[name], type(options[name]))
    end
  end
end

--- The keys, the measures, and whatever else the rows have, by name.
local function columns_of(list, keys, measures)
  local columns = {}
  for _, names in ipairs{ keys or {}, measures or {} } do
    table.move(names, 1, #names, #columns + 1, columns)
  end
  local seen, more = sets.of(columns), {}
  for _, row in ipairs(list) do
    for name in pairs(row) do
      if type(name) == "string" and not seen[name] and not M.unprinted[name] then
        seen[name], more[#more + 1] = true, name
      end
    end
  end
  table.sort(more, byte_order.before)
  return table.move(more, 1, #more, #columns + 1, columns)
end

--- Makes a list of plain tables that nobody else has rows itself. Nothing is checked.
-- @tparam {table,...} list
-- @tparam[opt] table options as `dualuse.rows.new` takes them
-- @treturn table the list
function M.adopt(list, options)
  for name, value in pairs(options or {}) do
    list[name] = value
  end
  list.keys, list.measures = list.keys or {}, list.measures or {}
  list.columns = list.columns or columns_of(list, list.keys, list.measures)
  return setmetatable(list, M.metatable)
end

--- Makes rows of a list of plain tables: `dualuse.rows.new` tells of it.
-- @tparam {table,...} list
-- @tparam[opt] table options
-- @treturn table rows
-- @raise `misuse` for what is no list of tables, and for unknown options
function M.new(list, options)
  if type(list) ~= "table" then
    M.raise("misuse", 2, "argument 1: expected a list of tables, got %s", type(list))
  end
  check_options(options, 2)
  local rows = {}
  for i, row in ipairs(list) do
    if type(row) ~= "table" then
      M.raise("misuse", 2, "argument 1: expected a list of tables, got a %s at %d", type(row), i)
    end
    rows[i] = row
  end
  return M.adopt(rows, options)
end

--- Other rows with what else these have: title, unit, and whatever a module has added.
-- @tparam table rows
-- @tparam {table,...} list the other rows
-- @tparam[opt] table changed fields to be others
-- @treturn table new rows
function M.derive(rows, list, changed)
  local new = {}
  for i, row in ipairs(list) do
    new[i] = row
  end
  for name, value in pairs(rows) do
    if type(name) == "string" then
      new[name] = value
    end
  end
  for name, value in pairs(changed or {}) do
    new[name] = value
  end
  return setmetatable(new, M.metatable)
end

--- 0 for an ordinary row; the others stand at the end in this order.
-- @tparam table row
-- @treturn integer
function M.tail(row)
  return row.undated and 3 or row.unbounded and 2 or row.rest and 1 or 0
end

--- The key of a row that has none, in words.
-- @tparam table row
-- @treturn ?string
function M.printed_key(row)
  return row.undated and "undated" or row.unbounded and "unbounded" or nil
end

--- Whether rows have a column, or a row of them such a field.
-- @tparam table rows
-- @tparam string name
-- @treturn boolean
function M.known(rows, name)
  if M.unprinted[name] then
    return true
  end
  for _, column in ipairs(rows.columns) do
    if column == name then
      return true
    end
  end
  for _, row in ipairs(rows) do
    if row[name] ~= nil then
      return true
    end
  end
  return false
end

--- Checks the name of a column.
-- @tparam table rows
-- @param name
-- @tparam integer level whose mistake it is
-- @raise `misuse` for what is no name, and for a column that there is not
function M.check_column(rows, name, level)
  if type(name) ~= "string" then
    M.raise("misuse", level + 1, "expected the name of a column, got %s", type(name))
  elseif not M.known(rows, name) then
    M.raise("misuse", level + 1, "no column %s: the columns are %s", core.shown(name),
      core.shown(table.concat(rows.columns, ", ")))
  end
end

--- A text that is the same for rows with the same values in some columns.
-- @tparam table row
-- @tparam {string,...} names
-- @treturn string
function M.identity(row, names)
  local parts = {}
  for i, name in ipairs(names) do
    local text = tostring(row[name])
    parts[i] = ("%s %d %s"):format(math.type(row[name]) or type(row[name]), #text, text)
  end
  return table.concat(parts, " ")
end

return M
