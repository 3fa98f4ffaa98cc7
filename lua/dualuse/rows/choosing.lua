--- Some rows of many: sorted, filtered, the greatest.
-- @submodule dualuse.rows

local basis = require "dualuse.rows.basis"
local core = require "dualuse.core"
local figures = require "dualuse.rows.figures"
local list_of = require "dualuse.rows.list"
local sorted = require("dualuse.rows.order").sorted
local sets = require "dualuse.sets"

local check_column, derive, raise = list_of.check_column, list_of.derive, list_of.raise
local additive, aggregate_of = figures.additive, figures.aggregate_of

local methods = {}

--- Sorts: by the first column, where that is equal by the next, and so on; equal rows stay in
-- their order, missing values come last.
-- @tparam string ... columns; "-name" from the greatest to the least
-- @treturn table new rows
-- @raise `misuse` for a column that there is not
function methods:sort(...)
  local orders = {}
  for i, name in ipairs{ ... } do
    local descending = type(name) == "string" and name:sub(1, 1) == "-"
      and not list_of.known(self, name)
    orders[i] = { name = descending and name:sub(2) or name, descending = descending }
    check_column(self, orders[i].name, 2)
  end
  if #orders == 0 then
    raise("misuse", 2, "expected the name of a column to sort by")
  end
  return derive(self, sorted(self, orders))
end

local function is_any_of(value, list)
  for _, element in ipairs(list) do
    if value == element then
      return true
    end
  end
  return false
end

local function matches(row, pattern)
  for name, wanted in pairs(pattern) do
    local value = row[name]
    local found
    if wanted == core.null then
      found = value == nil
    elseif type(wanted) == "table" then
      found = is_any_of(value, wanted)
    else
      found = value == wanted
    end
    if not found then
      return false
    end
  end
  return true
end

--- Keeps some rows.
-- @tparam function|table test a function of a row; or a table of columns with the value wanted,
--   a list of which any will do, or `dualuse.null` for no value
-- @treturn table new rows
-- @raise `misuse` for another test, and for a column that there is not
function methods:filter(test)
  if type(test) ~= "function" and type(test) ~= "table" then
    raise("misuse", 2, "expected a function or a table of columns and values, got %s", type(test))
  end
  if type(test) == "table" then
    for _, name in ipairs(sets.sorted(test)) do
      check_column(self, name, 2)
    end
  end
  local kept = {}
  for _, row in ipairs(self) do
    local found
    if type(test) == "table" then
      found = matches(row, test)
    else
      found = test(row)
    end
    if found then
      kept[#kept + 1] = row
    end
  end
  return derive(self, kept)
end

local function sum_of(list, column)
  local total
  for _, row in ipairs(list) do
    if row[column] ~= nil then
      total = (total or 0) + row[column]
    end
  end
  return total
end

local function any_missing(list, column)
  for _, row in ipairs(list) do
    if row[column] == nil then
      return true
    end
  end
  return false
end

--- What of a column the rest has. A column of which nobody said how it was made is added up only
-- where it was asked for and is complete.
local function rest_value(rows, list, name, column)
  local aggregate = aggregate_of(rows, name)
  if not additive(rows, name) then
    return nil
  elseif aggregate then
    return sum_of(list, name)
  end
  return name == column and not any_missing(list, name) and sum_of(list, name) or nil
end

local function rest_row(rows, list, column)
  local row = { rest = 0 }
  for _, name in ipairs(rows.columns) do
    row[name] = rest_value(rows, list, name, column)
  end
  for _, name in ipairs(rows.keys) do
    row[name] = nil
  end
  for _, part in ipairs(list) do
    row.rest = row.rest + (part.rest or 1)
  end
  row[rows.keys[1] or rows.columns[1]] = "rest"
  return basis.give(rows, row, list)
end

--- The rows with the greatest figures, and one row `rest` for the others, with the sums of what can
-- be added up and, in `rest`, how many they are. Rows that no bucket fits stay, at the end.
-- @tparam integer n how many
-- @tparam[opt] string column the first measure when left out
-- @treturn table new rows
-- @raise `misuse` for a column that there is not
function methods:top(n, column)
  figures.check_integer(n, 0, "how many", 2)
  column = figures.figure_column(self, column, 2)
  local kept, others, ends = {}, {}, {}
  for _, row in ipairs(sorted(self, { { name = column, descending = true } })) do
    local list = list_of.tail(row) > 1 and ends or row.rest and others
      or #kept < n and kept or others
    list[#list + 1] = row
  end
  if #others > 0 then
    kept[#kept + 1] = rest_row(self, others, column)
  end
  return derive(self, list_of.appended(kept, ends))
end

return methods
