-- Loads a GDELT file into a store, made where there is none: load_dualuse.lua FILE STORE THREADS
local path, store_path, threads = ...
local dualuse = require "dualuse"

local store <close> = assert(dualuse.open(store_path))
local result = store.events:import(path, { format = "gdelt", threads = tonumber(threads) })
if result.rejected > 0 then
  local reject = result.rejects[1]
  error(("%d lines were rejected, the first is %s: %s: %s"):format(result.rejected, reject.line,
    reject.field, reject.reason))
end
for _, count in ipairs{ "read", "added", "updated", "duplicate", "rejected" } do
  print(count, result[count])
end
