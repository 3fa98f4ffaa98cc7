--- What a figure rests on: its records, its sources, and how many of those are independent.
--
-- A wire copy is not a second source: a source with `republished_from` speaks with the voice of
-- what it repeats, up to the first that repeats nothing, whether or not that one is cited too.
--
--    local from = provenance.collector(store)
--    for case in store.cases:where{ destination = "VNM" }:each() do
--      from:add(case)
--    end
--    from:result()   -- { records = { 252, 253 }, sources = { "afp", "nikkei" }, independent = 2 }
-- @module dualuse.provenance

local core = require "dualuse.core"
local sets = require "dualuse.sets"

local M = {}

local function raise(code, message, level)
  core.raise{ code = code, message = message, level = level + 1 }
end

local function check_store(store, level)
  if core.class(store) ~= "dualuse.store" then
    raise("misuse", ("argument 1: expected a store, got %s"):format(type(store)), level + 1)
  end
end

local function check_keys(keys, level)
  if type(keys) ~= "table" then
    raise("misuse", ("expected a list of the keys of sources, got %s"):format(type(keys)),
      level + 1)
  end
end

--- What each source repeats, by key; false where it repeats nothing.
local function read_sources(store)
  local repeats = {}
  for _, key, original in store.sources:values("key", "republished_from") do
    repeats[key] = original or false
  end
  return repeats
end

--- The source whose voice this is. What was passed on the way is remembered.
local function voice(repeats, voices, key)
  local root = key
  while not voices[root] and repeats[root] do
    root = repeats[root]
  end
  root = voices[root] or root
  while key ~= root and not voices[key] do
    voices[key], key = root, repeats[key]
  end
  return root
end

--- Counts independent sources; `level` says whose mistake an unknown key is.
local function new_count(store)
  local repeats
  local voices = {}
  return function(keys, level)
    repeats = repeats or read_sources(store)
    local heard, count = {}, 0
    for _, key in ipairs(keys) do
      if repeats[key] == nil then
        raise("invalid", ("no source has the key %s"):format(core.shown(tostring(key))), level + 1)
      end
      local root = voice(repeats, voices, key)
      if not heard[root] then
        heard[root], count = true, count + 1
      end
    end
    return count
  end
end

--- A function that counts independent sources, for many counts on one store: it reads the sources
-- when it is first called, and only then.
-- @param store an open store, or a view of one
-- @treturn function keys → how many independent sources they are; it raises `invalid` for a key
--   that no source has
-- @raise `misuse` for what is no store
function M.counter(store)
  check_store(store, 2)
  local count = new_count(store)
  return function(keys)
    check_keys(keys, 2)
    local n = count(keys, 2)
    return n
  end
end

--- How many independent sources there are among some.
-- @param store an open store, or a view of one
-- @tparam {string,...} keys of sources
-- @treturn integer
-- @raise `misuse` for what is no store or no list, `invalid` for a key that no source has
function M.independent(store, keys)
  check_store(store, 2)
  check_keys(keys, 2)
  local n = new_count(store)(keys, 2)
  return n
end

local collector = {}
collector.__index = collector
collector.__name = "dualuse.provenance.collector"

--- Adds a record, and the sources that it cites.
-- @tparam table record as `get` and `all` give it
-- @tparam[opt] string field only the sources cited for this field, or for the record as a whole
-- @treturn table the collector
-- @raise `misuse` for what is no record
function collector:add(record, field)
  if type(record) ~= "table" or math.type(record.id) ~= "integer" then
    raise("misuse", "expected a record with its id, as get and all give it", 2)
  end
  self.records[record.id] = true
  for _, citation in ipairs(record.sources or {}) do
    if type(citation) == "string" then
      self.sources[citation] = true
    elseif not field or not citation.field or citation.field == field then
      self.sources[citation[1]] = true
    end
  end
  return self
end

--- Adds a source by its key, and the record that rests on it.
-- @tparam string key of the source
-- @tparam[opt] integer record_id
-- @treturn table the collector
-- @raise `misuse` for a key that is no text
function collector:add_source(key, record_id)
  if type(key) ~= "string" then
    raise("misuse", ("expected the key of a source, got %s"):format(type(key)), 2)
  end
  self.sources[key] = true
  if record_id then
    self.records[record_id] = true
  end
  return self
end

--- An empty collector that shares what this one has read: for one figure after the other.
-- @treturn table a collector
function collector:another()
  return setmetatable({ records = {}, sources = {}, count = self.count }, collector)
end

--- What was added so far.
-- @treturn table `records`, the sorted ids; `sources`, the sorted keys; `independent`, how many
--   independent sources these are
-- @raise `invalid` for a key that no source has
function collector:result()
  local sources = sets.sorted(self.sources)
  return {
    records = sets.sorted(self.records),
    sources = sources,
    independent = #sources == 0 and 0 or self.count(sources, 2),
  }
end

--- Collects the records and sources of one figure.
-- @param store an open store, or a view of one
-- @treturn table a collector, with `add`, `add_source`, `another` and `result`
-- @raise `misuse` for what is no store
function M.collector(store)
  check_store(store, 2)
  return setmetatable({ records = {}, sources = {}, count = new_count(store) }, collector)
end

return M
