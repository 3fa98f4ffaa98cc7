--- Every harness, one after the other: `make fault`. Fails where one does.
--
-- EVERY is how many points are passed over between two that fail (1: none is, which takes hours;
-- 50 takes some minutes), KILLS how often a process is killed (200), SECONDS how long processes
-- crowd one store (60).
local every = os.getenv("EVERY") or "1"
local kills = os.getenv("KILLS") or "200"
local seconds = os.getenv("SECONDS") or "60"
local lua = os.getenv("LUA") or "lua5.4"

-- The control has a hundred and a half points: too few of them, and nothing is lost.
local every_lie = math.min(tonumber(every), 9)

local paths = 'LUA_PATH="lua/?.lua;lua/?/init.lua;./?.lua;;" LUA_CPATH="build/?.so;;" '

local harnesses = {
  "build/fault/allocations -every " .. every ..
    " load open create readonly write fill read check group standing backup import repair report",
  "build/fault/disk -every " .. every .. " create open write fill read check backup import repair",
  "build/fault/disk -power 4 -every " .. every .. " create write fill backup import repair",
  "build/fault/disk -power 2 -lie 1 -every " .. every_lie .. " write",
  lua .. " spec/fault/kills.lua " .. kills,
  lua .. " spec/fault/crowd.lua " .. seconds,
}

local failed = {}
for _, command in ipairs(harnesses) do
  local begun = os.time()
  print("# " .. command)
  if not os.execute(paths .. command) then failed[#failed + 1] = command end
  print(("# %d seconds"):format(os.time() - begun))
end
for _, command in ipairs(failed) do io.stderr:write("failed: ", command, "\n") end
os.exit(#failed == 0)
