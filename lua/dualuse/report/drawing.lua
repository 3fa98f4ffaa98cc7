--- Pictures drawn with characters: bars, sparklines and strips, of blocks or of ASCII.
-- @module dualuse.report.drawing

local cases_by_year = require "dualuse.chart.cases_by_year"
local core = require "dualuse.core"
local digits = require "dualuse.digits"
local layout = require "dualuse.layout"
local period = require "dualuse.period"

local M = {}

-- What pictures are drawn with.
local BLOCKS = {
  full = "█", derived = "▒", parts = { "▏", "▎", "▍", "▌", "▋", "▊", "▉" },
  steps = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }, nothing = " ",
  none = "·", general = "░", bulk = "▒", individual = "█", prohibited = "▓", unknown = " ",
  open = "?",
}
local ASCII = {
  full = "#", derived = "/", parts = {}, steps = { ".", "-", "=", "#" }, nothing = " ",
  none = ".", general = "-", bulk = "=", individual = "#", prohibited = "X", unknown = " ",
  open = "?",
}

local INDENT, MOST_LABEL = 4, 32

-- How long the longest bar is, in columns; where it would be shorter, none is drawn.
local MOST_BAR, LEAST_BAR = 48, 10

local function padded(text, width)
  return text .. (" "):rep(width - layout.width(text))
end

-- ----------------------------------------------------------------------------------------- Bars

--- A bar so many columns long: whole blocks, and a part of one.
local function bar(set, length, filler)
  local whole = math.floor(length)
  local part = set.parts[math.floor((length - whole) * 8)]
  if filler then part = nil end
  local text = (filler or set.full):rep(whole) .. (part or "")
  return text == "" and length > 0 and (filler or set.parts[1] or set.full) or text
end

local DRAW = {}

