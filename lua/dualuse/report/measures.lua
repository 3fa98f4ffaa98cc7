--- Licensing measures and what became of them, as a part of a report.
-- @module dualuse.report.measures

local document = require "dualuse.report.document"
local licences = require "dualuse.report.licences"
local precision = require "dualuse.precision"
local wording = require "dualuse.report.wording"

local M = {}

local function items_of(subject, measure, touched)
  local look, items = subject.look, {}
  local function add(field, label, text)
    items[#items + 1] = document.item{ document.styled("strong", label), (": %s "):format(text),
      subject:cite(measure, field) }
  end
  add("items", "items", touched or measure.items and look:names("items", measure.items)
    or "any controlled item")
  add("destinations", "destinations", measure.destinations
    and look:names("parties", measure.destinations) or "any")
  add("requirement", "requirement", wording.licences[measure.requirement]
    .. (measure.term and (" (%s)"):format(measure.term) or ""))
  if measure.activities then
    add("activities", "activities", wording.spaced(table.concat(measure.activities, ", ")))
  end
  if measure.excepts then
    add("excepts", "takes precedence over", look:names("measures", measure.excepts))
  end
  if measure.review_policy then
    add("review_policy", "how applications are decided", measure.review_policy)
  end
  if measure.penalties then add("penalties", "penalties", measure.penalties) end
  for _, stage in ipairs(measure.stages or {}) do
    items[#items + 1] = document.item({ document.styled("strong", wording.spaced(stage.stage)),
      (": %s "):format(precision.words(stage.date)), subject:cite(stage) }, nil,
      { stage = stage.stage, date = stage.date, id = stage.id })
  end
  if not measure.stages then items[#items + 1] = document.item("stages: none is on record") end
  if measure.note then add("note", "note", measure.note) end
  return items
end

--- Why a measure touches one of the items asked for; false if it does not, nil if none was.
local function why(subject, measure)
  if not subject.items then
    return nil
  end
  for _, item in ipairs(subject.items) do
    local touched = licences.touches(subject.look, measure, item)
    if touched then return touched end
  end
  return false
end

local function title_of(subject)
  if not subject.items then
    return "Measures"
  end
  local names = {}
  for i, item in ipairs(subject.items) do names[i] = item.name end
  return "Measures that touch " .. wording.listed(names, "or")
end

--- The measures of the dispute, or where items were asked for, all that touch one of these.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local blocks, entries = {}, {}
  local measures = subject.items and subject.view.measures:order("jurisdiction", "id"):all()
    or subject.scope:records("measures")
  for _, measure in ipairs(measures) do
    local touched = why(subject, measure)
    if touched ~= false then
      entries[#entries + 1] = {
        term = { ("%s: %s "):format(subject.look:name("parties", measure.jurisdiction),
          measure.title), subject:cite(measure) },
        items = items_of(subject, measure, touched),
      }
    end
  end
  blocks[1] = #entries > 0 and document.entries(entries) or document.paragraph(wording.nothing)
  return document.section("measures", title_of(subject), blocks)
end

return M
