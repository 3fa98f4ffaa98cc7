--- A dispute on a few pages: what a store holds, what happened when, the known cases, the
-- disclosed totals, the measures that touch an item, and who says what on what is contested.
--
-- Every line tells its sources by their keys. Dates are in words, never more exact than they are
-- on record. The same revision of a store always gives the same bytes.
-- @module dualuse.report.brief

local core = require "dualuse.core"
local precision = require "dualuse.precision"

local words = precision.words

local M = {}

local COLUMNS = 100

-- ----------------------------------------------------------------------------------- Writing

local Page = {}
Page.__index = Page

--- The pieces of a word that each fit into so many columns.
local function pieces(word, most)
  local list = {}
  while utf8.len(word) > most do
    local cut = utf8.offset(word, most + 1)
    list[#list + 1] = word:sub(1, cut - 1)
    word = word:sub(cut)
  end
  list[#list + 1] = word
  return list
end

--- Adds a paragraph, filled up to the last column. Here, and nowhere else, stored text is escaped.
-- @tparam integer indent of the first line
-- @tparam string text
-- @tparam[opt] integer hanging the indent of the other lines, two more if absent
function Page:put(indent, text, hanging)
  hanging = hanging or indent + 2
  if not utf8.len(text) then -- written by another program
    text = text:gsub("[\x80-\xFF]", "?")
  end
  local line, used = (" "):rep(indent), indent
  local blank = true
  for word in core.shown(text):gmatch("%S+") do
    for _, piece in ipairs(pieces(word, COLUMNS - hanging)) do
      local width = utf8.len(piece)
      if not blank and used + 1 + width > COLUMNS then
        self[#self + 1] = line
        line, used, blank = (" "):rep(hanging), hanging, true
      end
      line = line .. (blank and "" or " ") .. piece
      used, blank = used + (blank and 0 or 1) + width, false
    end
  end
  self[#self + 1] = line
end

--- Adds a section's heading, underlined.
function Page:heading(text)
  if #self > 0 then
    self[#self + 1] = ""
  end
  self:put(0, text, 0)
  self[#self + 1] = ("-"):rep(math.min(COLUMNS, utf8.len(core.shown(text))))
end

-- ----------------------------------------------------------------------------------- Reading

-- What a brief is made from: the store as of one revision, what was asked, and the names found.
local Brief = {}
Brief.__index = Brief

--- The name or title of a record, or what stands for it.
function Brief:name(kind, reference)
  local known = self.names[kind]
  if not known[reference] then
    local record = self.view[kind]:get(reference)
    known[reference] = record and (record.name or record.title) or tostring(reference)
  end
  return known[reference]
end

function Brief:names_of(kind, references)
  local list = {}
  for i, reference in ipairs(references) do list[i] = self:name(kind, reference) end
  return table.concat(list, ", ")
end

--- The records of a kind in a given order: those of the dispute, where one was asked for.
function Brief:of_dispute(kind, ...)
  local query = self.view[kind]:order(...)
  if self.dispute then
    query = query:where{ dispute = self.dispute.key }
  end
  return query
end

--- Is one of these parties in the dispute, by itself or through its country? Anyone is, where no
-- dispute was asked for.
function Brief:concerns(...)
  if not self.dispute then
    return true
  end
  for i = 1, select("#", ...) do
    local key = select(i, ...)
    local party = key and self.view.parties:get(key)
    if party and (self.sides[party.key] or party.country and self.sides[party.country]) then
      return true
    end
  end
  return false
end

--- May a date lie in the time that was asked for?
function Brief:may_be_during(date)
  return date and (not self.during or core.edtf.overlaps(date, self.during))
end

-- ------------------------------------------------------------------------- Parts of a sentence

local function spaced(word)
  return (word:gsub("_", " "))
end

local function counted(number, one, many)
  return ("%d %s"):format(number, number == 1 and one or many)
end

--- A citation without its field: the source's key and the place in it.
local function citation_text(citation)
  if type(citation) ~= "table" then
    return tostring(citation)
  end
  local source = tostring(citation[1])
  return citation.locator and source .. " " .. citation.locator or source
end

--- "[nikkei, afp para 5]": each citation once; what is inferred says so.
local function cited(record)
  local list, has = {}, {}
  for _, citation in ipairs(record.sources or {}) do
    local text = citation_text(citation)
    if not has[text] then
      list[#list + 1] = text
      has[text] = true
    end
  end
  local sources = table.concat(list, ", ")
  if record.inferred then
    return sources == "" and "[inferred]" or "[inferred from " .. sources .. "]"
  end
  return sources == "" and "[no source]" or "[" .. sources .. "]"
end

--- The words quoted from the sources, each once.
local function quotes(record)
  local list, has = {}, {}
  for _, citation in ipairs(record.sources or {}) do
    local quote = type(citation) == "table" and citation.quote
    if quote and not has[quote] then
      list[#list + 1] = '"' .. quote .. '"'
      has[quote] = true
    end
  end
  return table.concat(list, ", ")
end

local LICENCES = {
  none = "no licence", general = "general licence", bulk = "bulk licence",
  individual = "individual licence", prohibited = "prohibited",
}

-- ----------------------------------------------------------------------------------- Summary

local function kind_line(view, kind)
  local count = view[kind.kind]:count()
  local line = ("%s: %s"):format(
    counted(count, core.describe(kind.kind).singular, kind.kind), kind.help)
  if kind.kind == "parties" then
    line = ("%s; %s among them"):format(line,
      counted(view.parties:where{ kind = "state" }:count(), "state is", "states are"))
  end
  return line, count
end

local function put_summary(brief, page)
  page:heading(("Records in the store, at revision %d"):format(brief.view:revision()))
  local empty = {}
  for _, kind in ipairs(core.describe()) do
    local line, count = kind_line(brief.view, kind)
    if count > 0 then
      page:put(2, line)
    else
      empty[#empty + 1] = kind.kind
    end
  end
  if #empty > 0 then
    page:put(2, "None: " .. table.concat(empty, ", "))
  end
end

-- -------------------------------------------------------------------------------- Chronology

local function event_text(brief, event)
  local who = {}
  if event.actor then who[#who + 1] = brief:name("parties", event.actor) end
  if event.target then who[#who + 1] = "→ " .. brief:name("parties", event.target) end
  local sides = table.concat(who, " ")
  if event.participants then
    sides = (sides == "" and "" or sides .. "; ") .. brief:names_of("parties", event.participants)
  end
  local coded = event.kind .. (sides == "" and "" or ": " .. sides)
  return event.title and ("%s (%s)"):format(event.title, coded) or coded
end

local function add_events(brief, entries)
  local query = brief:of_dispute("events", "date")
  if brief.during then
    query = query:where{ date = brief.during }
  end
  for event in query:each() do
    entries[#entries + 1] = { date = event.date, rank = 1, id = event.id,
      text = event_text(brief, event), cited = cited(event) }
  end
end

local function add_stages(brief, entries, owner, name)
  for _, stage in ipairs(owner.stages or {}) do
    if brief:may_be_during(stage.date) then
      entries[#entries + 1] = { date = stage.date, rank = 2, id = stage.id,
        text = ("%s: %s"):format(name, spaced(stage.stage)), cited = cited(stage) }
    end
  end
end

local function membership_name(brief, membership)
  return ("%s in the %s"):format(brief:name("parties", membership.member),
    brief:name("parties", membership.group))
end

local function add_all_stages(brief, entries)
  for measure in brief.view.measures:order("id"):each() do
    local is_part = brief.dispute and measure.dispute == brief.dispute.key
    if is_part or brief:concerns(measure.jurisdiction) then
      add_stages(brief, entries, measure, "Measure “" .. measure.title .. "”")
    end
  end
  for membership in brief.view.memberships:order("id"):each() do
    if brief:concerns(membership.member) then
      add_stages(brief, entries, membership, membership_name(brief, membership))
    end
  end
end

--- The disclosures that the dispute's parties made, or speak of.
local function disclosures(brief)
  local list = {}
  for disclosure in brief.view.disclosures:order("authority", "period"):each() do
    if brief:concerns(disclosure.authority, disclosure.asserted_by) then
      list[#list + 1] = disclosure
    end
  end
  return list
end

local function figure_text(disclosure)
  local text
  if disclosure.status ~= "published" then
    text = ("%s: %s"):format(disclosure.measure, spaced(disclosure.status))
  else
    local qualifier = disclosure.qualifier == "exact" and ""
      or spaced(disclosure.qualifier) .. " "
    text = disclosure.value and ("%s%d %s"):format(qualifier, disclosure.value, disclosure.measure)
      or disclosure.measure .. ": published, figure not at hand"
  end
  return ("%s, %s%s"):format(text, words(disclosure.period),
    disclosure.scope and ", " .. disclosure.scope or "")
end

local function add_disclosures(brief, entries)
  for _, disclosure in ipairs(disclosures(brief)) do
    if brief:may_be_during(disclosure.published) then
      entries[#entries + 1] = { date = disclosure.published, rank = 3, id = disclosure.id,
        text = ("Disclosure, %s: %s"):format(
          brief:name("parties", disclosure.authority), figure_text(disclosure)),
        cited = cited(disclosure) }
    end
  end
end

--- In order of the first possible day, then the last; what has none begins before all others and
-- ends after them.
local function before(a, b)
  local a_first, a_last = core.edtf.bounds(a.date)
  local b_first, b_last = core.edtf.bounds(b.date)
  a_first, b_first = a_first or 0, b_first or 0
  a_last, b_last = a_last or math.maxinteger, b_last or math.maxinteger
  if a_first ~= b_first then return a_first < b_first end
  if a_last ~= b_last then return a_last < b_last end
  if a.date ~= b.date then return a.date < b.date end
  if a.rank ~= b.rank then return a.rank < b.rank end
  return a.id < b.id
end

local function put_chronology(brief, page)
  page:heading(brief.during and "Chronology: " .. words(brief.during) or "Chronology")
  local entries = {}
  add_events(brief, entries)
  add_all_stages(brief, entries)
  add_disclosures(brief, entries)
  table.sort(entries, before)
  page:put(2, "In order of the first possible day. What is dated “on or before” may have "
    .. "happened earlier.", 2)
  local date
  for _, entry in ipairs(entries) do
    if entry.date ~= date then
      date = entry.date
      page:put(2, words(date))
    end
    page:put(4, ("%s %s"):format(entry.text, entry.cited))
  end
  if not date then
    page:put(2, "Nothing is on record.")
  end
end

-- -------------------------------------------------------------------------------- Known cases

local function case_dates(case)
  local parts = {}
  if case.exported then parts[#parts + 1] = "exported " .. words(case.exported) end
  parts[#parts + 1] = case.date and "detected " .. words(case.date) or "day of detection not told"
  return table.concat(parts, ", ")
end

local function put_cases(brief, page)
  page:heading("Cases known one by one")
  local cases, notes = brief:of_dispute("cases", "date"):all(), {}
  for _, case in ipairs(cases) do
    local items = case.items and brief:names_of("items", case.items) or "item not told"
    local destination = case.destination and brief:name("parties", case.destination)
      or "destination not told"
    page:put(2, ("%s → %s: %s; authority: %s %s"):format(items, destination, case_dates(case),
      brief:name("parties", case.authority), cited(case)))
    if case.note and not notes[case.note] then
      notes[#notes + 1] = case.note
      notes[case.note] = true
    end
  end
  for _, note in ipairs(notes) do page:put(4, "Note: " .. note) end
  if #cases == 0 then
    page:put(2, "None is on record.")
  end
end

-- --------------------------------------------------------------------------- Disclosed totals

local function month_end(year, month)
  local _, last = core.edtf.bounds(("%04d-%02d"):format(year, month))
  return last
end

-- Days are integers, YYYYMMDD.
local function day_after(day)
  local year, month = day // 10000, day // 100 % 100
  if day < month_end(year, month) then return day + 1 end
  return month == 12 and (year + 1) * 10000 + 101 or day // 100 * 100 + 101
end

local function day_before(day)
  local year, month = day // 10000, day // 100 % 100
  if day % 100 > 1 then return day - 1 end
  return month == 1 and month_end(year - 1, 12) or month_end(year, month - 1)
end

--- The time between two days as an EDTF text: 20180101 to 20190331 is 2018/2019-03.
local function period_text(first, last)
  local year = ("%04d"):format(first // 10000)
  for _, text in ipairs{ year, ("%s-%02d"):format(year, first // 100 % 100) } do
    local from, to = core.edtf.bounds(text)
    if first == from and last == to then return text end
  end
  local function text(day, is_year, is_month)
    local form = is_year and "%04d" or is_month and "%04d-%02d" or "%04d-%02d-%02d"
    return form:format(day // 10000, day // 100 % 100, day % 100)
  end
  if first == last then
    return text(first)
  end
  return text(first, first % 10000 == 101, first % 100 == 1) .. "/"
    .. text(last, last % 10000 == 1231, last == month_end(last // 10000, last // 100 % 100))
end

--- By the last possible day, and the shorter time first, so that a total follows its parts.
local function ends_before(a, b)
  local a_first, a_last = core.edtf.bounds(a.period)
  local b_first, b_last = core.edtf.bounds(b.period)
  a_first, b_first = a_first or 0, b_first or 0
  a_last, b_last = a_last or math.maxinteger, b_last or math.maxinteger
  if a_last ~= b_last then return a_last < b_last end
  if a_first ~= b_first then return a_first > b_first end
  return a.id < b.id
end

--- The first and last days of a list's figures for parts of the time from `first` to `last`.
local function parts_of(list, first, last)
  local parts = {}
  for _, other in ipairs(list) do
    local from, to = core.edtf.bounds(other.period)
    local inside = from and to and from >= first and to <= last
    if inside and (from > first or to < last) and other.value then
      parts[#parts + 1] = { from, to }
    end
  end
  table.sort(parts, function(a, b)
    if a[1] ~= b[1] then return a[1] < b[1] end
    return a[2] < b[2]
  end)
  return parts
end

--- What a figure for a longer time covers and no figure for a part of it does, as EDTF texts.
local function not_broken_down(whole, list)
  local gaps = {}
  local first, last = core.edtf.bounds(whole.period)
  local parts = whole.value and first and last and parts_of(list, first, last) or {}
  if #parts == 0 then
    return gaps
  end
  for _, part in ipairs(parts) do
    if part[1] > first then gaps[#gaps + 1] = period_text(first, day_before(part[1])) end
    first = math.max(first, day_after(part[2]))
  end
  if first <= last then gaps[#gaps + 1] = period_text(first, last) end
  return gaps
end

--- What figures that can stand in one list have in common, as its heading.
local function figures_heading(brief, disclosure)
  local parts = { brief:name("parties", disclosure.authority) .. ": " .. disclosure.measure }
  if disclosure.scope then parts[#parts + 1] = disclosure.scope end
  if disclosure.destinations then
    parts[#parts + 1] = "to " .. brief:names_of("parties", disclosure.destinations)
  end
  if disclosure.items then parts[#parts + 1] = brief:names_of("items", disclosure.items) end
  parts[#parts + 1] = disclosure.unit and "unit " .. disclosure.unit or "unit not told"
  parts[#parts + 1] = disclosure.year_basis and "by year " .. disclosure.year_basis
    or "basis of the years not told"
  return table.concat(parts, "; ")
end

local function value_text(disclosure)
  if disclosure.value then
    return ("%d (%s)"):format(disclosure.value, spaced(disclosure.qualifier))
  end
  return disclosure.status == "published" and "figure not at hand" or "no figure"
end

local function figure_line(brief, disclosure)
  local status = spaced(disclosure.status)
  if disclosure.published then status = status .. " " .. words(disclosure.published) end
  if disclosure.asserted_by then
    status = ("%s, as %s says"):format(status, brief:name("parties", disclosure.asserted_by))
  end
  return ("%s: %s; %s %s"):format(words(disclosure.period), value_text(disclosure), status,
    cited(disclosure))
end

--- The disclosures in lists under one heading each, both in order: { heading, disclosure... }.
local function figure_lists(brief)
  local lists, by_heading = {}, {}
  for _, disclosure in ipairs(disclosures(brief)) do
    local heading = figures_heading(brief, disclosure)
    local list = by_heading[heading]
    if not list then
      list = { heading = heading }
      by_heading[heading] = list
      lists[#lists + 1] = list
    end
    list[#list + 1] = disclosure
  end
  for _, list in ipairs(lists) do table.sort(list, ends_before) end
  return lists
end

local function put_gaps(page, list)
  for _, whole in ipairs(list) do
    local gaps = not_broken_down(whole, list)
    for i, gap in ipairs(gaps) do gaps[i] = words(gap) end
    if #gaps > 0 then
      page:put(4, ("Of the %d, no figure breaks down what lies %s."):format(
        whole.value, table.concat(gaps, ", and ")))
    end
  end
end

local function put_totals(brief, page)
  page:heading("Disclosed totals, not reconciled with the cases")
  local lists = figure_lists(brief)
  for _, list in ipairs(lists) do
    page:put(2, list.heading)
    for _, disclosure in ipairs(list) do page:put(4, figure_line(brief, disclosure)) end
    put_gaps(page, list)
  end
  if #lists == 0 then
    page:put(2, "None is on record.")
  end
end

-- ---------------------------------------------------------------------------------- Measures

--- An item and all that it is part of: a list of keys, from the item up.
local function lineage(brief, item)
  local list = {}
  while item do
    list[#list + 1] = item.key
    item = item.parent and brief.view.items:get(item.parent)
  end
  return list
end

--- Why a measure touches an item, in words; nil if it does not.
local function touches(brief, measure, chain)
  if not measure.items then
    return "any controlled item"
  end
  local named = {}
  for _, key in ipairs(measure.items) do named[key] = true end
  for i, key in ipairs(chain) do
    if named[key] then
      local name = brief:name("items", key)
      return i == 1 and "it names " .. name
        or ("it names %s, of which %s is part"):format(name, brief:name("items", chain[1]))
    end
  end
  return nil
end

local function measure_lines(brief, measure)
  local lines = {}
  local function add(text, ...) lines[#lines + 1] = text:format(...) end
  add("destinations: %s", measure.destinations and
    brief:names_of("parties", measure.destinations) or "any")
  add("requirement: %s%s", LICENCES[measure.requirement],
    measure.term and " (" .. measure.term .. ")" or "")
  if measure.activities then
    local activities = {}
    for i, activity in ipairs(measure.activities) do activities[i] = spaced(activity) end
    add("activities: %s", table.concat(activities, ", "))
  end
  if measure.excepts then
    add("takes precedence over: %s", brief:names_of("measures", measure.excepts))
  end
  if measure.penalties then add("penalties: %s", measure.penalties) end
  for _, stage in ipairs(measure.stages or {}) do
    add("%s: %s %s", spaced(stage.stage), words(stage.date), cited(stage))
  end
  if not measure.stages then add("stages: none is on record") end
  return lines
end

--- All measures, or those that touch the item, each with why.
local function measures_touching(brief, item)
  local list = {}
  local chain = item and lineage(brief, item)
  for measure in brief.view.measures:order("jurisdiction", "id"):each() do
    local why = not item and "" or touches(brief, measure, chain)
    if why then list[#list + 1] = { measure = measure, why = why } end
  end
  return list
end

local function put_measures(brief, page, item)
  page:heading(item and "Measures that touch " .. item.name or "Measures")
  local list = measures_touching(brief, item)
  for _, entry in ipairs(list) do
    local measure = entry.measure
    page:put(2, ("%s: %s %s"):format(brief:name("parties", measure.jurisdiction), measure.title,
      cited(measure)))
    if item then page:put(4, "items: " .. entry.why) end
    for _, line in ipairs(measure_lines(brief, measure)) do page:put(4, line) end
  end
  if #list == 0 then
    page:put(2, "None is on record.")
  end
end

-- --------------------------------------------------------------------------------- Questions

local function who(brief, claim)
  local text = claim.speaker and brief:name("parties", claim.speaker) or "widely seen"
  if claim.role then text = text .. ", " .. claim.role end
  if claim.attribution == "anonymous" then text = text .. " (anonymous)" end
  if claim.attribution == "unattributed" then text = text .. " (unattributed)" end
  return text
end

local function claim_text(brief, claim)
  local parts = { ("%s: %s"):format(claim.stance, who(brief, claim)) }
  if claim.directness then parts[#parts + 1] = claim.directness end
  if claim.date then parts[#parts + 1] = words(claim.date) end
  if claim.replies_to then
    local other = brief.view.claims:get(claim.replies_to)
    parts[#parts + 1] = "in answer to " .. (other and who(brief, other) or claim.replies_to)
  end
  local said = table.concat(parts, "; ")
  if claim.text then said = said .. ". " .. claim.text end
  local quoted = quotes(claim)
  return ("%s%s %s"):format(said, quoted == "" and "" or " " .. quoted, cited(claim))
end

local function put_questions(brief, page)
  page:heading("Contested questions, and who says what")
  local count = 0
  for question in brief:of_dispute("questions", "id"):each() do
    count = count + 1
    page:put(2, question.title)
    local claims = brief.view.claims:where{ question = question.id }:order("id")
    for claim in claims:each() do page:put(4, claim_text(brief, claim)) end
  end
  if count == 0 then
    page:put(2, "None is on record.")
  end
end

-- ------------------------------------------------------------------------------------ In all

--- The record that an option names; the mistake is that of brief's caller.
local function record_of(view, kind, option, reference)
  if reference == nil then
    return nil
  end
  local record = view[kind]:get(reference)
  if not record then
    core.raise{ code = "invalid", kind = kind, level = 3,
      message = ("brief: %s: %s names no record of %s"):format(
        option, core.shown(tostring(reference)), kind) }
  end
  return record
end

local function check_during(during)
  if during == nil then
    return
  end
  local date, why
  if type(during) == "string" then date, why = core.edtf.parse(during) end
  if not date then
    core.raise{ code = "invalid", level = 3,
      message = "brief: during is no EDTF date: " .. (why or "it is a " .. type(during)) }
  end
end

local OPTIONS = { dispute = true, during = true, item = true }

local function check_options(options)
  if type(options) ~= "table" then
    core.raise{ code = "misuse", level = 3,
      message = "brief: expected a table of options, got a " .. type(options) }
  end
  local unknown = {}
  for name in pairs(options) do
    if not OPTIONS[name] then unknown[#unknown + 1] = tostring(name) end
  end
  table.sort(unknown)
  if unknown[1] then
    core.raise{ code = "misuse", level = 3,
      message = ("brief: unknown option %s: expected dispute, during or item"):format(
        core.shown(unknown[1])) }
  end
end

--- A dispute on a few pages, as plain text of 100 columns.
-- It is of the store's newest revision: what an open transaction has written is not in it.
-- @param store an open store, or a view of one
-- @tparam[opt] table options `dispute` and `item`, references to one each; `during`, an EDTF date
--   for the chronology, which has what may overlap it. Without one of them, the report is of all
--   disputes, all time, or the measures on any item.
-- @treturn string lines, each with its line end
-- @raise `misuse` for an unknown option, `invalid` for a dispute or item that there is not, or a
--   date that is none
function M.brief(store, options)
  options = options or {}
  check_options(options)
  check_during(options.during)
  local view = store:as_of(store:revision())
  local dispute = record_of(view, "disputes", "dispute", options.dispute)
  local item = record_of(view, "items", "item", options.item)
  local brief = setmetatable({
    view = view, dispute = dispute, during = options.during, sides = {},
    names = { parties = {}, items = {}, measures = {} },
  }, Brief)
  for _, party in ipairs(dispute and dispute.parties or {}) do brief.sides[party] = true end

  local page = setmetatable({}, Page)
  if dispute then page:put(0, dispute.title .. " " .. cited(dispute), 0) end
  put_summary(brief, page)
  put_chronology(brief, page)
  put_cases(brief, page)
  put_totals(brief, page)
  put_measures(brief, page, item)
  put_questions(brief, page)
  return table.concat(page, "\n") .. "\n"
end

return M
