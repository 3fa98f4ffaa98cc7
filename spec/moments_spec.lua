-- What a store has in memory - names, columns, lists of rows - is used as long as nobody has
-- committed since, which it tells without reading the file. Whoever commits, and whatever the store
-- itself is doing, the next question is answered as by a store that was opened for it alone.

local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local random = math.random

local DYAD = { actor = "acme", target = "JPN" }

local function rows_of(store, where)
  local rows = {}
  for id, date, code in store.events:where(where):values("date", "code") do
    rows[#rows + 1] = stores.show{ id, date, code }
  end
  return table.concat(rows, "\n")
end

--- What a store answers: of a dyad, and of an alias that may name a party, or none.
local function answers(store)
  local ok, named = pcall(rows_of, store, { actor = "Acme", target = "JPN" })
  local found, given = pcall(rows_of, store, DYAD)
  return stores.show{ found and given or given.code, ok and named or named.code }
end

describe("what is known of a moment", function()
  local folder, path, store, other

  local function fresh_answers()
    local fresh <close> = assert(dualuse.open(path, { column_cache = 0 }))
    return answers(fresh)
  end

  local function add_event(to, day)
    return to.events:add{ date = ("2019-03-%02d"):format(day), kind = "sanction", actor = "acme",
      target = "JPN", code = tostring(random(9)) }
  end

  before_each(function()
    math.randomseed(11)
    folder = shell.folder()
    path = folder .. "/store.db"
    store = assert(dualuse.open(path))
    store.parties:add{ key = "acme", name = "Acme Chemicals", kind = "company",
      aliases = { "Acme" } }
    store.parties:add{ key = "zenith", name = "Zenith", kind = "company" }
    store:transaction(function()
      for day = 1, 28 do add_event(store, day) end
    end)
    core.pack(store, "events", 10)
    other = assert(dualuse.open(path, { column_cache = 0 }))
    for _ = 1, 100 do answers(store) end
    assert.equal("columns",
      store.events:where(DYAD):explain{ values = { "date", "code" } }.finds)
  end)

  after_each(function()
    store:close()
    other:close()
    shell.remove(folder)
  end)

  --- What may happen between two questions, by whoever does it.
  local function happenings()
    local aliased = false
    local ids = { add_event(other, 1) }
    local function by_any() return random(2) == 1 and store or other end
    return {
      function() ids[#ids + 1] = add_event(by_any(), random(28)) end,
      function()
        if #ids > 0 then by_any().events:retract(table.remove(ids, random(#ids))) end
      end,
      function() -- the alias goes to the other company and back
        local from, to = "acme", "zenith"
        if aliased then from, to = to, from end
        local by = by_any()
        by.parties:update(from, { aliases = dualuse.null })
        by.parties:update(to, { aliases = { "Acme" } })
        aliased = not aliased
      end,
      function() core.pack(by_any(), "events", 10) end,
      function() core.unpack(other, "events") end,
      function() -- a log that begins anew
        stores.ask(path, "PRAGMA wal_checkpoint(TRUNCATE);")
      end,
      function() -- what a transaction has seen of itself is gone
        pcall(store.transaction, store, function()
          add_event(store, 5)
          store.parties:update("acme", { aliases = { "Acme", "Acme Co" } })
          answers(store)
          error("undone")
        end)
      end,
      function() -- what a loop keeps as it was
        local before = fresh_answers()
        for _ in store.sources:each() do
          assert.equal(before, answers(store))
          ids[#ids + 1] = add_event(other, 9)
          assert.equal(before, answers(store))
        end
      end,
    }
  end

  it("is used until somebody commits", function()
    store.sources:add{ key = "afp", title = "AFP" }
    local list = happenings()
    for _ = 1, 80 do
      list[random(#list)]()
      for _ = 1, random(3) do assert.equal(fresh_answers(), answers(store)) end
    end
  end)

  it("is not used when another process has retracted the party since", function()
    local ids = {}
    for id in store.events:values("date") do ids[#ids + 1] = id end
    store:transaction(function()
      for _, id in ipairs(ids) do store.events:retract(id) end
    end)
    assert.equal("", rows_of(store, DYAD))
    local script = folder .. "/retract.lua"
    stores.write(script, [[
      local store <close> = assert(require("dualuse").open(...))
      store.parties:retract("acme")
    ]])
    assert.equal(0, (shell.run(stores.command(script, path))))
    stores.raises(function()
      local query = store.events:where(DYAD)
      return query
    end, { code = "invalid", kind = "events", field = "actor", says = { "acme" } })
  end)

  it("is that of a file without a log, too", function()
    store:close()
    other:close()
    stores.ask(path, "PRAGMA journal_mode = DELETE;")
    store = assert(dualuse.open(path, { readonly = true }))
    for _ = 1, 100 do assert.equal(fresh_answers(), answers(store)) end
    store:close()
    store = assert(dualuse.open(path))
    other = assert(dualuse.open(path))
    for day = 1, 10 do
      add_event(other, day)
      for _ = 1, 3 do assert.equal(fresh_answers(), answers(store)) end
    end
  end)
end)
