--- What the columns of a file are as fields of a kind: a mapping, which a format is and a user can
-- write, brought together with the names of the columns that a file has.
-- @module dualuse.import.mapping

local core = require "dualuse.core"
local sets = require "dualuse.sets"

local M = {}

--- Fields that the store gives, and stages, which are records themselves.
local NOT_MAPPED = { id = true, revision = true, recorded = true, stages = true }

--- How many columns a message lists.
local LISTED = 100

local function raise(context, message, ...)
  core.raise{ code = "invalid", kind = context.kind, field = context.field,
    message = message:format(...) }
end

local function misuse(context, message, ...)
  core.raise{ code = "misuse", kind = context.kind, field = context.field,
    message = ("%s: " .. message):format(context.field, ...) }
end

local function quoted(name)
  return type(name) == "number" and ("number %d"):format(name) or '"' .. core.shown(name) .. '"'
end

--- A name as it is compared: ignoring case, and white space at its ends.
local function loose(name)
  return core.folded(name:match("^[ \t\r\n]*(.-)[ \t\r\n]*$"))
end

local function sorted(set)
  return sets.sorted(set or {})
end

-- ------------------------------------------------------------------------------ Columns by name

--- The columns of a file: finds a column by its number, or by its name as it stands or, failing
-- that, ignoring case and white space at its ends.
-- @tparam {string,...} names
-- @tparam[opt] table instead what stands for a column that is not there
-- @treturn function name or number -> its number, or nil and whether two columns have it
function M.columns(names, instead)
  local exact, folded = {}, {}
  for i, name in ipairs(names) do
    exact[name] = exact[name] == nil and i or false
    local plain = loose(name)
    folded[plain] = folded[plain] == nil and i or false
  end
  local function find(name)
    if type(name) == "number" then
      return math.type(name) == "integer" and names[name] and name or nil
    end
    local found = exact[name]
    if found == nil then found = folded[loose(name)] end
    return found or nil, found == false
  end
  return function(name)
    local number, twice = find(name)
    if not number and not twice and instead and instead[name] then
      return find(instead[name])
    end
    return number, twice
  end
end

