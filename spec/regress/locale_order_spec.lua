-- Lua compares texts in the order of the host's locale: where that is not the order of bytes, the
-- same store gave other reports, other messages and another order of rows.
local byte_order = require "dualuse.byte_order"
local sets = require "dualuse.sets"
local shell = require "spec.shell"
local stores = require "spec.stores"

local DIGITS = { "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine" }

--- A locale in which letters and digits come in the reverse of their order.
local function reversed()
  local lines = { "comment_char %", "escape_char /", "LC_COLLATE", "order_start forward" }
  for code = ("z"):byte(), ("0"):byte(), -1 do
    local character = string.char(code)
    local name = character:match("%a") or character:match("%d") and DIGITS[character + 1]
    if name then lines[#lines + 1] = "<" .. name .. ">" end
  end
  lines[#lines + 1] = "order_end\nEND LC_COLLATE\n"
  return table.concat(lines, "\n")
end

--- What is done, and printed: all that sorts texts.
local WORK = [[
local dualuse = require "dualuse"
assert(os.setlocale(arg[1], "collate"))
assert(("a" < "b") == (arg[1] == "C"))
local store = assert(dualuse.open())
require "dualuse.sample.japan_korea_2019".load(store)

local function refused(call, ...)
  local ok, problem = pcall(call, ...)
  assert(not ok and type(problem) == "table", problem)
  print(problem.message)
end
refused(dualuse.rows.new, {}, { z = 1, y = 2 })
refused(dualuse.report, store, { zebra = 1, ape = 2 })
refused(dualuse.report, store, { parts = "none" })
refused(dualuse.screen, store, { zebra = 1, ape = 2 })
refused(dualuse.reconcile, store, { zebra = 1, ape = 2 })
refused(store.cases.import, store.cases, function() end, { format = "none" })
refused(store.cases.import, store.cases, function() end, { format = "jsonl", zebra = 1, ape = 2 })

for _, to in ipairs{ "text", "html", "json", "markdown" } do
  print(dualuse.report(store, { to = to, now = "2020-01-02" }))
end
for _, key in ipairs{ "actor", "target", "kind", "status" } do
  print(store.events:group{ key }, store.events:group{ key, "dispute" }:sort(key),
    store.events:group{ key, "place" }:pivot(key, "place", "count"))
end
print(dualuse.rows.new{ { b = 1, a = "x", C = { z = 1, y = 2 } }, { d = true, a = "X" } }:sort("a"))
print(dualuse.chronology(store), dualuse.positions(store), dualuse.transparency(store),
  dualuse.audit(store), dualuse.applications.decisions(store, { by = { "exporter" } }))
print(dualuse.reconcile(store, { authority = "KOR.MOTIE", measure = "cases" }))
print(dualuse.licence.requirement(store, { item = "hydrogen-fluoride", from = "JPN", to = "KOR",
  on = "2019-07-10" }))
print(dualuse.screen(store, { exporter = "Acme", from = "JPN", to = "KOR",
  items = { "hydrogen-fluoride" }, on = "2019-07-10" }))
store:export(arg[2])
print(io.open(arg[2]):read("a"))
]]

describe("under a locale in which texts have another order", function()
  local folder
  setup(function() folder = shell.folder() end)
  teardown(function() shell.remove(folder) end)

  it("all is in the order of bytes #process", function()
    stores.write(folder .. "/reversed.src", reversed())
    stores.write(folder .. "/work.lua", WORK)
    shell.run(("cd %s && localedef --no-archive -c -i reversed.src -f ANSI_X3.4-1968 ./reversed")
      :format(shell.quote(folder)))
    local before = ("LOCPATH=%s "):format(shell.quote(folder))
    stores.write(folder .. "/is_there.lua", 'os.exit(os.setlocale("reversed", "collate") ~= nil)')
    if shell.run(before .. stores.command(folder .. "/is_there.lua")) ~= 0 then
      pending("localedef makes no locale on this machine")
      return
    end
    local texts = {}
    for i, locale in ipairs{ "C", "reversed" } do
      texts[i] = shell.must(before .. stores.command(folder .. "/work.lua", locale,
        ("%s/%d.jsonl"):format(folder, i)))
    end
    stores.same_lines(texts[1], texts[2])
  end)

  it("texts are told apart by their bytes", function()
    local sorted = { 1, 2.5, 10, "", "A", "A\0", "B", "a", "aa", "é", "\u{FFFD}", "\u{10000}",
      true }
    local set = {}
    for _, element in ipairs(sorted) do set[element] = true end
    assert.same(sorted, sets.sorted(set))
    for i = 4, #sorted - 1 do
      for j = 4, #sorted - 1 do
        assert.equal(i < j, byte_order.before(sorted[i], sorted[j]))
      end
    end
    assert.same({ x = true, y = true }, sets.of{ "x", "y", "x" })
    assert.same({}, sets.of(nil))
  end)
end)
