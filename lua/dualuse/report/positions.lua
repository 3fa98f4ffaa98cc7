--- Contested questions, and who says what, as a part of a report.
-- @module dualuse.report.positions

local byte_order = require "dualuse.byte_order"
local document = require "dualuse.report.document"
local lookup = require "dualuse.lookup"
local precision = require "dualuse.precision"
local rows = require "dualuse.rows"
local wording = require "dualuse.report.wording"

local M = {}

local STANCES = { "asserts", "denies", "doubts", "declines", "qualifies" }

-- --------------------------------------------------------------------------------------- Claims

local function claim_item(subject, row)
  local look, parts = subject.look, {}
  parts[1] = look:voice(row)
  if row.directness then parts[#parts + 1] = row.directness end
  if row.date then parts[#parts + 1] = precision.words(row.date) end
  if row.replies_to then
    parts[#parts + 1] = "in answer to " .. look:voice(look:get("claims", row.replies_to))
  end
  local said = table.concat(parts, "; ")
  if row.text then said = said .. ". " .. row.text end
  local runs = { document.styled("strong", row.stance), (": %s "):format(said) }
  for i, quote in ipairs(row.quotes) do
    if i > 1 then runs[#runs + 1] = ", " end
    runs[#runs + 1] = document.styled("quote", quote)
  end
  if row.quotes[1] then runs[#runs + 1] = " " end
  runs[#runs + 1] = document.cite(lookup.citations(look:get("claims", row.id)), row.inferred)
  return document.item(runs, nil, { id = row.id, key = row.key, stance = row.stance,
    state = row.state, speaker = row.speaker, role = row.role, attribution = row.attribution,
    directness = row.directness, date = row.date, text = row.text, certain = row.certain })
end

local function contradiction_item(subject, row)
  local look = subject.look
  local parts = { ("Contradiction: %s contradicts %s"):format(
    look:voice(look:get("claims", row.from)), look:voice(look:get("claims", row.to))) }
  if row.one_state then
    parts[#parts + 1] = "both of " .. look:name("parties", row.from_state)
  end
  if row.asserted_by then
    parts[#parts + 1] = "asserted by " .. look:names("parties", row.asserted_by)
  end
  if row.denied_by then
    parts[#parts + 1] = "denied by " .. look:names("parties", row.denied_by)
  end
  if row.status and row.status ~= "asserted" then parts[#parts + 1] = row.status end
  return document.item{ table.concat(parts, ", ") .. " ",
    document.cite(lookup.citations(look:get("links", row.id)), row.inferred) }
end

--- The claims on a question, below the states of those who make them.
local function claims_block(subject, list)
  local entries, term = {}, nil
  for _, row in ipairs(list) do
    local name = row.state and subject.look:name("parties", row.state)
      or "of no state: " .. row.no_state
    if name ~= term then
      term = name
      entries[#entries + 1] = { term = name, items = {} }
    end
    table.insert(entries[#entries].items, claim_item(subject, row))
  end
  return document.entries(entries)
end

-- ------------------------------------------------------------------------------------ Questions

--- The rows of each question, by its key.
local function by_question(list)
  local lists = {}
  for _, row in ipairs(list) do
    lists[row.question] = lists[row.question] or {}
    table.insert(lists[row.question], row)
  end
  return lists
end

local function question_block(subject, question, claims, contradictions)
  local blocks = {}
  if claims then
    blocks[1] = claims_block(subject, claims)
  else
    blocks[1] = document.paragraph("Nobody says anything on it.")
  end
  if contradictions then
    local items = {}
    for i, row in ipairs(contradictions) do items[i] = contradiction_item(subject, row) end
    blocks[#blocks + 1] = document.list(items)
  end
  return document.subsection({ question.title .. " ",
    document.styled("flag", ("(%s)"):format(wording.hyphened(question.status))), " ",
    subject:cite_by_id("questions", question.id) }, blocks)
end

--- How many claims of each state take which stance, as rows for a picture.
local function stances_by_state(subject, found)
  local list, by = {}, {}
  for _, row in ipairs(found) do
    local name = row.state and subject.look:name("parties", row.state) or "no state"
    if not by[name] then
      by[name] = { speaker = name }
      for _, stance in ipairs(STANCES) do by[name][stance] = 0 end
      list[#list + 1] = by[name]
    end
    by[name][row.stance] = by[name][row.stance] + 1
  end
  table.sort(list, function(a, b)
    if (a.speaker == "no state") ~= (b.speaker == "no state") then
      return b.speaker == "no state"
    end
    return byte_order.before(a.speaker, b.speaker)
  end)
  return rows.new(list, { columns = { "speaker", table.unpack(STANCES) }, keys = { "speaker" },
    measures = STANCES, unit = "claim" })
end

--- Who asserts, denies, doubts, declines or qualifies, question by question.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local found, blocks = subject.positions, {}
  local claims, contradictions = by_question(found), by_question(found.contradictions)
  if #found > 1 then
    blocks[1] = document.figure("heat_map", "Who takes which stance, in number of claims",
      stances_by_state(subject, found), { row = "speaker", columns = STANCES })
  end
  for _, question in ipairs(found.questions) do
    blocks[#blocks + 1] = question_block(subject, question, claims[question.question],
      contradictions[question.question])
  end
  if #found.unplaced > 0 then
    local items = {}
    for i, row in ipairs(found.unplaced) do
      items[i] = claim_item(subject, row)
      table.insert(items[i].runs, 1, ("Not placed, since %s: "):format(row.why))
    end
    blocks[#blocks + 1] = document.list(items)
  end
  if #blocks == 0 then blocks[1] = document.paragraph(wording.nothing) end
  return document.section("positions", "Contested questions, and who says what", blocks)
end

return M
