--- Kills a process that loads or updates, again and again, and looks at what it left each time.
--
--    lua5.4 spec/fault/kills.lua [KILLS [SEED]]
--
-- What was told to be done is there; a batch is whole; store:check() finds nothing; a load goes on
-- where it was cut off and ends with every row there once. Prints how many it killed in the midst
-- of work, and fails where less than half of them were.
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local kills = tonumber(arg[1] or 200)
math.randomseed(tonumber(arg[2] or 7))

local folder = shell.folder()
local path, rows = folder .. "/store.db", folder .. "/rows.csv"

local ROWS, BATCH = 20000, 500

do
  local lines = { "day,what,title" }
  for i = 1, ROWS do lines[i + 1] = ("2019-07-%02d,consult,row %d"):format(i % 28 + 1, i) end
  stores.write(rows, table.concat(lines, "\n") .. "\n")
end

stores.write(folder .. "/load.lua", [[
  local path, rows = ...
  local store = assert(require "dualuse".open(path))
  io.stdout:setvbuf("no")
  print("begun")
  store.events:import(rows, { header = true, batch = 500, source = false, identity = "number",
    columns = { day = "date", what = "kind", title = "title" } })
  print("loaded")
]])

stores.write(folder .. "/update.lua", [[
  local path, first = ...
  local store = assert(require "dualuse".open(path))
  io.stdout:setvbuf("no")
  print("begun")
  for n = tonumber(first), math.huge do
    store:transaction(function()
      for part = 1, 3 do store.items:update("part-" .. part, { note = "n " .. n }) end
      store.items:add{ key = "new-" .. n, name = "new", parent = "part-1" }
    end)
    print(n)
  end
]])

--- Runs a script and kills it after some thousandths of a second.
-- @treturn {string} the lines that it printed
-- @treturn boolean whether it had not come to its end
local function kill(script, ...)
  local pipe = assert(io.popen("echo $$; exec env " ..
    stores.command(folder .. "/" .. script, path, ...)))
  local pid = assert(tonumber(pipe:read("l")))
  local lines = {}
  if pipe:read("l") ~= "begun" then error(script .. " did not begin") end
  os.execute(("sleep %.3f; kill -9 %d 2>/dev/null"):format(math.random(0, 60) / 1000, pid))
  for line in pipe:lines("L") do
    if line:sub(-1) == "\n" then lines[#lines + 1] = line:sub(1, -2) end
  end
  return lines, (select(3, pipe:close())) ~= 0
end

local function look(check)
  local store <close> = assert(dualuse.open(path))
  local finding = store:check()[1]
  assert(not finding, finding and finding.problem)
  check(store)
  store.items:put{ key = "next", name = "next" }
end

local done, in_work, loads, acknowledged = 0, 0, 0, 0

--- A new store in the place of what is there.
local function begin()
  for _, ending in ipairs{ "", "-wal", "-shm" } do os.remove(path .. ending) end
  acknowledged = 0
  local store <close> = assert(dualuse.open(path))
  for part = 1, 3 do store.items:add{ key = "part-" .. part, name = "part", note = "n 0" } end
end

begin()
while done < kills do
  local lines, alive
  if done % 2 == 0 then
    lines, alive = kill("load.lua", rows)
    look(function(store)
      local count = store.events:count()
      assert(count % BATCH == 0, count .. " rows are not whole batches")
      assert(lines[1] ~= "loaded" or count == ROWS, "a load ended with " .. count .. " rows")
      if count == ROWS then -- the next begins anew
        loads = loads + 1
        assert(store.events:distinct("title") == ROWS, "a row is there twice")
      end
    end)
    if lines[1] == "loaded" then begin() end
  else
    lines, alive = kill("update.lua", tostring(acknowledged + 2))
    look(function(store)
      local last = tonumber(lines[#lines]) or acknowledged
      local reached = tonumber(store.items:get("part-1").note:match("%d+"))
      assert(reached == last or reached == (lines[1] and last + 1 or acknowledged + 2) or
        reached == acknowledged, ("at %d, told %d"):format(reached, last))
      assert(reached >= last, "an update that was told is not there")
      for part = 2, 3 do
        assert(store.items:get("part-" .. part).note == "n " .. reached, "a batch is not whole")
      end
      assert(reached == 0 or store.items:get("new-" .. reached), "a record of it is missing")
      acknowledged = reached
    end)
  end
  done = done + 1
  if alive then in_work = in_work + 1 end
end

shell.remove(folder)
print(("%d kills, %d in the midst of work, %d loads came to their end"):format(done, in_work,
  loads))
if in_work * 2 < done then
  io.stderr:write("too few were killed in the midst of work\n")
  os.exit(1)
end
