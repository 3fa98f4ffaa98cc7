-- Numbers that hardly repeat, which columns keep as they are: held against the sqlite3 program.
local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

describe("a column of numbers that hardly repeat #process", function()
  local folder, path, store

  setup(function()
    folder = shell.folder()
    path = folder .. "/store"
    store = assert(dualuse.open(path))
    store.disputes:add{ key = "talks", title = "Talks", channel = "bilateral" }
    store.disputes:add{ key = "panel", title = "A panel", channel = "panel" }
    store:transaction(function()
      for i = 1, 8400 do
        -- each another number, the even ones below zero, and every seventh missing
        store.events:add{ date = ("2019-%02d"):format(i % 12 + 1), kind = "accuse", mentions = i,
          tone = i % 7 > 0 and (i % 2 == 0 and -1 or 1) * i / 1024 or nil,
          quad = i <= 4100 and 1 or 2,
          actor = i % 50 == 0 and "KOR" or nil, target = i % 50 == 0 and "JPN" or nil,
          dispute = i % 3 == 0 and "talks" or i % 3 == 1 and "panel" or nil,
          contexts = i % 4 < 2 and { "trade", i % 4 == 0 and "legal" or nil } or nil }
      end
    end)
    core.pack(store, "events", 8400)
  end)
  teardown(function()
    store:close()
    shell.remove(folder)
  end)

  local function ask(condition, what)
    return stores.ask(path, ("SELECT %s FROM events WHERE %s"):format(what or "count(*)",
      condition))
  end

  it("is told apart by its values", function()
    for _, field in ipairs{ "tone", "mentions" } do
      local alone = store.events:once{ field }
      local together = store.events:once({ field }, { missing = { field } })
      assert.equal("columns", alone:explain{ count = true }.finds)
      assert.equal(ask("true", ("count(DISTINCT %s) + count(*) FILTER (WHERE %s IS NULL)")
        :format(field, field)), tostring(alone:count()))
      assert.equal(ask("true", ("count(DISTINCT coalesce(%s, 'none'))"):format(field)),
        tostring(together:count()))
    end
  end)

  it("is asked as rows are", function()
    for condition, given in pairs{
      ["tone > 1"] = { gt = 1 }, ["tone >= 0.5"] = { gte = 0.5 }, ["tone < 0"] = { lt = 0 },
      ["tone <= -2.5"] = { lte = -2.5 }, ["tone = 0.0009765625"] = 1 / 1024,
      ["tone IS NULL"] = { missing = true }, ["tone IS NOT NULL"] = { missing = false },
      ["tone IN (0.0009765625, 0.0029296875, 5)"] = { 1 / 1024, 3 / 1024, 5 },
      ["tone BETWEEN -1 AND 1"] = { gte = -1, lte = 1 },
    } do
      local found = store.events:where{ tone = given }
      assert.equal(ask(condition), tostring(found:count()), condition)
      assert.equal(ask(condition, "coalesce(sum(mentions), 0)"), tostring(found:sum("mentions")),
        condition)
    end
  end)

  it("is added up as rows are", function()
    local total = store.events:group{ n = { "sum", "tone" }, least = { "min", "tone" },
      most = { "max", "tone" } }[1]
    -- of whole multiples of a power of two no sum is rounded
    assert.equal(ask("tone IS NOT NULL", "printf('%.17g', sum(tone))"), ("%.17g"):format(total.n))
    assert.equal(ask("1", "printf('%.17g', min(tone))"), ("%.17g"):format(total.least))
    assert.equal(ask("1", "printf('%.17g', max(tone))"), ("%.17g"):format(total.most))
  end)

  it("is read as rows are", function()
    local lines = {}
    for _, number, tone in store.events:order("id"):values("mentions", "tone") do
      lines[#lines + 1] = number .. "|" .. (tone and ("%.17g"):format(tone) or "")
    end
    local shown = "mentions || '|' || iif(tone IS NULL, '', printf('%.17g', tone))"
    assert.equal(ask("1 ORDER BY id", shown), table.concat(lines, "\n"))
  end)

  it("is looped over as rows are", function()
    local query = store.events:where{ mentions = { lte = 3000 } }
    assert.equal("columns", query:explain{ values = { "mentions", "tone" } }.reads)
    local lines = {}
    for _, number, tone in query:values("mentions", "tone") do
      lines[#lines + 1] = number .. "|" .. (tone and ("%.17g"):format(tone) or "")
    end
    local shown = "mentions || '|' || iif(tone IS NULL, '', printf('%.17g', tone))"
    assert.equal(ask("mentions <= 3000 ORDER BY id", shown), table.concat(lines, "\n"))
  end)

  it("is asked of those rows that a dyad has", function()
    local dyad = { actor = "KOR", target = "JPN" }
    local of_dyad = "actor = (SELECT id FROM parties WHERE key = 'KOR') AND " ..
      "target = (SELECT id FROM parties WHERE key = 'JPN') AND "
    for _ = 1, 40 do -- so often that columns are worth it
      for id in store.events:where(dyad):values("tone") do assert.truthy(id) end
    end
    local middle = store.events:where{ mentions = 4200 }:first().id
    for condition, asked in pairs{
      ["tone > 1"] = { tone = { gt = 1 } }, ["tone IS NULL"] = { tone = { missing = true } },
      ["tone IS NOT 4.8828125"] = { tone = { ne = 5000 / 1024 } },
      ["id <> " .. middle] = { id = { ne = middle } },
      ["mentions IN (4200, 50, 7)"] = { mentions = { 4200, 50, 7 } },
      ["mentions <> 4200"] = { mentions = { ne = 4200 } },
      ["contexts LIKE '%legal%'"] = { contexts = "legal" },
      ["contexts IS NULL OR contexts NOT LIKE '%legal%'"] = { contexts = { ne = "legal" } },
      ["dispute = (SELECT id FROM disputes WHERE key = 'panel')"] =
        { dispute = { channel = "panel" } },
      ["dispute IN (SELECT id FROM disputes)"] = { dispute = { title = { gte = "A" } } },
    } do
      local found, query = {}, store.events:where(dyad):where(asked)
      assert.equal("columns", query:explain{ values = { "tone" } }.finds)
      for id in query:values("tone") do found[#found + 1] = id end
      assert.equal(ask(of_dyad .. "(" .. condition .. ") ORDER BY id", "id"),
        table.concat(found, "\n"), condition)
    end
  end)

  it("is counted by what thousands have", function()
    local most = store.events:group{ "quad", top = 1, provenance = false }
    assert.equal(ask("1 GROUP BY quad ORDER BY count(*) DESC LIMIT 1", "quad || ' ' || count(*)"),
      table.concat(stores.lines(most, "quad", "count"), "\n"))
  end)

  it("is grouped by as rows are", function()
    for _, field in ipairs{ "mentions", "tone" } do
      local some = store.events:where{ mentions = { lt = 300 } }
      local groups = some:group{ field, provenance = false }
      assert.equal(tonumber(ask("mentions < 300", "count(DISTINCT " .. field .. ") + " ..
        "max(" .. field .. " IS NULL)")), #groups)
    end
  end)

  it("is checked against its rows", function()
    assert.same({}, { table.unpack(store:check()) })
    local copy = folder .. "/copy"
    store:backup(copy)
    stores.ask(copy, stores.unguarded(copy, "UPDATE events SET tone = 1.5 WHERE mentions = 8;" ..
      "UPDATE events SET tone = 1.5 WHERE mentions = 7; UPDATE events SET tone = NULL " ..
      "WHERE mentions = 6;"))
    local changed <close> = assert(dualuse.open(copy))
    local findings = changed:check()
    assert.equal(1, #findings)
    assert.equal("tone", findings[1].field)
    assert.matches("^its column has another value, and so it is with 2 more", findings[1].problem)
  end)

  it("is looked through no longer than a deadline allows", function()
    local hurried <close> = assert(dualuse.open(path, { deadline = 1e-9 }))
    stores.raises(function()
      return hurried.events:group{ "month", n = { "sum", "tone" } }
    end, { code = "interrupted", says = { "deadline" } })
  end)
end)
