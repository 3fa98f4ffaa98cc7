--- Who acts on whom, as a part of a report.
-- @module dualuse.report.acts

local core = require "dualuse.core"
local digits = require "dualuse.digits"
local document = require "dualuse.report.document"
local wording = require "dualuse.report.wording"

local M = {}

-- As many rows does the table have.
local MOST_ROWS = 25

-- What is read of an event.
local NEEDED = { "date", "actor", "target", "kind", "status", "sources" }

--- Events that may have been in the time asked for, by actor and target.
-- @treturn {table,...} each with `actor`, `target`, `events`, `kinds`; the most frequent first
-- @treturn {table,...} events that name no actor or no target
local function pairs_of(subject)
  local list, by, without = {}, {}, {}
  for event in subject.scope:each("events", NEEDED) do
    if subject.during and not core.edtf.overlaps(event.date, subject.during) then
      goto continue
    elseif not event.actor or not event.target then
      without[#without + 1] = event
      goto continue
    end
    local key = event.actor .. "\0" .. event.target
    local pair = by[key]
    if not pair then
      pair = { actor = event.actor, target = event.target, events = {}, kinds = {} }
      by[key], list[#list + 1] = pair, pair
    end
    table.insert(pair.events, event)
    if not pair.kinds[event.kind] then
      pair.kinds[event.kind] = true
      table.insert(pair.kinds, event.kind)
    end
    ::continue::
  end
  table.sort(list, function(a, b)
    if #a.events ~= #b.events then return #a.events > #b.events end
    return a.events[1].id < b.events[1].id
  end)
  return list, without
end

-- Fewer events, in fewer months, make no line.
local FEWEST_EVENTS, FEWEST_MONTHS, MOST_MONTHS = 24, 6, 2400

--- Events month by month, as rows for a picture; nil where they make no line.
local function by_month(subject)
  local query = subject.view.events
  if subject.dispute then query = query:where{ dispute = subject.dispute_id } end
  if subject.during then query = query:where{ date = subject.during } end
  local rows, events, months = query:group{ "month" }, 0, 0
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

--- Of how many events a source does not say outright that they happened, word by word: "1 alleged,
-- 2 denied"; nil of none.
local function doubts_text(events)
  local counts, parts = {}, {}
  for _, event in ipairs(events) do
    if event.status then counts[event.status] = (counts[event.status] or 0) + 1 end
  end
  for _, status in ipairs{ "reported", "alleged", "denied" } do
    if counts[status] then
      parts[#parts + 1] = ("%s %s"):format(digits.text(counts[status]), status)
    end
  end
  return parts[1] and table.concat(parts, ", ")
end

--- How many of all these events are not sure to have happened; nil where all are.
local function doubts_paragraph(subject, list)
  local events, doubtful = 0, {}
  for _, pair in ipairs(list) do
    events = events + #pair.events
    for _, event in ipairs(pair.events) do
      if event.status and event.status ~= "confirmed" then doubtful[#doubtful + 1] = event end
    end
  end
  return doubtful[1] and document.paragraph{
    ("Of %s, not all are sure to have happened: %s. "):format(
      wording.counted(events, "event", "events"), doubts_text(doubtful)),
    subject:cite_all(doubtful) }
end

--- What kinds of events there are, and how sure they are.
local function kinds_text(pair)
  local doubts = doubts_text(pair.events)
  return table.concat(pair.kinds, ", ") .. (doubts and "; " .. doubts or "")
end

local COLUMNS = {
  { id = "actor", label = "Who" }, { id = "target", label = "On whom" },
  { id = "events", label = "Events", number = true }, { id = "kinds", label = "What kind" },
  { id = "sources", label = "Sources" },
}

--- Events of this dispute, in which somebody acts on somebody.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local list, without = pairs_of(subject)
  local look, blocks, rows, drawn, months = subject.look, {}, {}, {}, by_month(subject)
  for i, pair in ipairs(list) do
    local actor, target = look:name("parties", pair.actor), look:name("parties", pair.target)
    drawn[i] = { actor = actor, target = target, count = #pair.events }
    if i <= MOST_ROWS then
      rows[i] = {
        document.cell(actor, pair.actor), document.cell(target, pair.target),
        document.cell(digits.text(#pair.events), #pair.events),
        document.cell(kinds_text(pair)),
        document.cell(subject:cite_all(pair.events)),
      }
    end
  end
  if #list > 0 then
    blocks[1] = document.figure("network", "Who acts on whom, in number of events", drawn)
    blocks[2] = document.table("Pair by pair", COLUMNS, rows)
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
  if #without > 0 then
    blocks[#blocks + 1] = document.paragraph{
      ("%s no actor or no target, and %s not here. "):format(
        wording.counted(#without, "event has", "events have"), #without == 1 and "is" or "are"),
      subject:cite_all(without) }
  end
  return document.section("acts", "Who acts on whom", blocks)
end

return M
