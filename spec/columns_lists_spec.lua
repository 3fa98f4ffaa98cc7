-- Lists in columns: each is kept as it is stored, and its elements are asked for there. Rows, and
-- the sqlite3 program's json_each, have to say the same.

local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local show = stores.show

local contexts = { false, { "military" }, { "legal" }, { "military", "legal" },
  { 'a "b" \\ é 日本\t' }, { "legal", "economic", "military" }, false }
local participants = { false, { "JPN" }, { "KOR", "JPN" }, { "Samsung" }, false }

--- A hundred events in ten segments, and five that are in none.
local function filled(path)
  local store = assert(dualuse.open(path, { durability = "normal" }))
  store.parties:add{ key = "Samsung", name = "Samsung", kind = "company", country = "KOR" }
  store.sources:add{ key = "afp", title = "A dispatch", publisher = "AFP" }
  store.sources:add{ key = "yonhap", title = "Another", publisher = "Yonhap" }
  store.sources:add{ key = "copy", title = "A copy", publisher = "AFP" }
  local cited = { false, { "afp" }, { { "afp", quote = "so" }, { "afp", field = "kind" } },
    { "yonhap", { "copy", locator = "p. 4" } }, { "afp", "copy" } }
  local function add(first, last)
    for i = first, last do
      store.events:add{ date = ("20%02d"):format(i % 20), kind = "consult", mentions = i,
        contexts = contexts[i % #contexts + 1] or nil, sources = cited[i // 2 % #cited + 1] or nil,
        participants = participants[i // 3 % #participants + 1] or nil }
    end
  end
  store:transaction(function() add(1, 100) end)
  core.pack(store, "events", 10)
  add(101, 105)
  return store
end

describe("lists in columns #process", function()
  local folder, path, store, rows

  setup(function()
    folder = shell.folder()
    path = folder .. "/store.db"
    store = filled(path)
    rows = assert(dualuse.open(path, { column_cache = 0 }))
  end)
  teardown(function()
    store:close()
    rows:close()
    shell.remove(folder)
  end)

  local asked = {
    { contexts = "military" },
    { contexts = { "economic", "nothing" } },
    { contexts = contexts[5][1] },
    { contexts = { ne = "military" } },
    { contexts = { ne = { "military", "legal" } } },
    { contexts = { gt = "legal" } },
    { contexts = { gte = "legal", lt = "m" } },
    { contexts = { missing = true } },
    { contexts = { missing = false }, mentions = { gt = 50 } },
    { participants = "Japan" },
    { participants = { ne = "JPN" } },
    { participants = { within = "KOR" } },
    { participants = { kind = "company" } },
    { sources = "afp" },
    { sources = { "copy", "yonhap" } },
    { sources = { publisher = "AFP" } },
    { sources = { publisher = "AFP" }, contexts = "legal", participants = { within = "JPN" } },
  }
  for _, where in ipairs(asked) do
    it("finds what rows find where " .. show(where), function()
      assert.equal("columns", store.events:where(where):explain{ count = true }.finds)
      assert.equal("rows", rows.events:where(where):explain{ count = true }.finds)
      assert.equal(rows.events:where(where):count(), store.events:where(where):count())
      assert.equal(show(rows.events:where(where):all()), show(store.events:where(where):all()))
    end)
  end

  it("gives each record a list of its own, as rows do", function()
    local names = { "contexts", "participants", "sources", "mentions" }
    assert.equal("columns", store.events:explain{ values = names }.reads)
    local function values(events)
      local lines = {}
      for id, a, b, c, d in events:values(table.unpack(names)) do
        lines[#lines + 1] = show{ id, a or false, b or false, c or false, d }
      end
      return lines
    end
    assert.same(values(rows.events), values(store.events))
    local selected, seen = store.events:select("contexts", "participants"), {}
    assert.equal("columns", selected:explain().reads)
    for event in selected:each() do
      for _, list in ipairs{ event.contexts, event.participants } do
        assert.is_nil(seen[list])
        seen[list] = true
        list[1] = "changed"
      end
    end
    assert.same(rows.events:select("contexts", "participants"):all(), selected:all())
  end)

  it("counts a list once for each of its elements", function()
    for field, value in pairs{ contexts = "atom", participants = "atom",
        sources = "coalesce(atom, value ->> 'source')" } do
      local counted = {}
      for _, row in ipairs(store.events:group{ field, provenance = false }) do
        if row[field] then counted[#counted + 1] = row.count end
      end
      table.sort(counted)
      assert.equal(stores.ask(path, ([[SELECT group_concat(n, ' ') FROM (SELECT
        count(DISTINCT t.id) n FROM events t, json_each(t.%s) GROUP BY %s ORDER BY n)]])
        :format(field, value)), table.concat(counted, " "))
    end
  end)

  for _, keys in ipairs{ { "contexts" }, { "participants" }, { "sources.key" },
      { "year", "contexts" }, { "contexts", "participants" }, { "participants.kind" },
      { "participants.country" }, { "sources.publisher" }, { "sources.publisher", "quarter" } } do
    it("groups as rows do by " .. table.concat(keys, " and "), function()
      local function grouped(events)
        return show{ table.unpack(events:where{ mentions = { lt = 103 } }:group(keys)) }
      end
      assert.equal("columns", store.events:explain{ group = keys }.reads)
      assert.equal(grouped(rows.events), grouped(store.events))
    end)
  end
end)

describe("records that belong to very many groups", function()
  local store, rows, folder
  setup(function()
    folder = shell.folder()
    store = assert(dualuse.open(folder .. "/store.db", { durability = "normal" }))
    store:transaction(function()
      for i = 1, 40 do
        local list = {}
        for c = 1, i % 13 == 0 and 70 or i % 4 do list[c] = "context " .. (i + c) % 90 end
        store.events:add{ kind = "consult", contexts = #list > 0 and list or nil,
          date = i % 5 == 0 and "2010/2017" or i % 19 == 0 and "1900/1945" or "2019-07", quad = 2,
          tone = i % 3 == 0 and i / 7 or nil }
      end
    end)
    core.pack(store, "events", 20)
    rows = assert(dualuse.open(folder .. "/store.db", { column_cache = 0 }))
  end)
  teardown(function()
    store:close()
    rows:close()
    shell.remove(folder)
  end)

  for _, options in ipairs{ { "day", provenance = false }, { "contexts" }, { "contexts", "year" },
      { "year", "quad", "month", provenance = false },
      { "contexts", "decade", a = { "mean", "tone" }, b = { "distinct", "tone" },
        c = { "median", "tone" }, n = "possible" } } do
    it("are grouped as rows do by " .. show(options), function()
      assert.equal("columns", store.events:explain{ group = options }.reads)
      local wanted, got = rows.events:group(options), store.events:group(options)
      assert.equal(show{ table.unpack(wanted) }, show{ table.unpack(got) })
    end)
  end
end)

describe("many groups of lists", function()
  it("are counted as rows count them where those with most records are asked for", function()
    local store <close> = assert(dualuse.open())
    local rows = {}
    store:transaction(function()
      for i = 1, 300 do
        store.parties:add{ key = "p" .. i, name = "Party " .. i, kind = "company" }
      end
      for i = 1, 1500 do
        local lists = { contexts = { "c" .. i % 300 },
          participants = { "p" .. (i * 7 + i // 300) % 300 + 1 } }
        if i % 7 == 0 then lists.contexts[2] = "c300" end
        if i % 50 == 0 then lists.participants[2] = "p300" end
        store.events:add{ date = "2019", kind = "consult", contexts = lists.contexts,
          participants = lists.participants }
        for _, context in ipairs(lists.contexts) do
          for _, party in ipairs(lists.participants) do
            local pair = context .. " " .. party
            rows[pair] = (rows[pair] or 0) + 1
          end
        end
      end
    end)
    core.pack(store, "events", 16384)
    local counts, answer = {}, {}
    for _, count in pairs(rows) do counts[#counts + 1] = count end
    table.sort(counts, function(a, b) return a > b end)
    local keys = { "contexts", "participants", top = 20, provenance = false }
    for i, row in ipairs(store.events:group(keys)) do
      answer[i] = row.count
      assert.equal(rows[row.contexts .. " " .. row.participants], row.count)
    end
    table.sort(answer, function(a, b) return a > b end)
    assert.same(table.move(counts, 1, 20, 1, {}), answer)
  end)
end)

describe("lists that another program wrote #process", function()
  local folder, path

  before_each(function()
    folder = shell.folder()
    path = folder .. "/store.db"
  end)
  after_each(function() shell.remove(folder) end)

  it("are read as SQLite reads them", function()
    local store <close> = assert(dualuse.open(path))
    local written = {
      [[ [ "military" ,"le\u0067al" ] ]], [[["caf\u00e9","\ud83d\ude00","\"\\\/\b\f\n\r\t"]ok]],
      [=[["😀"]]=], [=[["a","a"]]=], [=[[]]=], [=[[7]]=], [=[["7", 7.0, 1e2]]=],
      [=[[["military"]]]=], [=[[null,"military"]]=], [=[[true]]=], [=[{"a":"military"}]=],
      [=["military"]=], [=[["\ud83d", "\udc00"]]=], [=[["\ud83d\u0041"]]=],
      [=[[9223372036854775807, -9223372036854775808]]=],
      [=[[{"source": 7, "quote": "military"}]]=], [=[[{"quote": "military"}]]=],
      [=[[{"source": 7, "source": 8}]]=], [=[[{"source": "military"}]]=],
      [=[[{"source": 7, "field": 8}]]=], [=[[-0]]=],
      [=[[99999999999999999999]]=], [=[["military\u0000", "a\u0000b"]]=],
      [=[["caf\u00E9","\u65e5\u672C"]]=],
    }
    written[2] = written[2]:gsub("ok$", "")
    for _ = 1, #written do store.events:add{ date = "2019", kind = "consult" } end
    store:close()
    local update = stores.ask(path, "SELECT sql FROM sqlite_schema WHERE name = 'events_update'")
    local script = { "DROP TRIGGER events_update;" }
    for i, list in ipairs(written) do
      script[#script + 1] = ("UPDATE events SET contexts = '%s' WHERE id = (SELECT id FROM events "
        .. "ORDER BY id LIMIT 1 OFFSET %d);"):format(list, i - 1)
    end
    script[#script + 1] = update .. ";"
    stores.ask(path, table.concat(script, "\n"))

    local columns <close> = assert(dualuse.open(path))
    core.pack(columns, "events", 1) -- so that each has a column that can be read
    local rows <close> = assert(dualuse.open(path, { column_cache = 0 }))
    for _, value in ipairs{ "military", "legal", "café", "日本", "😀", "\"\\/\b\f\n\r\t", "a",
        "7", "100.0" } do
      for _, where in ipairs{ { contexts = value }, { contexts = { ne = value } },
          { contexts = { gt = value } } } do
        assert.equal("columns", columns.events:where(where):explain{ count = true }.finds)
        assert.equal(rows.events:where(where):count(), columns.events:where(where):count(),
          show(where))
      end
    end
    assert.equal(show{ table.unpack(rows.events:group{ "contexts" }) },
      show{ table.unpack(columns.events:group{ "contexts" }) })
    local function listed(events)
      local lists = {}
      for event in events:select("contexts"):each() do lists[#lists + 1] = show(event.contexts) end
      return lists
    end
    assert.same(listed(rows.events), listed(columns.events))
  end)

  it("are refused where SQLite refuses them", function()
    local store <close> = assert(dualuse.open(path))
    for _ = 1, 3 do
      store.events:add{ date = "2019", kind = "consult", contexts = { "military" } }
    end
    store:close()
    local write = stores.unguarded(path,
      "UPDATE events SET contexts = 'LIST' WHERE id = (SELECT max(id) FROM events);")
    for _, list in ipairs{ [=[["military]=], [=[["military", "\]=], [=[["\u12"]]=],
        [=[["\u12]=], [=[["\u12g4"]]=], [=[["\uX000", "military"]]=], '["a\tmilitary"]',
        [=[["military"]=], [=[["military",]]=], [=[["military"] 7]=], [=[[+7]]=], [=[[07]]=],
        [=[[-]]=], [=[[{"source" 7}]]=], [=[[{source: 7}]]=], [=[[{"source": 7]]=] } do
      stores.ask(path, (write:gsub("LIST", function() return list end)))
      local columns <close> = assert(dualuse.open(path))
      core.unpack(columns, "events")
      core.pack(columns, "events", 3)
      local rows <close> = assert(dualuse.open(path, { column_cache = 0 }))
      for _, where in ipairs{ { contexts = "military" }, { contexts = { ne = "legal" } } } do
        local expected = stores.raised(function() return rows.events:where(where):count() end)
        local found = stores.raised(function() return columns.events:where(where):count() end)
        assert.equal(expected.code .. expected.message, found.code .. found.message, list)
      end
    end
  end)
end)
