--- For the prompt: short names, results that fit the terminal, records with their references by
-- name, and help.
--
--    lua5.4 -l dualuse.explore
--    > sample()
--    > cases:where{ destination = "Vietnam" }
--    > show "kr-etching-gas-vietnam"
--
-- It puts the names of the functions below, `dualuse`, and with a store open `store` and its kinds
-- into the global table, and says so. A name that is there already is left as it is, and named. On
-- a terminal, what prints itself (a store, a query, rows, an answer) then keeps to its width and
-- height, and to ASCII where the locale has no UTF-8; Tab completes names, fields and words where
-- `dualuse.explore.completion` can have it. Nobody but this module does any of that.
-- @module dualuse.explore

local completion = require "dualuse.explore.completion"
local core = require "dualuse.core"
local dualuse = require "dualuse"
local help = require "dualuse.explore.help"
local layout = require "dualuse.layout"
local showing = require "dualuse.explore.showing"
local terminal = require "dualuse.explore.terminal"
local sets = require "dualuse.sets"

local M = {}

local on_terminal = core.terminal("stdout") ~= nil
local in_ascii = on_terminal and not terminal.utf8()

-- The store that the names stand for, and what was put into the global table, by name.
local current
local mine = {}

local function raise(code, message, level)
  core.raise{ code = code, message = message, level = level + 1 }
end

-- ------------------------------------------------------------------------------------ Printing

local most_rows = 20

-- The table of a result leaves the screen to the line that asked for it, and to the next prompt.
local function room()
  local columns, lines = core.terminal("stdout")
  return { width = columns, rows = math.max(5, math.min(most_rows, lines - 5)), ascii = in_ascii }
end

-- The room for what is shown whole: as wide as the screen, as long as it may be.
local function wide_room()
  return on_terminal and { width = room().width, ascii = in_ascii } or {}
end

local function say(text)
  for _, line in ipairs(layout.filled(text, wide_room().width or 100)) do
    io.stdout:write(in_ascii and layout.ascii(line) or line, "\n")
  end
end

-- --------------------------------------------------------------------------------------- Names

-- Puts values into the global table; returns the names that are there, and those which were taken.
local function put_names(values)
  local put, taken = {}, {}
  for _, name in ipairs(sets.sorted(values)) do
    local there = rawget(_G, name)
    local ours = there == nil or rawequal(there, mine[name]) or rawequal(there, values[name])
    if ours then
      rawset(_G, name, values[name])
      mine[name] = values[name]
    end
    local list = ours and put or taken
    list[#list + 1] = name
  end
  return put, taken
end

local function say_taken(taken, instead)
  if #taken > 0 then
    say(("Names of your own, left as they are: %s (%s).")
      :format(table.concat(taken, ", "), instead:format(taken[1])))
  end
end

-- Makes a store the one that the names stand for.
local function take(store, what)
  local first = not current
  current = store
  local values = {}
  for _, kind in ipairs(core.describe()) do
    values[kind.kind] = store[kind.kind]
  end
  local kinds, taken = put_names(values)
  local _, store_taken = put_names{ store = store }
  local short = first and "; names for its kinds: " .. table.concat(kinds, ", ") or ""
  say(("store is %s%s"):format(what, short))
  say_taken(store_taken, "use() gives the store")
  say_taken(taken, "use().%s is the collection")
  return store
end

--- Opens a store, and makes it the current one.
-- @tparam[opt] string path without one, a store in memory
-- @tparam[opt] table options as `dualuse.open` has them
-- @return the store
-- @raise what `dualuse.open` gives as an error
function M.open(path, options)
  local store, problem = core.open(path, options)
  if not store then
    raise(problem.code, problem.message, 2)
  end
  local what = path and layout.cell(path) or "in memory"
  return take(store, store:revision() == 0 and what .. " (new)" or what)
end

--- Opens a store in memory with the sample, the dispute of 2019 between Japan and South Korea, and
-- makes it the current one.
-- @return the store
function M.sample()
  local store = assert(core.open())
  require("dualuse.sample.japan_korea_2019").load(store)
  return take(store, "the sample (Japan and South Korea, 2019), in memory")
end

--- Makes a store, or a view of one such as `store:as_of(12)`, the current one.
-- @param[opt] store
-- @return the store that is now current, or without an argument the one that is; nil if none is
-- @raise `misuse` for what is no store, `closed` for a closed one
function M.use(store)
  if store == nil then
    return current
  end
  local class, state = core.class(store)
  if class ~= "dualuse.store" then
    raise("misuse", "argument 1: expected a store, got " .. type(store), 2)
  elseif state == "closed" then
    raise("closed", "the store is closed", 2)
  end
  return take(store, ("the one given, at revision %d"):format(store:revision()))
end

-- ------------------------------------------------------------------------------------- Showing

--- Prints all of a value, through a pager where it is longer than the screen: of a query, the
-- records it finds (a thousand at most); a record, with what it refers to by name; any other
-- object as it prints itself; a table by its names.
-- @param value an object, a table; or a reference (id, key, name or alias) to any kind of record
-- @raise `invalid` for a reference to nothing, and what reading raises
function M.show(value)
  local store = current and select(2, core.class(current)) == "open" and current or nil
  if showing.is_reference(value) and not store then
    raise("misuse", "no store is open: open(path), or sample()", 2)
  end
  local text = showing.text(value, store, wide_room())
  if not text then
    raise("invalid", ("no record has the id, key, name or alias %s"):format(layout.cell(value)), 2)
  end
  terminal.print(text)
end

--- The fields of a kind, or the kinds there are: `dualuse.describe`.
-- @tparam[opt] string kind
-- @treturn table which prints as help
-- @raise `misuse` for a kind that there is not
function M.describe(kind)
  return (core.describe(kind))
end

--- Tells what can be typed.
-- @param[opt] topic a kind ("cases"), a method or function ("where"), a module ("licence"), or an
--   object
-- @raise `invalid` for a topic of which nothing is known
function M.help(topic)
  local lines = help.lines(topic, wide_room().width or 100)
  if not lines then
    raise("invalid", ("there is no help on %s: a kind, a method, a module, or \"methods\"")
      :format(type(topic) == "string" and layout.cell(topic) or "a " .. type(topic)), 2)
  end
  terminal.print(layout.lines(lines, wide_room()))
end

-- ------------------------------------------------------------------------------------- Loading

if on_terminal then
  layout.room_by(room)
  completion.start()
end

-- Whoever types `help` alone is helped as well.
local helping = setmetatable({}, {
  __call = function(_, topic) return M.help(topic) end,
  __tostring = function() return "help() tells what can be typed, Ctrl-D leaves." end,
})

local put, taken = put_names{ dualuse = dualuse, describe = M.describe, help = helping,
  open = M.open, sample = M.sample, show = M.show, use = M.use }
say(("dualuse: %s. help() tells more."):format(table.concat(put, ", ")))
say_taken(taken, "require \"dualuse.explore\".%s is ours")

return M
