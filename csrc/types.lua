-- Makes lua/dualuse/types.lua, the types for editors, from the docstrings (see docstrings.lua) and
-- the kinds:
--
--   LUA_PATH=… LUA_CPATH=… lua5.4 csrc/types.lua > lua/dualuse/types.lua
--
-- The words of the docstrings are the types: an argument or a result that is told in other words
-- stops the making, and wants its line below.

local docstrings = dofile("csrc/docstrings.lua")
local dualuse = require "dualuse"

local out = {}

local function put(text, ...)
  out[#out + 1] = select("#", ...) > 0 and text:format(...) or text
end

local function lines_of(text)
  return (text .. "\n"):gmatch("(.-)\n")
end

-- A comment, filled to a hundred columns; what is indented is left as it is.
local function put_text(text)
  for paragraph in lines_of(text) do
    local line = "---"
    if paragraph:find("^%s") then
      line = line .. paragraph
    else
      for word in paragraph:gmatch("%S+") do
        if #line + 1 + #word > 100 then
          put(line)
          line = "---"
        end
        line = line .. (line == "---" and "" or " ") .. word
      end
    end
    put(line)
  end
end

-- ------------------------------------------------------------------- The words of the C files

-- A word with $ differs by kind.
local ARGUMENTS = {
  ["path"] = "string",
  ["fn"] = "fun(store: dualuse.store): ...",
  ["when"] = "integer|string",
  ["kind"] = "dualuse.kind",
  ["record"] = "$values",
  ["changes"] = "$changes",
  ["reference"] = "dualuse.reference",
  ["text"] = "string",
  ["date"] = "dualuse.date",
  ["other"] = "dualuse.date",
  ["n"] = "integer",
  ["count"] = "integer",
  ["offset"] = "integer",
  ["field"] = "$field",
  ["…"] = "string",
  ["{ by=, reason= }"] = "dualuse.why",
  ["{ readonly=, timeout=, deadline=, durability=, column_cache= }"] = "dualuse.open_options",
  ["{ missing=, least= }"] = "table",
  ["{ code=, message=, kind=, field=, level= }"] = "table",
  ["{ field = value, … }"] = "$where",
  ["{ key, …, name = measure, … }"] = "table",
  ["{ count = true }"] = "dualuse.explained",
  ["{ field, … }"] = "string[]",
}

local RESULTS = {
  ["store, or nil and an error"] = { "dualuse.store?", "dualuse.error?" },
  ["value, …"] = { "any ..." },
  ["store"] = { "dualuse.store" },
  ["id"] = { "integer" },
  ['id, "added" | "updated" | "unchanged"'] = { "integer", '"added"|"updated"|"unchanged"' },
  ["boolean"] = { "boolean" },
  ["integer"] = { "integer" },
  ["text"] = { "string" },
  ["number or nil"] = { "number?" },
  ["number, text or nil"] = { "number|string|nil" },
  ["integer or nil, integer or nil"] = { "integer?", "integer?" },
  ["table, or nil and why it is no date"] = { "table?", "string?" },
  ["text, list of values"] = { "string", "any[]" },
  ["record or nil"] = { "$record?" },
  ["list of records"] = { "$record[]" },
  ["loop over record"] = { "fun(): $record" },
  ["loop over id, value, …"] = { "fun(): integer, ..." },
  ["query"] = { "$query" },
  ["rows"] = { "dualuse.rows" },
  ["description"] = { "dualuse.description" },
  ["explanation"] = { "dualuse.explanation" },
  ["list of findings"] = { "dualuse.finding[]" },
  ["{ mended=, left= }"] = { "dualuse.repair" },
  ["list of { party=, name=, matched=, score= }"] = { "dualuse.match[]" },
}

local ANY_KIND = { values = "table", changes = "table", field = "string", where = "table",
  record = "dualuse.record", query = "dualuse.query" }

local function with_kind(text, words)
  return (text:gsub("%$(%a+)", words))
end

local function word(words, text, told)
  return words[text] or error(("%s: no type is known for “%s”"):format(told.signature, text), 0)
end

-- Parameters and returns of a C function, for one kind or for any.
local function typed(told, words)
  local params, returns = {}, {}
  for i, argument in ipairs(told.arguments) do
    params[i] = { name = argument.name, optional = argument.optional,
      type = with_kind(word(ARGUMENTS, argument.text, told), words) }
  end
  for i, kind in ipairs(told.results and word(RESULTS, told.results, told) or {}) do
    returns[i] = { type = with_kind(kind, words) }
  end
  return params, returns
end

-- ------------------------------------------------------------------------ The types of LDoc

local BY_NAME = { store = "dualuse.store", view = "dualuse.store", look = "table",
  collection = "dualuse.collection", query = "dualuse.query", rows = "dualuse.rows",
  reference = "dualuse.reference" }

-- "?{string,...}" is string[]?; a table that is told to be rows is rows.
local function lua_type(told, name, text)
  if not told then
    return BY_NAME[name] or "any"
  end
  local mark, kind = told:match("^(%??)(.*)$")
  kind = kind:gsub("{([^{}]*),%.%.%.}", "%1[]"):gsub("{([^{}]*),%.%.%.}", "%1[]")
  if kind == "table" and (text:find("^rows%f[%A]") or text:find("^new rows%f[%A]")) then
    kind = "dualuse.rows"
  elseif kind == "userdata" then
    kind = BY_NAME[name] or kind
  elseif kind == "file" or kind:find("|file", 1, true) then
    kind = kind:gsub("%f[%a]file%f[%A]", "file*")
  end
  return mark == "?" and (kind:find("|", 1, true) and kind .. "|nil" or kind .. "?") or kind
end

local function lua_typed(told)
  local params, returns = {}, {}
  for i, param in ipairs(told.params) do
    params[i] = { name = param.name, type = lua_type(param.type, param.name, param.text),
      optional = param.optional, text = param.text }
  end
  for i, result in ipairs(told.returns) do
    returns[i] = { type = lua_type(result.type, nil, result.text), text = result.text }
  end
  return params, returns
end

-- ---------------------------------------------------------------------------------- Functions

local function names_of(params)
  local names = {}
  for i, param in ipairs(params) do
    names[i] = param.name
  end
  return table.concat(names, ", ")
end

-- A tag is one line, however long: what follows it would belong to the function.
local function tag(format, text, ...)
  put("%s", "---" .. format:format(...) .. (text and text ~= "" and " # " .. text or ""))
end

local function put_tags(params, returns)
  for _, param in ipairs(params) do
    tag("@param %s%s %s", param.text, param.name, param.optional and "?" or "", param.type)
  end
  for _, result in ipairs(returns) do
    tag("@return %s", result.text, result.type)
  end
end

local function put_told(told)
  if told.signature then
    put("---`%s`", told.signature)
    put("---")
  end
  put_text(told.text)
  if told.raises then
    put("---")
    put_text("Raises " .. told.raises)
  end
end

-- The parts of a call in words: a class that can be called has no tags for them.
local function put_parts(told)
  for _, param in ipairs(told.params) do
    put("---")
    put_text(("`%s`: %s"):format(param.name, param.text))
  end
  for _, result in ipairs(told.returns) do
    put("---")
    put_text("Returns " .. result.text)
  end
end

local function put_function(owner, separator, told, params, returns)
  put("")
  put_told(told)
  put_tags(params, returns)
  put("function %s%s%s(%s) end", owner, separator, told.name, names_of(params))
end

-- A function as a type: a field of a class, or what a class can be called as.
local function function_type(params, returns, self)
  local parts = self and { "self: " .. self } or {}
  for _, param in ipairs(params) do
    parts[#parts + 1] = ("%s%s: %s"):format(param.name, param.optional and "?" or "", param.type)
  end
  local types = {}
  for i, result in ipairs(returns) do
    types[i] = result.type
  end
  return ("fun(%s)%s"):format(table.concat(parts, ", "),
    #types > 0 and ": " .. table.concat(types, ", ") or "")
end

-- ------------------------------------------------------------------------------------- Sources

local function files(folder, ending)
  local list = {}
  local pipe <close> = assert(io.popen(
    ("find %s -name '*%s' | LC_ALL=C sort"):format(folder, ending)))
  for path in pipe:lines() do
    list[#list + 1] = path
  end
  return list
end

-- The methods that a module in Lua gives to a class of the core: init.lua lists them.
local function methods_in_lua()
  local list = {}
  local file <close> = assert(io.open("lua/dualuse/init.lua"))
  for class, name, module in file:read("a"):gmatch(
    'core%.extend%("dualuse%.(%a+)", "([%w_]+)", late%("([%w_]+)", "%2"%)%)') do
    local path = "lua/dualuse/" .. module .. ".lua"
    local there = io.open(path)
    if there then
      there:close()
      local _, found = docstrings.lua(path)
      for _, told in ipairs(found) do
        if told.owner == "M" and told.name == name then
          told.class, told.module = class, module
          list[#list + 1] = told
        end
      end
    end
  end
  return list
end

local classes = { store = {}, collection = {}, query = {}, edtf = {} }
local core = {}
for _, path in ipairs(files("csrc", ".c")) do
  for _, told in ipairs(docstrings.c(path)) do
    if told.class == nil and rawget(dualuse, told.name) or classes[told.class] then
      table.insert(classes[told.class] or core, told)
    end
  end
end
-- Modules that are for others to use: all that answers is. These only help, or give methods.
local inner = { options = true, types = true }

for _, told in ipairs(methods_in_lua()) do
  table.insert(classes[told.class], told)
  inner[told.module] = true
end
for _, list in pairs(classes) do
  table.sort(list, function(a, b) return a.name < b.name end)
end

-- What answers takes a store, or what a store has given.
local TAKEN = { store = true, collection = true, query = true, rows = true, list = true }

-- The functions of a module, its call if it has one, and whether it answers.
local function functions_of(name, found)
  local functions, call, answers = {}, nil, name == "explore"
  for _, told in ipairs(found) do
    local first = told.params[1]
    local ours = told.owner == "M" and not told.method
    if ours then
      functions[#functions + 1] = told
    end
    if told.name == name and (ours or not told.owner) then
      call = told
    end
    answers = answers or (ours or told == call) and first ~= nil and TAKEN[first.name] or false
  end
  return functions, call, answers
end

local function answering_modules()
  local list = {}
  for _, path in ipairs(files("lua/dualuse", ".lua")) do
    local name = path:match("^lua/dualuse/([%w_]+)%.lua$")
    local module, found = docstrings.lua(path)
    local functions, call, answers = functions_of(name, found)
    if name and module and answers and not inner[name] then
      list[#list + 1] = { name = name, text = module.text, functions = functions, call = call }
    end
  end
  return list
end

local modules = answering_modules()

-- --------------------------------------------------------------------------------------- Kinds

local VALUES = { text = "string", integer = "integer", number = "number", boolean = "boolean",
  date = "dualuse.date", reference = "dualuse.reference", data = "any",
  citation = "dualuse.reference|dualuse.citation", stage = "dualuse.stage.values",
  id = "integer", revision = "integer", time = "string" }

local function quoted(words)
  local list = {}
  for i, each in ipairs(words) do
    list[i] = ('"%s"'):format(each)
  end
  return table.concat(list, "|")
end

local function value_type(kind, field)
  local value = field.words and ("dualuse.%s.%s"):format(kind.singular, field.name)
    or VALUES[field.type] or error("no type is known for fields of " .. field.type, 0)
  if field.list then
    return (value:find("|", 1, true) and "(%s)[]" or "%s[]"):format(value)
  end
  return value
end

-- What may be asked of a field: a value, any of a list, operators, or the fields of what it refers
-- to.
local function condition_type(kind, field)
  local value = field.type == "citation" and VALUES.reference
    or value_type(kind, field):gsub("%[%]$", "")
  local types = { value, value .. "[]", "dualuse.operators" }
  for _, target in ipairs(field.kinds or {}) do
    types[#types + 1] = ("dualuse.%s.where"):format(dualuse.describe(target).singular)
  end
  return #(field.kinds or {}) > 2 and table.concat(types, "|", 1, 3) or table.concat(types, "|")
end

local given_by_store = { id = true, revision = true, recorded = true }

local function put_vocabularies(kind)
  for _, field in ipairs(kind.fields) do
    if field.words then
      put("")
      put("---@alias dualuse.%s.%s %s", kind.singular, field.name, quoted(field.words))
    end
  end
end

local function put_field(name, optional, kind, help)
  put("---@field %s%s %s%s", name, optional and "?" or "", kind, help and " # " .. help or "")
end

local function put_record(kind)
  local name, names = kind.singular, {}
  put("")
  put_text(("What may be given of a %s: %s"):format(name, kind.help))
  put("---@class dualuse.%s.changes", name)
  for i, field in ipairs(kind.fields) do
    names[i] = field.name
    if not given_by_store[field.name] then
      put_field(field.name, true, value_type(kind, field), field.help)
    end
  end
  put("")
  put_text(("A %s to add"):format(name))
  put("---@class dualuse.%s.values: dualuse.%s.changes", name, name)
  for _, field in ipairs(kind.fields) do
    if field.required then
      put_field(field.name, false, value_type(kind, field))
    end
  end
  put("")
  put_text(("A %s as the store gives it: %s"):format(name, kind.help))
  put("---@class dualuse.%s: dualuse.%s.values, dualuse.record", name, name)
  put("")
  put("---@class dualuse.%s.where", name)
  for _, field in ipairs(kind.fields) do
    put_field(field.name, true, condition_type(kind, field))
  end
  put("")
  put("---@alias dualuse.%s.field %s", name, quoted(names))
end

-- The methods of a class whose arguments or results differ by kind.
local function put_methods_by_kind(class, self, words)
  for _, told in ipairs(classes[class]) do
    if told.signature then
      local params, returns = typed(told, words)
      local kindless = function_type(typed(told, ANY_KIND))
      if function_type(params, returns) ~= kindless then
        put_field(told.name, false, function_type(params, returns, self),
          told.text:match("^[^\n.]*"))
      end
    end
  end
end

local function put_kind(described)
  local kind = dualuse.describe(described.kind)
  local name = "dualuse." .. kind.singular
  local query, collection = "dualuse.query." .. kind.kind, "dualuse.collection." .. kind.kind
  local words = { values = name .. ".values", changes = name .. ".changes",
    field = name .. ".field", where = name .. ".where", record = name, query = query }
  put_vocabularies(kind)
  put_record(kind)
  put("")
  put("---@class %s: dualuse.query", query)
  put_methods_by_kind("query", query, words)
  put("")
  put_text(("store.%s: %s"):format(kind.kind, kind.help))
  put("---@class %s: %s, dualuse.collection", collection, query)
  put_methods_by_kind("collection", collection, words)
end

-- ------------------------------------------------------------------------------------- Writing

put [[
---@meta _
-- Types for editors that know LuaCATS. Nothing loads this file; the explorer's help reads it.
-- `make types` writes it, from the docstrings of csrc/ and lua/ and from the kinds, and
-- spec/types_spec.lua holds it against what is there.
-- luacheck: ignore, no max line length

---An id, a key, a name or an alias
---@alias dualuse.reference integer|string

---A date in EDTF: "2019-07-04", "2019-07", "2019~", "1910/1945", "[..2018]"
---@alias dualuse.date string

---Who changed something, and why
---@class dualuse.why
---@field by? string
---@field reason? string

---@class dualuse.open_options
---@field readonly? boolean
---@field timeout? number # seconds to wait for another writer (5)
---@field deadline? number # seconds that one query may run (no limit)
---@field durability? "full"|"normal" # "full": what a write returned survives power loss
---@field column_cache? integer # bytes of memory that columns may take; 0: they are not used

---What is raised, and what open gives where a file cannot be had
---@class dualuse.error]]
put("---@field code %s", quoted{ "misuse", "invalid", "constraint", "busy", "readonly", "full",
  "corrupt", "io", "nomem", "closed", "interrupted" })
put [[
---@field message string
---@field kind? dualuse.kind
---@field field? string
---@field where? string # script and line

---A source that a record rests on: its key first
---@class dualuse.citation
---@field [1] dualuse.reference
---@field field? string # the one field that it supports; all, where none is named
---@field locator? string # the place in it, such as "para 5"
---@field quote? string # its words

---What a query asks of a field beside a value or a list of values
---@class dualuse.operators
---@field lt? any
---@field lte? any
---@field gt? any
---@field gte? any
---@field ne? any
---@field like? string # % and _ stand for anything
---@field within? dualuse.reference # it, and all below it
---@field missing? boolean
---@field during? dualuse.date # certainly within
---@field before? dualuse.date # certainly before
---@field after? dualuse.date # certainly after

---What every record has of the store
---@class dualuse.record
---@field id integer # given by the store, for good
---@field revision integer # the transaction that gave it this state
---@field recorded string # when that was (UTC)

---What store:check finds
---@class dualuse.finding
---@field problem string
---@field kind? dualuse.kind
---@field id? integer
---@field field? string

---What store:repair has done
---@class dualuse.repair
---@field mended dualuse.finding[] # what check no longer finds
---@field left dualuse.finding[] # what it still finds

---A party whose name is like a text
---@class dualuse.match
---@field party dualuse.reference
---@field name string
---@field matched string # which of its names is alike
---@field score number # 0.5 to 1

---What query:explain is asked for: one of them
---@class dualuse.explained
---@field count? true
---@field group? table
---@field values? string[]
---@field sum? string
---@field mean? string
---@field min? string
---@field max? string
---@field median? string
---@field distinct? string

---How a query is answered; it prints as text
---@class dualuse.explanation
---@field kind dualuse.kind
---@field what string
---@field finds "columns"|"rows"
---@field reads "columns"|"rows"
---@field why? string # columns do not
---@field packs boolean # columns would be made first
---@field segments? integer
---@field skipped? integer
---@field touched? integer
---@field columns? string[]
---@field bytes? integer
---@field cached? integer
---@field changed? integer
---@field unpacked? integer
---@field sqlite string[] # how it reads rows

---What dualuse.describe gives; it prints as help
---@class dualuse.description
---@field kind? dualuse.kind
---@field singular? string
---@field help? string
---@field date? string # the field that is its own date
---@field fields? dualuse.description.field[]

---@class dualuse.description.field
---@field name string
---@field type string
---@field list boolean
---@field required boolean
---@field help string
---@field kinds? dualuse.kind[]
---@field words? string[]
---@field least? integer
---@field most? integer
---@field absent? string]]

local kinds = {}
for i, kind in ipairs(dualuse.describe()) do
  kinds[i] = kind.kind
end
put("")
put("---@alias dualuse.kind %s", quoted(kinds))

local function put_class(class, text)
  put("")
  put_text(text)
  put("---@class dualuse.%s", class)
  if class == "store" then
    for _, kind in ipairs(dualuse.describe()) do
      put_field(kind.kind, false, "dualuse.collection." .. kind.kind, kind.help)
    end
  end
  put("local %s = {}", class)
  for _, told in ipairs(classes[class]) do
    if told.signature then
      put_function(class, told.method and ":" or ".", told, typed(told, ANY_KIND))
    else
      local params, returns = lua_typed(told)
      table.remove(params, 1)
      put_function(class, ":", told, params, returns)
    end
  end
end

put_class("store", "A store, or a view of one as it was recorded earlier")
put_class("query", "What is asked of a kind of record; it never changes")
put_class("collection", "The records of a kind; all that a query has, it has as well")
put_class("edtf", "Extended Date/Time Format (ISO 8601-2:2019)")

for _, kind in ipairs(dualuse.describe()) do
  put_kind(kind)
end

-- Rows have methods of their own, in files of their own, and what they say of themselves.
local function put_rows_class(module)
  put("")
  put_text(module.text)
  put("---@class dualuse.rows: { [integer]: table }")
  put [[
---@field columns string[] # the names of the columns, in order
---@field keys string[] # those that tell the rows apart
---@field measures string[] # those that are figures
---@field unit? string # what is counted
---@field title? string
---@field notes? string[]
local rows = {}]]
  for _, path in ipairs(files("lua/dualuse/rows", ".lua")) do
    local _, found = docstrings.lua(path)
    for _, told in ipairs(found) do
      if told.owner == "methods" then
        put_function("rows", ":", told, lua_typed(told))
      end
    end
  end
end

local function put_module(module)
  local class = module.name == "rows" and "dualuse.rows_module" or "dualuse." .. module.name
  local owner = module.name == "rows" and "rows_module" or module.name
  put("")
  put_text(module.text)
  if module.call and not module.call.owner then
    put("---")
    put("---`dualuse.%s(%s)`", module.name, names_of(module.call.params))
    put("---")
    put_told(module.call)
    put_parts(module.call)
  end
  put("---@class %s", class)
  if module.call then
    put("---@overload %s", function_type(lua_typed(module.call)))
  end
  put("local %s = {}", owner)
  for _, told in ipairs(module.functions) do
    put_function(owner, ".", told, lua_typed(told))
  end
end

for _, module in ipairs(modules) do
  if module.name == "rows" then
    put_rows_class(module)
  end
  put_module(module)
end

local facade = docstrings.lua("lua/dualuse/init.lua")
put("")
put_text(facade.text)
put("---@class dualuse")
put_field("edtf", false, "dualuse.edtf")
put_field("null", false, "any", "clears a field; in a filter of rows, no value")
for _, module in ipairs(modules) do
  put_field(module.name, false,
    module.name == "rows" and "dualuse.rows_module" or "dualuse." .. module.name)
end
put("local dualuse = {}")
for _, told in ipairs(core) do
  put_function("dualuse", ".", told, typed(told, ANY_KIND))
end

io.stdout:write(table.concat(out, "\n"), "\n")
