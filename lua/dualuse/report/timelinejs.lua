--- Writes the chronology of a report as JSON for TimelineJS.
--
-- TimelineJS needs a day, month or year to place an event at; what is not known so exactly is told
-- in `display_date`, in words, and the text says where it was placed and why. A month has no day, a
-- year no month. What no date on record bounds cannot be placed: the title tells of it.
--
-- TimelineJS takes texts as HTML, so that stored text is escaped as in HTML.
-- @module dualuse.report.timelinejs

local core = require "dualuse.core"
local document = require "dualuse.report.document"
local html = require "dualuse.report.html"
local json = require "dualuse.report.json"
local wording = require "dualuse.report.wording"

local M = {}

-- ---------------------------------------------------------------------------------------- Dates

--- A day, month, year or time of a day, as TimelineJS has it; nil for what is anything else.
local function exact(text)
  local year, month, day, time = text:match("^(%d%d%d%d)-?(%d?%d?)-?(%d?%d?)(T?.*)$")
  month, day = tonumber(month), tonumber(day)
  if not year or month and (month < 1 or month > 12) then
    return nil
  end
  local date = { year = tonumber(year), month = month, day = day }
  if time ~= "" then
    local hour, minute, second = time:match("^T(%d%d):(%d%d):?(%d?%d?)$")
    if not hour then
      return nil
    end
    date.hour, date.minute, date.second = tonumber(hour), tonumber(minute), tonumber(second)
  end
  return date
end

--- The time that a date without ends lies in, no finer than it is known: one date, or a first and a
-- last year.
local function around(text)
  local plain = text:gsub("[?~%%]$", ""):gsub("Z$", ""):gsub("[+-]%d%d:%d%d$", "")
  local known = exact(plain) or exact((plain:gsub("%-XX.*$", ""))) -- 2019-XX is of 2019
    or exact((plain:gsub("%-2[1-4]$", ""))) -- a season is of its year
  if known then
    return known
  end
  local first, last = core.edtf.bounds(text)
  if not first or not last or text:sub(1, 1) == "X" then
    return nil
  end
  return { year = first // 10000 }, { year = last // 10000 }
end

--- The two ends of an interval or of a set, as they are written; "" and ".." are open.
local function ends(text)
  if text:sub(1, 1) ~= "[" then
    return text:match("^(.-)/(.*)$")
  end
  local first, last
  for member in text:sub(2, -2):gmatch("[^,]+") do
    local from, to = member:match("^(.-)%.%.(.*)$")
    first, last = first or from or member, to or member
  end
  return first, last
end

local function end_date(text, which)
  if text == "" or text == ".." then
    return nil
  end
  local first, last = around(text)
  return which == "last" and last or first
end

--- Where an event is placed.
-- @treturn ?table where it starts; nil for what nothing bounds
-- @treturn ?table where it ends, if not there
-- @treturn ?string why it stands there, if that is not when it was
local function place(text)
  local date = core.edtf.parse(text)
  if date.precision ~= "interval" and date.precision ~= "set" then
    local first, last = around(text)
    return first, last, last and "It was at some time between these." or nil
  end
  local from, to = ends(text)
  local first, last = end_date(from, "first"), end_date(to, "last")
  local lasted = date.precision == "interval"
  if first and last then
    return first, last, not lasted and "It was at some time between these." or nil
  elseif first then
    return first, nil, lasted and to == ".." and "It is still running."
      or "It stands at the first time at which it may have been."
  elseif last then
    return last, nil, "It stands at the last time at which it may have been."
  end
  return nil
end

-- --------------------------------------------------------------------------------------- Events

local GROUPS = { cases = "Cases", claims = "Claims", disclosures = "Disclosures", events = "Events",
  stages = "Measures" }

--- The numbers of the sources of an item, as their titles.
local function sources_html(report, item)
  local list = {}
  for _, run in ipairs(item.runs) do
    if type(run) == "table" and run.cite then
      for _, citation in ipairs(run.cite) do
        local source = report.sources[citation.number]
        local locator = citation.locator and (" (%s)"):format(html.escaped(citation.locator)) or ""
        list[#list + 1] = html.escaped(source.record.title) .. locator
      end
      if run.inferred then list[#list + 1] = "inferred" end
    end
  end
  return list[1] and ("<p>Sources: %s</p>"):format(table.concat(list, "; "))
    or "<p>No source is cited.</p>"
end

local function event_of(report, item)
  local data = item.data
  local start, finish, why = place(data.date)
  if not start then
    return nil
  end
  local parts = { ("<p>%s</p>"):format(html.escaped(document.words(item.runs))) }
  for _, link in ipairs(item.items or {}) do
    parts[#parts + 1] = ("<p>%s</p>"):format(html.escaped(document.words(link.runs)))
  end
  if why then parts[#parts + 1] = ("<p>%s</p>"):format(html.escaped(why)) end
  parts[#parts + 1] = sources_html(report, item)
  return { start_date = start, end_date = finish, group = GROUPS[data.kind], autolink = false,
    display_date = not (exact(data.date) and not data.date:find("T")) and data.precision or nil,
    unique_id = ("%s-%d"):format(data.kind, data.id),
    text = { headline = html.escaped(data.label), text = table.concat(parts) } }
end

--- What the report is of, and what it says of the chronology, such as what is left out of it. There
-- are no numbers of sources here: their titles stand in place of them.
local function told(report)
  local list = { report.facts[1] }
  for _, section in ipairs(report.sections) do
    for _, block in ipairs(section.blocks) do
      if block.type == "paragraph" then list[#list + 1] = document.words(block.runs) end
    end
  end
  return list
end

local function each_item(report, visit)
  for _, section in ipairs(report.sections) do
    for _, block in ipairs(section.blocks) do
      for _, entry in ipairs(block.entries or {}) do
        for _, item in ipairs(entry.items) do visit(item) end
      end
    end
  end
end

--- Writes the chronology.
-- @tparam table report a document with its numbered sources
-- @treturn string one line
function M.write(report)
  local events, unplaced = {}, {}
  each_item(report, function(item)
    local event = item.data.date and event_of(report, item)
    if event then
      events[#events + 1] = event
    else
      unplaced[#unplaced + 1] = ("<p>%s</p>%s"):format(html.escaped(document.words(item.runs)),
        sources_html(report, item))
    end
  end)
  local text = {}
  for i, line in ipairs(told(report)) do text[i] = ("<p>%s</p>"):format(html.escaped(line)) end
  if #unplaced > 0 then
    text[#text + 1] = ("<p>%s:</p>%s"):format(wording.counted(#unplaced,
      "thing cannot be placed in time", "things cannot be placed in time"),
      table.concat(unplaced))
  end
  return json.encode{ events = events, title = { autolink = false, text = {
    headline = html.escaped(document.words(report.title)), text = table.concat(text) } } }
end

return M
