--- Cases by year: what was disclosed as an outline over what is on record, what follows from other
-- figures hatched.
-- @module dualuse.chart.cases_by_year

local core = require "dualuse.core"
local digits = require "dualuse.digits"
local frame = require "dualuse.chart.frame"
local lettering = require "dualuse.chart.lettering"
local period = require "dualuse.period"
local precision = require "dualuse.precision"
local ValueAxis = require "dualuse.chart.value_axis"

local M = {}

local MOST_ROWS, BAR, SIZE = 60, 20, 12

-- ---------------------------------------------------------------------------------------- Rows

--- The bounds of a figure: what it is at least, and at most where that is known.
local function bounds(row)
  return row.value or row.least or 0, row.value or row.most
end

--- The figure itself, or what it is at least.
-- @tparam table row of `dualuse.reconcile`
-- @treturn integer
function M.figure(row)
  return (bounds(row))
end

--- How far a row's bar reaches.
-- @tparam table row of `dualuse.reconcile`
-- @treturn integer
function M.reach(row)
  local least, most = bounds(row)
  return math.max(least, most or 0, (row.recorded or 0) + (row.possible or 0))
end

local function value_text(row)
  if row.conflict then
    local values = {}
    for i, value in ipairs(row.values or {}) do values[i] = digits.text(value) end
    return values[1] and "disputed: " .. table.concat(values, " or ") or "disputed"
  end
  local least, most = bounds(row)
  if least == most then
    return digits.text(least)
  elseif most then
    return ("%s to %s"):format(digits.text(least), digits.text(most))
  end
  return least > 0 and "at least " .. digits.text(least) or "not known"
end

--- What stands at the end of a row's bar.
-- @tparam table row of `dualuse.reconcile`
-- @treturn string
function M.told(row)
  local parts = { value_text(row) }
  if row.basis == "derived" then parts[1] = parts[1] .. " (derived)" end
  local recorded, possible = row.recorded or 0, row.possible or 0
  if possible > 0 then
    parts[2] = ("%spossibly %d on record"):format(recorded > 0 and recorded .. " and " or "",
      recorded + possible)
  elseif recorded > 0 then
    parts[2] = ("%d on record"):format(recorded)
  end
  return table.concat(parts, "; ")
end

local function check(list)
  for i, row in ipairs(list) do
    if type(row.period) ~= "string" then
      core.raise{ code = "misuse", message = ("argument 1: expected rows of "
        .. "dualuse.reconcile: number %d has no period"):format(i) }
    end
  end
end

