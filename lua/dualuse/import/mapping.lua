--- What the columns of a file are as fields of a kind: a mapping, which a format is and a user can
-- write, brought together with the names of the columns that a file has.
-- @module dualuse.import.mapping

local core = require "dualuse.core"

local M = {}

--- What a field that is not stored as it is given says of itself.
local NOT_MAPPED = { id = true, revision = true, recorded = true, stages = true }

local function raise(context, message, ...)
  core.raise{ code = "invalid", kind = context.kind, field = context.field,
    message = message:format(...) }
end

local function quoted(name)
  return type(name) == "number" and ("number %d"):format(name) or '"' .. core.shown(name) .. '"'
end

local function trimmed(text)
  return text:match("^%s*(.*%S)") or ""
end

-- ------------------------------------------------------------------------------ Columns by name

--- The columns of a file: finds a column by its number, or by its name as it stands or, failing
-- that, ignoring case and white space at its ends.
-- @tparam {string,...} names
-- @treturn function name or number -> its number, or nil and whether two columns have it
function M.columns(names)
  local exact, loose = {}, {}
  for i, name in ipairs(names) do
    local folded = trimmed(name):lower()
    exact[name] = exact[name] == nil and i or false
    loose[folded] = loose[folded] == nil and i or false
  end
  return function(name)
    if math.type(name) == "integer" then
      return name >= 1 and name <= #names and name or nil
    end
    local found = exact[name]
    if found == nil then found = loose[trimmed(name):lower()] end
    return found or nil, found == false
  end
end

--- The number of a column that a mapping names, or of the one instead of it.
local function number_of(context, layout, name)
  local number, twice = layout.find(name)
  local other = context.instead and context.instead[name]
  if not number and not twice and other then
    number, twice = layout.find(other)
  end
  if number then
    return number
  elseif twice then
    raise(context, "two columns of the file have the name %s: give the column's number",
      quoted(name))
  elseif context.required and type(name) == "string" and not context.required[name] then
    return nil -- a column that not every file of the format has
  end
  raise(context, "the file has no column %s; its columns are %s", quoted(name),
    core.shown(table.concat(layout.names, ", ")))
end

-- ------------------------------------------------------------------------------------- Targets

local function sorted(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names, function(a, b)
    if type(a) == type(b) then return a < b end
    return type(a) == "number"
  end)
  return names
end

--- The fields of a column: one, or a list of them.
local function fields_of(value)
  return type(value) == "table" and value or { value }
end

