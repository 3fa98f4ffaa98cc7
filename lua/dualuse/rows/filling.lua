--- Buckets of time in which there is nothing.
-- @submodule dualuse.rows

local core = require "dualuse.core"
local figures = require "dualuse.rows.figures"
local list_of = require "dualuse.rows.list"
local needs_series = require("dualuse.rows.series").needs_series
local sorted = require("dualuse.rows.order").sorted
local sets = require "dualuse.sets"

local derive, raise = list_of.derive, list_of.raise

local methods = {}

local most_filled = 1000000

local function fill_bound(options, name, column, bucket, level)
  local value = options[name]
  if value == nil then
    return nil
  end
  local number = bucket.number(value)
  if not number then
    raise("misuse", level + 1, "%s: expected a bucket of %s such as %s, got %s", name,
      core.shown(column), bucket.example, figures.quoted(value))
  end
  return number
end

local function check_fill_options(options, level)
  if type(options) ~= "table" then
    raise("misuse", level + 1, "expected a table with from and to, got %s", type(options))
  end
  for _, name in ipairs(sets.sorted(options)) do
    if name ~= "from" and name ~= "to" then
      raise("misuse", level + 1, "unknown option %s: expected from, to",
        core.shown(tostring(name)))
    end
  end
end

--- The least and the greatest number of a bucket, of those given and, where not, of those there.
local function fill_span(list, from, to)
  local first, last = from, to
  for _, series in ipairs(list) do
    for number in pairs(series.by) do
      first = from or math.min(first or number, number)
      last = to or math.max(last or number, number)
    end
  end
  return first, last
end

--- A row for a bucket in which nothing was found.
local function empty_row(rows, sample, others, column, value)
  local row = { [column] = value }
  for _, name in ipairs(others) do
    row[name] = sample[name]
  end
  for _, name in ipairs(rows.columns) do
    if figures.counted[figures.aggregate_of(rows, name)] then
      row[name] = 0
    end
  end
  return row
end

--- Adds the buckets in which there is nothing, between the first and the last or over a given
-- span, for each combination of the other keys: counts are 0, other figures missing. Rows outside
-- the span stay. They come in the order of their keys.
-- @tparam[opt] table options `from` and `to`, buckets
-- @treturn table new rows
-- @raise `misuse` for rows without buckets of time, other options, bounds that are no buckets or in
--   the wrong order; `invalid` where that would be more than a million rows
function methods:fill(options)
  options = options or {}
  check_fill_options(options, 2)
  local list, column, bucket, others = needs_series(self, 2)
  local from = fill_bound(options, "from", column, bucket, 2)
  local to = fill_bound(options, "to", column, bucket, 2)
  if #list == 0 and #others == 0 then
    list = { { sample = {}, by = {} } }
  end
  local first, last = fill_span(list, from, to)
  if from and to and from > to then
    raise("misuse", 2, "from comes after to")
  elseif not first or not last then
    return derive(self, self)
  elseif (last - first + 1) * #list > most_filled then
    raise("invalid", 2, "that would be %d rows", (last - first + 1) * #list)
  end
  local filled = {}
  for i, row in ipairs(self) do
    filled[i] = row
  end
  for _, series in ipairs(list) do
    for number = first, last do
      if not series.by[number] then
        filled[#filled + 1] = empty_row(self, series.sample, others, column, bucket.value(number))
      end
    end
  end
  local orders = {}
  for i, name in ipairs(self.keys) do
    orders[i] = { name = name }
  end
  return derive(self, sorted(filled, orders))
end

return methods
