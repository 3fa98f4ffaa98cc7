--- Rows: results as plain tables with methods and a printed form.
--
-- Rows are a list of tables, `#rows`, `rows[1].count` and `ipairs(rows)` are what they look like.
-- Methods give new rows and leave these as they are, so that they chain:
--
--    store.cases:group{ "year" }:fill():change():sort("-count")
--
-- What a figure rests on goes with it: a row's `records` and `sources` (sorted lists) and
-- `independent` (how many independent sources) are put together where rows are.
--
-- A row whose date fits no bucket has none as its key (nothing, or the text "unbounded") but
-- `undated = true` or `unbounded = true`. Such rows stay at the end, are filled nowhere and are
-- never left out unasked; so does the row `rest` that `top` makes, before them.
-- @module dualuse.rows

local core = require "dualuse.core"
local layout = require "dualuse.layout"
local period = require "dualuse.period"

local M = {}

local methods = {}

local most_printed = 50
local widest = 40

-- What a row holds beside its columns.
local unprinted = { records = true, sources = true, independent = true, undated = true,
  unbounded = true, rest = true }

local function raise(code, level, message, ...)
  core.raise{ code = code, message = message:format(...), level = level + 1 }
end

-- ---------------------------------------------------------------------------------- New rows

local metatable = { __index = methods, __name = "dualuse.rows" }

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

local function sorted_names(set)
  local names = {}
  for name in pairs(set) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

local function check_options(options, level)
  if options ~= nil and type(options) ~= "table" then
    raise("misuse", level + 1, "expected a table of options, got %s", type(options))
  end
  for _, name in ipairs(sorted_names(options or {})) do
    if not checks[name] then
      raise("misuse", level + 1, "unknown option %s: expected %s", core.shown(tostring(name)),
        table.concat(sorted_names(checks), ", "))
    elseif not fits(options[name], checks[name]) then
      raise("misuse", level + 1, "%s: expected a %s, got %s", name,
        checks[name] == "list" and "list of texts" or checks[name], type(options[name]))
    end
  end
end

local function set_of(list)
  local set = {}
  for _, name in ipairs(list or {}) do
    set[name] = true
  end
  return set
end

