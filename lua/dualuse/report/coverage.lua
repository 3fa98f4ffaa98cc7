--- What the store does not cover, as a part of a report.
-- @module dualuse.report.coverage

local core = require "dualuse.core"
local document = require "dualuse.report.document"
local licences = require "dualuse.report.licences"
local lists = require "dualuse.screen.lists"
local precision = require "dualuse.precision"
local transparency = require "dualuse.report.transparency"
local wording = require "dualuse.report.wording"

local M = {}

--- Kinds of which nothing is on record: in the dispute, or where kinds belong to none in the store.
local function kinds_item(subject)
  local empty, of_dispute = {}, {}
  for _, kind in ipairs(subject.of_dispute) do of_dispute[kind] = subject.dispute ~= nil end
  for _, kind in ipairs(subject.kinds) do
    local found
    if of_dispute[kind.kind] then
      found = subject.scope:records(kind.kind)[1] ~= nil
    else
      found = subject.view[kind.kind]:exists()
    end
    if not found then empty[#empty + 1] = kind.kind end
  end
  return empty[1] and ("Nothing is on record of these kinds: %s."):format(wording.listed(empty))
end

--- The earliest and the latest publication among some sources, in words, and how many do not tell.
local function published(sources)
  local first, last, undated = nil, nil, 0
  for _, entry in ipairs(sources) do
    local text, from, to = entry.source.published, nil, nil
    if text then from, to = core.edtf.bounds(text) end
    if from and to then
      if not first or from < first.day then first = { day = from, text = text } end
      if not last or to > last.day then last = { day = to, text = text } end
    else
      undated = undated + 1
    end
  end
  return first and precision.words(first.text), last and precision.words(last.text), undated
end

--- Which sources it rests on, and between when they were published.
local function sources_item(subject)
  local sources, keys = subject.sources, {}
  if #sources == 0 then
    return "No source is cited for any of it."
  end
  for i, entry in ipairs(sources) do keys[i] = entry.key end
  local first, last, undated = published(sources)
  local text = "All rests on " .. wording.counted(#sources, "source", "sources")
  if first then
    text = ("%s, published %s: what became known later is not in it."):format(text,
      first == last and first or ("from %s to %s"):format(first, last))
  else
    text = text .. "."
  end
  if undated > 0 then
    text = ("%s Of %s the day of publication is not on record."):format(text,
      wording.counted(undated, "source", "sources"))
  end
  return { text .. " ", document.cite(keys) }
end

--- Records that name no dispute, where one was asked for.
local function elsewhere_item(subject)
  if not subject.dispute then
    return nil
  end
  local parts = {}
  for _, kind in ipairs{ "events", "cases", "questions", "measures" } do
    local count = subject.view[kind]:where{ dispute = { missing = true } }:count()
    if kind == "measures" then
      -- Those that a measure of the dispute names in `excepts` belong to it all the same.
      for _, measure in ipairs(subject.scope:records("measures")) do
        if not measure.dispute then count = count - 1 end
      end
    end
    if count > 0 then
      parts[#parts + 1] = wording.counted(count, core.describe(kind).singular, kind)
    end
  end
  return parts[1] and ("In the store, but not told here, since no dispute is named: %s."):format(
    wording.listed(parts))
end

local function undated_item(subject)
  local count = subject.chronology.undated
  return count > 0 and ("%s no date on record, and %s at the end of the chronology."):format(
    wording.counted(count, "record has", "records have"), count == 1 and "stands" or "stand")
end

--- Disclosed cases that are not known one by one.
local function gap_items(subject, items)
  for _, figure in ipairs(subject.figures) do
    local question, answer = figure.question, figure.answer
    if answer.cases.compared and not question.scope and not question.destination
        and not question.item then
      local widest
      for _, row in ipairs(answer) do
        if row.gap and row.gap.least and row.gap.least > 0 and row.basis == "disclosed"
            and (not widest or row.gap.least > widest.gap.least) then
          widest = row
        end
      end
      if widest then
        items[#items + 1] = { ("Of the %s %s that %s disclosed for the period %s, %s not known one "
          .. "by one. "):format(wording.range(widest.value or widest.least,
            widest.value or widest.most), question.measure,
          subject.look:name("parties", question.authority), precision.words(widest.period),
          wording.range(widest.gap.least, widest.gap.most) .. " are"),
          document.cite(widest.sources) }
      end
    end
  end
end

--- Years of which nobody looked for figures.
local function years_items(subject, items)
  for _, list in ipairs(transparency.by_authority(subject.transparency)) do
    if #list.years > 0 then
      items[#items + 1] = ("Nobody looked for what %s discloses of %s: %s."):format(
        subject.look:name("parties", list.authority), list.measure, wording.years(list.years))
    end
  end
end

local function lists_item(subject)
  local held = {}
  for _, list in subject.view.listings:values("list") do held[#held + 1] = { list = list } end
  for _, entry in ipairs(held) do entry.short = lists.short(entry.list) end
  local missing = lists.missing(held, nil)
  return missing[1] and ("Restricted-party lists that are not in the store, by the names that the "
    .. "US Consolidated Screening List has for them: %s."):format(table.concat(missing, ", "))
end

local function licences_item(subject)
  local names = {}
  for i, item in ipairs(licences.items(subject)) do
    if i > 12 then break end
    names[i] = item.name
  end
  return names[1] and ("Licences are told of for %s only, and only as far as measures are on "
    .. "record: where none is, that does not mean that no licence was needed.")
    :format(wording.listed(names))
end

--- What a reader must not conclude from this report.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local items, list = {}, {}
  local function add(text) if text then items[#items + 1] = text end end
  add(sources_item(subject))
  add(kinds_item(subject))
  add(undated_item(subject))
  add(elsewhere_item(subject))
  gap_items(subject, items)
  years_items(subject, items)
  add(licences_item(subject))
  add(lists_item(subject))
  for i, text in ipairs(items) do list[i] = document.item(text) end
  return document.section("coverage", "What this does not cover", { document.list(list) })
end

return M
