--- Rows as series in time: the buckets of each combination of the other keys.
-- @module dualuse.rows.series

local core = require "dualuse.core"
local figures = require "dualuse.rows.figures"
local layout = require "dualuse.layout"
local list_of = require "dualuse.rows.list"

local identity, raise, tail = list_of.identity, list_of.raise, list_of.tail
local bucket_column, quoted = figures.bucket_column, figures.quoted

local M = {}

local function other_names(names, left_out)
  local others = {}
  for _, name in ipairs(names) do
    if name ~= left_out then
      others[#others + 1] = name
    end
  end
  return others
end

--- The number of a row's bucket; nil for a row at the end.
local function bucket_number(row, column, bucket, level)
  if tail(row) > 0 or row[column] == nil then
    return nil
  end
  local number = bucket.number(row[column])
  if not number then
    raise("invalid", level + 1, "%s: expected a bucket such as %s, got %s", core.shown(column),
      bucket.example, quoted(row[column]))
  end
  return number
end

--- The ordinary rows, by what their other keys are, in order.
-- @tparam table rows
-- @tparam integer level whose mistake it is
-- @treturn ?{table,...} of each its `sample`, a row of it, and `by`, its rows by the number of
--   their bucket; nil without a column of buckets
-- @treturn ?string that column
-- @treturn ?table as `period.bucket` gives it
-- @treturn ?{string,...} the other keys
-- @raise `invalid` for what is no bucket, and for two rows of one
function M.series_of(rows, level)
  local column, bucket = bucket_column(rows)
  if not column then
    return nil
  end
  local others = other_names(rows.keys, column)
  local list, found = {}, {}
  for _, row in ipairs(rows) do
    local number = bucket_number(row, column, bucket, level + 1)
    if number then
      local id = identity(row, others)
      if not found[id] then
        found[id] = { sample = row, by = {} }
        list[#list + 1] = found[id]
      elseif found[id].by[number] then
        raise("invalid", level + 1, "two rows for %s %s: each must be told apart by its keys (%s)",
          core.shown(column), layout.cell(row[column]), core.shown(table.concat(rows.keys, ", ")))
      end
      found[id].by[number] = row
    end
  end
  return list, column, bucket, others
end

--- As `series_of`, for rows that must have such a column.
-- @tparam table rows
-- @tparam integer level whose mistake it is
-- @treturn {table,...} as there
-- @treturn string as there
-- @treturn table as there
-- @treturn {string,...} as there
-- @raise `misuse` for rows without buckets of time
function M.needs_series(rows, level)
  local list, column, bucket, others = M.series_of(rows, level + 1)
  if not list then
    raise("misuse", level + 1,
      "no key of these rows is a year, decade, quarter, month, week or day (keys: %s)",
      core.shown(table.concat(rows.keys, ", ")))
  end
  return list, column, bucket, others
end

return M
