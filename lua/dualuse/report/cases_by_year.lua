--- What authorities disclosed, beside what is on record and what follows, as a part of a report.
-- @module dualuse.report.cases_by_year

local digits = require "dualuse.digits"
local document = require "dualuse.report.document"
local precision = require "dualuse.precision"
local wording = require "dualuse.report.wording"

local words = precision.words

local M = {}

-- -------------------------------------------------------------------------------------- Figures

--- What the figures under one title have in common.
local function title_of(look, question)
  local parts = { wording.figures(look, question) }
  parts[#parts + 1] = question.unit and "unit " .. question.unit or "unit not told"
  parts[#parts + 1] = question.year_basis and "by year " .. question.year_basis
    or "basis of the years not told"
  return table.concat(parts, "; ")
end

local function value_text(row)
  if row.conflict then
    local list = {}
    for i, value in ipairs(row.values or {}) do list[i] = digits.text(value) end
    return "disputed" .. (list[1] and ", " .. table.concat(list, " or ") or "")
  end
  return wording.range(row.value or row.least, row.value or row.most)
end

--- When it was published, and who says so where it is not the authority: of the disclosures that a
-- figure rests on, each once.
local function telling(look, ids)
  local list, has = {}, {}
  local function add(format, value, count)
    if not has[value] then
      has[value] = true
      list[#list + 1] = (count < #ids and "in part " or "") .. format:format(value)
    end
  end
  local published, asserted = {}, {}
  for _, id in ipairs(ids) do
    local disclosure = look:get("disclosures", id)
    published[#published + 1] = disclosure.published and words(disclosure.published)
    asserted[#asserted + 1] = disclosure.asserted_by
      and look:name("parties", disclosure.asserted_by)
  end
  for _, day in ipairs(published) do add("published %s", day, #ids) end
  for _, name in ipairs(asserted) do add("as %s says", name, #asserted) end
  return list
end

--- How a figure is known: disclosed, and by whom, or derived, and from what.
local function basis_text(look, row)
  if not row.basis then
    return "nothing tells"
  end
  local parts = { row.basis }
  if row.basis == "disclosed" then
    local told = telling(look, row.records)
    table.move(told, 1, #told, 2, parts)
  end
  return table.concat(parts, ", ") .. (row.formula and ": " .. wording.formula(row.formula) or "")
end

local function recorded_text(row)
  return digits.text(row.recorded)
    .. (row.possible > 0 and (", and possibly %s more"):format(digits.text(row.possible)) or "")
end

--- How many are not on record: the gap.
local function gap_text(gap)
  if gap.most and gap.most < 0 then
    return ("%s more on record than there should be"):format(wording.range(-gap.most, -gap.least))
  end
  return wording.range(gap.least, gap.most)
end

local COLUMNS = {
  { id = "period", date = true, label = "Period" },
  { id = "value", label = "Cases", number = true },
  { id = "basis", label = "How that is known" },
}
local COMPARED = {
  { id = "recorded", label = "On record", number = true },
  { id = "gap", label = "Not on record", number = true },
}
local SOURCES = { id = "sources", label = "Sources" }

--- What the figures count: "Cases", "Fines".
local function capital(word)
  return word:sub(1, 1):upper() .. word:sub(2)
end

local function table_of(look, result, compared)
  local columns = table.move(COLUMNS, 1, #COLUMNS, 1, {})
  columns[2] = { id = "value", label = capital(result.question.measure), number = true }
  if compared then table.move(COMPARED, 1, #COMPARED, #columns + 1, columns) end
  columns[#columns + 1] = SOURCES
  local rows = {}
  for i, row in ipairs(result) do
    local cells = {
      document.cell(words(row.period), row.period),
      document.cell(value_text(row), not row.conflict and row.value or nil),
      document.cell(basis_text(look, row), row.basis),
    }
    if compared then
      cells[#cells + 1] = document.cell(recorded_text(row), row.recorded)
      cells[#cells + 1] = document.cell(gap_text(row.gap), row.gap.least)
    end
    cells[#cells + 1] = document.cell(document.cite(row.sources))
    rows[i] = cells
  end
  return document.table("Period by period", columns, rows)
end

-- ---------------------------------------------------------------------------------- Beside them

-- What stands beside the figures of an answer, and how it is called.
local BESIDE = {
  { "withheld", "Withheld" }, { "none_found", "Looked for, and none found" },
  { "unplaced", "Not placed" }, { "superseded", "Superseded, not used" },
}

local function beside_text(look, entry)
  local parts = { entry.period and words(entry.period) or "no date" }
  if entry.kind == "cases" then parts[1] = look:what("cases", look:get("cases", entry.id)) end
  if entry.value then
    parts[#parts + 1] = (entry.qualifier and wording.spaced(entry.qualifier) .. " " or "")
      .. digits.text(entry.value)
  end
  if entry.part and entry.part ~= "whole" then parts[#parts + 1] = "of which " .. entry.part end
  if entry.asserted_by then
    parts[#parts + 1] = ("as %s says"):format(look:name("parties", entry.asserted_by))
  end
  parts[#parts + 1] = entry.reason
  return table.concat(parts, ", ")
end

--- Adds what stands beside, if no answer before has shown it.
local function add_beside(items, look, result, shown)
  for _, kind in ipairs(BESIDE) do
    for _, entry in ipairs(result[kind[1]]) do
      if not shown[entry.id] then
        shown[entry.id] = true
        items[#items + 1] = document.item{ ("%s: %s "):format(kind[2], beside_text(look, entry)),
          document.cite(entry.sources) }
      end
    end
  end
end

local function conflict_item(conflict)
  local text = { ("Conflict, %s: "):format(words(conflict.period)) }
  for i, side in ipairs(conflict.claims) do
    text[#text + 1] = ("%s%s%s by %s "):format(i > 1 and "; " or "",
      side.limit and "at " .. side.limit .. " " or "", digits.text(side.value),
      wording.formula(side.formula))
    text[#text + 1] = document.cite(side.sources)
  end
  return document.item(text)
end

local function cases_item(subject, result, compared)
  local cases = result.cases
  if not compared then
    return document.item("Not set against cases: " .. (cases.reason
      or "which of them are such is not on record") .. ".")
  end
  local authority = result.question.authority
  local records = {}
  for _, row in ipairs(subject.cases) do
    local case = subject.look:get("cases", row.id)
    if case.authority == authority then records[#records + 1] = case end
  end
  return document.item{
    ("Cases on record: %s; in none of these periods: %s; without a date to place them: %s. ")
      :format(digits.text(cases.total), digits.text(cases.elsewhere), digits.text(cases.unplaced)),
    cases.total > 0 and subject:cite_all(records) or nil,
  }
end

local function items_of(subject, result, compared, shown)
  local items = {}
  for i, conflict in ipairs(result.conflicts) do items[i] = conflict_item(conflict) end
  for _, field in ipairs{ "unit", "year_basis" } do
    if result.open[field] and result.question[field] then
      items[#items + 1] = document.item(("The %s is left open by: %s"):format(
        wording.spaced(field), table.concat(result.open[field], ", ")))
    end
  end
  if #result > 0 then items[#items + 1] = cases_item(subject, result, compared) end
  add_beside(items, subject.look, result, shown)
  return items
end

--- What is told of one question; nil if nothing is.
local function question_block(subject, question, result, shown)
  local compared = result.cases.compared and not result.question.scope
  local items, blocks = items_of(subject, result, compared, shown), {}
  if #result > 1 then
    blocks[#blocks + 1] = document.figure("cases_by_year",
      ("%s: disclosed, derived and on record"):format(capital(question.measure)), result)
  end
  if #result > 0 then blocks[#blocks + 1] = table_of(subject.look, result, compared) end
  if #items > 0 then blocks[#blocks + 1] = document.list(items) end
  return #blocks > 0 and document.subsection(title_of(subject.look, question), blocks) or nil
end

--- Disclosed figures, year by year, against each other and against the cases on record.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local blocks, shown = {}, {}
  for _, figure in ipairs(subject.figures) do
    blocks[#blocks + 1] = question_block(subject, figure.question, figure.answer, shown)
  end
  if #blocks == 0 then blocks[1] = document.paragraph(wording.nothing) end
  return document.section("cases-by-year", "Cases by year, disclosed against recorded", blocks)
end

return M
