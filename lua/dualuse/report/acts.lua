--- Who acts on whom, as a part of a report.
-- @module dualuse.report.acts

local digits = require "dualuse.digits"
local document = require "dualuse.report.document"
local sets = require "dualuse.sets"
local wording = require "dualuse.report.wording"

local M = {}

-- As many rows does the table have.
local MOST_ROWS = 25

-- Of what a source does not say outright that it happened.
local DOUBTS = { "reported", "alleged", "denied" }

--- What of some events is not sure to have happened: how many by word, and on which sources.
local function new_doubts(subject)
  return { counts = {}, citing = subject:citing() }
end

local function add_doubt(doubts, status, sources)
  if status and status ~= "confirmed" then
    doubts.counts[status] = (doubts.counts[status] or 0) + 1
    doubts.citing:add(sources)
  end
end

--- The same in words: "1 alleged, 2 denied"; nil of none.
local function doubts_text(doubts)
  local parts = {}
  for _, status in ipairs(DOUBTS) do
    if doubts.counts[status] then
      parts[#parts + 1] = ("%s %s"):format(digits.text(doubts.counts[status]), status)
    end
  end
  return parts[1] and table.concat(parts, ", ")
end

--- The pairs with the most events first, else in the order in which they are. There may be many,
-- most of them with few events: only the numbers are sorted.
local function by_count(list)
  local by, counts, all = {}, {}, {}
  for _, pair in ipairs(list) do
    if not by[pair.count] then by[pair.count], counts[#counts + 1] = {}, pair.count end
    table.insert(by[pair.count], pair)
  end
  table.sort(counts, function(a, b) return a > b end)
  for _, count in ipairs(counts) do table.move(by[count], 1, #by[count], #all + 1, all) end
  return all
end

--- Counts the events that may have been in the time asked for by actor and target, in one look at
-- each: there may be many.
-- @treturn {table,...} each with `actor`, `target` and `count`, and `doubts` where it has any; the
--   most frequent first, then that of which the first event came first
-- @treturn table `count` and `citing`, of events that name no actor or no target
local function pairs_of(subject)
  local list, by, without = {}, {}, { count = 0, citing = subject:citing() }
  for _, actor, target, status, sources in subject.events:values("actor", "target", "status",
      "sources") do
    if not actor or not target then
      without.count = without.count + 1
      without.citing:add(sources)
    else
      by[actor] = by[actor] or {}
      local pair = by[actor][target]
      if not pair then
        pair = { actor = actor, target = target, count = 0 }
        by[actor][target], list[#list + 1] = pair, pair
      end
      pair.count = pair.count + 1
      if status and status ~= "confirmed" then
        pair.doubts = pair.doubts or new_doubts(subject)
        add_doubt(pair.doubts, status, sources)
      end
    end
  end
  return by_count(list), without
end

-- Fewer events, in fewer months, make no line.
local FEWEST_EVENTS, FEWEST_MONTHS, MOST_MONTHS = 24, 6, 2400

--- Events month by month, as rows for a picture; nil where they make no line.
local function by_month(subject)
  local rows, events, months = subject.events:group{ "month" }, 0, 0
  for _, row in ipairs(rows) do
    if not row.undated and not row.unbounded and row.count > 0 then
      events, months = events + row.count, months + 1
    end
  end
  if events < FEWEST_EVENTS or months < FEWEST_MONTHS then
    return nil
  end
  local filled = rows:fill()
  return #filled <= MOST_MONTHS and filled or rows
end

--- How many of all these events are not sure to have happened; nil where all are.
local function doubts_paragraph(subject, list)
  local events, all = 0, new_doubts(subject)
  for _, pair in ipairs(list) do
    events = events + pair.count
    if pair.doubts then
      all.citing:add(pair.doubts.citing.keys)
      for status, count in pairs(pair.doubts.counts) do
        all.counts[status] = (all.counts[status] or 0) + count
      end
    end
  end
  local text = doubts_text(all)
  return text and document.paragraph{
    ("Of %s, not all are sure to have happened: %s. "):format(
      wording.counted(events, "event", "events"), text), all.citing:run() }
end

--- Adds to some pairs what `kinds` of events they have, in the order in which they came, and on
-- which sources these rest, `citing`: in one look at what those actors do to those targets.
local function add_kinds(subject, list)
  local by, actors, targets = {}, {}, {}
  for _, pair in ipairs(list) do
    pair.kinds, pair.has, pair.citing = {}, {}, subject:citing()
    by[pair.actor] = by[pair.actor] or {}
    by[pair.actor][pair.target] = pair
    actors[pair.actor], targets[pair.target] = true, true
  end
  local query = subject.events:where{ actor = sets.sorted(actors), target = sets.sorted(targets) }
  for _, actor, target, kind, sources in query:values("actor", "target", "kind", "sources") do
    local pair = by[actor][target]
    if pair then
      if not pair.has[kind] then pair.has[kind], pair.kinds[#pair.kinds + 1] = true, kind end
      pair.citing:add(sources)
    end
  end
end

--- What kinds of events a pair has, and how sure they are.
local function kinds_text(pair)
  local doubts = pair.doubts and doubts_text(pair.doubts)
  return table.concat(pair.kinds, ", ") .. (doubts and "; " .. doubts or "")
end

local COLUMNS = {
  { id = "actor", label = "Who" }, { id = "target", label = "On whom" },
  { id = "events", label = "Events", number = true }, { id = "kinds", label = "What kind" },
  { id = "sources", label = "Sources" },
}

--- The table of the pairs with the most events.
local function table_of(subject, list)
  local rows, look = {}, subject.look
  add_kinds(subject, list)
  for i, pair in ipairs(list) do
    rows[i] = {
      document.cell(look:name("parties", pair.actor), pair.actor),
      document.cell(look:name("parties", pair.target), pair.target),
      document.cell(digits.text(pair.count), pair.count),
      document.cell(kinds_text(pair)), document.cell(pair.citing:run()),
    }
  end
  return document.table("Pair by pair", COLUMNS, rows)
end

--- Events of this dispute, in which somebody acts on somebody.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local list, without = pairs_of(subject)
  local blocks, months = {}, by_month(subject)
  if #list > 0 then
    local drawn = {}
    for i, pair in ipairs(list) do
      drawn[i] = { actor = subject.look:name("parties", pair.actor),
        target = subject.look:name("parties", pair.target), count = pair.count }
    end
    blocks[1] = document.figure("network", "Who acts on whom, in number of events", drawn)
    blocks[2] = table_of(subject, table.move(list, 1, math.min(#list, MOST_ROWS), 1, {}))
  else
    blocks[1] = document.paragraph(wording.nothing)
  end
  if months then
    table.insert(blocks, 1, document.figure("lines", "Events month by month", months))
  end
  if #list > MOST_ROWS then
    blocks[#blocks + 1] = document.paragraph(("%s left out of the table."):format(
      wording.counted(#list - MOST_ROWS, "more pair is", "more pairs are")))
  end
  blocks[#blocks + 1] = doubts_paragraph(subject, list)
  if without.count > 0 then
    blocks[#blocks + 1] = document.paragraph{
      ("%s no actor or no target, and %s not here. "):format(
        wording.counted(without.count, "event has", "events have"),
        without.count == 1 and "is" or "are"),
      without.citing:run() }
  end
  return document.section("acts", "Who acts on whom", blocks)
end

return M
