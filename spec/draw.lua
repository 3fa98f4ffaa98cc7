--- What random specs draw from: the kinds and their fields, elements of lists, dates of every form.
-- All of it comes from math.random, so a seed makes the same draws again.

local dualuse = require "dualuse"

local random = math.random

local M = {}

--- The names of the kinds; by kind: its fields, as a list and by name, its singular, and the name
-- of the date that is its own.
M.kinds, M.fields, M.singular, M.own_date = {}, {}, {}, {}
for i, entry in ipairs(dualuse.describe()) do
  local kind, fields = dualuse.describe(entry.kind), {}
  for j, field in ipairs(kind.fields) do fields[j], fields[field.name] = field, field end
  M.kinds[i] = entry.kind
  M.fields[entry.kind] = fields
  M.singular[entry.kind], M.own_date[entry.kind] = kind.singular, kind.date
end

--- True as often as the probability, from 0 to 1, says.
function M.chance(probability)
  return random() < probability
end

--- An element of a list.
function M.pick(list)
  return list[random(#list)]
end

--- Elements of a list, each once: at least one, and at most so many.
function M.some(list, most)
  local rest, result = table.move(list, 1, #list, 1, {}), {}
  for i = 1, random(1, math.min(#list, most)) do
    result[i] = table.remove(rest, random(#rest))
  end
  return result
end

local pick = M.pick

--- A year of the few that meet again.
local function year()
  return random(2012, 2021)
end

--- A year, month or day, without marks.
-- @tparam ?integer of its year; one of ten if not given
function M.day(of)
  of = of or year()
  local roll = random(4)
  if roll == 1 then return tostring(of) end
  if roll == 2 then return ("%d-%02d"):format(of, random(12)) end
  return ("%d-%02d-%02d"):format(of, random(12), random(28))
end

local day = M.day

--- Days about the turn of a year, where weeks have surprises, and other days of note.
local function turn()
  return pick{ "2012-02-29", "2012-12-31", "2014-12-29", "2015-12-31", "2016-01-03", "2016-01-04",
               "2018-12-30", "2018-12-31", "2019-12-30", "2020-02-29", "2020-12-31", "2021-01-03",
               "2021-01-04", "2009-12-31/2010-01-03", "2000-02-29", "1900-02-28/1900-03-01" }
end

local forms = {
  day, day, day, day, day, turn,
  function() return day() .. pick{ "?", "~", "%" } end,
  function() return ("%d-%02d-%02dT%02d:30%s"):format(year(), random(12), random(28),
                                                     random(0, 23), pick{ "", "Z", "+09:00" }) end,
  function() return pick{ "201X", "202X", "20XX", "XXXX", "2XXX" } end,
  function() return year() .. pick{ "-XX", "-XX-XX" } end,
  function() return ("%d-%02d-XX"):format(year(), random(12)) end,
  function() return year() .. pick{ "-21", "-22", "-23", "-24" } end,
  function() return day() .. "/" .. day() end,
  function() return day() .. pick{ "", "?", "~" } .. "/" .. day() .. pick{ "", "%" } end,
  function() return day() .. "/" .. pick{ "", ".." } end,
  function() return pick{ "", ".." } .. "/" .. day() end,
  function() return ("[%s,%s]"):format(day(), day()) end,
  function() return ("[%s..%s]"):format(day(), day()) end,
  function() return pick{ "[..%s]", "[%s..]" }:format(day()) end,
  function()
    return pick{ "0000-01-01", "0001-01-01", "0999-12-31/1000-01-01", "9999-12-31", "1990/2010" }
  end,
}

--- A date of any form.
-- @tparam ?function fits given its text, whether it will do
function M.date(fits)
  local text
  repeat text = pick(forms)() until dualuse.edtf.valid(text) and (not fits or fits(text))
  return text
end

--- A value as Lua source, on one line: what a spec that fails says was asked.
function M.source(value)
  if value == dualuse.null then return "dualuse.null" end
  if type(value) == "string" then return (("%q"):format(value):gsub("\n", "n")) end
  if type(value) ~= "table" then return tostring(value) end
  local parts, names = {}, {}
  for i, element in ipairs(value) do parts[i] = M.source(element) end
  for name in pairs(value) do
    if math.type(name) ~= "integer" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local shown = name:find "^[%a_][%w_]*$" and name or ("[%q]"):format(name)
    parts[#parts + 1] = shown .. " = " .. M.source(value[name])
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

return M
