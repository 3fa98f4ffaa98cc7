--- Options of the functions that answer: what is given is checked before anything is read, and
-- what is wrong is told at the line of whoever gave it.
--
-- A `level` counts as in `error`: 1 is the function that calls this module, 2 the one that called
-- that function. A validator takes a value and returns nil where it will do; otherwise what was
-- expected, and the code of the error: "misuse" for a wrong type, "invalid" for a wrong value.
-- @module dualuse.options

local core = require "dualuse.core"
local byte_order = require "dualuse.byte_order"
local sets = require "dualuse.sets"

local M = {}

--- A value in an error message.
local function shown(value)
  if type(value) == "string" then
    return '"' .. core.shown(value) .. '"'
  elseif type(value) == "table" or type(value) == "userdata" or type(value) == "function" then
    return "a " .. (core.class(value) or type(value))
  end
  return tostring(value)
end

--- The first name, in order, that is not one of those known; nil if all are.
local function unknown_name(given, known)
  local unknown = {}
  for name in pairs(given) do
    if not known[name] then unknown[#unknown + 1] = shown(name) end
  end
  table.sort(unknown, byte_order.before)
  return unknown[1]
end

--- Checks a table of options.
-- @tparam ?table given the options; nil stands for none
-- @tparam table validators by the names of the options
-- @tparam integer level whose mistake it is
-- @treturn table the options
-- @raise `misuse` for what is no table, an unknown option or a wrong type; `invalid` for a value
--   that does not fit. `field` is the option's name.
function M.check(given, validators, level)
  if given == nil then
    return {}
  elseif type(given) ~= "table" then
    core.raise{ code = "misuse", level = level + 1,
      message = "argument 2: expected a table of options, got " .. shown(given) }
  end
  local names = sets.sorted(validators)
  local unknown = unknown_name(given, validators)
  if unknown then
    core.raise{ code = "misuse", level = level + 1, message = ("unknown option %s: expected %s")
      :format(unknown, table.concat(names, ", ")) }
  end
  for _, name in ipairs(names) do
    if given[name] ~= nil then
      local expected, code = validators[name](given[name])
      if expected then
        core.raise{ code = code, field = name, level = level + 1,
          message = ("%s: expected %s, got %s"):format(name, expected, shown(given[name])) }
      end
    end
  end
  return given
end

--- Makes a validator: one of the words.
-- @tparam string ... the words
-- @treturn function
function M.one_of(...)
  local words = { ... }
  return function(value)
    for _, word in ipairs(words) do
      if value == word then return nil end
    end
    return "one of " .. table.concat(words, ", "), "invalid"
  end
end

--- A validator: any date in EDTF.
function M.date(value)
  if type(value) ~= "string" then
    return 'an EDTF date such as "2019-07"', "misuse"
  end
  local date, why = core.edtf.parse(value)
  if not date then
    return ('an EDTF date such as "2019-07" (%s)'):format(why), "invalid"
  end
  return nil
end

--- A validator: true or false.
function M.boolean(value)
  if type(value) ~= "boolean" then
    return "true or false", "misuse"
  end
  return nil
end

--- A validator of an integer in a range.
-- @tparam integer least
-- @tparam integer most
-- @tparam string what it is, such as "how many entries of a list"
-- @treturn function
function M.count(least, most, what)
  local expected = ("%s, %d to %d"):format(what, least, most)
  return function(value)
    if math.type(value) ~= "integer" then
      return expected, "misuse"
    end
    return (value < least or value > most) and expected or nil, "invalid"
  end
end

--- A validator: an id, key, name or alias; whether it names anything, `record` finds out.
function M.reference(value)
  if type(value) ~= "string" and math.type(value) ~= "integer" then
    return "a reference (an id, a key, a name or an alias)", "misuse"
  end
  return nil
end

--- The elements of a value that may be one or a list of them.
-- @param value nil, an element, or a list
-- @treturn ?table a list, or nil for nil
function M.list(value)
  if value == nil or type(value) == "table" then
    return value
  end
  return { value }
end

--- A validator: one reference, or a list of them.
function M.references(value)
  for _, element in ipairs(M.list(value)) do
    if M.reference(element) then
      return "a reference (an id, a key, a name or an alias), or a list of them", "misuse"
    end
  end
  if type(value) == "table" and (#value == 0 or next(value, #value)) then
    return "a reference (an id, a key, a name or an alias), or a list of them", "misuse"
  end
  return nil
end

--- Makes a validator: one of the words, or a list of them.
-- @tparam {string,...} words
-- @treturn function
function M.words(words)
  local known = {}
  for _, word in ipairs(words) do known[word] = true end
  local expected = ("one of %s, or a list of them"):format(table.concat(words, ", "))
  return function(value)
    if type(value) ~= "string" and type(value) ~= "table" then
      return expected, "misuse"
    end
    local list = M.list(value)
    for _, word in ipairs(list) do
      if not known[word] then
        return expected .. (type(value) == "table" and ("; not %s"):format(shown(word)) or ""),
          "invalid"
      end
    end
    if type(value) == "table" and (#list == 0 or next(list, #list)) then
      return expected, "misuse"
    end
    return nil
  end
end

--- Checks that a value is a store, and open.
-- @param store
-- @tparam integer level whose mistake it is
-- @raise `misuse` for what is no store, `closed` for a closed one
function M.store(store, level)
  local class, state = core.class(store)
  if class ~= "dualuse.store" then
    core.raise{ code = "misuse", level = level + 1,
      message = "argument 1: expected a store, got " .. shown(store) }
  elseif state == "closed" then
    core.raise{ code = "closed", level = level + 1, message = "the store is closed" }
  end
end

--- One state of a store to answer from: what others commit meanwhile is not seen. Nor is what an
-- open transaction has not committed.
-- @param store an open store, or a view of one
-- @tparam integer level whose mistake it is
-- @return a view of the store as of its newest revision
-- @raise `misuse` for what is no store, `closed` for a closed one
function M.snapshot(store, level)
  M.store(store, level + 1)
  return store:as_of(store:revision())
end

--- The record that an option names.
-- @param view a store
-- @tparam string kind such as "disputes"
-- @tparam string option its name
-- @param reference what was given
-- @tparam integer level whose mistake it is
-- @treturn ?table the record; nil where no reference was given
-- @raise `invalid` for a reference to nothing, or to two records alike
function M.record(view, kind, option, reference, level)
  if reference == nil then
    return nil
  end
  local ok, record = pcall(view[kind].get, view[kind], reference)
  if ok and record then
    return record
  elseif not ok and type(record) ~= "table" then
    error(record, 0) -- no memory, or Ctrl-C
  end
  local problem = ok and ("no %s has the id, key, name or alias %s"):format(
    core.describe(kind).singular, shown(reference)) or record.message
  core.raise{ code = not ok and record.code or "invalid", kind = kind, field = option,
    level = level + 1, message = option .. ": " .. problem }
end

return M
