--- The order of a dossier: a record comes after all that it refers to, so that one pass reads it.
--
-- In each step the first record, in the order of the selection, of those whose references have all
-- been told comes next. The first that cannot be told yet waits, by name alone, for the record that
-- holds it up. Where records refer to each other in a circle, the first in it that can do without
-- goes ahead, and names by a label what comes only later.
--
-- Each step follows from what has been told and from the order of the rest. So a dossier that was
-- read is told again in the same order, though records without a key have other ids then: those
-- follow the order in which they were told.
-- @module dualuse.dossier.order

local core = require "dualuse.core"
local kinds = require "dualuse.dossier.kinds"
local naming = require "dualuse.dossier.naming"
local selection = require "dualuse.dossier.selection"

local M = {}

local Order = {}
Order.__index = Order

--- Whether one waiting record comes before another in the order of the selection.
local function comes_before(a, b)
  if a.phase ~= b.phase then
    return a.phase < b.phase
  end
  return selection.comes_before(a, b)
end

-- ------------------------------------------------------------------------------------------- Heap

--- Puts an element into a binary heap.
local function push(heap, element)
  local i = #heap + 1
  heap[i] = element
  while i > 1 and comes_before(heap[i], heap[i // 2]) do
    heap[i], heap[i // 2] = heap[i // 2], heap[i]
    i = i // 2
  end
end

--- Takes the first element out of a binary heap.
local function pop(heap)
  local first, last = heap[1], table.remove(heap)
  if #heap == 0 then return first end
  heap[1] = last
  local i = 1
  while true do
    local least = i
    for child = 2 * i, 2 * i + 1 do
      if heap[child] and comes_before(heap[child], heap[least]) then least = child end
    end
    if least == i then return first end
    heap[i], heap[least] = heap[least], heap[i]
    i = least
  end
end

-- ------------------------------------------------------------------------------------ What is told

--- The record whose line tells of a record: a stage stands in what it is a stage of.
local function line_of(self, kind, key, id)
  if kind == "stages" then
    local stage = self.view.stages:get(key or id)
    return self.names:target(kinds.of("stages").by_name.of, stage.of)
  end
  return kind, key, id
end

--- Whether the order of the selection has come to a record.
local function is_reached(self, kind, key, id)
  local phase, at = self.phases[kind], self.at
  if phase ~= self.phase or not at then
    return phase <= self.phase
  end
  return not selection.comes_before(at, { key = key, id = id })
end

--- Whether a record can be referred to: it has been told, or every store has it.
local function is_told(self, mark, kind, key, id)
  return not self.waiting[mark] and (self.everywhere[mark] or is_reached(self, kind, key, id))
end

--- The mark of the first record that holds up another, and the field that refers to it; nil where
-- there is none.
local function held_up_by(self, kind, record, own)
  local by, through
  kinds.each_reference(kind, record, function(field, value)
    local to, key, id = line_of(self, self.names:target(field, value))
    local mark = naming.mark(to, key, id)
    if mark ~= own and not is_told(self, mark, to, key, id) then
      by, through = mark, field
      return true
    end
  end)
  return by, through
end

--- Tells a record. What waited for it may come next.
local function tell(self, kind, record, mark, later)
  self.waiting[mark] = nil
  self.visit(kind, record, later)
  local waiters = self.waiters[mark]
  self.waiters[mark] = nil
  for _, waiter in ipairs(waiters or {}) do
    push(self.heap, waiter)
  end
end

--- Tells a record, or lets it wait.
local function offer(self, entry, kind, record)
  local by, through = held_up_by(self, kind, record, entry.mark)
  if not by then
    tell(self, kind, record, entry.mark)
    return
  end
  entry.by, entry.needed = by, through.required
  self.waiting[entry.mark] = entry
  local waiters = self.waiters[by] or {}
  self.waiters[by] = waiters
  waiters[#waiters + 1] = entry
end

--- Offers again what waited for a record that has been told since.
local function drain(self)
  while #self.heap > 0 do
    local entry = pop(self.heap)
    -- it may have been told itself, as the first of its circle
    if self.waiting[entry.mark] == entry then
      local kind = kinds.order[entry.phase]
      self.waiting[entry.mark] = nil
      offer(self, entry, kind, self.view[kind.kind]:get(entry.id))
    end
  end
end

-- ---------------------------------------------------------------------------------------- Circles

--- The record of a circle that goes ahead: the first that can do without what holds it up, or
-- just the first. `entry` is in the circle.
local function first_of_circle(self, entry)
  local best, at = entry, self.waiting[entry.by]
  while at ~= entry do
    if at.needed == best.needed then
      if comes_before(at, best) then best = at end
    elseif not at.needed then
      best = at
    end
    at = self.waiting[at.by]
  end
  return best
end

--- One record of each circle, in order.
local function heads_of_circles(self)
  local heads, walks = {}, {}
  local number = 0
  for _, start in pairs(self.waiting) do -- in any order: the heads are sorted
    number = number + 1
    local entry = start
    while entry and not walks[entry] do
      walks[entry] = number
      entry = self.waiting[entry.by]
    end
    if entry and walks[entry] == number then
      heads[#heads + 1] = first_of_circle(self, entry)
    end
  end
  table.sort(heads, comes_before)
  return heads
end

--- Opens circles until what still waits does so for records of later kinds.
local function open_circles(self)
  repeat
    local heads = heads_of_circles(self)
    for _, entry in ipairs(heads) do
      local kind = kinds.order[entry.phase]
      local function is_later(...)
        local to, key, id = line_of(self, ...)
        local mark = naming.mark(to, key, id)
        return mark ~= entry.mark and not is_told(self, mark, to, key, id)
      end
      tell(self, kind, self.view[kind.kind]:get(entry.id), entry.mark, is_later)
      drain(self)
    end
  until #heads == 0
end

--- Nothing waits at the end, unless a record refers to what is not there.
local function check_all_told(self)
  local _, entry = next(self.waiting)
  if entry then
    local kind = kinds.order[entry.phase]
    core.raise{ code = "corrupt", kind = kind.kind, message = ("the %s with id %d refers to a "
      .. "record that is not there"):format(kind.singular, entry.id) }
  end
end

--- Calls `visit(kind, record, later)` for all records of a selection, each after what it refers
-- to. `later` is nil, or says of a record (kind, key, id) whether it is told only later.
-- @param view the store that is read
-- @tparam table names how records are named
-- @tparam table selected which records
-- @tparam table everywhere a set of marks: records that every store has from the start
-- @tparam function visit
function M.each(view, names, selected, everywhere, visit)
  local self = setmetatable({ view = view, names = names, everywhere = everywhere, visit = visit,
    waiting = {}, waiters = {}, heap = {}, phases = {} }, Order)
  for phase, kind in ipairs(kinds.order) do
    self.phases[kind.kind] = phase
  end
  for phase, kind in ipairs(kinds.order) do
    self.phase = phase
    selected:each(kind, function(record)
      self.at = { key = record.key, id = record.id }
      local entry = { phase = phase, key = record.key, id = record.id,
        mark = naming.mark(kind.kind, record.key, record.id) }
      offer(self, entry, kind, record)
      drain(self)
    end)
    self.at = nil
    open_circles(self)
  end
  check_all_told(self)
end

return M
