--- What the fault harnesses do while something fails (see trial.h): steps, each of which asks for
-- one thing or writes one thing as its last act, and what has to be true of them afterwards.
--
-- A step is { call, verify = function(store, done) … end }. `call` gets the open store. What it
-- gives back has to be what it gives where nothing fails. `verify` is asked of the store as another
-- process finds it, and whether the step is there.
local host = ...

local path = host.folder .. "/store"
local rows = host.folder .. "/rows.csv"

local works = {}

-- The store while the work is done; `library` has been loaded before anything fails, but for the
-- work that loads it.
local store, library

-- ------------------------------------------------------------------------------------- Writing

local function has_key(kind, key)
  return function(found) return found[kind]:get(key) ~= nil end
end

--- How many of the keys are there has to be none or all.
local function has_all(kind, keys)
  return function(found)
    local count = 0
    for _, key in ipairs(keys) do
      if found[kind]:get(key) then count = count + 1 end
    end
    assert(count == 0 or count == #keys, ("%d of %d are there"):format(count, #keys))
    return count == #keys
  end
end

works.write = {
  { function(s)
    s.items:add{ key = "resist", name = "photoresist", aliases = { "resist" },
      regimes = { "wassenaar" }, sources = { { "afp", field = "name", quote = "resist" } } }
  end, verify = has_key("items", "resist") },
  { function(s)
    s:transaction(function()
      for i = 1, 3 do
        s.cases:add{ key = "batch-" .. i, authority = "KOR.new", items = { "etching gas" },
          date = "2018-0" .. i }
        if i == 1 then error("the party is missing") end
      end
    end)
  end, raises = true, verify = has_all("cases", { "batch-1", "batch-2", "batch-3" }) },
  { function(s)
    s:transaction(function()
      for i = 1, 3 do
        s.cases:add{ key = "whole-" .. i, authority = "KOR", items = { "etching gas" },
          destination = "Vietnam", date = "2018-0" .. i, fine = i, currency = "KRW" }
      end
    end, { by = "editor", reason = "a batch" })
  end, verify = has_all("cases", { "whole-1", "whole-2", "whole-3" }) },
  { function(s)
    s:transaction(function()
      s.items:add{ key = "outer", name = "outer" }
      pcall(s.transaction, s, function()
        s.items:add{ key = "inner", name = "inner" }
        error("no")
      end)
      assert(not s.items:get("inner"))
      s.items:add{ key = "outer-2", name = "outer 2", parent = "outer" }
    end)
  end, verify = function(found)
    assert(not found.items:get("inner"), "what was undone is there")
    return has_all("items", { "outer", "outer-2" })(found)
  end },
  { function(s)
    s.sources:add{ key = "kbs", title = "Talks in Tokyo", text = "They met for five hours." }
  end, verify = function(found)
    local there = found.sources:get("kbs") ~= nil
    assert(found.sources:search("five hours"):count() == (there and 1 or 0), "full text")
    return there
  end },
  { function(s)
    s.measures:add{ key = "second", title = "Second", jurisdiction = "JPN",
      requirement = "bulk", stages = { { stage = "announced", date = "2019-07" },
        { stage = "in_force", date = "2019-08-07" } } }
  end, verify = function(found)
    local measure = found.measures:get("second")
    assert(not measure or #measure.stages == 2, "a measure without its stages")
    return measure ~= nil
  end },
  { function(s)
    s.events:put{ origin = "event-1", date = "2019-07", kind = "consult", actor = "JPN",
      participants = { "KOR", "USA" } }
  end, verify = function(found) return found.events:where{ origin = "event-1" }:exists() end },
  { function(s)
    s.items:update("chemicals", { note = "changed", aliases = { "chems" } },
      { by = "editor", reason = "a slip" })
  end, verify = function(found)
    local item, states = found.items:get("chemicals"), found.items:history("chemicals")
    assert(#states == (item.note and 2 or 1), "history")
    assert((item.note ~= nil) == (found.items:where{ aliases = "chems" }:exists()))
    return item.note == "changed"
  end },
  { function(s) s.claims:retract("claim", { reason = "counted twice" }) end,
    verify = function(found) return not found.claims:get("claim") end },
  { function(s)
    local step, cursor = s.cases:each()
    step(cursor) -- a loop that has begun is read to its end into memory
    s.items:add{ key = "looped", name = "looped" }
  end, verify = has_key("items", "looped") },
}

-- ------------------------------------------------------------------------------------- Reading

local function keys_of(query)
  local keys = {}
  for _, key in query:values("key") do keys[#keys + 1] = tostring(key) end
  return table.concat(keys, " ")
end

works.read = {
  { function(s) return s.cases:get("case").destination end },
  { function(s)
    local found = {}
    for case in s.cases:where{ destination = "VNM", date = "2015/2019-03" }:order("-date"):each() do
      found[#found + 1] = case.key .. " " .. table.concat(case.items, " ")
    end
    return table.concat(found, ";")
  end },
  { function(s) return keys_of(s.cases:where{ authority = { within = "KOR" } }) end },
  { function(s) return s.sources:search('fluor* "its controls"'):count() end },
  { function(s) return #s.events:where{ goldstein = { lt = 0 }, kind = { "sanction", "threaten" },
    actor = { within = "JPN" }, sources = { publisher = "AFP" } }:all() end },
  { function(s) return s:as_of(0).parties:count() end },
  { function(s) return s.items:history("chemicals")[1].name end },
  { function(s) return s.parties:match("Acme Chemicals Corp")[1].key end },
  { function(s) return s.cases:sum("fine") end },
  { function(s) return tostring(s.parties:first().name) end },
  { function(s) return s.cases:where{ exporter = { country = "KOR" } }:exists() end },
  { function(s)
    local dyad, found = { actor = "JPN", target = "KOR", date = { during = "2019" } }, {}
    for _ = 1, 2 do -- when the keys are known, few records are read at once
      for id, date, actor in s.events:where(dyad):values("date", "actor") do
        found[#found + 1] = id .. date .. actor
      end
    end
    return table.concat(found, " ")
  end },
}

works.check = {
  { function(s)
    local found = s:check()[1]
    return found and found.problem or "nothing"
  end },
}

--- Answered from columns, but for one that has changed since.
local function packed()
  store = assert(library.open(path))
  library.pack(store, "events")
  store.events:update(store.events:first().id, { mode = "changed" })
  store:close()
end

works.standing = {
  { function(s) return s.events:once({ "day", "actor" }, { missing = { "actor" } }):count() end },
  { function(s) return #s.events:once{ "kind", "goldstein" }:group{ "sources.key", "month" } end },
  before = packed,
}

works.group = {
  { function(s) return #s.cases:group{ "year", "destination" } end },
  { function(s)
    return #s.events:group{ "month", tone = { "mean", "goldstein" }, n = "count" }
  end },
  { function(s) return s.cases:group{ "items" }[1].count end },
  { function(s) return s.cases:median("fine") end },
  { function(s) return s.parties:distinct("kind") end },
}

-- ----------------------------------------------------------------- Opening, bringing in, telling

--- Opens the store.
local function open()
  store = assert(library.open(path))
end

local function opened(found)
  assert(found.parties:get("KOR").name == "South Korea" or found.parties:get("KOR").name)
end

works.create = { { open, verify = opened }, closed = true }
works.open = { { function()
  open()
  return store.cases:count()
end, verify = opened }, closed = true }
works.load = { { function()
  library = require "dualuse.core"
  open()
  store:close()
end }, closed = true, unloaded = true }
works.readonly = { { function()
  store = assert(library.open(path, { readonly = true }))
  local count = store.cases:count()
  store:close()
  return count
end }, closed = true }

works.backup = {
  { function(s) s:backup(path .. ".copy") end, verify = function()
    local file = io.open(path .. ".copy")
    if not file then return false end
    file:close()
    local copy = require("dualuse.core").open(path .. ".copy", { readonly = true })
    -- The power may go while the copy is made; what is there then says that it is none.
    if not copy then return false end
    assert(#copy:check() == 0 and copy.cases:count() == 2, "the copy lacks something")
    copy:close()
    return true
  end },
}

local ROWS = 40

works.import = {
  { function(s)
    local result = s.events:import(rows, { header = true, columns = { day = "date",
      what = "kind", who = "actor", whom = "target", title = "title", origin = "origin",
      where = "place" }, unknown = "make", batch = 10, source = "afp", identity = { "origin" },
      convert = { where = function(text) return "in " .. text end } })
    assert(result.added == ROWS and result.rejected == 1)
  end, verify = function(found)
    local count = found.events:where{ title = "imported" }:count()
    -- the second batch of ten rows has one that is rejected
    assert((" 0 10 19 29 39 40 "):find(" " .. count .. " ", 1, true),
      ("%d rows are not whole batches"):format(count))
    assert(not found.parties:get("never"), "a row that was rejected has made a party")
    return count == ROWS
  end },
}

--- Instead of the store that all work begins with, a new one.
local function renew()
  assert(os.remove(path))
  assert(library.open(path)):close()
end

-- More than is kept in memory, so that the file is written to before the commit.
local FILLED, TEXT = 50, ("much to be told "):rep(4000)

works.fill = { { function(s)
  library.unlogged(s, function()
    s:transaction(function()
      for i = 1, FILLED do s.sources:add{ key = "s" .. i, title = "s", text = TEXT } end
    end)
  end)
end, verify = function(found)
  local count = found.sources:count()
  assert(count == 0 or count == FILLED, ("%d records are not the transaction"):format(count))
  return count == FILLED
end }, before = renew }

--- What repair makes anew is taken away first, by the sqlite3 program.
local DAMAGE = [[DROP INDEX events_actor; DELETE FROM names;
  DELETE FROM columns WHERE field = 'kind';
  INSERT INTO fulltext (fulltext) VALUES ('delete-all')]]

local function damage()
  store = assert(library.open(path))
  library.pack(store, "events")
  store:close()
  assert(os.execute(('sqlite3 -batch "%s" "%s"'):format(path, DAMAGE)))
end

works.repair = { { function(s)
  local result = s:repair()
  assert(#result.left == 0, result.left[1] and result.left[1].problem)
end, verify = function(found) return #found:check() == 0 end }, before = damage }

works.report = {
  { function(s) return require "dualuse.report"(s, { dispute = "dispute" }) end },
}

-- ------------------------------------------------------------------------------- Doing the work

local steps = assert(works[host.work], "no such work")
local acknowledge, done = host.acknowledge, host.done
local results, problems = {}, {}

local function write_rows()
  local file = assert(io.open(rows, "w"))
  assert(file:write("day,what,who,whom,title,origin,where\n"))
  for i = 1, ROWS do
    local who = i % 10 == 3 and "new " .. i or "JPN"
    local whom = i == 13 and "also new" or "KOR"
    assert(file:write(("2019-07-%02d,consult,%s,%s,imported,row-%d,%d\n"):format(i % 28 + 1, who,
      whom, i, i)))
    if i == 15 then assert(file:write("2019-07-01,,never,KOR,imported,bad,0\n")) end
  end
  file:close()
end

--- Makes the store that all work begins with.
local function make()
  local first = assert(require "dualuse.core".open(host.folder .. "/first"))
  require "spec.stores".fill(first)
  first:close()
  write_rows()
end

--- What each step gives where nothing fails, and everything loaded that it needs. The file is not
-- changed by steps that write: they are not tried here.
local expected = {}

local function prepare()
  for i = 1, #steps do
    results[i], problems[i], expected[i] = false, false, false
  end
  if steps.unloaded then return end
  library = require "dualuse.core"
  if host.work == "import" or host.work == "report" then library = require "dualuse" end
  if host.work == "import" then
    local trial = assert(library.open())
    trial.sources:add{ key = "afp", title = "A dispatch" }
    steps[1][1](trial)
    trial:close()
  end
  if steps.before then steps.before() end
  if steps.closed then return end
  open()
  for i, step in ipairs(steps) do
    if not step.verify then expected[i] = step[1](store) end
  end
  store:close() -- so that no statement is at hand
  open()
end

--- Takes no memory but in the steps.
local function run()
  for i = 1, #steps do
    local ok, result = pcall(steps[i][1], store)
    if ok then
      results[i] = result
      acknowledge(i)
    else
      problems[i] = result
    end
  end
end

-- What Lua says of a want of memory. Where there is none for a higher stack, lua_checkstack answers
-- as if it were as high as it may be, and luaL_checkstack says the same of both. Nothing tells them
-- apart, and no step goes so deep.
local WANT = { ["not enough memory"] = true, ["stack overflow"] = true }

local function check_problem(i, problem)
  local code = problem
  if type(problem) == "table" then code = problem.code end
  if WANT[code] then code = "nomem" end
  if steps[i].raises and type(problem) == "table" and code == "invalid" then return end
  if not (" " .. host.codes .. " "):find(" " .. tostring(code) .. " ", 1, true) then
    error(("step %d ended with %s (%s)"):format(i, tostring(problem), tostring(code)))
  end
end

--- When nothing fails any more, the same store can be asked and written to.
local function after()
  for i in ipairs(steps) do
    if done(i) then
      assert(steps[i].verify or not expected[i] or results[i] == expected[i],
        ("step %d gave %s, not %s"):format(i, tostring(results[i]), tostring(expected[i])))
    elseif problems[i] then
      check_problem(i, problems[i])
    end
  end
  library = library or require "dualuse.core"
  local ok, problem = pcall(function() return store:revision() end)
  if not ok and (not store or problem.code == "closed") then open() end
  assert(store.parties:count() >= 249)
  store.items:add{ key = "next", name = "the next write" }
  assert(store.items:get("next").name == "the next write")
  store:close()
end

-- Whether there is anything for another process to look for.
local writes = false
for _, step in ipairs(steps) do writes = writes or step.verify ~= nil end

--- As another process finds it.
local function verify()
  local found = assert(require "dualuse.core".open(path))
  for i, step in ipairs(steps) do
    if step.verify then
      local there = step.verify(found)
      if done(i) then
        assert(there ~= false, ("step %d was acknowledged, and is not there"):format(i))
      elseif host.exact then
        assert(not there, ("step %d raised, and is there"):format(i))
      end
    end
  end
  local problem = found:check()[1]
  -- what was damaged is so until all of it is mended
  assert(not problem or steps.before and not done(1), problem and problem.problem)
  found.items:put{ key = "last", name = "the last write" }
  found:close()
end

return { writes = writes, make = make, prepare = prepare, run = run, after = after,
  verify = verify }