local function check_field(context, name)
  local field = type(name) == "string" and context.fields[name]
  if not field or NOT_MAPPED[name] then
    local names = {}
    for known in pairs(context.fields) do
      if not NOT_MAPPED[known] then names[#names + 1] = known end
    end
    table.sort(names)
    raise(context, "%s is no field that a column can fill: expected one of %s",
      type(name) == "string" and quoted(name) or tostring(name), table.concat(names, ", "))
  end
  return field
end

--- Words as the core takes them: text or a number.
local function plain_words(words)
  local plain = {}
  for text, value in pairs(words) do
    plain[text] = type(value) == "boolean" and tostring(value) or value
  end
  return plain
end

--- What reads one field: see `loader:map` in the core.
local function target(context, mapping, name)
  local field = check_field(context, name)
  local separator = mapping.separator
  if type(separator) == "table" then separator = separator[name] end
  local words = mapping.words and mapping.words[name]
  local resolve, known
  if field.kinds then
    resolve, known = context.reference(name, field)
  elseif field.list and words then
    known = {} -- the lists that words stand for
  end
  return {
    field = name,
    words = words and plain_words(words) or nil,
    strict = mapping.strict_words and mapping.strict_words[name] or nil,
    dates = mapping.dates or { "edtf" },
    separator = field.list and separator or nil,
    resolve = resolve,
    known = known,
  }
end

--- Adds a target, unless another column fills its field.
local function add(context, layout, given)
  if layout.filled[given.field] then
    context.field = given.field
    raise(context, "two columns fill it, %s and %s", quoted(layout.filled[given.field]),
      quoted(given.from))
  end
  layout.filled[given.field] = given.from
  given.from = nil
  layout.targets[#layout.targets + 1] = given
end

--- What makes a row of this layout the same as another: numbers of columns.
local function identity_of(context, mapping, layout)
  if type(mapping.identity) ~= "table" then
    return nil
  end
  local numbers = {}
  context.field = "identity"
  for i, name in ipairs(mapping.identity) do
    numbers[i] = number_of(context, layout, name)
    if not numbers[i] then
      raise(context, "the file has no column %s", quoted(name))
    end
  end
  return numbers
end

--- One layout of the core: what the records with so many columns are.
local function build(context, mapping, names)
  local layout = { names = names, find = M.columns(names), targets = {}, filled = {} }
  context.field = "columns"
  for _, column in ipairs(sorted(mapping.columns or {})) do
    local number = number_of(context, layout, column)
    for _, name in ipairs(number and fields_of(mapping.columns[column]) or {}) do
      local given = target(context, mapping, name)
      given.column, given.from = number, column
      given.convert = mapping.convert and mapping.convert[column] or nil
      add(context, layout, given)
    end
  end
  for _, name in ipairs(sorted(mapping.join or {})) do
    local given, numbers = target(context, mapping, name), {}
    context.field = "join"
    for _, column in ipairs(mapping.join[name]) do
      numbers[#numbers + 1] = number_of(context, layout, column)
    end
    given.join, given.from = numbers, table.concat(mapping.join[name], " + ")
    add(context, layout, given)
  end
  context.field = "version"
  return {
    count = #names,
    targets = layout.targets,
    identity = identity_of(context, mapping, layout),
    version = mapping.version and number_of(context, layout, mapping.version) or nil,
    filled = layout.filled,
  }
end

--- Refuses a mapping that leaves a required field to nothing.
local function check_required(context, mapping, layout)
  for _, name in ipairs(sorted(context.fields)) do
    local field = context.fields[name]
    if field.required and field.absent == nil and not layout.filled[name]
      and (mapping.constants or {})[name] == nil then
      context.field = name
      raise(context, "it is required, and neither a column nor a constant fills it (%s)",
        field.help)
    end
  end
end

--- The conversions that no column of the mapping is for.
local function check_conversions(context, mapping)
  context.field = "convert"
  for _, column in ipairs(sorted(mapping.convert or {})) do
    if (mapping.columns or {})[column] == nil then
      raise(context, "there is no column %s in columns", quoted(column))
    end
  end
end

--- The layouts of a file, as the core takes them.
-- @tparam table mapping see dualuse.import
-- @tparam {{string,...},...} names the columns' names, of each layout that the file can have
-- @tparam table context `kind`, and `reference(name, field)`, which gives for a field the
--   function that finds what a text names, and a table for what it found
-- @treturn {table,...} layouts
-- @treturn table by count: the columns' numbers by their names, for row(name)
-- @raise `invalid` for a column that the file does not have, and a field that there is not
function M.layouts(mapping, names, context)
  local layouts, numbers = {}, {}
  context.fields = {}
  for _, field in ipairs(core.describe(context.kind).fields) do
    context.fields[field.name] = field
  end
  context.instead = mapping.instead
  if mapping.required then
    context.required = {}
    for _, name in ipairs(mapping.required) do context.required[name] = true end
  end
  check_conversions(context, mapping)
  for _, list in ipairs(names) do
    local layout = build(context, mapping, list)
    if not mapping.records and not mapping.retract then
      check_required(context, mapping, layout)
    end
    layouts[#layouts + 1] = layout
    numbers[#list] = {}
    for i, name in ipairs(list) do numbers[#list][name] = i end
  end
  return layouts, numbers
end

return M
