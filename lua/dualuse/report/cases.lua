--- The cases known one by one, as a part of a report.
-- @module dualuse.report.cases

local digits = require "dualuse.digits"
local document = require "dualuse.report.document"
local precision = require "dualuse.precision"
local wording = require "dualuse.report.wording"

local M = {}

local NOT_TOLD = "not told"

-- ------------------------------------------------------------------------------------- Outcomes

local function amount(number, unit)
  return number and (unit and ("%s %s"):format(digits.text(number), unit) or digits.text(number))
end

local function fine_text(case)
  local text = case.fine and "fine of " .. amount(case.fine, case.currency)
  if text and case.fine_suspended then
    text = ("%s, %s of it suspended"):format(text, amount(case.fine_suspended, case.currency))
  end
  return text
end

--- What came of a case.
local function outcome_text(case)
  local parts = {}
  parts[1] = case.disposition and wording.spaced(case.disposition)
  for _, outcome in ipairs(case.outcomes or {}) do
    if outcome ~= "fine" or not case.fine then parts[#parts + 1] = wording.spaced(outcome) end
  end
  parts[#parts + 1] = fine_text(case)
  parts[#parts + 1] = case.prison_months
    and wording.counted(case.prison_months, "month of prison", "months of prison")
  return parts[1] and table.concat(parts, ", ") or nil
end

local function words_text(words)
  local list = {}
  for i, word in ipairs(words or {}) do list[i] = wording.spaced(word) end
  return list[1] and table.concat(list, ", ")
end

-- ---------------------------------------------------------------------------------------- Table

-- Each column with what it has of a case: a text, or nothing, and the value behind it.
local COLUMNS = {
  { id = "item", label = "Item", of = function(look, case)
    local quantity = amount(case.quantity, case.unit)
    local items = case.items and look:names("items", case.items)
    return items and quantity and ("%s (%s)"):format(items, quantity) or items or quantity
  end },
  { id = "exporter", label = "Exporter", of = function(look, case)
    local exporter = case.exporter or case.exporter_country
    return exporter and look:name("parties", exporter), exporter
  end },
  { id = "destination", label = "Destination", of = function(look, case)
    return case.destination and look:name("parties", case.destination), case.destination
  end },
  { id = "end_user", label = "End user", of = function(look, case)
    return case.end_user and look:name("parties", case.end_user), case.end_user
  end },
  { id = "exported", date = true, label = "Exported", of = function(_, case)
    return case.exported and precision.words(case.exported), case.exported
  end },
  { id = "detected", date = true, label = "Detected", of = function(_, _, row)
    return row.precision, row.date
  end },
  { id = "offences", label = "Offence", of = function(_, case)
    return words_text(case.offences)
  end },
  { id = "outcome", label = "Outcome", of = function(_, case)
    return outcome_text(case), case.disposition
  end },
  { id = "authority", label = "Authority", of = function(look, case)
    return look:name("parties", case.authority), case.authority
  end },
}

--- The table of some cases: only columns in which at least one of them tells something.
-- @treturn table a block
-- @treturn {string,...} what none of them tells
local function table_of(subject, list)
  local rows, columns, missing = {}, {}, {}
  for i in ipairs(list) do rows[i] = {} end
  for _, column in ipairs(COLUMNS) do
    local cells, told = {}, false
    for i, row in ipairs(list) do
      local text, value = column.of(subject.look, subject.look:get("cases", row.id), row)
      told = told or text ~= nil
      cells[i] = document.cell(text or NOT_TOLD, value)
    end
    if told then
      columns[#columns + 1] = { id = column.id, label = column.label, date = column.date }
      for i, cell in ipairs(cells) do table.insert(rows[i], cell) end
    else
      missing[#missing + 1] = column.label:lower()
    end
  end
  columns[#columns + 1] = { id = "sources", label = "Sources" }
  for i, row in ipairs(list) do
    table.insert(rows[i], document.cell(subject:cite_by_id("cases", row.id)))
  end
  return document.table("Cases, one by one", columns, rows), missing
end

--- What a reader should know of some cases, each note once.
local function notes_of(subject, list)
  local items, has = {}, {}
  for _, row in ipairs(list) do
    if row.note and not has[row.note] then
      has[row.note] = true
      items[#items + 1] = document.item{ "Note: " .. row.note .. " ",
        subject:cite_by_id("cases", row.id) }
    end
  end
  return items
end

--- The cases that are known one by one, at any time.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local title = "Cases known one by one"
  if #subject.cases == 0 then
    return document.section("cases", title, { document.paragraph(wording.nothing) })
  end
  local shown, left_out = subject:first(subject.cases)
  local known, missing = table_of(subject, shown)
  local blocks = { known }
  if #missing > 0 then
    blocks[#blocks + 1] = document.paragraph(("Told of none of them: %s."):format(
      wording.listed(missing)))
  end
  if left_out > 0 then
    blocks[#blocks + 1] = document.paragraph(("%s left out of the table."):format(
      wording.counted(left_out, "more case is", "more cases are")))
  end
  local notes = notes_of(subject, shown)
  if #notes > 0 then blocks[#blocks + 1] = document.list(notes) end
  return document.section("cases", title, blocks)
end

return M
