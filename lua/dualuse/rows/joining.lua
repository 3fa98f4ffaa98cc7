--- Rows beside rows, and rows after rows.
-- @submodule dualuse.rows

local aggregate_of = require("dualuse.rows.figures").aggregate_of
local basis = require "dualuse.rows.basis"
local core = require "dualuse.core"
local layout = require "dualuse.layout"
local list_of = require "dualuse.rows.list"
local sorted = require("dualuse.rows.order").sorted
local sets = require "dualuse.sets"

local appended, copy_row = list_of.appended, list_of.copy_row
local check_column, derive, known, raise = list_of.check_column, list_of.derive, list_of.known,
  list_of.raise

local methods = {}

local function check_rows(other, level)
  if getmetatable(other) ~= list_of.metatable then
    raise("misuse", level + 1, "expected rows to put together with these, got %s", type(other))
  end
end

--- What tells a row apart in a join: missing keys are equal, undated and unbounded ones are not.
local function join_identity(row, names)
  return list_of.identity(row, names) .. " " .. list_of.tail(row)
end

local function index_of(rows, names, level)
  local index = {}
  for _, row in ipairs(rows) do
    local id = join_identity(row, names)
    if index[id] then
      local said = {}
      for i, name in ipairs(names) do
        local value = row[name] == nil and list_of.printed_key(row) or layout.cell(row[name])
        said[i] = name .. " " .. value
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
  local renamed, taken, by = {}, sets.of(rows.columns), sets.of(names)
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
  return partner and basis.give(rows, new, { row or partner, partner }) or new
end

--- What rows say of their columns, with what the other's say of theirs.
local function joined_options(rows, other, renamed)
  local options = {
    columns = appended(rows.columns, {}), measures = appended(rows.measures, {}),
    aggregates = copy_row(rows.aggregates or {}), units = copy_row(rows.units or {}),
    keys = appended(rows.keys, {}), independent = rows.independent or other.independent,
    unit = rows.unit,
  }
  local measures, keys = sets.of(other.measures), sets.of(other.keys)
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
  local seen, more = sets.of(names), {}
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

return methods
