--- Words that the parts of a report share.
-- @module dualuse.report.wording

local core = require "dualuse.core"
local digits = require "dualuse.digits"
local precision = require "dualuse.precision"

local M = {}

--- What is said where there is nothing.
M.nothing = "None is on record."

--- How the licences that a measure asks for are called.
M.licences = {
  none = "no licence", general = "general licence", bulk = "bulk licence",
  individual = "individual licence", prohibited = "prohibited", unknown = "nothing on record",
}

--- A word of a vocabulary as it is read.
function M.spaced(word)
  return (word:gsub("_", " "))
end

function M.hyphened(word)
  return (word:gsub("_", "-"))
end

--- "1 case", "2 cases"
function M.counted(number, one, many)
  return ("%s %s"):format(digits.text(number), number == 1 and one or many)
end

--- "a, b and c"
-- @tparam {string,...} list
-- @tparam[opt] string word before the last, "and" if absent
function M.listed(list, word)
  if #list < 2 then
    return list[1] or ""
  end
  return ("%s %s %s"):format(table.concat(list, ", ", 1, #list - 1), word or "and", list[#list])
end

--- "70 to 72", "at least 3", "72".
function M.range(least, most)
  if least and most then
    return least == most and digits.text(least)
      or ("%s to %s"):format(digits.text(least), digits.text(most))
  elseif most then
    return "at most " .. digits.text(most)
  end
  return least and least > 0 and "at least " .. digits.text(least) or "not known"
end

--- Years in order: "2015 to 2017, 2019".
function M.years(years)
  local parts, first = {}, nil
  for i, year in ipairs(years) do
    first = first or year
    if years[i + 1] ~= year + 1 then
      parts[#parts + 1] = first == year and tostring(year) or ("%d to %d"):format(first, year)
      first = nil
    end
  end
  return table.concat(parts, ", ")
end

--- The first and last day of a period as `licence.periods` gives them: "until 3 July 2019".
function M.period(from, to)
  if from == ".." then
    return to == ".." and "at any time" or "until " .. precision.words(to)
  elseif to == ".." then
    return ("from %s on"):format(precision.words(from))
  end
  return from == to and precision.words(from) or precision.words(from .. "/" .. to)
end

--- What figures are of: "Trade ministry of South Korea: cases; of which involving North Korea".
-- @tparam table look a lookup
-- @tparam table question what `dualuse.reconcile` is asked
-- @treturn string
function M.figures(look, question)
  local parts = { ("%s: %s"):format(look:name("parties", question.authority), question.measure) }
  if question.destination or question.item or question.scope then
    local part = { "of which", question.scope }
    if question.destination then
      part[#part + 1] = "to " .. look:names("parties", question.destination)
    end
    if question.item then part[#part + 1] = look:names("items", question.item) end
    parts[#parts + 1] = table.concat(part, " ")
  end
  return table.concat(parts, "; ")
end

--- A formula of `dualuse.reconcile` with its periods in words: "156 (from 2015 to March 2019) − 14
-- (2015)". A period stands first between brackets.
-- @tparam string formula
-- @treturn string
function M.formula(formula)
  return (formula:gsub("%(([%d/-]+)", function(date)
    return core.edtf.valid(date) and "(" .. precision.words(date) or nil
  end))
end

--- A title between quotation marks.
function M.titled(title)
  return ("“%s”"):format(title)
end

return M
