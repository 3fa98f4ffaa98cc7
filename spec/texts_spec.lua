-- A large import keeps the places, modes, contexts and addresses of events once for all rows that
-- have them, in the table `texts`. Who asks the store does not see that: the same lines, imported
-- in parts too small for it, stand in the rows of a second store, which has to answer the same.

local dualuse = require "dualuse"
local older = require "spec.older"
local shell = require "spec.shell"
local stores = require "spec.stores"

local folder
before_each(function() folder = shell.folder() end)
after_each(function() shell.remove(folder) end)

-- Texts are shared from the 4096th new row of an import on.
local ROWS, PART = 6000, 2000
local MODES = { "", "visit", "meet", "phone" }
local CONTEXTS = { "", "trade", "trade;security", "cyber" }
local LONG = ("where it is, ").rep("at length, ", 400) -- of more than 4096 bytes

--- A line: its number, day, place, mode, contexts and address. Some have none, many the same.
local function line(n)
  local place = n % 7 == 0 and "" or n % 1000 == 999 and LONG or "place " .. n * n % 191
  return ("%d\t2019-%02d-%02d\t%s\t%s\t%s\thttps://example.org/%d"):format(n,
    n % 12 + 1, n % 28 + 1, place, MODES[n % 4 + 1], CONTEXTS[n % 5 % 4 + 1], n // 3)
end

local MAPPING = { delimiter = "\t", header = false, quotes = false, source = false, name = "o",
  layouts = { [6] = { "n", "day", "place", "mode", "contexts", "url" } },
  identity = { "n" }, limit = 100000,
  columns = { day = "date", place = "place", mode = "mode", url = "url",
    contexts = "contexts", n = "code" }, separator = { contexts = ";" },
  constants = { kind = "consult" } }

local function import(store, first, last, options)
  local list, mapping = {}, {}
  for n = first, last do list[#list + 1] = line(n) end
  for name, value in pairs(MAPPING) do mapping[name] = value end
  for name, value in pairs(options or {}) do mapping[name] = value end
  local path = folder .. "/lines"
  stores.write(path, table.concat(list, "\n") .. "\n")
  return store.events:import(path, mapping)
end

--- A store with all lines, imported at once or in parts.
local function filled(name, part, options)
  local path = folder .. "/" .. name
  local opened = { durability = "normal" }
  for key, value in pairs(options or {}) do opened[key] = value end
  local store = assert(dualuse.open(path, opened))
  for first = 1, ROWS, part do import(store, first, first + part - 1) end
  return store, path
end

describe("texts that rows share", function()
  it("are each on record once, as the file has them", function()
    local store, path = filled("store", ROWS)
    local rows = {}
    for n = 1, ROWS do
      local fields = {}
      for field in (line(n) .. "\t"):gmatch("(.-)\t") do fields[#fields + 1] = field end
      local contexts = fields[5] == "" and "" or '["' .. fields[5]:gsub(";", '","') .. '"]'
      rows[n] = table.concat({ n, fields[3], fields[4], contexts, fields[6] }, "|")
    end
    store:close()
    local function said(field)
      return ("coalesce(iif(typeof(%s) = 'integer', (SELECT text FROM texts t WHERE t.id = %s), %s)"
        .. ", '')"):format(field, field, field)
    end
    local fields = {}
    for i, field in ipairs{ "place", "mode", "contexts", "url" } do fields[i] = said(field) end
    stores.same_lines(table.concat(rows, "\n"), stores.ask(path,
      ("SELECT code, %s FROM events ORDER BY CAST(code AS INTEGER)")
        :format(table.concat(fields, ", "))))
    assert.equal("0|0", stores.ask(path, [[SELECT count(*) - count(DISTINCT text),
      count(*) - (SELECT count(*) FROM (SELECT place FROM events WHERE typeof(place) = 'integer'
        UNION SELECT mode FROM events WHERE typeof(mode) = 'integer'
        UNION SELECT contexts FROM events WHERE typeof(contexts) = 'integer'
        UNION SELECT url FROM events WHERE typeof(url) = 'integer')) FROM texts]]))
    assert.equal("text", stores.ask(path, "SELECT group_concat(DISTINCT typeof(place)) " ..
      "FROM events WHERE length(place) > 4096"))
    assert.equal(tostring(ROWS // 3 - 4097 // 3 + 1), stores.ask(path,
      "SELECT count(*) FROM texts WHERE text GLOB 'https:*'"))
  end)

  --- The groups of events by these keys, with how many addresses each has.
  local function groups(store, keys)
    local rows = {}
    keys.provenance, keys.urls = false, { "distinct", "url" }
    for i, row in ipairs(store.events:group(keys)) do rows[i] = stores.show(row) end
    return rows
  end

  local shared, inline
  local function questions(store)
    local events = store.events:select("code", "place", "mode", "contexts", "url", "date")
    local place = { "place 5", "place 100", LONG, "nowhere" }
    local list = {}
    local function ask(what) list[#list + 1] = stores.show(what) end
    for _, name in ipairs(place) do
      ask(events:where{ place = name }:count())
      ask(events:where{ place = { ne = name }, mode = "visit" }:count())
      ask(events:where{ place = { gte = name }, date = { during = "2019-03" } }:count())
    end
    ask(events:where{ place = { missing = true } }:count())
    ask(events:where{ contexts = "security" }:count())
    ask(events:where{ contexts = { ne = "trade" }, url = "https://example.org/1900" }:all())
    ask(events:where{ url = { gte = "https://example.org/1990" } }:order("-url", "place"):limit(9)
      :all())
    ask(events:order("mode", "-place", "code"):limit(20):all())
    for _, keys in ipairs{ { "place" }, { "mode", "contexts" }, { "contexts" } } do
      ask(groups(store, keys))
    end
    ask(events:distinct("url"))
    ask(events:once{ "place", "mode" }:count())
    for _, row in ipairs{ 1, 4095, 4096, 5000, ROWS } do
      ask(events:where{ code = tostring(row) }:first())
    end
    local values = {}
    for id, url, where, mode in store.events:values("url", "place", "mode") do
      values[#values + 1] = table.concat({ id, url, tostring(where), tostring(mode) }, "|")
    end
    ask(values)
    for event in store.events:select("contexts", "url"):each() do
      values[#values + 1] = stores.show(event)
    end
    ask(values)
    return list
  end

  for _, cache in ipairs{ 0, 64 * 1024 * 1024 } do
    it("answer as those that stand in rows, with a cache of " .. cache, function()
      shared = filled("shared", ROWS, { column_cache = cache })
      inline = filled("inline", PART, { column_cache = cache })
      local one, other = questions(shared), questions(inline)
      for i = 1, #one do stores.same_lines(other[i], one[i]) end
      assert.equal(#other, #one)
      for _, store in ipairs{ shared, inline } do
        local id = store.events:where{ code = "5000" }:first().id
        store.events:update(id, { place = "elsewhere", url = dualuse.null })
        store.events:update(id, { mode = "host" })
        store.events:retract(store.events:where{ code = "5001" }:first().id)
      end
      for _, code in ipairs{ "5000", "5001" } do
        local function states(store)
          local id = store.events:where{ code = "5000" }:first().id + code - 5000
          local list = {}
          for _, state in ipairs(store.events:history(id)) do
            state.revision, state.recorded, state.id = nil, nil, nil
            list[#list + 1] = stores.show(state)
          end
          return list
        end
        assert.same(states(inline), states(shared))
      end
      assert.same(groups(inline, { "place" }), groups(shared, { "place" }))
      assert.same({}, shared:check())
      local before = shared:as_of(1).events:where{ code = "5000" }:first()
      assert.same({ "place " .. 5000 * 5000 % 191, "https://example.org/1666" },
        { before.place, before.url })
      shared:close()
      inline:close()
    end)
  end

  it("are found again by lines that come again", function()
    local store <close> = filled("store", ROWS)
    local again = import(store, 1, ROWS)
    assert.same({ 0, ROWS, 0 }, { again.added, again.duplicate, again.rejected })
  end)

  it("are those of the transaction that is kept", function()
    local store <close> = assert(dualuse.open(folder .. "/store"))
    assert.has_error(function()
      store:transaction(function()
        import(store, 10001, 16000)
        assert.equal("https://example.org/5000",
          store.events:where{ code = "15000" }:first().url)
        error("undone", 0)
      end)
    end, "undone")
    import(store, 1, ROWS)
    for _, code in ipairs{ 1, 4500, ROWS } do
      assert.equal("https://example.org/" .. code // 3,
        store.events:where{ code = tostring(code) }:first().url)
    end
    assert.same({}, store:check())
  end)

  it("are not found where the oldest were forgotten, and then kept once more", function()
    local store <close> = assert(dualuse.open(folder .. "/store"))
    local list = {}
    for n = 1, 3 * ROWS do
      list[n] = ("%d\t2019-07-01\tfar\t\t\t%s/%d"):format(n, ("a"):rep(300), n % ROWS)
    end
    stores.write(folder .. "/lines", table.concat(list, "\n") .. "\n")
    store.events:import(folder .. "/lines", MAPPING)
    local n = 0
    for _, url, code in store.events:order("id"):values("url", "code") do
      n = n + 1
      if url ~= ("a"):rep(300) .. "/" .. n % ROWS or code ~= tostring(n) then
        error(code .. " has " .. url)
      end
    end
    assert.equal(3 * ROWS, n)
    assert.equal("1", stores.ask(folder .. "/store",
      "SELECT count(*) FROM texts WHERE text = 'far'"))
    assert.same({}, store:check())
  end)

  it("are put back by the SQL of a query, which other programs run", function()
    local store, path = filled("store", ROWS)
    local text, values = store.events:select("place"):order("id"):sql()
    store:close()
    assert.same({}, values)
    local rows = {}
    for row in (stores.ask(path, text) .. "\n"):gmatch("(.-)\n") do rows[#rows + 1] = row end
    assert.equal(ROWS, #rows)
    for _, code in ipairs{ 4094, 4097, 5000 } do -- the first stands in its row
      assert.matches("|place " .. code * code % 191 .. "|", rows[code], 1, true)
      assert.matches("|https://example.org/" .. code // 3 .. "|", rows[code], 1, true)
    end
  end)

  it("cannot be changed by others", function()
    local store, path = filled("store", ROWS)
    store:close()
    for _, change in ipairs{ "UPDATE texts SET text = 'another'", "DELETE FROM texts" } do
      local status, output = stores.sqlite(path, change)
      assert.not_equal(0, status)
      assert.matches("history is never changed", output, 1, true)
    end
  end)

  it("come to a file of the layout before, whose rows stay as they are", function()
    local store, path = filled("store", ROWS)
    local id = store.events:where{ code = "5000" }:first().id
    store.events:update(id, { place = "elsewhere" })
    store:close()
    older.make(path, 4)
    local function types()
      return stores.ask(path, "SELECT group_concat(DISTINCT typeof(url)) FROM events")
    end
    assert.equal("text", types())
    for _, readonly in ipairs{ true, false } do
      store = assert(dualuse.open(path, { readonly = readonly }))
      assert.equal("elsewhere", store.events:get(id).place)
      assert.equal("place " .. 5000 * 5000 % 191, store.events:history(id)[1].place)
      assert.same({}, store:check())
      if readonly then store:close() end
    end
    assert.equal("text", types())
    import(store, ROWS + 1, 2 * ROWS)
    assert.equal("integer", stores.ask(path, "SELECT typeof(url) FROM events WHERE code = "
      .. ("'%d'"):format(2 * ROWS)))
    store.events:update(id + ROWS, { place = "elsewhere" })
    assert.equal("https://example.org/" .. (5000 + ROWS) // 3,
      store.events:history(id + ROWS)[1].url)
    assert.same({}, store:check())
    store:close()
  end)

  it("are missed where they are lost, by whoever reads them and by check", function()
    local store, path = filled("store", ROWS)
    store:close()
    stores.ask(path, stores.unguarded(path, "DELETE FROM texts WHERE text LIKE '%/1990';"))
    store = assert(dualuse.open(path, { column_cache = 0 }))
    stores.raises(function() store.events:where{ code = "5970" }:first() end,
      { code = "corrupt", says = { "text", "lost" } })
    local found = {}
    for _, finding in ipairs(store:check()) do
      if finding.field == "url" then found[#found + 1] = finding.id end
    end
    assert.same({ 3, "events" }, { #found, store.events:get(found[1] - 3) and "events" })
    store:close()
  end)
end)
