-- Imports by two threads, with what may get in each other's way: rows that come again, lines that
-- are rejected, texts for which there is no room, functions that ask the store, loops that are left
-- to the collector, ends before the file's. Run under the sanitizer of threads: `make races`.

local dualuse = require "dualuse"
local imports = require "spec.imports"
local numbered = require "spec.numbered"

local line = numbered.line

local file = os.tmpname()
local store = assert(dualuse.open())

--- Imports the lines of these numbers, and checks how many rows it added, or how it failed.
local function import(first, last, options, expected, of)
  local out <close> = assert(io.open(file, "w"))
  for number = first, last do assert(out:write((of or line)(number), "\n")) end
  out:close()
  local mapping = imports.with(numbered.mapping, options)
  mapping.threads = 2
  local ok, result = pcall(store.events.import, store.events, file, mapping)
  local got = ok and result.added or result.code or result
  assert(got == expected, ("expected %s, not %s"):format(expected, got))
  print(first, last, got)
end

--- Begins a loop that never ends.
local function begin_loop()
  local step, cursor = store.events:each()
  step(cursor)
end

local function some(number)
  if number % 3000 == 0 then return line(number, ("x"):rep(30000)) end
  if number % 2000 == 1 then return "no event" end
  return line(number % 900 == 5 and number - 5000 or number)
end

import(1, 20000, {}, 20000)
import(20001, 40000, { on_reject = function() collectgarbage() end }, 19968, some)
import(50001, 60000, { convert = { title = function(text, row)
  if row "n" == "58000" then error{ code = "mine" } end
  begin_loop()
  return text
end } }, "mine")
import(50001, 60000, { convert = { title = function(text, row)
  if tonumber(row "n") % 1000 == 0 then
    begin_loop()
    collectgarbage()
  end
  return text
end } }, 10000)
import(60001, 70000, { on_error = "stop" }, "invalid", function(number)
  return number == 69000 and "no event" or line(number)
end)
import(60001, 70000, { batch = 6000 }, 10000)
assert(#store:check() == 0)
store:close()
os.remove(file)
