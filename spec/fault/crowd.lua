--- Processes that write to one store and read it, all at once, for some seconds.
--
--    lua5.4 spec/fault/crowd.lua [SECONDS [WRITERS [READERS]]]
--
-- Every writer counts itself up in one record that all share and adds a record of its own in the
-- same transaction; one more process imports. A reader checks, in a view of one revision, that the
-- count is the number of records: a torn read would break that. At the end no write is lost and
-- nobody was told `busy`. Fails where less than ten writes a writer were made.
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local seconds = tonumber(arg[1] or 60)
local writers, readers = tonumber(arg[2] or 4), tonumber(arg[3] or 4)

local folder = shell.folder()
local path = folder .. "/store.db"

do
  local store <close> = assert(dualuse.open(path))
  store.items:add{ key = "count", name = "count", note = "0" }
  store.items:add{ key = "all", name = "all" }
end

stores.write(folder .. "/write.lua", [[
  local path, who, seconds = ...
  local store = assert(require "dualuse".open(path, { timeout = 60 }))
  local ends, written = os.time() + tonumber(seconds), 0
  while os.time() < ends do
    store:transaction(function()
      local count = math.tointeger(tonumber(store.items:get("count").note)) + 1
      store.items:update("count", { note = tostring(count) })
      store.items:add{ key = who .. "-" .. written, name = "one", parent = "all" }
    end)
    written = written + 1
  end
  print(written)
]])

stores.write(folder .. "/read.lua", [[
  local path, _, seconds = ...
  local store = assert(require "dualuse".open(path, { readonly = true }))
  local ends, read, last = os.time() + tonumber(seconds), 0, 0
  while os.time() < ends do
    local view = store:as_of(store:revision())
    local count = tonumber(view.items:get("count").note)
    local seen = 0
    for item in view.items:where{ parent = "all" }:each() do
      assert(item.name == "one")
      seen = seen + 1
    end
    assert(seen == count, ("torn: %d records, counted %d"):format(seen, count))
    assert(count >= last, "the store went back")
    last, read = count, read + 1
  end
  print(read)
]])

stores.write(folder .. "/import.lua", [[
  local path, _, seconds = ...
  local store = assert(require "dualuse".open(path, { timeout = 60 }))
  local ends, rows = os.time() + tonumber(seconds), 0
  while os.time() < ends do
    local lines = { "day,what,title,origin" }
    for i = 1, 500 do
      lines[i + 1] = ("2019-07-%02d,consult,row,%d"):format(i % 28 + 1, rows + i)
    end
    local text = table.concat(lines, "\n") .. "\n"
    local result = store.events:import(function() local given = text text = nil return given end,
      { header = true, source = false, identity = { "origin" }, columns = { day = "date",
        what = "kind", title = "title", origin = "origin" } })
    assert(result.added == 500)
    rows = rows + 500
  end
  print(rows)
]])

local crowd = {}
local function start(script, count)
  for i = 1, count do
    local command = stores.command(folder .. "/" .. script, path, "writer-" .. i,
      tostring(seconds))
    crowd[#crowd + 1] = { script = script, pipe = assert(io.popen(command .. " 2>&1")) }
  end
end
start("write.lua", writers)
start("read.lua", readers)
start("import.lua", 1)

local sums, problems = { ["write.lua"] = 0, ["read.lua"] = 0, ["import.lua"] = 0 }, {}
for _, one in ipairs(crowd) do
  local said = one.pipe:read("a")
  if one.pipe:close() and tonumber(said) then
    sums[one.script] = sums[one.script] + tonumber(said)
  else
    problems[#problems + 1] = one.script .. ": " .. said
  end
end

local store <close> = assert(dualuse.open(path))
local function check(what, is, expected)
  if is ~= expected then
    problems[#problems + 1] = ("%s: %s, not %s"):format(what, is, expected)
  end
end
check("writes counted", tonumber(store.items:get("count").note), sums["write.lua"])
check("records added", store.items:where{ parent = "all" }:count(), sums["write.lua"])
check("rows imported", store.events:count(), sums["import.lua"])
check("findings", #store:check(), 0)
store:close()
shell.remove(folder)

print(("%d writes, %d reads and %d rows imported by %d processes in %d seconds"):format(
  sums["write.lua"], sums["read.lua"], sums["import.lua"], #crowd, seconds))
if sums["write.lua"] < 10 * writers or sums["read.lua"] < readers then
  problems[#problems + 1] = "too little was done"
end
for _, problem in ipairs(problems) do io.stderr:write(problem, "\n") end
os.exit(#problems == 0)