--- The rows whose period holds that of another.
local function holding(list)
  local ends, set = {}, {}
  for _, row in ipairs(list) do
    local first, last = period.span(row.period)
    ends[#ends + 1] = first and { first = first, last = last, row = row }
  end
  table.sort(ends, function(a, b)
    if a.first ~= b.first then return a.first < b.first end
    return a.last > b.last
  end)
  -- From the back: what comes later in this order begins no earlier. `ended` is the earliest end of
  -- those, without the ones that are equal to the row.
  local earliest, ended = math.huge, math.huge
  for i = #ends, 1, -1 do
    local this, later = ends[i], ends[i + 1]
    if later and (later.first ~= this.first or later.last ~= this.last) then ended = earliest end
    if ended <= this.last then set[this.row] = true end
    earliest = math.min(earliest, this.last)
  end
  return set
end

--- The rows in the order in which they are drawn: those whose period holds that of others come
-- after them, below a heading.
-- @tparam {table,...} list rows of `dualuse.reconcile`
-- @treturn {table,...} each with `text`, and `row` or `heading`
function M.rows(list)
  local long, rows = holding(list), {}
  for _, row in ipairs(list) do
    if not long[row] then rows[#rows + 1] = { text = precision.words(row.period), row = row } end
  end
  local own = #rows
  for _, row in ipairs(list) do
    if long[row] then
      if #rows == own then rows[#rows + 1] = { text = "Longer periods", heading = true } end
      rows[#rows + 1] = { text = precision.words(row.period), row = row }
    end
  end
  return rows
end

-- ------------------------------------------------------------------------------------- Drawing

local function box(picture, from, to, y, height, attributes)
  attributes.x, attributes.width = from, to - from
  attributes.y, attributes.height = y, height
  picture:add("rect", attributes)
end

local function outline(more)
  local attributes = { fill = "none", stroke = "ink", ["stroke-width"] = 1.5 }
  for name, value in pairs(more or {}) do attributes[name] = value end
  return attributes
end

--- Hatched, and dashed around.
local function draw_derived(picture, from, to, y, height)
  box(picture, from, to, y, height, { fill = picture:pattern("hatch", "soft") })
  box(picture, from, to, y, height, outline{ ["stroke-dasharray"] = "4 2" })
end

local function draw_possible(picture, from, to, y, height)
  box(picture, from, to, y, height, { fill = picture:pattern("dots", "vermillion") })
  box(picture, from, to, y, height, outline{ stroke = "vermillion", ["stroke-width"] = 1 })
end

local function draw_row(picture, axis, row, place)
  local least, most = bounds(row)
  local zero, recorded = axis:at(0), row.recorded or 0
  local inner, height = place.top + 4, BAR - 8
  if row.basis == "derived" then
    draw_derived(picture, zero, axis:at(least), place.top, BAR)
  elseif row.basis and least > 0 then
    box(picture, zero, axis:at(least), place.top, BAR, outline())
  elseif row.basis then
    box(picture, zero, zero + 1.5, place.top, BAR, { fill = "ink" })
  end
  if most and most > least then
    box(picture, axis:at(least), axis:at(most), place.top, BAR,
      outline{ stroke = "soft", ["stroke-dasharray"] = "2 3" })
  end
  if recorded > 0 then
    box(picture, zero, axis:at(recorded), inner, height, { fill = "blue" })
  end
  if (row.possible or 0) > 0 then
    draw_possible(picture, axis:at(recorded), axis:at(recorded + row.possible), inner, height)
  end
  local x = axis:at(M.reach(row)) + 6
  picture:label{ x = x, y = place.middle + 4, text = M.told(row), size = SIZE, halo = true,
    most = picture.width - x }
end

--- What of each kind there is among the rows.
local function legend_of(picture, rows)
  local has, list = {}, {}
  for _, entry in ipairs(rows) do
    local row = entry.row or {}
    if row.basis then has[row.basis] = true end
    has.recorded = has.recorded or (row.recorded or 0) > 0
    has.possible = has.possible or (row.possible or 0) > 0
    has.range = has.range or row.most ~= nil and row.least ~= row.most
  end
  local function add(name, text, draw)
    if has[name] then list[#list + 1] = { text = text, draw = draw } end
  end
  add("disclosed", "disclosed", function(x, y, width, height)
    box(picture, x + 1, x + width - 1, y, height, outline())
  end)
  add("derived", "derived from other figures", function(x, y, width, height)
    draw_derived(picture, x + 1, x + width - 1, y, height)
  end)
  add("range", "between these", function(x, y, width, height)
    box(picture, x + 1, x + width - 1, y, height,
      outline{ stroke = "soft", ["stroke-dasharray"] = "2 3" })
  end)
  add("recorded", "on record one by one", function(x, y, width, height)
    box(picture, x, x + width, y + 2, height - 4, { fill = "blue" })
  end)
  add("possible", "possibly of that time", function(x, y, width, height)
    draw_possible(picture, x, x + width, y + 2, height - 4)
  end)
  return list
end

local function describe(rows, unit)
  local parts = {}
  for _, entry in ipairs(rows) do
    if entry.row and #parts < 20 then
      parts[#parts + 1] = ("%s: %s%s"):format(entry.text, M.told(entry.row),
        entry.row.basis == "disclosed" and ", disclosed" or "")
    end
  end
  local text = #parts > 0 and table.concat(parts, ". ") .. "." or "Nothing is on record."
  return unit and ("Unit: %s. %s"):format(unit, text) or text
end

--- Draws cases by year.
-- @tparam table picture
-- @tparam {table,...} list rows of `dualuse.reconcile`
-- @tparam table options `headed`
-- @treturn number the height
function M.draw(picture, list, options)
  check(list)
  local rows, notes = M.rows(list), {}
  picture.description = picture.description or describe(rows, list.unit)
  if #rows > MOST_ROWS then
    notes[1] = ("%d more rows are not shown."):format(#rows - MOST_ROWS)
    rows = table.move(rows, 1, MOST_ROWS, 1, {})
  end
  local y = frame.heading(picture, options.headed)
  if #rows == 0 then
    return frame.notes(picture, y, { "Nothing is on record." })
  end
  local places = frame.rows(picture, rows, y, BAR)
  local most, label = 0, 0
  for _, entry in ipairs(rows) do
    if entry.row then
      most = math.max(most, M.reach(entry.row))
      label = math.max(label, lettering.width(M.told(entry.row), SIZE))
    end
  end
  -- The longest label may stand at the longest bar.
  local room = math.max(places.right - places.left - label - 10, 40)
  local axis = ValueAxis.new{ least = 0, most = most, from = places.left + 1,
    to = places.left + 1 + room, apart = 44, whole = true, zero = true, tight = true }
  axis:draw_below(picture, y, places.bottom)
  for i, entry in ipairs(rows) do
    if entry.row then draw_row(picture, axis, entry.row, places[i]) end
  end
  y = frame.legend(picture, places.bottom + 24, legend_of(picture, rows))
  if list.unit then table.insert(notes, 1, ("Unit: %s."):format(list.unit)) end
  return frame.notes(picture, y, notes)
end

return M
