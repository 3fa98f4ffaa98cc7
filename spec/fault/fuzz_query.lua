--- Full-text queries, and tables for `where`, `order` and `group`, made from bytes.
--
-- The first byte says what is asked. A table is made byte by byte: what kind of value comes next,
-- and which of the field names, operators and values that are known, or text of the bytes.
local core = require "dualuse.core"
local stores = require "spec.stores"

local store = assert(core.open(nil, { deadline = 1 }))
stores.fill(store)

local kinds, fields = {}, {}
for i, description in ipairs(core.describe()) do
  kinds[i] = description.kind
  for _, field in ipairs(core.describe(description.kind).fields) do
    fields[#fields + 1] = field.name
  end
end

local words = { "ne", "lt", "lte", "gt", "gte", "like", "within", "missing", "during", "before",
  "after", "possible", "any", "all", "year", "month", "count", "mean", "KOR", "Japan", "acme",
  "etching gas", "2019-07", "2015/..", "[..2018]", "%", "_", "-date" }

--- A reader of values from the bytes.
local function values_of(bytes)
  local place = 2
  local function byte()
    local value = bytes:byte(place) or 0
    place = place + 1
    return value
  end
  local function text()
    local length = byte() % 24
    local piece = bytes:sub(place, place + length - 1)
    place = place + length
    return piece
  end
  local value
  local function list(depth)
    local made = {}
    for _ = 1, byte() % 6 do
      local what = byte()
      if what < 140 then
        made[fields[what % #fields + 1]] = value(depth + 1)
      elseif what < 200 then
        made[words[what % #words + 1]] = value(depth + 1)
      elseif what < 240 then
        made[#made + 1] = value(depth + 1)
      else
        local key = value(depth + 1)
        if key ~= nil and key == key then made[key] = value(depth + 1) end
      end
    end
    return made
  end
  function value(depth)
    local what = byte() % 12
    if what < 3 and depth < 40 then return list(depth) end
    if what < 5 then return words[byte() % #words + 1] end
    if what < 7 then return text() end
    if what == 7 then return byte() - 128 end
    if what == 8 then return (byte() - 128) / 7 end
    if what == 9 then return byte() % 2 == 0 end
    if what == 10 then
      return ({ math.maxinteger, math.mininteger, math.huge, 0 / 0, -0.0, core.null, store,
        store.items })[byte() % 8 + 1]
    end
    return nil
  end
  return value, list, byte, text
end

local asked = {
  function(bytes) return store.sources:search(bytes:sub(2)):all() end,
  function(bytes)
    local _, list, byte = values_of(bytes)
    local query = store[kinds[byte() % #kinds + 1]]:where(list(0))
    return query:count(), query:limit(5):all(), query:exists()
  end,
  function(bytes)
    local value, _, byte = values_of(bytes)
    local query = store[kinds[byte() % #kinds + 1]]
    return query:order(value(99)):select(value(99), value(99)):limit(3):all()
  end,
  function(bytes)
    local _, list, byte = values_of(bytes)
    return store[kinds[byte() % #kinds + 1]]:group(list(0))
  end,
  function(bytes)
    local _, _, byte, text = values_of(bytes)
    return store.parties:match(text(), byte())
  end,
  function(bytes)
    local _, list, byte = values_of(bytes)
    local all = store[kinds[byte() % #kinds + 1]]
    return store:transaction(function()
      local id = all:add(list(0))
      all:get(id)
      error({ code = "invalid", message = "undone" })
    end)
  end,
}

return function(bytes)
  if bytes == "" then return end
  local ok, problem = pcall(asked[bytes:byte() % #asked + 1], bytes)
  if ok then return end
  -- a mistake of the caller's or the query's, never the file's
  if type(problem) ~= "table" or not (" misuse invalid constraint interrupted "):find(
    " " .. tostring(problem.code) .. " ", 1, true) or type(problem.message) ~= "string" or
    not utf8.len(problem.message) or problem.message:find("%c") then
    error(type(problem) == "table" and ("%s: %s"):format(problem.code, problem.message) or
      problem, 0)
  end
end
