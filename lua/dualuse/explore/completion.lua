--- What the word at the end of a line may go on as: names, fields, methods, words of a vocabulary.
--
-- The interpreter's own prompt has no hook for this. But where it uses the readline library, so
-- does the module `readline` (Debian: lua-readline; LuaRocks: readline), and what that sets holds
-- for the prompt as well.
-- @module dualuse.explore.completion

local core = require "dualuse.core"
local byte_order = require "dualuse.byte_order"
local manual = require "dualuse.explore.manual"

local M = {}

local KEYWORDS = { "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if",
  "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while" }

local function kinds()
  local names = {}
  for i, kind in ipairs(core.describe()) do
    names[i] = kind.kind
  end
  return names
end

local function is_among(name, list)
  for _, each in ipairs(list) do
    if each == name then
      return true
    end
  end
  return false
end

-- ------------------------------------------------------------------------------------- Objects

local classes_of = {
  ["dualuse.store"] = { "store" },
  ["dualuse.collection"] = { "collection", "query" },
  ["dualuse.query"] = { "query" },
}

-- What an object gives for a name, if that is sure to run nothing and to raise nothing.
local function part_of(object, name)
  if core.class(object) == "dualuse.store" then
    return is_among(name, kinds()) and select(2, pcall(function() return object[name] end)) or nil
  elseif type(object) == "table" then
    local value = rawget(object, name)
    return value == nil and manual.class(name) and package.loaded["dualuse." .. name] or value
  end
  return nil
end

-- What stands for names with dots between them, from the global table on: nil for nothing.
local function object_of(path)
  local object = _G
  for name in path:gmatch("[%a_][%w_]*") do
    object = part_of(object, name)
    if object == nil then
      return nil
    end
  end
  return object
end

local function names_in(object)
  local names = {}
  if type(object) == "table" then
    for name in pairs(object) do
      names[#names + 1] = type(name) == "string" and name:find("^[%a_][%w_]*$") and name or nil
    end
  end
  if object == package.loaded.dualuse then
    for _, class in ipairs(manual.classes()) do
      names[#names + 1] = package.searchpath("dualuse." .. class.name, package.path) and class.name
    end
  end
  return names
end

-- The names that may follow a dot or a colon.
local function parts_of(object, separator)
  local class = core.class(object)
  if separator == ":" then
    if classes_of[class] then
      return manual.names(table.unpack(classes_of[class]))
    end
    local is_rows = type(object) == "table" and getmetatable(object)
      and getmetatable(object).__name == "dualuse.rows"
    return is_rows and manual.names("rows") or type(object) == "string" and names_in(string) or {}
  end
  return class == "dualuse.store" and kinds() or names_in(object)
end

-- ------------------------------------------------------------------------------------- Context

-- The kind of the records that the line is about at its end: that of the last collection or query
-- named before an open bracket.
local function kind_at(line)
  local kind
  for path, rest in line:gmatch("%f[%a_]([%a_][%w_.]*):()") do
    local object = object_of(path)
    local class = core.class(object)
    if (class == "dualuse.collection" or class == "dualuse.query")
      and line:sub(rest):find("[({]") then
      kind = object:kind()
    end
  end
  return kind and core.describe(kind) or nil
end

local function field_names(kind)
  local names = {}
  for i, field in ipairs(kind and kind.fields or {}) do
    names[i] = field.name
  end
  return names
end

-- What may stand in quotes: a kind or topic of help, a word of the field before it, a field.
local function in_quotes(before)
  local called = before:match("([%a_]+)%s*%(?%s*$")
  if called == "describe" then
    return kinds()
  elseif called == "help" then
    local names = kinds()
    for _, class in ipairs(manual.classes()) do
      names[#names + 1] = class.name
      for _, found in ipairs(class.functions) do
        names[#names + 1] = found.name
      end
    end
    return names
  end
  local kind = kind_at(before)
  local field = before:match("([%a_]+)%s*=%s*{?[^{}=]*$")
  for _, each in ipairs(kind and kind.fields or {}) do
    if each.name == field then
      return each.words or {}
    end
  end
  return field_names(kind)
end

-- The quote that is open at the end of a line, and where it is.
local function open_quote(line)
  local open, at
  for position, character in line:gmatch("()(['\"])") do
    if not open then
      open, at = character, position
    elseif open == character then
      open, at = nil, nil
    end
  end
  return at
end

local function matching(names, beginning, before)
  local found, seen = {}, {}
  for _, name in ipairs(names) do
    if name:sub(1, #beginning) == beginning and not seen[name] then
      seen[name] = true
      found[#found + 1] = before .. name
    end
  end
  table.sort(found, byte_order.before)
  return found
end

local function names_at(line)
  local names = names_in(_G)
  table.move(KEYWORDS, 1, #KEYWORDS, #names + 1, names)
  local kind = kind_at(line)
  if kind and line:find("[{,]%s*[%w_]*$") then
    return field_names(kind)
  end
  return names
end

-- The methods of what a call in the line gives: of a query, unless it was grouped.
local function methods_of_result(line)
  if line:find(":group%s*[({]") then
    return manual.names("rows")
  end
  return kind_at(line) and manual.names("query") or {}
end

--- What the end of a line may go on as.
-- @tparam string line up to the cursor
-- @tparam[opt] integer from where the word begins that is to be completed, as the prompt sees it
-- @treturn {string,...} the whole words, sorted; empty where nothing is known
function M.of(line, from)
  local quote = open_quote(line)
  if quote then
    local beginning = line:sub(quote + 1)
    local start = from or quote + 1
    return matching(in_quotes(line:sub(1, quote - 1)), beginning, line:sub(start, quote))
  end
  local path, separator, beginning = line:match("([%a_][%w_.]*)([.:])([%w_]*)$")
  local names
  if path then
    local object = object_of(path)
    names = object ~= nil and parts_of(object, separator) or {}
  elseif line:find("[)}]:[%w_]*$") then
    path, beginning = "", line:match("[%w_]*$")
    names = methods_of_result(line)
  else
    path, beginning = "", line:match("[%a_][%w_]*$") or ""
    names = (beginning ~= "" or kind_at(line)) and names_at(line) or {}
  end
  local before = #line - #beginning
  local start = from or path == "" and before + 1 or before - #path
  return matching(names, beginning, line:sub(start, before))
end

-- The module calls back on the stack of the coroutine that has set the function, and empties that
-- first. The prompt keeps the lines typed so far on its own stack: so the function is set in a
-- coroutine, which is over then, and is kept for its stack.
local stack

--- Completes at the prompt, where the interpreter has readline and the module `readline` is there.
-- @treturn boolean whether the module is there
function M.start()
  local found, readline = pcall(require, "readline")
  if not found or type(readline) ~= "table" or not readline.set_complete_function then
    return false
  end
  local function complete(text, from, to)
    -- Nothing may be raised through readline.
    local ok, words = pcall(M.of, text:sub(1, to), from)
    readline.set_completion_append_character("")
    return ok and words or {}
  end
  stack = coroutine.create(readline.set_complete_function)
  return coroutine.resume(stack, complete)
end

return M
