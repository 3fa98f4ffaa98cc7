--- What an import can be told: the words of a mapping, which a format is made of too, and what else
-- belongs to one call.
-- @module dualuse.import.options

local core = require "dualuse.core"
local check = require("dualuse.options").check
local progress = require "dualuse.progress"

local M = {}

local DATES = { "edtf", "dd.mm.yyyy", "m/d/yyyy", "yyyymmdd", "d month yyyy" }

--- The most bytes that a record can have, whatever `limit` says.
local MOST = 2 ^ 31 - 2

-- ---------------------------------------------------------------------------------- Validators

local one_of = require("dualuse.options").one_of

local function of_type(expected, ...)
  local types = { ... }
  return function(value)
    for _, name in ipairs(types) do
      if (math.type(value) or type(value)) == name then return nil end
    end
    return expected, "misuse"
  end
end

local function whole(expected, most)
  return function(value)
    if math.type(value) == "integer" and value >= 1 and value <= (most or math.huge) then
      return nil
    end
    return expected, math.type(value) and "invalid" or "misuse"
  end
end

--- A list with no other keys, of at least one element, each of one of the types.
local function list_of(expected, ...)
  local element = of_type(expected, ...)
  return function(value)
    if type(value) ~= "table" or #value == 0 or next(value, #value) then
      return expected, "misuse"
    end
    for _, one in ipairs(value) do
      if element(one) then return expected, "misuse" end
    end
    return nil
  end
end

local function dates(value)
  if list_of("", "string")(value) then
    return "a list of styles", "misuse"
  end
  local seen, wrong = {}, {}
  for _, style in ipairs(value) do
    if one_of(table.unpack(DATES))(style) then
      wrong[#wrong + 1] = core.shown(style)
    elseif seen[style] then
      wrong[#wrong + 1] = style .. " twice"
    end
    seen[style] = true
  end
  if #wrong > 0 then
    return ("a list of styles out of %s (not %s)"):format(table.concat(DATES, ", "),
      table.concat(wrong, ", ")), "invalid"
  end
  return nil
end

local function delimiter(value)
  if type(value) == "string" and #value == 1 and not value:find('["\r\n]') then return nil end
  return "one byte, neither a quote nor a line end",
    type(value) == "string" and "invalid" or "misuse"
end

local function identity(value)
  if value == "line" or value == "number"
      or type(value) == "table" and not list_of("", "string", "integer")(value) then
    return nil
  end
  return '"line", "number" or a list of columns', "invalid"
end

--- The columns' names by their number: each a list of as many.
local function layouts(value)
  local expected = "lists of columns' names by how many they are"
  if type(value) ~= "table" or next(value) == nil then
    return expected, "misuse"
  end
  for count, names in pairs(value) do
    if math.type(count) ~= "integer" or list_of("", "string")(names) or #names ~= count then
      return expected, "invalid"
    end
  end
  return nil
end

local function source(value)
  if type(value) == "string" or math.type(value) == "integer" or type(value) == "table"
      or type(value) == "boolean" then
    return nil
  end
  return "a source: a reference, a record, or false for none", "misuse"
end

local a_table = of_type("a table", "table")
local a_boolean = of_type("true or false", "boolean")
local a_text = of_type("text", "string")
local texts = list_of("a list of texts", "string")

-- ------------------------------------------------------------------------------------- Options

--- What says what a file is.
local MAPPING = {
  columns = a_table, instead = a_table, join = a_table, constants = a_table, words = a_table,
  strict_words = a_table, convert = a_table, parties = a_table,
  missing = texts, required = texts, layouts = layouts, dates = dates, delimiter = delimiter,
  identity = identity,
  separator = of_type("text, or a table of texts by field", "string", "table"),
  quotes = a_boolean, header = a_boolean, terminated = a_boolean, repair = a_boolean,
  version = of_type("a column", "string", "integer"),
  on_change = one_of("reject", "update"), unknown = one_of("make", "reject"),
  name = a_text,
}

--- What a format may have besides.
local FORMAT = {
  title = a_text, prefix = a_text, kind = a_text,
  records = of_type("a function", "function"), retract = a_boolean,
}

--- What belongs to one call.
local CALL = {
  format = of_type("the name of a format, or a table that is one", "string", "table"),
  source = source, by = a_text, reason = a_text, dry_run = a_boolean,
  on_reject = of_type("a path or a function", "string", "function"),
  on_error = one_of("stop", "continue"),
  progress = progress.option,
  batch = whole("a number of rows"),
  threads = whole("1 or 2", 2),
  limit = whole(("a number of bytes up to %d"):format(MOST), MOST),
}

local function both(a, b)
  local all = {}
  for name, validator in pairs(a) do all[name] = validator end
  for name, validator in pairs(b) do all[name] = validator end
  return all
end

local OPTIONS, FORMATS = both(MAPPING, CALL), both(MAPPING, FORMAT)

--- Checks what an import is told.
-- @tparam ?table given the options; nil stands for none
-- @treturn table the options
-- @raise as dualuse.options.check
function M.check(given)
  return check(given, OPTIONS, 1)
end

--- Checks a format that is given as a table.
-- @tparam table format
-- @treturn table the format
-- @raise as dualuse.options.check, with what is wrong with it behind "format: "
function M.check_format(format)
  local ok, problem = pcall(check, format, FORMATS, 1)
  if not ok then
    core.raise{ code = problem.code, field = problem.field,
      message = "format: " .. problem.message }
  end
  return format
end

return M
