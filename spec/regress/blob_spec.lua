-- A value of another type than its field has, which another program put into a row, was packed into
-- columns as missing, or as zero: they answered otherwise than rows.

local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

--- Writes what SQLite refuses in a strict table, as a program without these would.
local function put(path, change)
  local function is_strict(from, to)
    stores.ask(path, ([[PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, '%s', '%s') WHERE name = 'events']])
      :format(from, to))
  end
  is_strict(", retracted INTEGER) STRICT", ", retracted INTEGER)")
  stores.ask(path, stores.unguarded(path, change))
  is_strict(", retracted INTEGER)", ", retracted INTEGER) STRICT")
end

local function counts(store)
  local list = {}
  for _, where in ipairs{ { place = { missing = true } }, { place = { ne = "Seoul" } },
      { place = "Seoul" }, { mentions = { missing = true } }, { mentions = 0 },
      { mentions = { lt = 1 } }, { tone = 0 }, { tone = { missing = true } } } do
    list[#list + 1] = store.events:where(where):count()
  end
  return table.concat(list, " ")
end

describe("a value that its field cannot have #process", function()
  local folder, path
  setup(function()
    folder = shell.folder()
    path = folder .. "/store.db"
    local store <close> = assert(dualuse.open(path))
    store:transaction(function()
      for i = 1, 40 do
        store.events:add{ date = "2019-07-04", kind = "accuse", place = "Seoul", mentions = i,
          tone = i / 4 }
      end
    end)
    store:close()
    put(path, [[UPDATE events SET place = x'00' WHERE id % 10 = 1;
      UPDATE events SET mentions = 'many' WHERE id % 10 = 2;
      UPDATE events SET tone = x'01' WHERE id % 10 = 3;]])
  end)
  teardown(function() shell.remove(folder) end)

  it("is found by check", function()
    local store <close> = assert(dualuse.open(path))
    local found = { place = 0, mentions = 0, tone = 0 }
    for _, finding in ipairs(store:check()) do
      local field = finding.field or finding.problem:match("events%.(%a+)")
      found[field] = found[field] + 1
    end
    for field, count in pairs(found) do assert.is_true(count >= 4, field) end
  end)

  it("is left to rows, and columns have the others", function()
    local wanted, store
    do
      local rows <close> = assert(dualuse.open(path, { column_cache = 0 }))
      wanted = counts(rows)
    end
    store = assert(dualuse.open(path))
    core.pack(store, "events", 8)
    assert.equal(wanted, counts(store))
    assert.equal("28 12", stores.ask(path,
      "SELECT (SELECT sum(rows) FROM segments) || ' ' || (SELECT count(*) FROM stale)"))
    store:close()
  end)
end)
