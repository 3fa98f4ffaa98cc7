--- What authorities disclose, year by year: six things that a blank cell would not tell apart.
--
--    disclosed        a figure is published
--    zero             the figure that is published is zero
--    no_figure        it is published, but the figure is not on record here
--    withheld         the authority does not publish it; `asserted_by` tells who says so
--    none_found       somebody here has looked, and found none
--    not_looked_for   nobody here has looked: nothing is on record
--
--    print(dualuse.transparency(store, { measure = "cases", during = "2015/2019" }))
-- @module dualuse.transparency

local core = require "dualuse.core"
local byte_order = require "dualuse.byte_order"
local lookup = require "dualuse.lookup"
local options = require "dualuse.options"
local rows = require "dualuse.rows"
local sets = require "dualuse.sets"

local M = {}

local COLUMNS = { "authority", "measure", "year", "value", "basis", "detail", "scope", "unit",
  "asserted_by", "sources" }

--- The words of a field of disclosures.
local function words_of(field_name)
  for _, field in ipairs(core.describe("disclosures").fields) do
    if field.name == field_name then
      return field.words
    end
  end
end

local MEASURES = words_of("measure")

-- ------------------------------------------------------------------------------------ Options

--- A time of which the first and the last year are known.
local function is_years(value)
  local expected, code = options.date(value)
  if expected then
    return 'years in EDTF, such as "2015/2019"', code
  end
  local first, last = core.edtf.bounds(value)
  if not first or not last then
    return 'years with a first and a last, such as "2015/2019"', "invalid"
  end
  return nil
end

local VALIDATORS = {
  measure = options.words(MEASURES),
  during = is_years,
  authorities = options.references,
}

-- ------------------------------------------------------------------------------------ Periods

local function year_of(day)
  return day // 10000
end

local function year_text(year)
  return ("%04d"):format(year)
end

--- The part of an interval that is sure, from and to; as ends, "" is unknown and ".." open. An end
-- with unspecified digits is sure from its last possible day on, or up to its first.
local function sure_part(from, to)
  local function bounds(text)
    if text == "" or text == ".." then
      return 0, math.maxinteger
    end
    local first, last = core.edtf.bounds(text)
    if core.edtf.parse(text).unspecified then
      return last, first
    end
    return first, last
  end
  local first, _ = bounds(from)
  local _, last = bounds(to)
  if from == "" then
    first = last
  elseif to == "" then
    last = first
  end
  return first, last
end

--- Does a period certainly have to do with a year?
local function surely_in(period, year)
  local date = core.edtf.parse(period)
  if date.uncertain or date.approximate then
    return false
  elseif date.precision ~= "interval" then
    return core.edtf.within(period, year_text(year))
  end
  local first, last = sure_part(period:match("^(.-)/(.*)$"))
  return year_of(first) <= year and (last == math.maxinteger or year_of(last) >= year)
end

--- What a period is to a year: "whole", "within" for a part of it, "longer" where it also has, or
-- may have, to do with other years; nil where it has nothing to do with it.
local function relation(period, year)
  if not core.edtf.overlaps(period, year_text(year)) then
    return nil
  end
  local first, last = core.edtf.bounds(period)
  if first == year * 10000 + 101 and last == year * 10000 + 1231 then
    return "whole"
  end
  return first and last and year_of(first) == year and year_of(last) == year and "within"
    or "longer"
end

-- --------------------------------------------------------------------------------------- Rows

--- Which of the six it is.
local function basis_of(disclosure)
  if disclosure.status ~= "published" then
    return disclosure.status
  elseif not disclosure.value then
    return "no_figure"
  end
  local exact = disclosure.qualifier == "exact" or disclosure.qualifier == "at_most"
  return disclosure.value == 0 and exact and "zero" or "disclosed"
end

local function value_detail(disclosure)
  return disclosure.value and disclosure.qualifier ~= "exact"
    and (disclosure.qualifier:gsub("_", " ")) or nil
end

