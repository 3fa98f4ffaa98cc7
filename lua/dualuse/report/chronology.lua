--- What happened when, as a part of a report.
-- @module dualuse.report.chronology

local chronology = require "dualuse.chronology"
local core = require "dualuse.core"
local digits = require "dualuse.digits"
local document = require "dualuse.report.document"
local precision = require "dualuse.precision"
local wording = require "dualuse.report.wording"

local M = {}

-- ---------------------------------------------------------------------------------- The picture

--- A stage as it is called in few words: what became of what.
local function stage_label(look, stage)
  local _, of = look:find(stage.of)
  return ("%s: %s"):format(wording.spaced(stage.stage), of.title or look:what("memberships", of))
end

--- What a row is called beside its mark.
local function label_of(look, row)
  local record = look:get(row.kind, row.id)
  if row.kind == "stages" then
    return stage_label(look, record)
  elseif row.kind == "cases" then
    return ("case: %s → %s"):format(record.items and look:names("items", record.items)
      or "item not told", record.destination and look:name("parties", record.destination)
      or "destination not told")
  end
  return look:label(row.kind, record)
end

--- Rows for a picture. Disclosures published on the same day by the same authority are one.
local function picture_rows(subject, list)
  local rows, published = {}, {}
  for _, row in ipairs(list) do
    local label, authority = label_of(subject.look, row), nil
    local same
    if row.kind == "disclosures" and row.date then
      authority = subject.look:get("disclosures", row.id).authority
      same = published[authority .. "\0" .. row.date]
    end
    if same then
      same.count = same.count + 1
      same.label = ("%d figures disclosed by %s"):format(same.count,
        subject.look:name("parties", authority))
    else
      local new = { date = row.date, kind = row.kind, label = label, count = 1 }
      rows[#rows + 1] = new
      if authority then published[authority .. "\0" .. row.date] = new end
    end
  end
  return rows
end

-- Of up to so many events each is a mark of its own; of more, those of one date are one.
local MOST_SINGLE = 1000

--- In order of the first possible day, then of the last; those of the same days as they were.
local function in_order(rows)
  for i, row in ipairs(rows) do
    local first, last
    if row.date then first, last = core.edtf.bounds(row.date) end
    rows[i] = { row = row, place = i, first = row.date and (first or 0) or math.maxinteger,
      last = last or math.maxinteger }
  end
  table.sort(rows, function(a, b)
    if a.first ~= b.first then return a.first < b.first end
    if a.last ~= b.last then return a.last < b.last end
    return a.place < b.place
  end)
  for i, entry in ipairs(rows) do rows[i] = entry.row end
  return rows
end

--- Rows for a picture of all there is, which may be far more than is told one by one.
local function all_picture_rows(subject)
  local told = subject.chronology
  if told.left_out == 0 then
    return picture_rows(subject, told)
  end
  local asked = { dispute = subject.dispute_id, during = subject.during }
  local single = subject.events:count() <= MOST_SINGLE
  if not single then asked.kinds = { "cases", "disclosures", "stages" } end
  local rows = picture_rows(subject, chronology(subject.view, asked))
  if single then
    return rows
  end
  for _, group in ipairs(subject.events:group{ "date", count = "count", provenance = false }) do
    rows[#rows + 1] = { date = group.date, kind = "events", count = group.count,
      label = wording.counted(group.count, "event", "events") }
  end
  return in_order(rows)
end

-- -------------------------------------------------------------------------------------- Entries

--- What a row is, for those who read it by program.
local function data_of(subject, row)
  local first, last
  if row.date then first, last = core.edtf.bounds(row.date) end
  return { date = row.date, first = first, last = last, precision = row.precision, kind = row.kind,
    id = row.id, key = row.key, certain = row.certain, status = row.status,
    label = label_of(subject.look, row), note = row.note }
end

local function item_of(subject, row)
  local links = {}
  for i, relation in ipairs(row.relations) do
    local text = { relation.text }
    if relation.sources[1] or relation.inferred then
      text = { relation.text .. " ", document.cite(relation.sources, relation.inferred) }
    end
    links[i] = document.item(text)
  end
  local what, more = row.what, nil
  local title = subject.look:label(row.kind, subject.look:get(row.kind, row.id))
  if row.kind == "events" and what:sub(1, #title) == title then
    -- How it is coded, which matters to fewer readers.
    what, more = title, document.styled("soft", what:sub(#title + 1))
  end
  local runs = { what }
  runs[#runs + 1] = more
  runs[#runs + 1] = " "
  runs[#runs + 1] = subject:cite_by_id(row.kind, row.id)
  return document.item(runs, links, data_of(subject, row))
end

--- The rows below their dates.
local function entries_of(subject, list)
  local entries, entry = {}, nil
  for _, row in ipairs(list) do
    if not entry or entry.term ~= row.precision then
      entry = { term = row.precision, date = row.date, items = {} }
      entries[#entries + 1] = entry
    end
    table.insert(entry.items, item_of(subject, row))
  end
  return document.entries(entries)
end

--- What happened, in order of the first possible day.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local list = subject.chronology
  local title = subject.during and "Chronology: " .. precision.words(subject.during)
    or "Chronology"
  if #list == 0 then
    return document.section("chronology", title, { document.paragraph("Nothing is on record.") })
  end
  local blocks = {
    document.paragraph("In order of the first possible day. What is dated “on or before” may have "
      .. "happened earlier."),
    document.figure("timeline", "What happened when, and how exactly that is known",
      all_picture_rows(subject), { during = subject.during }),
    entries_of(subject, list),
  }
  if list.left_out > 0 then
    blocks[#blocks + 1] = document.paragraph(
      ("%s more, after these, are left out of the list: ask for a shorter time, or for more.")
        :format(digits.text(list.left_out)))
  end
  return document.section("chronology", title, blocks)
end

return M
