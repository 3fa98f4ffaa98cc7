--- New columns: changes, running totals, shares and moving means.
-- @submodule dualuse.rows

local figures = require "dualuse.rows.figures"
local list_of = require "dualuse.rows.list"
local series_of = require "dualuse.rows.series"

local appended, copy_row, known = list_of.appended, list_of.copy_row, list_of.known
local check_additive, figure_column = figures.check_additive, figures.figure_column

local methods = {}

--- `wanted`, or where there is such a column `<column>_<wanted>`.
local function free_name(rows, wanted, column)
  if not known(rows, wanted) then
    return wanted
  end
  local name, n = column .. "_" .. wanted, 1
  while known(rows, name) do
    n = n + 1
    name = column .. "_" .. wanted .. "_" .. n
  end
  return name
end

--- Rows with further columns: `values[row]` is a list of what each has in them.
local function with_columns(rows, names, aggregates, values)
  local list, known_aggregates = {}, copy_row(rows.aggregates or {})
  for i, row in ipairs(rows) do
    list[i] = copy_row(row)
    for n, name in ipairs(names) do
      list[i][name] = values[row] and values[row][n]
    end
  end
  for n, name in ipairs(names) do
    known_aggregates[name] = aggregates[n]
  end
  return list_of.derive(rows, list, {
    columns = appended(rows.columns, names),
    measures = appended(rows.measures, names),
    aggregates = known_aggregates,
  })
end

--- The difference and the ratio of each bucket to the one before it: columns `change` and `ratio`
-- (`<column>_change` where there is one already). Neither where the bucket before has no row or no
-- value (`fill` first, to have counts of 0), no ratio where it has 0.
-- @tparam[opt] string column the first measure when left out
-- @treturn table new rows
-- @raise `misuse` for a column that there is not, and for rows without buckets of time
function methods:change(column)
  column = figure_column(self, column, 2)
  local values = {}
  for _, series in ipairs((series_of.needs_series(self, 2))) do
    for number, row in pairs(series.by) do
      local last = series.by[number - 1]
      local now, earlier = row[column], last and last[column]
      if now and earlier then
        values[row] = { now - earlier, earlier ~= 0 and now / earlier or nil }
      end
    end
  end
  local names = { free_name(self, "change", column), free_name(self, "ratio", column) }
  return with_columns(self, names, { "change", "ratio" }, values)
end

local function in_order(by)
  local numbers = {}
  for number in pairs(by) do
    numbers[#numbers + 1] = number
  end
  table.sort(numbers)
  local rows = {}
  for i, number in ipairs(numbers) do
    rows[i] = by[number]
  end
  return rows
end

local function running_totals(rows, column, values)
  local total = 0
  for _, row in ipairs(rows) do
    if row[column] and list_of.tail(row) == 0 then
      total = total + row[column]
      values[row] = { total }
    end
  end
end

--- The sum up to each bucket, for each combination of the other keys; without buckets of time, in
-- the order of the rows. A row without a value has none, and the next goes on. Column `cumulative`.
-- @tparam[opt] string column the first measure when left out
-- @treturn table new rows
-- @raise `misuse` for a column that there is not, `invalid` for one that cannot be added up
function methods:cumulative(column)
  column = figure_column(self, column, 2)
  check_additive(self, column, 2)
  local values = {}
  local list = series_of.series_of(self, 2)
  for _, series in ipairs(list or {}) do
    running_totals(in_order(series.by), column, values)
  end
  if not list then
    running_totals(self, column, values)
  end
  return with_columns(self, { free_name(self, "cumulative", column) }, { "cumulative" }, values)
end

--- The part that each row has in the sum of all, 0 to 1, those at the end included; none where the
-- sum is 0. Column `share`.
-- @tparam[opt] string column the first measure when left out
-- @treturn table new rows
-- @raise `misuse` for a column that there is not, `invalid` for one that cannot be added up
function methods:share(column)
  column = figure_column(self, column, 2)
  check_additive(self, column, 2)
  local total, values = 0, {}
  for _, row in ipairs(self) do
    total = total + (row[column] or 0)
  end
  for _, row in ipairs(self) do
    if row[column] and total ~= 0 then
      values[row] = { row[column] / total }
    end
  end
  return with_columns(self, { free_name(self, "share", column) }, { "sum" }, values)
end

local function mean_of_last(by, number, column, n)
  local total = 0
  for at = number - n + 1, number do
    local value = by[at] and by[at][column]
    if not value then
      return nil
    end
    total = total + value
  end
  return total / n
end

--- The mean of each bucket and those before it, so many together; none where one of them has no
-- row or no value. Column `moving`.
-- @tparam ?string column the first measure when nil
-- @tparam integer n how many buckets
-- @treturn table new rows
-- @raise `misuse` for a column that there is not, and for rows without buckets of time
function methods:moving(column, n)
  column = figure_column(self, column, 2)
  figures.check_integer(n, 1, "how many buckets", 2)
  local values = {}
  for _, series in ipairs((series_of.needs_series(self, 2))) do
    for number, row in pairs(series.by) do
      values[row] = { mean_of_last(series.by, number, column, n) }
    end
  end
  return with_columns(self, { free_name(self, "moving", column) }, { "moving" }, values)
end

return methods
