--- Pictures of what a store holds, as SVG: no script, no font, nothing fetched.
--
--    dualuse.chart.timeline(dualuse.chronology(store, { during = "2019-07" }))
--    dualuse.chart.heat_map(store.claims:group{ "speaker.country", "stance" }
--      :pivot("speaker.country", "stance", "count"), { title = "Who says what" })
--
-- Each function takes rows, and gives a picture as text, or with `path` writes it to a file. The
-- same rows always give the same bytes. A picture can be read in black and white, and tells what
-- it shows to those who cannot see it; no two labels overlap: a label that has no room is cut, and
-- has all of itself as its tip, or is left out, and the picture says how many are.
-- @module dualuse.chart

local blame = require "dualuse.blame"
local core = require "dualuse.core"
local options = require "dualuse.options"
local output = require "dualuse.output"
local Picture = require "dualuse.chart.picture"

local M = {}

local WIDTH = 720
local NARROWEST, WIDEST = 240, 4000

-- ------------------------------------------------------------------------------------ Options

local function text(value)
  if type(value) ~= "string" then
    return "a text", "misuse"
  end
  return nil
end

local function pixels(value)
  local expected = ("a width in pixels, %d to %d"):format(NARROWEST, WIDEST)
  if math.type(value) ~= "integer" then
    return expected, "misuse"
  end
  return (value < NARROWEST or value > WIDEST) and expected or nil, "invalid"
end

local function name(value)
  local expected = 'a name of letters, digits and "-" that begins with a letter'
  if type(value) ~= "string" then
    return expected, "misuse"
  end
  return not value:find("^[A-Za-z][A-Za-z0-9-]*$") and expected or nil, "invalid"
end

local COMMON = { title = text, description = text, width = pixels, id = name, path = text,
  overwrite = options.boolean, inside = options.boolean }

local function with_common(more)
  local validators = {}
  for _, set in ipairs{ COMMON, more } do
    for option, validator in pairs(set) do validators[option] = validator end
  end
  return validators
end

local function check_list(list, level)
  local got = type(list) ~= "table" and type(list)
  for i, row in ipairs(got and {} or list) do
    if type(row) ~= "table" then got = got or ("a %s at %d"):format(type(row), i) end
  end
  if got then
    core.raise{ code = "misuse", level = level + 1,
      message = "argument 1: expected a list of tables, got " .. got }
  end
end

local function check_path(given, level)
  if given.overwrite ~= nil and not given.path then
    core.raise{ code = "misuse", field = "overwrite", level = level + 1,
      message = "overwrite: expected a path to write to" }
  end
end

-- -------------------------------------------------------------------------------------- Making

--- A kind of picture, as a function of rows and options.
local function maker(kind, title, more)
  local validators = with_common(more)
  return function(list, given)
    check_list(list, 2)
    given = options.check(given, validators, 2)
    check_path(given, 2)
    local margins = given.inside and 0 or 2 * Picture.MARGIN
    local picture = Picture.new{ width = (given.width or WIDTH) - margins, id = given.id or kind,
      title = given.title or list.title or title, description = given.description }
    local asked = { headed = not given.inside }
    for option in pairs(more) do asked[option] = given[option] end
    local drawing = require("dualuse.chart." .. kind)
    local height = blame.caller(2, drawing.draw, picture, list, asked)
    local svg = picture:svg(math.ceil(height), given.inside)
    if given.path then output.whole(given.path, given.overwrite, svg, 2) end
    return svg
  end
end

local function texts(value)
  local expected = "a list of the names of columns"
  if type(value) ~= "table" or #value == 0 or next(value, #value) then
    return expected, "misuse"
  end
  for _, element in ipairs(value) do
    if type(element) ~= "string" then return expected, "misuse" end
  end
  return nil
end

--- What happened when, and how exactly that is known: a day is a point, a month a bar, an end that
-- is not known fades. Up to sixty rows stand by themselves; more are counted, kind by kind. Where
-- most lies in a small part of the time, that part gets more room, and zigzag lines tell so.
-- @tparam {table,...} rows rows with `date` (EDTF), `label`, `title` or `what`, and `kind`, such as
--   those of `dualuse.chronology` and of `store.events:all()`; one with a `count`, as of
--   `store.events:group{ "date" }`, stands for so many
-- @tparam[opt] table given `during`, an EDTF date: the time to show; `title`; `description`, for
--   those who cannot see it (what the rows say); `width` in pixels (720); `path` and `overwrite`, a
--   file to write it to; `inside`, true for a picture inside a page, which has title and style
--   (`dualuse.chart.picture`) itself, and `id`, what the names in it begin with
-- @treturn string SVG
-- @raise `misuse` for other rows, unknown options and wrong types; `invalid` for dates that are
--   none and options that do not fit; `io` and `full` for the file
M.timeline = maker("timeline", "Timeline", { during = options.date })

--- Cases by year: what was disclosed as an outline, what follows from other figures hatched, what
-- is on record solid, what possibly is dotted. Periods that hold others come last.
-- @tparam {table,...} rows rows of `dualuse.reconcile`
-- @tparam[opt] table given as for `timeline`, but for `during`
-- @treturn string SVG
-- @raise as `timeline`
M.cases_by_year = maker("cases_by_year", "Cases by year", {})

--- Which licence was needed when: a row for each way and item, a bar for each period.
-- @tparam {table,...} rows rows of `dualuse.licence.periods`; or several of these, each as a table
--   of `label` and `periods`
-- @tparam[opt] table given as for `timeline`
-- @treturn string SVG
-- @raise as `timeline`
M.licences = maker("licences", "Licences needed", { during = options.date })

--- A figure for each row and column, the greater the darker; each is also written.
-- @tparam {table,...} rows rows, best of `pivot`
-- @tparam[opt] table given `row`, the column that names the rows (the first key); `columns`, a list
--   of those with figures (the measures); the rest as for `timeline`
-- @treturn string SVG
-- @raise as `timeline`
M.heat_map = maker("heat_map", "Heat map", { row = text, columns = texts })

--- A line for each series over time, the six with the greatest totals. It breaks where there is no
-- row (`fill` the rows for counts of 0); what is `possible` beside a count is pale.
-- @tparam {table,...} rows rows with a column of years, decades, quarters, months, weeks or days,
--   such as `group` gives them
-- @tparam[opt] table given `x`, that column (the first key that is one), of any name if all in it
--   are of one such kind; `y`, the column of figures (the first measure); `series`, the column that
--   tells lines apart (the other keys); the rest as for `timeline`
-- @treturn string SVG
-- @raise as `timeline`
M.lines = maker("lines", "Over time", { x = text, y = text, series = text })

--- Who acts on whom: an arrow from each actor to each target, the thicker the more.
-- @tparam {table,...} rows rows, each of an actor, a target and a number
-- @tparam[opt] table given `actor`, `target` and `value`, the columns ("actor", "target"; the first
--   measure, or "count"; a row without it counts as 1); the rest as for `timeline`
-- @treturn string SVG
-- @raise as `timeline`
M.network = maker("network", "Who acts on whom", { actor = text, target = text, value = text })

return M
