--- A dispute in a few sentences, and how much is on record of it, as a part of a report.
-- @module dualuse.report.summary

local core = require "dualuse.core"
local digits = require "dualuse.digits"
local document = require "dualuse.report.document"
local precision = require "dualuse.precision"
local wording = require "dualuse.report.wording"

local M = {}

-- As many contested questions are named.
local MOST_NAMED = 4

-- ------------------------------------------------------------------------------------ Sentences

local function parties_sentence(subject)
  local dispute = subject.dispute
  if not dispute or not dispute.parties then
    return nil
  end
  local names = {}
  for i, key in ipairs(dispute.parties) do names[i] = subject.look:name("parties", key) end
  return { ("Between %s%s. "):format(wording.listed(names),
    dispute.channel and "; channel: " .. wording.spaced(dispute.channel) or ""),
    subject:cite(dispute, "parties") }
end

--- The stage of a measure or membership that came last, by the last possible day.
local function latest_stage(record)
  local latest, latest_day
  for _, stage in ipairs(record.stages or {}) do
    local _, last = core.edtf.bounds(stage.date)
    last = last or math.maxinteger
    if not latest or last >= latest_day then latest, latest_day = stage, last end
  end
  return latest
end

--- What became of each measure that names the dispute.
local function measure_sentences(subject, items)
  for measure in subject.scope:each("measures") do
    local stage = latest_stage(measure)
    if stage and (not subject.dispute or measure.dispute) then
      items[#items + 1] = { ("%s, %s (%s): %s, %s. "):format(
        subject.look:name("parties", measure.jurisdiction), wording.titled(measure.title),
        wording.licences[measure.requirement], wording.spaced(stage.stage),
        precision.words(stage.date)), subject:cite(stage) }
    end
  end
end

--- What became of memberships that the dispute is about: of a white list that a party may leave.
local function membership_sentences(subject, items)
  if not subject.dispute then
    return
  end
  for membership in subject.scope:each("memberships") do
    local stage = latest_stage(membership)
    if stage and stage.stage ~= "in_force" then
      items[#items + 1] = { ("%s: %s, %s. "):format(subject.look:label("memberships", membership),
        wording.spaced(stage.stage), precision.words(stage.date)), subject:cite(stage) }
    end
  end
end

--- The figure of an answer that covers most.
local function widest_row(answer)
  local widest
  for _, row in ipairs(answer) do
    if row.basis == "disclosed" and (not widest or (row.most or 0) > (widest.most or 0)) then
      widest = row
    end
  end
  return widest
end

local function figure_sentences(subject, items)
  for _, figure in ipairs(subject.figures) do
    local question, row = figure.question, widest_row(figure.answer)
    if row and not question.scope and not question.destination and not question.item then
      local known = figure.answer.cases.compared
        and ("; %s known one by one"):format(
          wording.counted(figure.answer.cases.total, "case is", "cases are")) or ""
      items[#items + 1] = { ("%s, %s: %s disclosed for the period %s%s. "):format(
        subject.look:name("parties", question.authority), question.measure,
        row.conflict and "disputed figures" or wording.range(row.value or row.least,
          row.value or row.most), precision.words(row.period), known),
        document.cite(row.sources) }
    end
  end
end

local function questions_sentence(subject)
  local found = subject.positions
  local contested, titles, records = 0, {}, {}
  for i, question in ipairs(found.questions) do
    records[i] = subject.look:get("questions", question.id)
    if question.status == "contested" then
      contested = contested + 1
      if contested <= MOST_NAMED then titles[contested] = wording.titled(question.title) end
    end
  end
  if #records == 0 then
    return nil
  end
  local named = titles[1] and ": " .. table.concat(titles, ", ") or ""
  if contested > MOST_NAMED then
    named = ("%s and %d more"):format(named, contested - MOST_NAMED)
  end
  return { ("%d of %s contested%s. "):format(contested,
    wording.counted(#records, "question is", "questions are"), named), subject:cite_all(records) }
end

local function weak_sentence(subject)
  local count = subject.weakest.single_sourced.count
  if count == 0 then
    return nil
  end
  return ("%s on one independent source only%s."):format(
    wording.counted(count, "record or field rests", "records and fields rest"),
    subject.parts.weaknesses and ": see “What rests on little”" or "")
end

-- --------------------------------------------------------------------------------------- Counts

local COLUMNS = {
  { id = "count", label = "Number", number = true }, { id = "unit", label = "Unit" },
  { id = "what", label = "What is counted" }, { id = "sources", label = "Sources" },
}

--- How many records of a kind there are: those of the dispute, or where kinds belong to none, all
-- that are in the store.
local function kind_row(subject, kind)
  local count, what = subject.scope:count(kind.kind), kind.help
  if count == 0 or subject.dispute and kind.kind == "disputes" then
    return nil
  end
  if kind.kind == "parties" then
    what = ("%s; %s among them"):format(what, wording.counted(
      subject.view.parties:where{ kind = "state" }:count(), "state is", "states are"))
  end
  return {
    document.cell(digits.text(count), count),
    document.cell(count == 1 and core.describe(kind.kind).singular or kind.kind, kind.kind),
    document.cell(what),
    document.cell(kind.kind == "sources" and "" or subject:cite_kind(kind.kind)),
  }
end

local function counts_table(subject)
  local rows = {}
  for _, kind in ipairs(subject.kinds) do rows[#rows + 1] = kind_row(subject, kind) end
  return rows[1] and document.table(subject.dispute and "What is on record of it"
    or "What is on record", COLUMNS, rows)
end

--- The most that can be said in a few sentences.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local items, list, blocks = {}, {}, {}
  items[1] = parties_sentence(subject)
  measure_sentences(subject, items)
  membership_sentences(subject, items)
  figure_sentences(subject, items)
  items[#items + 1] = questions_sentence(subject)
  items[#items + 1] = weak_sentence(subject)
  for i, text in ipairs(items) do list[i] = document.item(text) end
  if #list > 0 then blocks[1] = document.list(list) end
  blocks[#blocks + 1] = counts_table(subject)
  if #blocks == 0 then blocks[1] = document.paragraph("Nothing is on record.") end
  return document.section("summary", "In brief", blocks)
end

return M
