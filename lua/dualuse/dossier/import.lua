--- Reads a dossier into a store: all of it in one transaction.
-- @module dualuse.dossier.import

local blame = require "dualuse.blame"
local chunks = require "dualuse.chunks"
local core = require "dualuse.core"
local progress = require "dualuse.progress"
local putting = require "dualuse.dossier.putting"
local reading = require "dualuse.dossier.reading"
local rejects_of = require "dualuse.import.rejects"
local result_of = require "dualuse.import.result"

local M = {}

-- What is raised to undo the transaction.
local undo = {}

-- What is wrong with a line, rather than with the store or the file.
local of_a_line = { invalid = true, constraint = true, misuse = true }

local Import = {}
Import.__index = Import

--- A function of the caller's, which may raise what it likes; anything else as it is.
local function outside(value)
  return type(value) == "function" and blame.outside(value) or value
end

--- A function that opens the source, as often as it is called where that is needed.
local function opener(source, again)
  local own = outside(source)
  if type(source) == "string" or not again then
    return function() return chunks.open(own, 1) end
  end
  local copy, why = io.tmpfile()
  if not copy then core.raise{ code = "io", message = "cannot make a temporary file: " .. why } end
  local from <close> = chunks.open(own, 1)
  for chunk in function() return from:read() end do
    local ok, problem = copy:write(chunk)
    if not ok then core.raise{ code = "io", message = "cannot copy the source: " .. problem } end
  end
  return function()
    copy:seek("set")
    return chunks.open(copy, 1)
  end
end

--- Counts a line; or, with -1, takes that back.
function Import:count(outcome, by)
  self.counts.read = self.counts.read + (by or 1)
  self.counts[outcome] = self.counts[outcome] + (by or 1)
end

--- A line's place, for messages.
local function place(self, number)
  return (self.source.name and core.shown(self.source.name) .. ", " or "") .. "line " .. number
end

--- A line cannot be read. It stops the import, or is counted.
local function reject(self, number, text, problem)
  if type(problem) ~= "table" or not of_a_line[problem.code] then
    error(problem, 0)
  elseif not self.continue then
    core.raise{ code = problem.code == "constraint" and "constraint" or "invalid",
      kind = problem.kind, field = problem.field,
      message = ("%s: %s"):format(place(self, number), problem.message) }
  end
  local reason, about = problem.message, ("%s.%s: "):format(problem.kind, problem.field)
  if reason:sub(1, #about) == about then reason = reason:sub(#about + 1) end
  self.bad[number] = true
  self:count("rejected")
  if not self.told[number] then
    self.told[number] = true
    self.rejects:add(number, problem.field, reason, text)
  end
end

local counted = { added = "added", updated = "updated", unchanged = "duplicate" }

-- Puts an item, or lets it wait: at last, it takes the first record that may be the one.
local function put(self, item, at_last)
  local ok, what = pcall(self.putting.put, self.putting, item)
  if what == "waiting" and at_last then
    ok, what = pcall(self.putting.put, self.putting, item, true)
  end
  if not ok then
    reject(self, item.line, item.text, what)
  elseif what == "waiting" then
    self.waiting[#self.waiting + 1] = item
  else
    item.outcome = counted[what]
    self:count(item.outcome)
  end
end

--- The begin or the end of a dossier.
local function mark(self, number, which)
  if self.begun and which == "begin" then
    core.raise{ code = "invalid", message = ("%s: the dossier that begins in line %d has no end: "
      .. "it was cut off"):format(place(self, number), self.begun) }
  end
  self.begun = which == "begin" and number or nil
  self.putting:begin()
end

local function read_line(self, number, text)
  local item, problem = reading.item(self.store, text, self.record)
  if not item then
    reject(self, number, text, problem)
  elseif item.mark then
    mark(self, number, item.mark)
  else
    item.line, item.text = number, text
    put(self, item)
  end
end

local function read_lines(self)
  local number, source = 0, self.source
  local function read()
    local chunk = source:read()
    self.counts.bytes = source:position()
    self.bar:update(self.counts.bytes, number)
    return chunk
  end
  for text in reading.lines(read) do
    number = number + 1
    if self.bad[number] then
      self:count("rejected")
    elseif not reading.is_blank(text) then
      read_line(self, number, text)
    end
  end
  if self.begun then
    core.raise{ code = "invalid", message = ('%s: the dossier ends without {"dossier":"end"}: '
      .. "it was cut off"):format(place(self, number)) }
  end
end

--- Puts the lines that waited, until none can go on; what waits then does so in vain.
local function put_waiting(self)
  local stuck = false
  repeat
    local items, at_last = self.waiting, stuck
    self.waiting = {}
    for _, item in ipairs(items) do put(self, item, at_last) end
    stuck = #self.waiting == #items
  until stuck and at_last
  for _, item in ipairs(self.waiting) do
    local _, problem = pcall(self.putting.refuse, self.putting, item)
    reject(self, item.line, item.text, problem)
  end
end

--- Gives a record what it was put without; returns whether that can be done now.
local function finish(self, entry, last)
  local item = entry.item
  local ok, changed = pcall(self.putting.finish, self.putting, entry, last)
  if not ok then
    -- It has been put, and must not have been: it is left out of another attempt.
    self:count(item.outcome, -1)
    reject(self, item.line, item.text, changed)
    self.again = true
  elseif changed and item.outcome == "duplicate" then
    self:count("duplicate", -1)
    self:count("updated")
    item.outcome = "updated"
  end
  return not ok or changed ~= nil
end

local function finish_all(self)
  local entries = self.putting.unfinished
  repeat
    local left = {}
    for _, entry in ipairs(entries) do
      if not finish(self, entry, false) then left[#left + 1] = entry end
    end
    local stuck = #left == #entries
    entries = left
  until stuck
  for _, entry in ipairs(entries) do finish(self, entry, true) end
end

--- Reads everything once. Where `again` is set afterwards, all of it was undone.
local function attempt(self)
  local source <close> = self.open()
  local bar <close> = progress.open(self.progress, source.total)
  self.source, self.bar, self.again, self.begun = source, bar, false, nil
  self.counts = { read = 0, added = 0, updated = 0, duplicate = 0, rejected = 0, bytes = 0 }
  self.putting, self.waiting = putting.new(self.store), {}
  local ok, problem = pcall(self.store.transaction, self.store, function()
    read_lines(self)
    put_waiting(self)
    finish_all(self)
    if self.again or self.dry_run then error(undo, 0) end
  end, self.why)
  if not ok and problem ~= undo then
    error(problem, 0)
  end
end

--- Reads a dossier.
-- @param store
-- @param source a path, an open file, or a function that returns chunks
-- @tparam table given options, checked
-- @treturn table what was done
function M.run(store, source, given)
  local begun = core.clock()
  local rejects <close> = rejects_of.new(outside(given.on_reject))
  local continue = given.on_error == "continue"
  local self = setmetatable({ store = store, open = opener(source, continue), continue = continue,
    record = given.record,
    dry_run = given.dry_run, rejects = rejects, bad = {}, told = {},
    progress = outside(given.progress),
    why = (given.by or given.reason) and { by = given.by, reason = given.reason } or nil }, Import)
  repeat attempt(self) until not self.again
  rejects:close()
  table.sort(rejects.list, function(a, b) return a.line < b.line end)
  local result = self.counts
  result.format, result.rejects, result.dry_run = "dossier", rejects.list, given.dry_run or nil
  result.seconds = core.clock() - begun
  return result_of.of(result)
end

return M
