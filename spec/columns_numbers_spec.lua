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
    store:transaction(function()
      for i = 1, 8000 do
        -- each another number, the even ones below zero, and every seventh missing
        store.events:add{ date = ("2019-%02d"):format(i % 12 + 1), kind = "accuse", mentions = i,
          tone = i % 7 > 0 and (i % 2 == 0 and -1 or 1) * i / 1024 or nil }
      end
    end)
    core.pack(store, "events", 8000)
  end)
  teardown(function()
    store:close()
    shell.remove(folder)
  end)

  local function ask(condition, what)
    return stores.ask(path, ("SELECT %s FROM events WHERE %s"):format(what or "count(*)",
      condition))
  end

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

  it("is looked through no longer than a deadline allows", function()
    local hurried <close> = assert(dualuse.open(path, { deadline = 1e-9 }))
    stores.raises(function()
      return hurried.events:group{ "month", n = { "sum", "tone" } }
    end, { code = "interrupted", says = { "deadline" } })
  end)
end)
