--- A store's file with bytes of it changed: opened, checked, asked and written to.
--
-- Of the bytes, every five are a change: three say where, the fourth how, the fifth what is there
-- then. Where the fourth is 255 the file ends there.
local core = require "dualuse.core"
local exercise = require "spec.fault.exercise"
local shell = require "spec.shell"
local stores = require "spec.stores"

local folder = shell.folder()
local path = folder .. "/store"

do
  local store = assert(core.open(path))
  stores.fill(store)
  store.items:update("chemicals", { note = "changed" })
  store:transaction(function()
    for i = 1, 20 do
      local date = i % 2 == 0 and "2019-07" or "2018"
      store.events:add{ date = date, kind = "accuse", goldstein = i / 4 }
    end
  end)
  core.pack(store, "events", 16)
  store:close()
end
local whole = stores.bytes(path)

-- takes the folder away when Lua ends
local keeper = setmetatable({}, { __gc = function() os.execute("rm -rf " .. folder) end })

local function damaged(bytes)
  local pieces, last = {}, #whole
  local changes = {}
  for place = 1, #bytes - 4, 5 do
    local a, b, c, how, value = bytes:byte(place, place + 4)
    local where = (a * 65536 + b * 256 + c) % #whole + 1
    if how == 255 then
      last = math.min(last, where)
    else
      local old = whole:byte(where)
      changes[#changes + 1] = { where, how < 128 and value or old ~ (1 << (value % 8)) }
    end
  end
  table.sort(changes, function(x, y) return x[1] < y[1] end)
  local from = 1
  for _, change in ipairs(changes) do
    if change[1] >= from then
      pieces[#pieces + 1] = whole:sub(from, change[1] - 1) .. string.char(change[2])
      from = change[1] + 1
    end
  end
  pieces[#pieces + 1] = whole:sub(from)
  return table.concat(pieces):sub(1, last)
end

return function(bytes)
  assert(keeper)
  os.remove(path .. "-wal")
  os.remove(path .. "-shm")
  os.remove(path .. "-journal")
  stores.write(path, damaged(bytes))
  local store, problem = core.open(path, { timeout = 0, deadline = 2 })
  if store then
    exercise.use(store, core.describe)
    store:close()
  elseif type(problem.code) ~= "string" or not utf8.len(tostring(problem)) then
    error("not opened, and no reason given")
  end
end