local function listed(names)
  local some = table.concat(names, ", ", 1, math.min(#names, LISTED))
  return core.shown(some) .. (#names > LISTED and (" … (%d in all)"):format(#names) or "")
end

--- The number of a column that a mapping names; nil for one that not every file of a format has.
local function number_of(context, layout, name)
  if type(name) ~= "string" and math.type(name) ~= "integer" then
    misuse(context, "expected the name or number of a column, got a %s", type(name))
  end
  local number, twice = layout.find(name)
  if number then
    return number
  elseif twice then
    raise(context, "two columns of the file have the name %s: give the column's number",
      quoted(name))
  elseif context.required and type(name) == "string" and not context.required[name] then
    return nil
  end
  raise(context, "the file has no column %s; its columns are %s", quoted(name),
    listed(layout.names))
end

--- What row(name) asks for a column that it has not asked for before.
-- @tparam string kind whose import it is
-- @tparam table by_count the layouts by their numbers of columns
-- @tparam boolean lenient whether there may be no such column in some files
local function row_columns(kind, by_count, lenient)
  local context = { kind = kind, field = "convert" }
  return function(count, name)
    local layout = by_count[count]
    if type(name) ~= "string" and math.type(name) ~= "integer" then
      misuse(context, "row: expected the name or number of a column, got a %s", type(name))
    end
    local number, twice = layout.find(name)
    if twice then
      misuse(context, "row: two columns of the file have the name %s: give the column's number",
        quoted(name))
    elseif not number and not (lenient and type(name) == "string") then
      misuse(context, "row: the file has no column %s; its columns are %s", quoted(name),
        listed(layout.names))
    end
    return number or false
  end
end

-- ------------------------------------------------------------------------------------- Checking

local function check_field(context, name)
  local field = type(name) == "string" and context.fields[name]
  if not field or NOT_MAPPED[name] then
    local names = {}
    for _, known in ipairs(sorted(context.fields)) do
      if not NOT_MAPPED[known] then names[#names + 1] = known end
    end
    raise(context, "%s is no field that a column can fill: expected one of %s",
      type(name) == "string" and quoted(name) or tostring(name), table.concat(names, ", "))
  end
  return field
end

--- The fields of a column: one, or a list of them.
local function fields_of(value)
  return type(value) == "table" and value or { value }
end

--- The fields that columns fill, in whatever file.
local function mapped_fields(context, mapping)
  local mapped = {}
  context.field = "columns"
  for _, column in ipairs(sorted(mapping.columns)) do
    for _, name in ipairs(fields_of(mapping.columns[column])) do
      check_field(context, name)
      mapped[name] = true
    end
  end
  context.field = "join"
  for _, name in ipairs(sorted(mapping.join)) do
    check_field(context, name)
    local columns = mapping.join[name]
    if type(columns) ~= "table" or #columns == 0 then
      misuse(context, "%s: expected a list of columns", name)
    end
    mapped[name] = true
  end
  return mapped
end

--- Checks a table of the mapping that says something of fields which columns fill.
local function check_named(context, mapping, mapped, option, check)
  context.field = option
  for _, name in ipairs(type(mapping[option]) == "table" and sorted(mapping[option]) or {}) do
    local field = check_field(context, name)
    if not mapped[name] then
      raise(context, "no column fills %s", name)
    end
    local expected = check(mapping[option][name], field)
    if expected then misuse(context, "%s: expected %s", name, expected) end
  end
end

local function words(value)
  if type(value) ~= "table" then return "a table of values by text" end
  for text in pairs(value) do
    if type(text) ~= "string" then
      return ("texts of the file as keys, got %s"):format(tostring(text))
    end
  end
  return nil
end

local function flag(value)
  return type(value) ~= "boolean" and "true or false" or nil
end

local function maker(value, field)
  if not field.kinds then return "a field that refers to records" end
  return type(value) ~= "function" and "a function" or nil
end

local function separator(value, field)
  if not field.list then return "a field that is a list" end
  return (type(value) ~= "string" or value == "") and "text" or nil
end

--- The conversions: functions of columns that fill something.
local function check_conversions(context, mapping)
  context.field = "convert"
  for _, column in ipairs(sorted(mapping.convert)) do
    if (mapping.columns or {})[column] == nil then
      raise(context, "there is no column %s in columns", type(column) == "string" and quoted(column)
        or tostring(column))
    elseif type(mapping.convert[column]) ~= "function" then
      misuse(context, "%s: expected a function, got a %s", tostring(column),
        type(mapping.convert[column]))
    end
  end
end

--- Refuses what a mapping says of fields that it does not fill.
local function check_mapping(context, mapping)
  local mapped = mapped_fields(context, mapping)
  check_named(context, mapping, mapped, "words", words)
  check_named(context, mapping, mapped, "strict_words", flag)
  check_named(context, mapping, mapped, "parties", maker)
  check_named(context, mapping, mapped, "separator", separator)
  check_conversions(context, mapping)
  context.field = "constants"
  for _, name in ipairs(sorted(mapping.constants)) do check_field(context, name) end
  context.field = "separator"
  if mapping.separator == "" then misuse(context, "the text is empty") end
  context.field = "parties"
  if mapping.parties and mapping.unknown == nil then
    misuse(context, 'it says how records are made: give unknown = "make" as well')
  end
  context.field = "version"
  if mapping.version and mapping.source == false then
    raise(context, "version: a row's version stands with its source: give the source")
  end
end

--- Refuses a mapping that leaves a required field to nothing.
local function check_required(context, mapping, layout)
  for _, name in ipairs(sorted(context.fields)) do
    local field = context.fields[name]
    if field.required and field.absent == nil and not layout.filled[name]
      and (mapping.constants or {})[name] == nil then
      context.field = name
      raise(context, "%s.%s is required, and neither a column nor a constant fills it (%s)",
        context.kind, name, field.help)
    end
  end
end

-- ------------------------------------------------------------------------------------- Targets

--- What reads one field: see `loader:map` in the core.
local function target(context, mapping, name)
  local field = context.fields[name]
  local between = mapping.separator
  if type(between) == "table" then between = between[name] end
  local meanings = mapping.words and mapping.words[name]
  local resolve, known
  if field.kinds then
    resolve, known = context.reference(name, field)
  elseif field.list and meanings then
    known = {} -- the lists that words stand for
  end
  return {
    field = name,
    words = meanings,
    texts = meanings and context.texts[meanings] or nil,
    strict = mapping.strict_words and mapping.strict_words[name] or nil,
    dates = mapping.dates or { "edtf" },
    separator = field.list and between or nil,
    resolve = resolve,
    known = known,
  }
end

--- Adds a target, unless another column fills its field.
local function add(context, layout, given)
  if layout.filled[given.field] then
    context.field = given.field
    raise(context, "two columns fill %s.%s, %s and %s", context.kind, given.field,
      quoted(layout.filled[given.field]), quoted(given.from))
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
  local layout = { names = names, find = M.columns(names, mapping.instead), targets = {},
    filled = {} }
  for _, column in ipairs(sorted(mapping.columns)) do
    context.field = "columns"
    local number = number_of(context, layout, column)
    for _, name in ipairs(number and fields_of(mapping.columns[column]) or {}) do
      local given = target(context, mapping, name)
      given.column, given.from = number, column
      given.convert = mapping.convert and mapping.convert[column] or nil
      add(context, layout, given)
    end
  end
  for _, name in ipairs(sorted(mapping.join)) do
    local given, numbers = target(context, mapping, name), {}
    context.field = "join"
    for _, column in ipairs(mapping.join[name]) do
      numbers[#numbers + 1] = number_of(context, layout, column)
    end
    given.join, given.from = numbers, table.concat(mapping.join[name], " + ")
    add(context, layout, given)
  end
  context.field = "version"
  layout.count = #names
  layout.version = mapping.version and number_of(context, layout, mapping.version) or nil
  layout.identity = identity_of(context, mapping, layout)
  return layout
end

--- The layouts of a file, as the core takes them.
-- @tparam table mapping see dualuse.import
-- @tparam {{string,...},...} names the columns' names, of each layout that the file can have
-- @tparam string kind
-- @tparam function reference see dualuse.import.references
-- @treturn {table,...} layouts
-- @treturn function number of columns, name -> the column's number, or false: for row(name)
-- @raise `invalid` for a column that the file does not have, and a field that there is not;
--   `misuse` for what is of a wrong type
function M.layouts(mapping, names, kind, reference)
  local context = { kind = kind, reference = reference, fields = {} }
  for _, field in ipairs(core.describe(kind).fields) do
    context.fields[field.name] = field
  end
  if mapping.required then
    context.required = {}
    for _, name in ipairs(mapping.required) do context.required[name] = true end
  end
  check_mapping(context, mapping)
  context.texts = {}
  for _, meanings in pairs(mapping.words or {}) do context.texts[meanings] = sorted(meanings) end
  local layouts, by_count = {}, {}
  for i, list in ipairs(names) do
    local layout = build(context, mapping, list)
    if not mapping.records and not mapping.retract then
      check_required(context, mapping, layout)
    end
    layouts[i], by_count[layout.count] = layout, layout
  end
  return layouts, row_columns(kind, by_count, mapping.required ~= nil or mapping.layouts ~= nil)
end

return M
