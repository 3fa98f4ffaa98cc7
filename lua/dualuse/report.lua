--- Reports: a dispute on a few pages, to read and to look at.
--
--    print(dualuse.report(store, { dispute = "japan-korea-2019" }))
--    dualuse.report(store, { dispute = "japan-korea-2019", path = "brief.html" })
--    dualuse.report.chronology(store, { dispute = "japan-korea-2019", to = "markdown" })
--
-- Every figure and every sentence carries the numbers of its sources, which are listed at the end,
-- in the order of first use. Dates are in words, never more exact than they are on record. What is
-- alleged or contested reads so, and what the store does not cover is told.
--
-- Each part can be had alone; together they come in the order below.
-- @module dualuse.report

local core = require "dualuse.core"
local document = require "dualuse.report.document"
local options = require "dualuse.options"
local output = require "dualuse.output"
local precision = require "dualuse.precision"
local subjects = require "dualuse.report.subject"

local M = {}

--- The names of the parts, in their order.
M.parts = { "summary", "chronology", "cases", "cases_by_year", "licences", "measures", "acts",
  "positions", "restricted", "transparency", "sources", "weaknesses", "coverage" }

-- ------------------------------------------------------------------------------------- Options

local FORMATS = { "html", "json", "markdown", "text", "timelinejs" }

-- The format that a file name asks for.
local ENDINGS = { html = "html", htm = "html", json = "json", md = "markdown",
  markdown = "markdown", txt = "text" }

local function text(value)
  if type(value) ~= "string" then
    return "a text", "misuse"
  end
  return not utf8.len(value) and "a text in UTF-8" or nil, "invalid"
end

local function format(value)
  local expected = "one of " .. table.concat(FORMATS, ", ")
  if type(value) ~= "string" then
    return expected, "misuse"
  end
  for _, known in ipairs(FORMATS) do
    if value == known then return nil end
  end
  return expected, "invalid"
end

local VALIDATORS = {
  dispute = options.reference, during = options.date, items = options.references,
  origin = options.reference, destination = options.reference,
  most = options.count(1, 1000000, "how many entries of a list"), parts = options.words(M.parts),
  title = text, now = options.date, to = format, path = text, overwrite = options.boolean,
  ascii = options.boolean, width = options.count(40, 1000, "a width in columns"),
}

--- Which format is asked for: by name, by the ending of the path, or else text.
local function format_of(given, level)
  if given.to or not given.path then
    return given.to or "text"
  end
  local ending = given.path:match("%.([A-Za-z]+)$")
  local known = ENDINGS[ending and ending:lower()]
  if not known then
    core.raise{ code = "misuse", field = "to", level = level + 1, message =
      ("to: expected one of %s, since the path does not end as one of these does")
        :format(table.concat(FORMATS, ", ")) }
  end
  return known
end

local ONLY = { ascii = "text", width = "text" }

--- Refuses options that have no meaning for a format.
local function check_format(given, to, level)
  for _, name in ipairs{ "ascii", "width" } do
    if given[name] ~= nil and to ~= ONLY[name] then
      core.raise{ code = "misuse", field = name, level = level + 1,
        message = ("%s: only text has it, not %s"):format(name, to) }
    end
  end
  if given.overwrite ~= nil and not given.path then
    core.raise{ code = "misuse", field = "overwrite", level = level + 1,
      message = "overwrite: expected a path to write to" }
  end
end

-- -------------------------------------------------------------------------------------- Sources

