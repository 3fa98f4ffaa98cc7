--- Who acts on whom: parties in a circle, an arrow for each that acts on another.
--
-- Nothing in it is left to chance: the party with the most acts stands at the top, and beside each
-- stands the one it has most to do with.
-- @module dualuse.chart.network

local byte_order = require "dualuse.byte_order"
local core = require "dualuse.core"
local digits = require "dualuse.digits"
local frame = require "dualuse.chart.frame"
local labels = require "dualuse.chart.labels"
local layout = require "dualuse.layout"
local lettering = require "dualuse.chart.lettering"

local M = {}

local MOST_PARTIES, MOST_ACTS = 24, 36
local SIZE, NODE = 12, 7

-- Of so few arrows, each has its number on it.
local MOST_NUMBERS = 12

local function raise(message, ...)
  core.raise{ code = "misuse", message = message:format(...) }
end

-- ---------------------------------------------------------------------------- Parties and acts

--- Checks that rows which name their columns have one: without it, no act would be found.
local function check_column(list, option, name)
  for _, column in ipairs(list.columns or { name }) do
    if column == name then return end
  end
  raise("%s: no column %s: the columns are %s", option, core.shown(name),
    core.shown(table.concat(list.columns, ", ")))
end

--- Adds up the acts by who does them and to whom.
local function read(list, options)
  local from, to = options.actor or "actor", options.target or "target"
  local value = options.value or list.measures and list.measures[1] or "count"
  check_column(list, "actor", from)
  check_column(list, "target", to)
  local read_in = { acts = {}, parties = {}, itself = 0, without = 0 }
  local function party(name)
    local known = read_in.parties[name]
    if not known then
      known = { name = name, total = 0, to = {} }
      read_in.parties[name], read_in.parties[#read_in.parties + 1] = known, known
    end
    return known
  end
  for i, row in ipairs(list) do
    local number = row[value] == nil and 1 or row[value]
    if type(number) ~= "number" or number < 0 then
      raise("argument 1: expected numbers of 0 or more in column %s, got %s in row %d",
        core.shown(value), type(number) == "number" and number or "a " .. type(number), i)
    elseif row[from] == nil or row[to] == nil then
      read_in.without = read_in.without + number
    elseif row[from] == row[to] then
      read_in.itself = read_in.itself + number
    elseif number > 0 then
      local a, b = party(layout.cell(row[from])), party(layout.cell(row[to]))
      a.total, b.total = a.total + number, b.total + number
      a.to[b] = (a.to[b] or 0) + number
    end
  end
  return read_in
end

local function by_total(a, b)
  if a.total ~= b.total then return a.total > b.total end
  return byte_order.before(a.name, b.name)
end

--- The parties with the most acts.
local function greatest(parties)
  local order = table.move(parties, 1, #parties, 1, {})
  table.sort(order, by_total)
  return table.move(order, 1, math.min(#order, MOST_PARTIES), 1, {})
end

--- The acts among parties, the least first, so that the most stand on top; those of the least are
-- left out where there are too many to tell them apart.
-- @treturn {table,...}
-- @treturn integer how many are left out
local function acts_among(parties)
  local acts = {}
  for _, from in ipairs(parties) do
    for _, to in ipairs(parties) do
      if from.to[to] then acts[#acts + 1] = { from = from, to = to, number = from.to[to] } end
    end
  end
  table.sort(acts, function(a, b)
    if a.number ~= b.number then return a.number < b.number end
    if a.from ~= b.from then return byte_order.before(b.from.name, a.from.name) end
    return byte_order.before(b.to.name, a.to.name)
  end)
  local shown = table.move(acts, math.max(1, #acts - MOST_ACTS + 1), #acts, 1, {})
  return shown, #acts - #shown
end

--- The parties that acts are of: first the one with the most, then beside each the one it has most
-- to do with.
local function arranged(parties, acts)
  local left, has = {}, {}
  for _, act in ipairs(acts) do has[act.from], has[act.to] = true, true end
  for _, party in ipairs(parties) do
    if has[party] then left[#left + 1] = party end
  end
  local list = { table.remove(left, 1) }
  while left[1] do
    local last, best, most = list[#list], 1, -1
    for i, party in ipairs(left) do
      local number = (last.to[party] or 0) + (party.to[last] or 0)
      if number > most then best, most = i, number end
    end
    list[#list + 1] = table.remove(left, best)
  end
  return list
end

-- -------------------------------------------------------------------------------------- Drawing

--- Puts the parties on a circle, from the top clockwise.
local function put_on_circle(parties, x, y, radius)
  for i, party in ipairs(parties) do
    local angle = 2 * math.pi * (i - 1) / #parties
    party.x, party.y = x + radius * math.sin(angle), y - radius * math.cos(angle)
  end
end

--- An arrow that bends to the left of its way, so that those of two ways stand apart.
-- @treturn function tells where a part of its way is, from 0 to 1
local function draw_act(picture, act, centre, scale)
  local from, to = act.from, act.to
  local dx, dy = to.x - from.x, to.y - from.y
  local length = math.sqrt(dx * dx + dy * dy)
  local inward = 0.25
  local bend_x = (from.x + to.x) / 2 + (centre.x - (from.x + to.x) / 2) * inward
    + dy / length * 14
  local bend_y = (from.y + to.y) / 2 + (centre.y - (from.y + to.y) / 2) * inward
    - dx / length * 14
  local function toward(party, distance)
    local x, y = bend_x - party.x, bend_y - party.y
    local far = math.max(math.sqrt(x * x + y * y), 1e-9)
    return party.x + x / far * distance, party.y + y / far * distance
  end
  local start_x, start_y = toward(from, NODE + 1)
  local end_x, end_y = toward(to, NODE + 4)
  picture:add("path", {
    d = picture.path{ "M", start_x, start_y, "Q", bend_x, bend_y, end_x, end_y },
    fill = "none", stroke = "blue",
    ["stroke-width"] = 1 + scale.widest * act.number / scale.most,
    ["stroke-opacity"] = 0.75, ["marker-end"] = picture:arrow("blue"),
  }, ("%s → %s: %s"):format(from.name, to.name, digits.text(act.number)))
  return function(part)
    local rest = 1 - part
    return rest * rest * start_x + 2 * rest * part * bend_x + part * part * end_x,
      rest * rest * start_y + 2 * rest * part * bend_y + part * part * end_y
  end
end

-- Where on an arrow its number may stand, as parts of its way.
local PLACES = { 0.5, 0.4, 0.6, 0.3, 0.7 }

--- Writes the number of each arrow on it, where no other number and no party is.
local function put_numbers(picture, acts, ways, parties)
  local taken = {}
  for i, party in ipairs(parties) do
    taken[i] = { x = party.x, y = party.y, width = 2 * NODE + 4, height = 2 * NODE + 4 }
  end
  local function is_free(box)
    for _, other in ipairs(taken) do
      if math.abs(box.x - other.x) < (box.width + other.width) / 2
          and math.abs(box.y - other.y) < (box.height + other.height) / 2 then
        return false
      end
    end
    return true
  end
  local function place(act, way)
    local text = digits.text(act.number)
    for _, part in ipairs(PLACES) do
      local x, y = way(part)
      local box = { x = x, y = y, width = lettering.width(text, SIZE) + 4, height = SIZE + 4 }
      if is_free(box) then
        taken[#taken + 1] = box
        picture:label{ x = x, y = y + 4, text = text, size = SIZE, anchor = "middle", halo = true }
        return true
      end
    end
    return false
  end
  for i = #acts, 1, -1 do
    if not place(acts[i], ways[i]) then picture.dropped = picture.dropped + 1 end
  end
end

--- Writes the names beside the circle, those of each half below each other; false where there is no
-- room.
local function name_beside(picture, parties, centre, radius, top, bottom)
  for _, side in ipairs{ -1, 1 } do
    local list = {}
    for i, party in ipairs(parties) do
      local right = party.x > centre.x + 1 or math.abs(party.x - centre.x) <= 1 and i == 1
      if right == (side == 1) then
        list[#list + 1] = { at = party.y, height = 16, party = party }
      end
    end
    if not labels.spread(list, top, bottom) then
      return false
    end
    local x = centre.x + side * (radius + 24)
    for _, label in ipairs(list) do
      local party = label.party
      picture:add("path", { d = picture.path{ "M", party.x + side * (NODE + 1), party.y, "L", x,
        label.placed }, stroke = "rule", fill = "none", ["stroke-width"] = 1 })
      picture:label{ x = x + side * 4, y = label.placed + 4, text = party.name, size = SIZE,
        anchor = side == 1 and "start" or "end", halo = true,
        most = side == 1 and picture.width - x - 4 or x - 4 }
    end
  end
  return true
end

--- Writes a number upon each party, and the names below.
local function name_below(picture, parties, y)
  for i, party in ipairs(parties) do
    picture:label{ x = party.x, y = party.y + 3.5, text = tostring(i), size = 10, fill = "paper",
      anchor = "middle" }
    for _, line in ipairs((lettering.wrap(("%d %s"):format(i, party.name), SIZE, picture.width, 2)))
    do
      y = y + 15
      picture:label{ x = 0, y = y, text = line, size = SIZE }
    end
  end
  return y
end

local function notes_of(found, shown, acts, left_out, unit)
  local notes, number = {}, 0
  for _, act in ipairs(acts) do number = number + act.number end
  notes[1] = ("%s %s shown; the thicker an arrow, the more.%s"):format(digits.text(number),
    number == 1 and "act is" or "acts are", unit and (" Unit: %s."):format(unit) or "")
  local function add(count, text)
    if count > 0 then notes[#notes + 1] = text:format(digits.text(count)) end
  end
  add(#found.parties - shown, "%s more parties, those with the least, are not shown.")
  add(left_out, "%s more arrows, those of the least acts, are not shown.")
  add(found.itself, "%s of a party on itself: not shown.")
  add(found.without, "%s without an actor or a target: not shown.")
  return notes
end

local function describe(acts)
  local parts = {}
  for i = #acts, math.max(1, #acts - 19), -1 do
    parts[#parts + 1] = ("%s on %s: %s"):format(acts[i].from.name, acts[i].to.name,
      digits.text(acts[i].number))
  end
  if #acts > 20 then parts[#parts + 1] = ("and %d more"):format(#acts - 20) end
  return #parts > 0 and table.concat(parts, "; ") .. "." or "Nothing is on record."
end

--- Draws a network.
-- @tparam table picture
-- @tparam {table,...} list rows, each of an actor and a target
-- @tparam table options `actor`, `target` and `value`, the columns ("actor", "target", the first
--   measure or "count"; a row without it counts as 1); `headed`
-- @treturn number the height
function M.draw(picture, list, options)
  local found = read(list, options)
  local y = frame.heading(picture, options.headed)
  if #found.parties == 0 then
    picture.description = picture.description or "Nothing is on record."
    local notes = notes_of(found, 0, {}, 0, list.unit)
    notes[1] = "Nothing is on record."
    return frame.notes(picture, y, notes)
  end
  local chosen = greatest(found.parties)
  local acts, left_out = acts_among(chosen)
  local parties = arranged(chosen, acts)
  picture.description = picture.description or describe(acts)
  local wide = picture.width >= frame.WIDE
  local radius = math.min(picture.width * (wide and 0.22 or 0.4), 40 + #parties * 12)
  local height = math.max(2 * radius + 40, wide and (#parties // 2 + 2) * 16 or 0)
  local centre = { x = picture.width / 2, y = y + height / 2 }
  put_on_circle(parties, centre.x, centre.y, radius)
  local scale = { most = acts[#acts].number, widest = math.max(1, math.min(4, 100 / #acts)) }
  local ways = {}
  for i, act in ipairs(acts) do ways[i] = draw_act(picture, act, centre, scale) end
  for _, party in ipairs(parties) do
    local r = wide and NODE or NODE + 2
    picture:add("circle", { cx = party.x, cy = party.y, r = r, fill = "ink" }, party.name)
  end
  if #acts <= MOST_NUMBERS then put_numbers(picture, acts, ways, parties) end
  local named = wide and name_beside(picture, parties, centre, radius, y, y + height)
  y = y + height
  if not named then y = name_below(picture, parties, y) end
  return frame.notes(picture, y + 4, notes_of(found, #parties, acts, left_out, list.unit))
end

return M
