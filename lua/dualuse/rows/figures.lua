--- The figures of rows: how they were made, and which of them may be added up.
-- @module dualuse.rows.figures

local core = require "dualuse.core"
local layout = require "dualuse.layout"
local list_of = require "dualuse.rows.list"
local period = require "dualuse.period"
local sets = require "dualuse.sets"

local check_column, raise = list_of.check_column, list_of.raise

local M = {}

local aggregate_words = sets.of{ "count", "possible", "distinct", "sum", "mean", "min",
  "max", "median" }

--- Aggregates that are 0 where there is nothing.
M.counted = sets.of{ "count", "possible", "distinct" }

--- How the figures of a column were made.
-- @tparam table rows
-- @tparam string column
-- @treturn ?string such as "sum"; nil where nobody said
function M.aggregate_of(rows, column)
  return rows.aggregates and rows.aggregates[column]
    or aggregate_words[column] and column or nil
end

--- The key column that holds buckets of time, and what is known of its kind.
-- @tparam table rows
-- @treturn ?string the column; nil without one
-- @treturn ?table as `period.bucket` gives it
function M.bucket_column(rows)
  for _, name in ipairs(rows.keys) do
    local bucket = period.bucket(name:match("[^.]*$"))
    if bucket then
      return name, bucket
    end
  end
  return nil
end

--- Whether the figures of a column may be added up. What is possible in several buckets is one
-- record, and a mean of means is none.
-- @tparam table rows
-- @tparam string column
-- @treturn boolean
function M.additive(rows, column)
  local aggregate = M.aggregate_of(rows, column)
  if aggregate == "possible" then
    return not M.bucket_column(rows)
  end
  return aggregate == nil or aggregate == "count" or aggregate == "sum"
end

--- A column of figures.
-- @tparam table rows
-- @tparam ?string column the first measure when nil
-- @tparam integer level whose mistake it is
-- @treturn string its name
-- @raise `misuse` for a column that there is not, `invalid` for one that is not of numbers
function M.figure_column(rows, column, level)
  column = column or rows.measures[1]
  if column == nil then
    raise("misuse", level + 1, "expected the name of a column: these rows name no measure")
  end
  check_column(rows, column, level + 1)
  for i, row in ipairs(rows) do
    if row[column] ~= nil and type(row[column]) ~= "number" then
      raise("invalid", level + 1, "%s is no column of numbers: row %d has a %s",
        core.shown(column), i, type(row[column]))
    end
  end
  return column
end

--- Checks that a column may be added up.
-- @tparam table rows
-- @tparam string column
-- @tparam integer level whose mistake it is
-- @raise `invalid`
function M.check_additive(rows, column, level)
  if not M.additive(rows, column) then
    local aggregate = M.aggregate_of(rows, column)
    raise("invalid", level + 1, "%s cannot be added up: it is %s", core.shown(column),
      aggregate == "possible" and "what is possible in several buckets at once"
        or "a " .. core.shown(aggregate))
  end
end

--- A value in a message; texts in quotes, since 2015 is not "2015".
-- @param value
-- @treturn string
function M.quoted(value)
  return type(value) == "string" and ('"%s"'):format(layout.cell(value)) or layout.cell(value)
end

--- Checks a number.
-- @param value
-- @tparam integer least
-- @tparam string what it is
-- @tparam integer level whose mistake it is
-- @raise `misuse`
function M.check_integer(value, least, what, level)
  if math.type(value) ~= "integer" or value < least then
    raise("misuse", level + 1, "expected %s, an integer of at least %d, got %s", what, least,
      math.type(value) == "integer" and value or type(value))
  end
end

return M