--- A bar for each period, the disclosed in blocks and the derived hatched.
function DRAW.cases_by_year(page, set, figure)
  local rows = cases_by_year.rows(figure.data)
  local label, most = 0, 1
  for _, entry in ipairs(rows) do
    if entry.row then
      label = math.max(label, math.min(MOST_LABEL, layout.width(page:shown(entry.text))))
      most = math.max(most, cases_by_year.reach(entry.row))
    end
  end
  -- The longest bar leaves room for what is told behind each.
  local longest = MOST_BAR
  for _, entry in ipairs(rows) do
    local value = entry.row and cases_by_year.figure(entry.row) or 0
    if value > 0 then
      local room = page.columns - INDENT - label - 3
        - layout.width(page:shown(cases_by_year.told(entry.row)))
      longest = math.min(longest, room * most // value)
    end
  end
  if longest < LEAST_BAR then
    return
  end
  for _, entry in ipairs(rows) do
    if entry.row then
      local length = cases_by_year.figure(entry.row) / most * longest
      page:line(("%s%s  %s %s"):format((" "):rep(INDENT),
        padded(layout.cut(page:shown(entry.text), label), label),
        bar(set, length, entry.row.basis == "derived" and set.derived or nil),
        page:shown(cases_by_year.told(entry.row))))
    end
  end
end

-- ----------------------------------------------------------------------------------- Sparklines

--- Numbers as a line of steps.
-- @tparam table set the characters
-- @tparam {number,...} numbers
-- @treturn string
local function sparkline(set, numbers)
  local most, parts = 0, {}
  for _, number in ipairs(numbers) do most = math.max(most, number) end
  for i, number in ipairs(numbers) do
    parts[i] = number <= 0 and set.nothing
      or set.steps[math.max(1, math.ceil(number / most * #set.steps))]
  end
  return table.concat(parts)
end

-- As many buckets have room in a line.
local MOST_BUCKETS = 62

--- The finest kind of bucket of which there are not too many between two days.
local function bucket_for(first, last)
  for _, kind in ipairs{ "day", "week", "month", "quarter", "year", "decade" } do
    local bucket = period.bucket(kind)
    local from, to = bucket.of(first), bucket.of(last)
    if to - from + 1 <= MOST_BUCKETS then
      return kind, bucket, from, to
    end
  end
  return nil
end

--- How much is dated to one bucket of time each, from the first to the last.
function DRAW.timeline(page, set, figure)
  local days, count = {}, 0
  for _, row in ipairs(figure.data) do
    local first, last
    if row.date then first, last = core.edtf.bounds(row.date) end
    if first and last then
      days[#days + 1] = { first = period.from_number(first), last = period.from_number(last),
        count = row.count or 1 }
    end
    count = count + (row.count or 1)
  end
  -- Only what is known to the month or better says where most happened.
  local from, to
  for _, day in ipairs(days) do
    if day.last - day.first <= 31 then
      from, to = math.min(from or day.first, day.first), math.max(to or day.last, day.last)
    end
  end
  local kind, bucket, first, last
  if from then kind, bucket, first, last = bucket_for(from, to) end
  if not kind or last - first < 2 then
    return
  end
  local numbers, placed, most = {}, 0, 0
  for number = first, last do numbers[number - first + 1] = 0 end
  for _, day in ipairs(days) do
    local number = bucket.of(day.first)
    if number == bucket.of(day.last) and number >= first and number <= last then
      numbers[number - first + 1] = numbers[number - first + 1] + day.count
      placed = placed + day.count
      most = math.max(most, numbers[number - first + 1])
    end
  end
  page:line(("%s%s  %s  %s"):format((" "):rep(INDENT), bucket.value(first), sparkline(set, numbers),
    bucket.value(last)))
  page:put(INDENT, ("How many a %s: at most %s; %s of %s are known to be of one %s of this line.")
    :format(kind, digits.text(most), digits.text(placed), digits.text(count), kind), INDENT)
end

--- A line for each series; a bucket without a row is empty.
function DRAW.lines(page, set, figure)
  local name, bucket
  for _, key in ipairs(figure.data.keys) do
    bucket = period.bucket(key)
    if bucket then name = key break end
  end
  local value = figure.data.measures[1]
  local first, last, by = nil, nil, {}
  for _, row in ipairs(figure.data) do
    local number = row[name] ~= nil and bucket.number(row[name])
    if number and row[value] then
      by[number] = row[value]
      first, last = math.min(first or number, number), math.max(last or number, number)
    end
  end
  if not first then
    return
  end
  first = math.max(first, last - (page.columns - 32))
  local numbers, most = {}, 0
  for number = first, last do
    numbers[#numbers + 1] = by[number] or 0
    most = math.max(most, by[number] or 0)
  end
  page:line(("%s%s  %s  %s (at most %s)"):format((" "):rep(INDENT), bucket.value(first),
    sparkline(set, numbers), bucket.value(last), digits.text(most)))
end

-- --------------------------------------------------------------------------------------- Strips

local function day_of(text)
  return text ~= ".." and period.from_number((core.edtf.bounds(text))) or nil
end

--- The day on which each column of a strip begins.
local function columns_between(lanes, count)
  local first, last
  for _, lane in ipairs(lanes) do
    for _, row in ipairs(lane.periods) do
      local day = day_of(row.from)
      if day then first, last = math.min(first or day, day), math.max(last or day, day) end
    end
  end
  if not first then
    return nil
  end
  local around = math.max(60, (last - first) // 3)
  local columns = {}
  first, last = first - around, last + around
  for i = 0, count - 1 do columns[i + 1] = first + (last - first) * i // count end
  return columns
end

local function character_at(set, periods, day)
  for _, row in ipairs(periods) do
    local from, to = day_of(row.from), day_of(row.to)
    if (not from or from <= day) and (not to or to >= day) then
      return row.certain and set[row.requirement] or set.open, row
    end
  end
  return set.unknown
end

local WORDS = { none = "no licence", general = "general", bulk = "bulk", individual = "individual",
  prohibited = "prohibited", unknown = "nothing on record" }
local ORDER = { "none", "general", "bulk", "individual", "prohibited" }

--- A strip for each way and item: a character for each stretch of time.
function DRAW.licences(page, set, figure)
  local columns = columns_between(figure.data, math.min(60, page.columns - INDENT - 2))
  if not columns then
    return
  end
  local has, open = {}, false
  for _, lane in ipairs(figure.data) do
    local strip = {}
    for i, day in ipairs(columns) do
      local character, row = character_at(set, lane.periods, day)
      strip[i] = character
      if row and row.certain then has[row.requirement] = true end
      open = open or row ~= nil and not row.certain
    end
    page:put(INDENT, lane.label)
    page:line((" "):rep(INDENT) .. table.concat(strip))
  end
  local year, month = period.date(columns[1])
  local last_year, last_month = period.date(columns[#columns])
  local from, to = ("%04d-%02d"):format(year, month), ("%04d-%02d"):format(last_year, last_month)
  page:line(("%s%s%s%s"):format((" "):rep(INDENT), from, (" "):rep(#columns - #from - #to), to))
  local legend = {}
  for _, requirement in ipairs(ORDER) do
    if has[requirement] then
      legend[#legend + 1] = ("%s %s"):format(set[requirement], WORDS[requirement])
    end
  end
  if open then legend[#legend + 1] = set.open .. " not certain" end
  page:put(INDENT, table.concat(legend, ", "), INDENT)
end

-- --------------------------------------------------------------------------------------- Tables

--- The figures themselves, in columns, or where these do not fit each row in a line.
function DRAW.heat_map(page, _, figure)
  local data, cells, right = figure.data, { {} }, {}
  for c, name in ipairs(data.columns) do
    cells[1][c], right[c] = name, c > 1
  end
  for r, row in ipairs(data) do
    cells[r + 1] = {}
    for c, name in ipairs(data.columns) do
      local value = row[name]
      cells[r + 1][c] = type(value) == "number" and digits.text(value) or layout.cell(value)
    end
  end
  if page:table(INDENT, cells, right) then
    return
  end
  for r = 2, #cells do
    local parts = {}
    for c = 2, #cells[r] do parts[c - 1] = ("%s %s"):format(cells[1][c], cells[r][c]) end
    page:put(INDENT, ("%s: %s"):format(cells[r][1], table.concat(parts, ", ")))
  end
end

--- Draws a picture on a page. Of what a table beside it tells as well, nothing is drawn.
-- @tparam table page
-- @tparam table figure a block of a document
function M.draw(page, figure)
  local draw = DRAW[figure.chart]
  if draw and #figure.data > 0 then draw(page, page.ascii and ASCII or BLOCKS, figure) end
end

return M