local function detail_of(disclosure, place, certain, superseded)
  local parts = {}
  if place == "longer" then
    parts[1] = ("part of %s"):format(disclosure.period)
  elseif place == "within" then
    parts[1] = ("only %s"):format(disclosure.period)
  elseif place == "period" then
    parts[1] = disclosure.period
  end
  if not certain then parts[#parts + 1] = "year uncertain" end
  if place ~= "longer" then parts[#parts + 1] = value_detail(disclosure) end
  if superseded then parts[#parts + 1] = "superseded" end
  return parts[1] and table.concat(parts, "; ") or nil
end

--- In a year, figures for the whole of it come first.
local PLACES = { whole = 1, within = 2, longer = 3, period = 4, none = 5 }

local function of_which(disclosure)
  return disclosure.scope ~= nil or disclosure.destinations ~= nil or disclosure.items ~= nil
end

local function row_of(context, disclosure, year, place)
  local certain = not year or surely_in(disclosure.period, year)
  local superseded = context.superseded[disclosure.id]
  local row = {
    authority = disclosure.authority, measure = disclosure.measure, year = year,
    basis = basis_of(disclosure), period = disclosure.period, certain = certain,
    detail = detail_of(disclosure, place, certain, superseded), superseded = superseded,
    scope = disclosure.scope, destinations = disclosure.destinations, items = disclosure.items,
    unit = disclosure.unit, year_basis = disclosure.year_basis, qualifier = disclosure.qualifier,
    asserted_by = disclosure.asserted_by, published = disclosure.published,
    id = disclosure.id, key = disclosure.key, place = PLACES[place],
    of_which = of_which(disclosure),
  }
  if place ~= "longer" then row.value = disclosure.value end
  row.sources, row.independent = context.look:sources(disclosure)
  return row
end

--- The rows of a disclosure: one for each year, and where it has a figure that is no year's, one
-- for the period itself.
local function add_disclosure(context, list, disclosure, first, last)
  local shown, elsewhere = false, false
  for year = first, last do
    local place = relation(disclosure.period, year)
    if place then
      list[#list + 1] = row_of(context, disclosure, year, place)
      shown, elsewhere = true, elsewhere or place == "longer"
    end
  end
  if shown and elsewhere and disclosure.value then
    list[#list + 1] = row_of(context, disclosure, nil, "period")
  end
  return shown
end

--- The years, among those asked for, of which nothing on the whole is on record.
local function add_unsought(list, from, authority, measure, first, last)
  local known = {}
  for i = from, #list do
    if list[i].year and not list[i].of_which then known[list[i].year] = true end
  end
  for year = first, last do
    if not known[year] then
      list[#list + 1] = { authority = authority, measure = measure, year = year,
        basis = "not_looked_for", certain = true, sources = {}, independent = 0,
        place = PLACES.none, of_which = false }
    end
  end
end

local function text_before(a, b)
  if a == nil or b == nil then
    return a == nil and b ~= nil
  end
  return byte_order.before(a, b)
end

local function before(a, b)
  if a.authority ~= b.authority then return byte_order.numbers_first(a.authority, b.authority) end
  if a.measure ~= b.measure then return byte_order.before(a.measure, b.measure) end
  if a.year ~= b.year then return a.year ~= nil and (b.year == nil or a.year < b.year) end
  if a.of_which ~= b.of_which then return not a.of_which end
  if a.superseded ~= b.superseded then return not a.superseded end
  if a.place ~= b.place then return a.place < b.place end
  if a.period ~= b.period then return text_before(a.period, b.period) end
  return (a.id or 0) < (b.id or 0)
end

-- ---------------------------------------------------------------------------- What is asked of

--- The disclosures of a measure, by authority, and which were superseded.
local function read_disclosures(context, measure)
  local by_authority = {}
  for disclosure in context.look.view.disclosures:where{ measure = measure }:order("id"):each() do
    local list = by_authority[disclosure.authority]
    if not list then
      list = {}
      by_authority[disclosure.authority] = list
    end
    list[#list + 1] = disclosure
  end
  return by_authority
end

local function read_superseded(view)
  local superseded = {}
  for _, original in view.disclosures:where{ supersedes = { missing = false } }
    :values("supersedes") do
    superseded[view.disclosures:get(original).id] = true
  end
  return superseded
end

--- The keys of all that disclose something or caught a case.
local function known_authorities(view)
  local set = {}
  for _, authority in view.disclosures:values("authority") do set[authority] = true end
  for _, authority in view.cases:values("authority") do set[authority] = true end
  return set
end

--- The keys of the authorities asked for: those known within each, or itself if there is none.
local function authorities_of(view, references)
  local known, set = known_authorities(view), {}
  if not references then
    set = known
  end
  for _, reference in ipairs(references or {}) do
    local found = false
    for _, key in view.parties:where{ id = { within = reference } }:values("key") do
      if known[key] then
        set[key], found = true, true
      end
    end
    if not found then set[view.parties:get(reference).key] = true end
  end
  return sets.sorted(set)
end

local function measures_of(view, asked)
  if asked then
    return options.list(asked)
  end
  local list = {}
  for _, measure in ipairs(MEASURES) do
    if view.disclosures:where{ measure = measure }:exists() then list[#list + 1] = measure end
  end
  return list[1] and list or MEASURES
end

--- The first and the last year: those asked for, or those that the periods on record have. None
-- on record gives no year.
local function years_of(view, during, authorities, measures)
  if during then
    local first, last = core.edtf.bounds(during)
    return year_of(first), year_of(last)
  end
  local first, last = math.maxinteger, 0
  for _, authority in ipairs(authorities) do
    local query = view.disclosures:where{ authority = authority }
    for _, period, measure in query:values("period", "measure") do
      for _, wanted in ipairs(measures) do
        local from, to = core.edtf.bounds(period)
        if measure == wanted and from and to then
          first, last = math.min(first, year_of(from)), math.max(last, year_of(to))
        end
      end
    end
  end
  return first, last
end

--- Takes off what only served to order the rows.
local function tidy(list)
  for _, row in ipairs(list) do row.place, row.of_which = nil, nil end
end

--- What each authority has disclosed, for each year: one row for each disclosure that has, or may
-- have, to do with the year.
--
-- A figure for a time that is not within one year is not divided: it stands in the row of its own
-- period, which has no `year`; the rows of the years that it covers tell in `detail` what they are
-- part of, and have no value. Where it is uncertain whether a period covers a year, `certain` is
-- false, and `detail` says so. Figures "of which" (`scope`, `destinations`, `items`) follow those
-- of the whole; superseded ones come last. A year of which nothing on the whole is on record is
-- `not_looked_for`.
-- @param store an open store, or a view of one
-- @tparam[opt] table given `measure`, one or a list of cases, convictions, fines, licences,
--   denials: those that are on record if left out, or all if none is; `during`, the years, in EDTF:
--   from the first to the last on record if left out; `authorities`, one or a list of references:
--   those of a state are found by the state's name, too; all that disclose something or caught a
--   case if left out
-- @treturn table rows of `authority`, `measure`, `year`, `value`, `basis` (see above), `detail`,
--   `period`, `certain`, `qualifier`, `scope`, `destinations`, `items`, `unit`, `year_basis`,
--   `asserted_by`, `published`, `superseded`, `sources`, `independent` (how many of these do not
--   repeat another), `id` and `key` of the disclosure; by authority, measure and year
-- @raise `misuse` for what is no store, an unknown option or a wrong type; `invalid` for a measure
--   or authority that there is not, or for years that are none; `closed`
-- @function transparency
local function transparency(_, store, given)
  given = options.check(given, VALIDATORS, 2)
  local view = options.snapshot(store, 2)
  local references = given.authorities and {}
  for i, reference in ipairs(options.list(given.authorities) or {}) do
    references[i] = options.record(view, "parties", "authorities", reference, 2).id
  end
  local context = { look = lookup.of(view), superseded = read_superseded(view) }
  local authorities, measures = authorities_of(view, references), measures_of(view, given.measure)
  local first, last = years_of(view, given.during, authorities, measures)

  local list, outside = {}, 0
  for _, measure in ipairs(measures) do
    local by_authority = read_disclosures(context, measure)
    for _, authority in ipairs(authorities) do
      local from = #list + 1
      for _, disclosure in ipairs(by_authority[authority] or {}) do
        if not add_disclosure(context, list, disclosure, first, last) then
          outside = outside + 1
        end
      end
      add_unsought(list, from, authority, measure, first, last)
    end
  end
  table.sort(list, before)
  tidy(list)
  local result = rows.new(list, { columns = COLUMNS, title = "Transparency",
    notes = outside > 0 and { ("disclosures for other years: %d"):format(outside) } or {} })
  result.outside = outside
  return result
end

return setmetatable(M, { __call = transparency })