--- The keys, the measures, and whatever else the rows have, by name.
local function columns_of(list, keys, measures)
  local columns = {}
  for _, names in ipairs{ keys or {}, measures or {} } do
    table.move(names, 1, #names, #columns + 1, columns)
  end
  local seen, more = set_of(columns), {}
  for _, row in ipairs(list) do
    for name in pairs(row) do
      if type(name) == "string" and not seen[name] and not unprinted[name] then
        seen[name], more[#more + 1] = true, name
      end
    end
  end
  table.sort(more)
  return table.move(more, 1, #more, #columns + 1, columns)
end

--- Makes rows of a list of plain tables. The tables are not copied.
-- @tparam {table,...} list
-- @tparam[opt] table options
--   `columns`, the names of the columns in order (the keys, the measures, and what else there is);
--   `keys`, the names of those that tell the rows apart;
--   `measures`, the names of those that are figures;
--   `aggregates`, how figures were made, by column: `count`, `possible`, `distinct`, `sum`, `mean`,
--   `min`, `max`, `median` (a column with such a name is one);
--   `unit`, what is counted; `title`; `notes`, lines printed below;
--   `units`, by column, the units that differ from `unit`;
--   `independent`, a function that counts independent sources (`provenance.counter`): without it,
--   rows put together have no such number unless one of them has all the sources;
--   `widest`, how wide a printed cell may be
-- @treturn table rows; the options are fields of it
-- @raise `misuse` for what is no list of tables, and for unknown options
function M.new(list, options)
  if type(list) ~= "table" then
    raise("misuse", 2, "argument 1: expected a list of tables, got %s", type(list))
  end
  check_options(options, 2)
  local rows = {}
  for i, row in ipairs(list) do
    if type(row) ~= "table" then
      raise("misuse", 2, "argument 1: expected a list of tables, got a %s at %d", type(row), i)
    end
    rows[i] = row
  end
  for name, value in pairs(options or {}) do
    rows[name] = value
  end
  rows.keys, rows.measures = rows.keys or {}, rows.measures or {}
  rows.columns = rows.columns or columns_of(rows, rows.keys, rows.measures)
  return setmetatable(rows, metatable)
end

--- Other rows with what else these have: title, unit, and whatever a module has added.
local function derive(rows, list, changed)
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
  return setmetatable(new, metatable)
end

--- 0 for an ordinary row; the others stand at the end in this order.
local function tail(row)
  return row.undated and 3 or row.unbounded and 2 or row.rest and 1 or 0
end

--- The key of a row that has none, in words.
local function printed_key(row)
  return row.undated and "undated" or row.unbounded and "unbounded" or nil
end

local function known(rows, name)
  if unprinted[name] then
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

local function check_column(rows, name, level)
  if type(name) ~= "string" then
    raise("misuse", level + 1, "expected the name of a column, got %s", type(name))
  elseif not known(rows, name) then
    raise("misuse", level + 1, "no column %s: the columns are %s", core.shown(name),
      core.shown(table.concat(rows.columns, ", ")))
  end
end

-- ------------------------------------------------------------------------------ Sort, filter

local ranks = { boolean = 1, number = 2, string = 3 }

--- Whether a comes before b: numbers, then texts; false for equal ones.
local function before(a, b)
  local rank_a, rank_b = ranks[type(a)] or 4, ranks[type(b)] or 4
  if rank_a ~= rank_b then
    return rank_a < rank_b
  elseif rank_a == 1 then
    return not a and b
  elseif rank_a == 4 then
    return layout.cell(a) < layout.cell(b)
  end
  return a < b
end

--- nil where two rows are equal by a column; missing values come last in both directions.
local function compared(a, b, order)
  local x, y = a[order.name], b[order.name]
  if x ~= x then x = nil end -- not a number: missing
  if y ~= y then y = nil end
  if x == nil or y == nil then
    if x == nil and y == nil then
      return nil
    end
    return y == nil
  elseif before(x, y) then
    return not order.descending
  elseif before(y, x) then
    return order.descending or false
  end
  return nil
end

--- Sorts stably: the ends of the list stay there.
local function sorted(list, orders)
  local places, copy = {}, {}
  for i, row in ipairs(list) do
    copy[i] = { row = row, place = i }
    places[i] = row
  end
  table.sort(copy, function(a, b)
    local tail_a, tail_b = tail(a.row), tail(b.row)
    if tail_a ~= tail_b then
      return tail_a < tail_b
    end
    for _, order in ipairs(orders) do
      local first = compared(a.row, b.row, order)
      if first ~= nil then
        return first
      end
    end
    return a.place < b.place
  end)
  for i, entry in ipairs(copy) do
    places[i] = entry.row
  end
  return places
end

--- Sorts: by the first column, where that is equal by the next, and so on; equal rows stay in
-- their order, missing values come last.
-- @tparam string ... columns; "-name" from the greatest to the least
-- @treturn table new rows
-- @raise `misuse` for a column that there is not
function methods:sort(...)
  local orders = {}
  for i, name in ipairs{ ... } do
    local descending = type(name) == "string" and name:sub(1, 1) == "-" and not known(self, name)
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
    for _, name in ipairs(sorted_names(test)) do
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

-- ---------------------------------------------------------------------- Figures and their kinds

local aggregate_words = set_of{ "count", "possible", "distinct", "sum", "mean", "min", "max",
  "median" }
local counted = set_of{ "count", "possible", "distinct" }

local function aggregate_of(rows, column)
  return rows.aggregates and rows.aggregates[column]
    or aggregate_words[column] and column or nil
end

--- The key column that holds buckets of time, and what is known of its kind; nil without one.
local function bucket_column(rows)
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
local function additive(rows, column)
  local aggregate = aggregate_of(rows, column)
  if aggregate == "possible" then
    return not bucket_column(rows)
  end
  return aggregate == nil or aggregate == "count" or aggregate == "sum"
end

local function figure_column(rows, column, level)
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

local function check_additive(rows, column, level)
  if not additive(rows, column) then
    local aggregate = aggregate_of(rows, column)
    raise("invalid", level + 1, "%s cannot be added up: it is %s", core.shown(column),
      aggregate == "possible" and "what is possible in several buckets at once"
        or "a " .. core.shown(aggregate))
  end
end

--- A value in a message; texts in quotes, since 2015 is not "2015".
local function quoted(value)
  return type(value) == "string" and ('"%s"'):format(layout.cell(value)) or layout.cell(value)
end

local function check_integer(value, least, what, level)
  if math.type(value) ~= "integer" or value < least then
    raise("misuse", level + 1, "expected %s, an integer of at least %d, got %s", what, least,
      math.type(value) == "integer" and value or type(value))
  end
end

--- A text that is the same for rows with the same values in these columns.
local function identity(row, names)
  local parts = {}
  for i, name in ipairs(names) do
    local text = tostring(row[name])
    parts[i] = ("%s %d %s"):format(math.type(row[name]) or type(row[name]), #text, text)
  end
  return table.concat(parts, " ")
end

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

--- The ordinary rows, by what their other keys are, in order: lists of `sample`, a row of them,
-- and `by`, the rows by the number of their bucket. nil without a column of buckets.
local function series_of(rows, level)
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

local function needs_series(rows, level)
  local list, column, bucket, others = series_of(rows, level + 1)
  if not list then
    raise("misuse", level + 1,
      "no key of these rows is a year, decade, quarter, month, week or day (keys: %s)",
      core.shown(table.concat(rows.keys, ", ")))
  end
  return list, column, bucket, others
end

-- ------------------------------------------------------------------------------ New columns

local function copy_row(row)
  local copy = {}
  for name, value in pairs(row) do
    copy[name] = value
  end
  return copy
end

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

local function appended(list, more)
  return table.move(more, 1, #more, #list + 1, table.move(list, 1, #list, 1, {}))
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
  return derive(rows, list, {
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
  for _, series in ipairs((needs_series(self, 2))) do
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
    if row[column] and tail(row) == 0 then
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
  local list = series_of(self, 2)
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
  check_integer(n, 1, "how many buckets", 2)
  local values = {}
  for _, series in ipairs((needs_series(self, 2))) do
    for number, row in pairs(series.by) do
      values[row] = { mean_of_last(series.by, number, column, n) }
    end
  end
  return with_columns(self, { free_name(self, "moving", column) }, { "moving" }, values)
end

-- -------------------------------------------------------------------------------------- Fill

local most_filled = 1000000

local function fill_bound(options, name, column, bucket, level)
  local value = options[name]
  if value == nil then
    return nil
  end
  local number = bucket.number(value)
  if not number then
    raise("misuse", level + 1, "%s: expected a bucket of %s such as %s, got %s", name,
      core.shown(column), bucket.example, quoted(value))
  end
  return number
end

local function check_fill_options(options, level)
  if type(options) ~= "table" then
    raise("misuse", level + 1, "expected a table with from and to, got %s", type(options))
  end
  for _, name in ipairs(sorted_names(options)) do
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
    if counted[aggregate_of(rows, name)] then
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

-- ------------------------------------------------------------------------- Rows put together

local function united(list, name)
  local set, found = {}, false
  for _, row in ipairs(list) do
    for _, element in ipairs(row[name] or {}) do
      set[element] = true
    end
    found = found or row[name] ~= nil
  end
  return found and sorted_names(set) or nil
end

--- How many independent sources some rows have together. Without a function that counts, it is
-- known where one of them has all.
local function independent_of(rows, list, sources)
  if not sources then
    return nil
  elseif rows.independent then
    return rows.independent(sources)
  end
  for _, row in ipairs(list) do
    if row.sources and #row.sources == #sources then
      return row.independent
    end
  end
  return nil
end

--- Gives a row what the rows that it is made of rest on.
local function add_provenance(rows, row, list)
  row.records = united(list, "records")
  row.sources = united(list, "sources")
  row.independent = independent_of(rows, list, row.sources)
  if row.records then
    table.sort(row.records)
  end
  return row
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
  return add_provenance(rows, row, list)
end

--- The rows with the greatest figures, and one row `rest` for the others, with the sums of what can
-- be added up and, in `rest`, how many they are. Rows that no bucket fits stay, at the end.
-- @tparam integer n how many
-- @tparam[opt] string column the first measure when left out
-- @treturn table new rows
-- @raise `misuse` for a column that there is not
function methods:top(n, column)
  check_integer(n, 0, "how many", 2)
  column = figure_column(self, column, 2)
  local kept, others, ends = {}, {}, {}
  for _, row in ipairs(sorted(self, { { name = column, descending = true } })) do
    local list = tail(row) > 1 and ends or row.rest and others or #kept < n and kept or others
    list[#list + 1] = row
  end
  if #others > 0 then
    kept[#kept + 1] = rest_row(self, others, column)
  end
  return derive(self, appended(kept, ends))
end

-- ------------------------------------------------------------------------------------- Pivot

--- The heading that a row's figure comes under, and where that stands among the others: after the
-- values come the rest, the unbounded, the undated, and what has no value.
local function heading(row, name, is_bucket)
  if row.rest then
    return "the rest", 1
  elseif is_bucket and row.unbounded and (row[name] == nil or row[name] == "unbounded") then
    return "no bucket", 2
  elseif row[name] ~= nil then
    return layout.cell(row[name]), 0
  elseif is_bucket and row.undated then
    return "no date", 3
  end
  return "none", 4
end

local function headings_of(rows, name, is_bucket)
  local list, found = {}, {}
  for _, row in ipairs(rows) do
    local text, rank = heading(row, name, is_bucket)
    if not found[text] then
      found[text] = true
      list[#list + 1] = { text = text, rank = rank, value = row[name] }
    end
  end
  table.sort(list, function(a, b)
    if a.rank ~= b.rank then
      return a.rank < b.rank
    end
    return before(a.value, b.value)
  end)
  local texts = {}
  for i, entry in ipairs(list) do
    texts[i] = entry.text
  end
  return texts
end

local function check_headings(texts, name, level)
  for _, text in ipairs(texts) do
    if text == name or unprinted[text] then
      raise("invalid", level + 1, "a value cannot become the column %s: there is one",
        core.shown(text))
    end
  end
end

--- The flags of a row that go with one key: only buckets of time are undated or unbounded.
local function flags_for(row, is_bucket)
  return is_bucket and row.undated or nil, is_bucket and row.unbounded or nil
end

local function pivot_entries(rows, name, is_bucket)
  local entries, found = {}, {}
  for _, row in ipairs(rows) do
    local undated, unbounded = flags_for(row, is_bucket)
    local id = ("%s %s %s"):format(identity(row, { name }), undated, unbounded)
    if not found[id] then
      found[id] = { parts = {}, row = { [name] = row[name], undated = undated,
        unbounded = unbounded, rest = row.rest and row[name] == "rest" and row.rest or nil } }
      entries[#entries + 1] = found[id]
    end
    table.insert(found[id].parts, row)
  end
  return entries
end

local function put_cell(rows, cells, text, row, value, level)
  if cells[text] == nil then
    cells[text] = row[value]
  elseif row[value] ~= nil then
    if not aggregate_of(rows, value) or not additive(rows, value) then
      raise("invalid", level + 1, "several rows for one cell, and %s cannot be added up",
        core.shown(value))
    end
    cells[text] = cells[text] + row[value]
  end
end

--- Turns the values of a column into columns. A combination of which there is no row has a count of
-- 0, other figures are missing.
-- @tparam string row the column that stays, one row for each of its values
-- @tparam string column whose values become columns
-- @tparam[opt] string value the figure in the cells: the first measure when left out
-- @treturn table new rows
-- @raise `misuse` for a column that there is not; `invalid` where several rows fall into a cell and
--   cannot be added up
function methods:pivot(row, column, value)
  check_column(self, row, 2)
  check_column(self, column, 2)
  value = figure_column(self, value, 2)
  local by_time = bucket_column(self)
  local texts = headings_of(self, column, column == by_time)
  check_headings(texts, row, 2)
  local aggregate, list = aggregate_of(self, value), {}
  for i, entry in ipairs(pivot_entries(self, row, row == by_time)) do
    local cells = {}
    for _, part in ipairs(entry.parts) do
      put_cell(self, cells, heading(part, column, column == by_time), part, value, 2)
    end
    list[i] = add_provenance(self, entry.row, entry.parts)
    for _, text in ipairs(texts) do
      local cell = cells[text]
      if cell == nil and counted[aggregate] then
        cell = 0
      end
      list[i][text] = cell
    end
  end
  local aggregates = {}
  for _, text in ipairs(texts) do
    aggregates[text] = aggregate
  end
  return derive(self, sorted(list, {}), {
    columns = appended({ row }, texts), keys = { row }, measures = texts, aggregates = aggregates,
  })
end

-- ---------------------------------------------------------------------------- Join and concat

local function check_rows(other, level)
  if getmetatable(other) ~= metatable then
    raise("misuse", level + 1, "expected rows to put together with these, got %s", type(other))
  end
end

--- What tells a row apart in a join: missing keys are equal, undated and unbounded ones are not.
local function join_identity(row, names)
  return identity(row, names) .. " " .. tail(row)
end

local function index_of(rows, names, level)
  local index = {}
  for _, row in ipairs(rows) do
    local id = join_identity(row, names)
    if index[id] then
      local said = {}
      for i, name in ipairs(names) do
        said[i] = name .. " " .. (row[name] == nil and printed_key(row) or layout.cell(row[name]))
      end
      raise("invalid", level + 1, "two of the other rows have %s: join them by more columns",
        core.shown(table.concat(said, ", ")))
    end
    index[id] = row
  end
  return index
end

--- The names that the other's columns get: their own, or with a number where it is taken.
local function joined_names(rows, other, names)
  local renamed, taken, by = {}, set_of(rows.columns), set_of(names)
  for _, name in ipairs(other.columns) do
    if not by[name] then
      local free, n = name, 1
      while taken[free] do
        n = n + 1
        free = name .. "_" .. n
      end
      renamed[#renamed + 1] = { from = name, to = free }
      taken[free] = true
    end
  end
  return renamed
end

local function joined_row(rows, row, partner, names, renamed)
  local new = copy_row(row or {})
  if not row then
    for _, name in ipairs(names) do
      new[name] = partner[name]
    end
    new.undated, new.unbounded, new.rest = partner.undated, partner.unbounded, partner.rest
  end
  for _, name in ipairs(renamed) do
    new[name.to] = partner and partner[name.from]
  end
  return partner and add_provenance(rows, new, { row or partner, partner }) or new
end

--- What rows say of their columns, with what the other's say of theirs.
local function joined_options(rows, other, renamed)
  local options = {
    columns = appended(rows.columns, {}), measures = appended(rows.measures, {}),
    aggregates = copy_row(rows.aggregates or {}), units = copy_row(rows.units or {}),
    keys = appended(rows.keys, {}), independent = rows.independent or other.independent,
    unit = rows.unit,
  }
  local measures, keys = set_of(other.measures), set_of(other.keys)
  for _, name in ipairs(renamed) do
    table.insert(options.columns, name.to)
    if keys[name.from] then
      table.insert(options.keys, name.to)
    end
    if measures[name.from] then
      table.insert(options.measures, name.to)
      local unit = other.units and other.units[name.from] or other.unit
      options.units[name.to] = unit ~= rows.unit and unit or nil
    end
    options.aggregates[name.to] = aggregate_of(other, name.from)
  end
  return options
end

--- Puts rows beside these that have the same values in some columns. None is left out: a row of
-- either without a partner stays, without the other's figures. A column of the other whose name is
-- taken gets a number: `count_2`.
-- @tparam table other rows, told apart by these columns
-- @tparam string ... the columns that must be equal
-- @treturn table new rows: these in their order, then those of the other without a partner
-- @raise `misuse` for a column that either has not; `invalid` where two of the other rows are equal
--   in these columns
function methods:join(other, ...)
  check_rows(other, 2)
  local names = { ... }
  if #names == 0 then
    raise("misuse", 2, "expected the name of a column to join by")
  end
  for _, name in ipairs(names) do
    check_column(self, name, 2)
    check_column(other, name, 2)
  end
  local index, renamed = index_of(other, names, 2), joined_names(self, other, names)
  local options = joined_options(self, other, renamed)
  local list, met = {}, {}
  for i, row in ipairs(self) do
    local id = join_identity(row, names)
    met[id] = true
    list[i] = joined_row(options, row, index[id], names, renamed)
  end
  for _, partner in ipairs(other) do
    if not met[join_identity(partner, names)] then
      list[#list + 1] = joined_row(options, nil, partner, names, renamed)
    end
  end
  return derive(self, sorted(list, {}), options)
end

local function check_agree(rows, other, level)
  if rows.unit ~= other.unit then
    raise("invalid", level + 1, "units must agree: these rows count %s, the others %s",
      core.shown(rows.unit or "nothing named"), core.shown(other.unit or "nothing named"))
  end
  local units, others = rows.units or {}, other.units or {}
  for _, name in ipairs(rows.columns) do
    if known(other, name) and units[name] ~= others[name] then
      raise("invalid", level + 1, "units must agree: %s counts %s here, %s there",
        core.shown(name), core.shown(units[name] or "something else"),
        core.shown(others[name] or "something else"))
    elseif known(other, name) and aggregate_of(rows, name) ~= aggregate_of(other, name) then
      raise("invalid", level + 1, "%s is a %s here, a %s there", core.shown(name),
        core.shown(aggregate_of(rows, name) or "plain value"),
        core.shown(aggregate_of(other, name) or "plain value"))
    end
  end
end

local function merged_names(names, others)
  local seen, more = set_of(names), {}
  for _, name in ipairs(others) do
    if not seen[name] then
      more[#more + 1] = name
    end
  end
  return appended(names, more)
end

local function merged_maps(map, other)
  local merged = copy_row(other or {})
  for name, value in pairs(map or {}) do
    merged[name] = value
  end
  return merged
end

--- Puts rows after these. What belongs at the end goes there.
-- @tparam table other rows that count in the same unit
-- @treturn table new rows
-- @raise `misuse` for what is no rows; `invalid` where they count something else
function methods:concat(other)
  check_rows(other, 2)
  check_agree(self, other, 2)
  local list = {}
  for _, rows in ipairs{ self, other } do
    for _, row in ipairs(rows) do
      list[#list + 1] = row
    end
  end
  return derive(self, sorted(list, {}), {
    columns = merged_names(self.columns, other.columns),
    keys = merged_names(self.keys, other.keys),
    measures = merged_names(self.measures, other.measures),
    aggregates = merged_maps(self.aggregates, other.aggregates),
    units = merged_maps(self.units, other.units),
    independent = self.independent or other.independent,
  })
end

-- ---------------------------------------------------------------------------------- Exporting

--- A row with the key of one that has none in words, as it is printed.
local function told_row(rows, row)
  local said = printed_key(row)
  if not said then
    return row
  end
  local told = copy_row(row)
  for _, name in ipairs(rows.keys) do
    if told[name] == nil then
      told[name], said = said, nil
    end
  end
  return told
end

--- Writes the rows to a file: their columns, as `query:export` writes records.
-- @param target a path, an open file, or a function that is called with chunks of text
-- @tparam[opt] table options `format`, `spreadsheet`, `separator` and `overwrite`, as there
-- @treturn integer how many rows were written
-- @raise as there
function methods:export(target, options)
  local list = {}
  for i, row in ipairs(self) do
    list[i] = told_row(self, row)
  end
  local count = require("dualuse.export").rows(list, self.columns, target, options, 2)
  return count
end

-- ---------------------------------------------------------------------------------- Printing

--- A float with as many digits as a reader needs.
local function rounded(value)
  if math.type(value) ~= "float" or value ~= value or math.abs(value) >= 1e12 then
    return value
  end
  local scale = math.abs(value) >= 1 and 1e2 or 1e4
  return math.floor(value * scale + 0.5) / scale
end

local function range(value)
  local least, most = layout.cell(rounded(value.least)), layout.cell(rounded(value.most))
  if value.least == value.most then
    return value.least
  elseif value.most == nil then
    return least .. " or more"
  elseif value.least == nil then
    return most .. " or less"
  end
  return least .. " to " .. most
end

local function printed_value(value)
  if type(value) == "table" and (value.least or value.most) then
    return range(value)
  end
  return rounded(value)
end

local function printed_row(rows, row)
  local told, printed = told_row(rows, row), {}
  for _, name in ipairs(rows.columns) do
    printed[name] = printed_value(told[name])
  end
  return printed
end

--- What is counted, in a line; nil where nothing is said of it.
local function unit_line(rows)
  local parts = { rows.unit }
  for _, name in ipairs(sorted_names(rows.units or {})) do
    parts[#parts + 1] = name .. ": " .. rows.units[name]
  end
  return #parts > 0 and "unit: " .. core.shown(table.concat(parts, "; ")) or nil
end

--- The rows as columns of printed text: their names are stored text too.
local function aligned(rows, most, room)
  local most_wide = rows.widest or not room.width and widest or nil
  local names, printed = {}, {}
  for c, name in ipairs(rows.columns) do
    names[c] = layout.cut(layout.cell(name), most_wide or widest)
  end
  for i = 1, math.min(#rows, most) do
    local row = printed_row(rows, rows[i])
    printed[i] = {}
    for c, name in ipairs(rows.columns) do
      printed[i][names[c]] = row[name]
    end
  end
  return layout.aligned(names, printed, most_wide, room)
end

local function lines_of(rows, room)
  local lines = { rows.title and core.shown(rows.title) }
  local most = room.rows or most_printed
  lines[#lines + 1] = unit_line(rows)
  if #rows == 0 then
    lines[#lines + 1] = "no rows"
  else
    lines[#lines + 1] = aligned(rows, most, room)
  end
  if #rows > most then
    lines[#lines + 1] = ("… %d more"):format(#rows - most)
  end
  for _, note in ipairs(rows.notes or {}) do
    lines[#lines + 1] = core.shown(note)
  end
  return lines
end

--- Rows as text: title, unit, the rows in columns, and notes.
-- @tparam table rows
-- @tparam[opt] table room `width`, `rows` and `ascii`, as `layout.room` has them
-- @treturn string lines without a final line end
function M.text(rows, room)
  room = room or {}
  return layout.lines(lines_of(rows, room), room)
end

--- The printed form: title, unit, the first rows in columns (fifty, or as many as there is room
-- for), and notes. It never raises.
function metatable:__tostring()
  local ok, text = pcall(M.text, self, layout.room())
  return ok and text or "dualuse.rows"
end

return M
