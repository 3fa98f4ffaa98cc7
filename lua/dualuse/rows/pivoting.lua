--- The values of a column as columns.
-- @submodule dualuse.rows

local basis = require "dualuse.rows.basis"
local core = require "dualuse.core"
local figures = require "dualuse.rows.figures"
local layout = require "dualuse.layout"
local list_of = require "dualuse.rows.list"
local order = require "dualuse.rows.order"

local check_column, identity, raise = list_of.check_column, list_of.identity, list_of.raise
local aggregate_of = figures.aggregate_of

local methods = {}

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
    return order.before(a.value, b.value)
  end)
  local texts = {}
  for i, entry in ipairs(list) do
    texts[i] = entry.text
  end
  return texts
end

local function check_headings(texts, name, level)
  for _, text in ipairs(texts) do
    if text == name or list_of.unprinted[text] then
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
    if not aggregate_of(rows, value) or not figures.additive(rows, value) then
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
  value = figures.figure_column(self, value, 2)
  local by_time = figures.bucket_column(self)
  local texts = headings_of(self, column, column == by_time)
  check_headings(texts, row, 2)
  local aggregate, list = aggregate_of(self, value), {}
  for i, entry in ipairs(pivot_entries(self, row, row == by_time)) do
    local cells = {}
    for _, part in ipairs(entry.parts) do
      put_cell(self, cells, heading(part, column, column == by_time), part, value, 2)
    end
    list[i] = basis.give(self, entry.row, entry.parts)
    for _, text in ipairs(texts) do
      local cell = cells[text]
      if cell == nil and figures.counted[aggregate] then
        cell = 0
      end
      list[i][text] = cell
    end
  end
  local aggregates = {}
  for _, text in ipairs(texts) do
    aggregates[text] = aggregate
  end
  return list_of.derive(self, order.sorted(list, {}), {
    columns = list_of.appended({ row }, texts), keys = { row }, measures = texts,
    aggregates = aggregates,
  })
end

return methods