--- Who published a source, and when.
local function published_by(source)
  local parts = {}
  for _, name in ipairs{ "author", "publisher", "agency" } do parts[#parts + 1] = source[name] end
  parts[#parts + 1] = source.published and precision.words(source.published)
  return table.concat(parts, ", ")
end

--- The sources by their numbers.
local function sources_of(subject, keys)
  local list = {}
  for number, key in ipairs(keys) do
    local source = subject.look:get("sources", key)
    local original = subject.look:get("sources", source.republished_from)
    list[number] = { number = number, key = key, record = source,
      published_by = published_by(source), repeats = original and original.key,
      repeats_title = original and original.title,
      read = source.retrieved and ("Read %s."):format(precision.words(source.retrieved)) }
  end
  return list
end

-- --------------------------------------------------------------------------------------- In all

local function title_of(subject, given)
  if given.title then
    return { given.title }
  elseif subject.dispute then
    return { subject.dispute.title .. " ", subject:cite(subject.dispute, "title") }
  end
  return { "What is on record" }
end

--- What a report says of itself: first what it is of, then how to read it.
local function facts_of(subject, given)
  local first = ("What this store holds at revision %d."):format(subject.view:revision())
  if given.now then first = ("Written %s. %s"):format(precision.words(given.now), first) end
  return { first, "The numbers in brackets are those of the sources, which are listed at the end." }
end

--- The report as a document that knows no format.
local function build(store, given, parts, level)
  local subject = subjects.of(store, given, level + 1)
  subject.parts = {}
  for _, part in ipairs(parts) do subject.parts[part] = true end
  local built = { title = title_of(subject, given), facts = facts_of(subject, given),
    sections = {}, revision = subject.view:revision(), now = given.now, during = given.during,
    dispute = subject.dispute and subject.dispute.key }
  for i, part in ipairs(parts) do
    built.sections[i] = require("dualuse.report." .. part).section(subject)
    built.sections[i].part = part
  end
  built.sources = sources_of(subject, document.number(built))
  return built
end

local function run(store, given, parts, level)
  given = options.check(given, VALIDATORS, level)
  local to = format_of(given, level)
  check_format(given, to, level)
  parts = parts or options.list(given.parts) or M.parts
  if to == "timelinejs" then parts = { "chronology" } end
  local built = build(store, given, parts, level)
  local written = require("dualuse.report." .. to).write(built, given)
  if given.path then output.whole(given.path, given.overwrite, written, level) end
  return written
end

--- A part as a function of its own.
local function part(name)
  return function(store, given)
    if type(given) == "table" and given.parts ~= nil then
      core.raise{ code = "misuse", field = "parts", level = 2,
        message = ("parts: this is the part %s"):format(name) }
    end
    local result = run(store, given, { name }, 3)
    return result
  end
end

--- The most that can be said in a few sentences, and how much is on record, with its units.
-- @param store an open store, or a view of one
-- @tparam[opt] table given as for `report`, but for `parts`
-- @treturn string
-- @raise as `report`
M.summary = part("summary")

--- What happened when, in order of the first possible day (`dualuse.chronology`).
-- @param store an open store, or a view of one
-- @tparam[opt] table given as for `report`, but for `parts`
-- @treturn string
-- @raise as `report`
M.chronology = part("chronology")

--- The cases known one by one, and what is told of none of them.
-- @param store an open store, or a view of one
-- @tparam[opt] table given as for `report`, but for `parts`
-- @treturn string
-- @raise as `report`
M.cases = part("cases")

--- Disclosed figures against each other and against the known cases (`dualuse.reconcile`).
-- @param store an open store, or a view of one
-- @tparam[opt] table given as for `report`, but for `parts`
-- @treturn string
-- @raise as `report`
M.cases_by_year = part("cases_by_year")

--- Which licence items needed when, and why (`dualuse.licence`).
-- @param store an open store, or a view of one
-- @tparam[opt] table given as for `report`, but for `parts`
-- @treturn string
-- @raise as `report`
M.licences = part("licences")

--- Licensing measures, and what became of them.
-- @param store an open store, or a view of one
-- @tparam[opt] table given as for `report`, but for `parts`
-- @treturn string
-- @raise as `report`
M.measures = part("measures")

--- Who acts on whom, and events month by month.
-- @param store an open store, or a view of one
-- @tparam[opt] table given as for `report`, but for `parts`
-- @treturn string
-- @raise as `report`
M.acts = part("acts")

--- Contested questions, and who says what (`dualuse.positions`).
-- @param store an open store, or a view of one
-- @tparam[opt] table given as for `report`, but for `parts`
-- @treturn string
-- @raise as `report`
M.positions = part("positions")

--- Parties in these records that stand on restricted-party lists.
-- @param store an open store, or a view of one
-- @tparam[opt] table given as for `report`, but for `parts`
-- @treturn string
-- @raise as `report`
M.restricted = part("restricted")

--- What authorities disclose, and what they withhold (`dualuse.transparency`).
-- @param store an open store, or a view of one
-- @tparam[opt] table given as for `report`, but for `parts`
-- @treturn string
-- @raise as `report`
M.transparency = part("transparency")

--- How much rests on which source, and on it alone.
-- @param store an open store, or a view of one
-- @tparam[opt] table given as for `report`, but for `parts`
-- @treturn string
-- @raise as `report`
M.sources = part("sources")

--- What rests on little (`dualuse.audit`).
-- @param store an open store, or a view of one
-- @tparam[opt] table given as for `report`, but for `parts`
-- @treturn string
-- @raise as `report`
M.weaknesses = part("weaknesses")

--- What the store does not cover, and must not be concluded from it.
-- @param store an open store, or a view of one
-- @tparam[opt] table given as for `report`, but for `parts`
-- @treturn string
-- @raise as `report`
M.coverage = part("coverage")

--- A report.
--
-- It is of the store's newest revision: what an open transaction has written is not in it. The same
-- revision and the same options always give the same bytes, whatever the locale, the clock or the
-- time zone.
--
-- In HTML, it is one file that fetches nothing and runs nothing; it has pictures (`dualuse.chart`),
-- prints on A4, and fits phones; tables are sorted without a script. Markdown is that of forges.
-- Text draws bars and sparklines with blocks. JSON has the shape that `dualuse.report.json`
-- documents. `timelinejs` is the chronology alone, as JSON for TimelineJS. In all of them stored
-- text is shown as text, whatever it holds.
-- @function report
-- @param store an open store, or a view of one
-- @tparam[opt] table given
--   `dispute`, a reference: only what belongs to it (`dualuse.scope`);
--   `during`, an EDTF date: the chronology and the acts of what may have been then;
--   `parts`, one or a list of the names of parts, in the order wanted (all);
--   `items`, one or a list of references, whose licences are told (those that the measures name);
--   `origin` and `destination`, references: from where to where these go (as the measures have it);
--   `most`, how many entries of a list are told (500): what is left out is counted, and pictures
--   have all of it, those of more than a thousand events as one mark for each date;
--   `to`, "html", "json", "markdown", "text" or "timelinejs" (what the ending of `path` says, or
--   "text");
--   `path`, a file to write it to, which is whole or not there; `overwrite`, true to replace one;
--   `title`; `now`, an EDTF date: the day to tell (none is told if it is absent);
--   `ascii`, true for text of nothing but ASCII, whatever the locale is (false); `width` of text,
--   in columns (100)
-- @treturn string the report, also where it was written to a file
-- @raise `misuse` for what is no store, an unknown option, a wrong type, or one that has no meaning
--   for the format; `invalid` for a record that there is not, or a date that is none; `io` for a
--   file that exists or cannot be written, `full`; `closed`
local function report(_, store, given)
  local result = run(store, given, nil, 3)
  return result
end

return setmetatable(M, { __call = report })
