--- The formats of files that `import` knows by name.
--
-- A format is data: a table of what the options of an import say of a file (see dualuse.import),
-- with a name. Adding one is a file beside these and a line in the list below; a mapping of your
-- own can say all that they say. Besides what stands there, a format has
--
-- - `name`, as users write it, and the prefix of the origins of its records ("gdelt:410412347"),
--   unless it has a `prefix`;
-- - `title`, for the source that its files become, and for help;
-- - `kind`, of the records that its rows are: of the collection whose `import` it is;
-- - `required`, the columns that each of its files has: by these a file is recognised, and the
--   others may be missing;
-- - `layouts`, by their numbers of columns, for files without a header;
-- - `instead`: `{ column = other }`, which stands for a column that a file does not have;
-- - `retract`: its rows name, by their identity, records to take back;
-- - `records(row, has)`: the records of a row, `{ { kind, record }, … }` in the order in which they
--   are put, or nil, why not, and a field; `has(kind, key)` tells whether one is on record.
--
-- A function of `parties` is given a text and the row; it returns the key of the party on record
-- that the text stands for, or the party to make, or nil where there is none. It goes by the text
-- alone where that will do, so that it does not matter which row came first.
-- @module dualuse.formats

local core = require "dualuse.core"
local sets = require "dualuse.sets"

local M = {}

-- The modules, by the names of the formats.
local MODULES = {
  ["acled"] = "acled",
  ["acled-deletions"] = "acled_deletions",
  ["gdelt"] = "gdelt",
  ["icews"] = "icews",
  ["polecat"] = "polecat",
  ["screening-list"] = "screening_list",
}

--- The names of all formats, sorted.
-- @treturn {string,...}
function M.names()
  return sets.sorted(MODULES)
end

--- The format of a name.
-- @tparam string name such as "gdelt"
-- @tparam[opt=1] integer level whose mistake an unknown one is, as in `error`
-- @treturn table the format, which is shared: not to be changed
-- @raise `invalid` for a name that there is not, listing those that there are; `misuse` for what is
--   no text
function M.find(name, level)
  local module = MODULES[name]
  if module then
    return require("dualuse.formats." .. module)
  end
  core.raise{ code = type(name) == "string" and "invalid" or "misuse", field = "format",
    level = (level or 1) + 1, message = ("format: expected one of %s, got %s"):format(
      table.concat(M.names(), ", "),
      type(name) == "string" and ('"%s"'):format(core.shown(name)) or type(name)) }
end

-- ------------------------------------------------------------------------------------ Recognising

local function folded(name)
  return name:match("^%s*(.-)%s*$"):gsub("[A-Z]", function(letter)
    return string.char(letter:byte() + 32)
  end)
end

local function set_of(names)
  local set = {}
  for _, name in ipairs(names or {}) do set[folded(name)] = true end
  return set
end

--- How many columns a format requires that are all there; nil if one is missing.
local function fits(format, columns)
  for _, name in ipairs(format.required) do
    if not columns[folded(name)] then return nil end
  end
  return #format.required
end

--- The format whose columns the header names: of several the one that requires most.
local function by_header(columns)
  local best, most = nil, 0
  for _, name in ipairs(M.names()) do
    local format = M.find(name)
    local count = format.header and fits(format, columns) or 0
    if count > most then best, most = format, count end
  end
  return best
end

--- Whether a line has a number in it, as a line that names columns has not.
local function has_number(fields)
  for _, field in ipairs(fields) do
    if tonumber(field) then return true end
  end
  return false
end

--- The format without a header that has so many columns, where the delimiter is its own.
local function by_count(count, delimiter)
  for _, name in ipairs(M.names()) do
    local format = M.find(name)
    if format.layouts and format.layouts[count]
        and (delimiter == nil or delimiter == format.delimiter) then
      return format
    end
  end
  return nil
end

--- Recognises a file by its first line.
-- @tparam table given `header`: the fields of the first line; `count`: how many they are (the
--   number of those in `header` unless given); `delimiter`, what separates them
-- @treturn ?string the name of the format, or nil
-- @treturn string why: what it was recognised by, or what was looked for
function M.sniff(given)
  local format = by_header(set_of(given.header))
  if format then
    return format.name, ("the first line has the columns %s"):format(
      table.concat(format.required, ", "))
  end
  local count = given.count or #(given.header or {})
  format = (not given.header or has_number(given.header)) and by_count(count, given.delimiter)
  if format then
    return format.name, ("the first line has %d fields and names no columns"):format(count)
  end
  return nil, ("the first line has neither the columns of one of %s nor 57, 58 or 61 fields, with "
    .. "numbers among them, between tabs"):format(table.concat(M.names(), ", "))
end

return M
