local core = require "dualuse.core"
local dualuse = require "dualuse"
local older = require "spec.older"
local shell = require "spec.shell"
local stores = require "spec.stores"

describe("an older file #process", function()
  local folder, path

  before_each(function()
    folder = shell.folder()
    path = folder .. "/old.db"
    local store <close> = assert(dualuse.open(path))
    stores.fill(store)
    store.cases:update("case", { note = "checked", exported = "2017-11" })
    store.items:update("chemicals", { note = "all of them" })
  end)
  after_each(function() shell.remove(folder) end)

  --- What is in the store, of these fields left out.
  local function contents(store, kinds, left_out)
    local lines = {}
    for _, kind in ipairs(kinds) do
      for record in store[kind]:each() do
        for _, name in ipairs(left_out or {}) do record[name] = nil end
        lines[#lines + 1] = stores.show(record)
        for _, state in ipairs(store[kind]:history(record.id)) do
          for _, name in ipairs(left_out or {}) do state[name] = nil end
          lines[#lines + 1] = "  " .. stores.show(state)
        end
      end
    end
    return table.concat(lines, "\n")
  end

  local function all_kinds()
    local kinds = {}
    for i, kind in ipairs(dualuse.describe()) do kinds[i] = kind.kind end
    return kinds
  end

  --- Runs SQL that an application of another version might have left behind: triggers out of the
  --- way, the change, and a version before this one.
  local function make_older(statements)
    local triggers = stores.ask(path, [[
      SELECT 'DROP TRIGGER "' || name || '";' FROM sqlite_schema
      WHERE type = 'trigger' AND tbl_name NOT IN ('revisions', 'reasons')]])
    stores.ask(path, triggers .. "\n" .. statements)
    local version = tonumber(stores.ask(path, "PRAGMA user_version"))
    stores.ask(path, ("PRAGMA user_version = %d; PRAGMA wal_checkpoint(TRUNCATE)"):format(
      version - 1))
    return version
  end

  --- Drops columns of a kind, in its table and its history, as far as there are any.
  local function dropping(kind, ...)
    local statements = {}
    for _, name in ipairs{ kind, kind .. "_history" } do
      for _, column in ipairs(stores.has_table(path, name) and { ... } or {}) do
        statements[#statements + 1] = ('ALTER TABLE %s DROP COLUMN "%s";'):format(name, column)
      end
    end
    return table.concat(statements, "\n")
  end

  --- Checks that other programs can change neither records nor history.
  local function check_guarded()
    local before = stores.dump(path)
    for _, statement in ipairs{ "UPDATE cases SET fine = 1", "DELETE FROM cases",
      "DELETE FROM cases_history", "UPDATE cases_history SET fine = 1", "DELETE FROM links",
      "UPDATE revisions SET recorded = '2000-01-01T00:00:00Z'", "DELETE FROM revisions",
      "UPDATE items SET name = 'x'" } do
      assert.is_true((stores.sqlite(path, statement .. ";")) ~= 0, statement)
    end
    stores.same_lines(before, stores.dump(path))
  end

  it("that lacks a field gets it when it is opened, and nothing else changes", function()
    local before
    do
      local store <close> = assert(dualuse.open(path))
      before = contents(store, all_kinds(), { "penalties", "conditions" })
    end
    local version = make_older(dropping("measures", "penalties") ..
      dropping("applications", "conditions"))
    assert.is_nil(stores.dump(path):find('"penalties"', 1, true))
    local store <close> = assert(dualuse.open(path))
    stores.same_lines(before, contents(store, all_kinds()))
    assert.equal(tostring(version), stores.ask(path, "PRAGMA user_version"))
    assert.is_true(store.measures:update("licence", { penalties = "a fine" }))
    assert.equal("a fine", store.measures:get("licence").penalties)
    assert.equal(1, store.measures:where{ penalties = { like = "%fine" } }:count())
    store.measures:update("licence", { penalties = "prison" })
    local history = store.measures:history("licence")
    assert.same({ false, "a fine", "prison" }, { history[1].penalties or false,
      history[2].penalties, history[3].penalties })
    assert.equal("a fine", store:as_of(store:revision() - 1).measures:get("licence").penalties)
    check_guarded()
    assert.equal("ok", stores.ask(path, "PRAGMA integrity_check"))
  end)

  it("may lack fields of every type, in the middle of others", function()
    make_older(dropping("cases", "quantity", "offences", "stopped", "exported", "exported_first",
      "exported_last", "publicised", "inferred", "note", "prison_months"))
    local store <close> = assert(dualuse.open(path))
    local case = store.cases:get("case")
    assert.equal("VNM", case.destination)
    assert.equal(1000, case.fine)
    assert.same({ { "nikkei", locator = "para 6" } }, case.sources)
    assert.is_nil(case.exported)
    local changes = { quantity = 2.5, offences = { "diversion" }, stopped = "completed",
      exported = "2017-12", publicised = true, inferred = false, note = "n", prison_months = 3 }
    store.cases:update("case", changes)
    local changed = store.cases:get("case")
    for name, value in pairs(changes) do assert.same(value, changed[name]) end
    assert.equal("VNM", changed.destination)
    assert.same({ { "nikkei", locator = "para 6" } }, changed.sources)
    local revision = store:revision()
    store.cases:update("case", { exported = "2016", destination = "KOR" })
    assert.equal(1, store.cases:where{ exported = "2016-05" }:count())
    assert.same(changed, store:as_of(revision).cases:get("case"))
    assert.same(case, store:as_of(revision - 1).cases:get("case"))
    local last = store.cases:history("case")
    assert.equal("2017-12", last[#last - 1].exported)
    assert.equal("2016", last[#last].exported)
    check_guarded()
  end)

  it("that lacks a whole kind gets it", function()
    make_older[[
      DROP TABLE links; DROP TABLE screenings;
      DELETE FROM made WHERE name IN ('links', 'screenings');]]
    local store <close> = assert(dualuse.open(path))
    assert.equal(0, #store.links)
    local link = store.links:add{ key = "again", from = "licence", relation = "causes",
      to = "leak" }
    store.links:update(link, { status = "contested" })
    assert.equal(2, #store.links:history("again"))
    store.screenings:add{ date = "2020", outcome = "clear" }
    assert.equal("Acme Chemicals", store.parties:get("acme").name)
    check_guarded()
  end)

  it("is brought up to date once", function()
    make_older(dropping("cases", "note"))
    local store <close> = assert(dualuse.open(path))
    store:close()
    local after = stores.dump(path)
    local again <close> = assert(dualuse.open(path))
    assert.equal(3, again:revision())
    again:close()
    stores.same_lines(after, stores.dump(path))
  end)

  it("can still be seen as it was at each revision", function()
    local function states(store)
      local texts = {}
      for revision = 0, store:revision() do
        texts[#texts + 1] = contents(store:as_of(revision), all_kinds(), { "term" })
      end
      return table.concat(texts, "\n")
    end
    local before
    do
      local store <close> = assert(dualuse.open(path))
      before = states(store)
    end
    make_older(dropping("measures", "term"))
    local store <close> = assert(dualuse.open(path))
    stores.same_lines(before, states(store))
  end)

  it("cannot be opened readonly, and the error says what to do", function()
    make_older(dropping("cases", "note"))
    local bytes = stores.bytes(path)
    stores.not_opened(function()
      local store, problem = dualuse.open(path, { readonly = true })
      return store, problem
    end, { code = "readonly", says = { path, "older version", "opened for writing" } })
    assert.equal(bytes, stores.bytes(path))
  end)

  it("stays as it was when it cannot be brought up to date", function()
    -- when the columns have been added, the name of an index is found to be taken
    make_older(dropping("sources", "note") .. dropping("events", "mode") .. [[
      DROP INDEX events_actor;
      CREATE TABLE events_actor (in_the_way TEXT);]])
    local before = stores.dump(path)
    local version = stores.ask(path, "PRAGMA user_version")
    local ok, store, problem = pcall(dualuse.open, path)
    assert.is_true(ok)
    assert.is_nil(store)
    assert.equal("dualuse.error", getmetatable(problem))
    assert.truthy(problem.message:find(path, 1, true))
    stores.same_lines(before, stores.dump(path))
    assert.equal(version, stores.ask(path, "PRAGMA user_version"))
    -- once the way is free, it can
    stores.ask(path, "DROP TABLE events_actor")
    local fixed <close> = assert(dualuse.open(path))
    assert.equal(3, fixed:revision())
    assert.equal("1", stores.ask(path,
      "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name = 'events_actor'"))
  end)

  it("waits for whoever writes to it, or says that it is busy", function()
    make_older(dropping("cases", "note"))
    local before = stores.dump(path)
    -- a writer that holds the file until it is told to let go
    local script, release = folder .. "/hold.sql", folder .. "/release"
    shell.must("mkfifo " .. shell.quote(release))
    stores.write(script, ("BEGIN IMMEDIATE;\n.shell echo held\n.shell cat %s\n"):format(release))
    local holder <close> = assert(io.popen(("sqlite3 -init /dev/null -batch %s <%s"):format(
      shell.quote(path), shell.quote(script))))
    assert.equal("held", holder:read("l"))
    stores.not_opened(function()
      local store, problem = dualuse.open(path, { timeout = 0.01 })
      return store, problem
    end, { code = "busy", says = { path } })
    stores.write(release, "go")
    holder:read("a")
    stores.same_lines(before, stores.dump(path))
    local store <close> = assert(dualuse.open(path))
    assert.equal(3, store:revision())
  end)
end)

for layout = 1, 3 do
  describe(("a file of layout %d #process"):format(layout), function()
    local folder, path, before

    --- What the records are and were, of all kinds and at each revision, and what is found by name
    -- and by words.
    local function answers(store)
      local lines = {}
      for revision = 0, store:revision() do
        local view = store:as_of(revision)
        for _, kind in ipairs(dualuse.describe()) do
          for record in view[kind.kind]:each() do lines[#lines + 1] = stores.show(record) end
        end
      end
      for _, kind in ipairs(dualuse.describe()) do
        for id in store[kind.kind]:values("id") do
          lines[#lines + 1] = stores.show(store[kind.kind]:history(id))
        end
      end
      lines[#lines + 1] = stores.show{ store.sources:search("fluoride OR tokyo"):all(),
        store.events:where{ actor = "Japan", date = "2019" }:all(),
        store.cases:where{ exporter = "acme co" }:all(), store.events:group{ "month" }[1].count }
      return table.concat(lines, "\n")
    end

    before_each(function()
      folder = shell.folder()
      path = folder .. "/old.db"
      do
        local store <close> = assert(dualuse.open(path))
        stores.fill(store)
        store.cases:update("case", { exported = "2017-11" })
        store:transaction(function()
          store.items:update("chemicals", { note = "all" }, { by = "junior", reason = "asked" })
        end)
        before = answers(store)
      end
      older.make(path, layout)
    end)
    after_each(function() shell.remove(folder) end)

    it("is answered from as it is, where it is opened readonly", function()
      local bytes = stores.bytes(path)
      do
        local store <close> = assert(dualuse.open(path, { readonly = true }))
        stores.same_lines(before, answers(store))
        assert.equal("readonly", stores.raised(store.items.add, store.items,
          { key = "x", name = "x" }).code)
        -- the first layout has no index of likeness, and is told so
        assert.equal(layout > 1 and 0 or 1, #store:check())
      end
      assert.equal(bytes, stores.bytes(path))
    end)

    it("has the tables of today when it is opened to be written to", function()
      local store <close> = assert(dualuse.open(path))
      stores.same_lines(before, answers(store))
      assert.same({}, store:check())
      assert.is_true(stores.has_table(path, "links"))
      assert.is_true(stores.has_table(path, "items_history"))
      assert.is_true(stores.has_table(path, "reasons"))
      for _, name in ipairs{ "applications", "applications_history", "links_history" } do
        assert.is_false(stores.has_table(path, name), name)
      end
      assert.equal("ok", stores.ask(path, "PRAGMA integrity_check"))
      local version = tonumber(stores.ask(path, "PRAGMA user_version"))
      assert.equal(5, version // 10000)
      assert.equal(1, #store.parties:match("Acme Chemicals Ltd"))
    end)

    it("gets columns of what had none", function()
      do
        local store <close> = assert(dualuse.open(folder .. "/packed.db"))
        for i = 1, 50 do
          store.events:add{ date = "2019", kind = "consult", contexts = { "c" .. i % 3, "all" } }
        end
        core.pack(store, "events", 10)
      end
      older.make(folder .. "/packed.db", layout)
      local function counts(store)
        local list = {}
        for i, row in ipairs(store.events:group{ "contexts", provenance = false }) do
          list[i] = row.contexts .. " " .. row.count
        end
        return table.concat(list, ", ")
      end
      local readonly <close> = assert(dualuse.open(folder .. "/packed.db", { readonly = true }))
      assert.equal("all 50, c0 16, c1 17, c2 17", counts(readonly))
      assert.same({}, readonly:check())
      local store <close> = assert(dualuse.open(folder .. "/packed.db"))
      assert.equal("all 50, c0 16, c1 17, c2 17", counts(store))
      core.pack(store, "events", 10)
      assert.equal("columns", store.events:explain{ group = { "contexts" } }.reads)
      assert.equal("all 50, c0 16, c1 17, c2 17", counts(store))
      assert.same({}, store:check())
    end)

    it("is written to, and changed, as a new one", function()
      local store <close> = assert(dualuse.open(path))
      local id = store.applications:add{ date = "2019-08-01", jurisdiction = "JPN",
        destination = "KOR", items = { "etching gas" }, decision = "pending" }
      store.applications:update(id, { decision = "approved" })
      store.links:update("link", { status = "contested" })
      assert.equal("pending", store:as_of(store:revision() - 2).applications:get(id).decision)
      assert.equal(2, #store.links:history("link"))
      assert.same({}, store:check())
    end)

    it("stays as it is where that cannot be done", function()
      -- the name of what is to be made is taken
      stores.ask(path, "CREATE TABLE made (in_the_way TEXT); PRAGMA wal_checkpoint(TRUNCATE)")
      local dump = stores.dump(path)
      local store, problem = dualuse.open(path)
      assert.is_nil(store)
      assert.truthy(problem.message:find(path, 1, true))
      stores.same_lines(dump, stores.dump(path))
    end)
  end)
end

describe("several processes #process", function()
  local folder, path, script

  before_each(function()
    folder = shell.folder()
    path, script = folder .. "/store.db", folder .. "/open.lua"
    stores.write(script, [[
      local path, key = ...
      local dualuse = require "dualuse"
      local store <close> = assert(dualuse.open(path, { timeout = 60 }))
      store.items:add{ key = key, name = key }
    ]])
  end)
  after_each(function() shell.remove(folder) end)

  --- Starts `count` scripts at once, and checks that each succeeds.
  local function open_at_once(file, count)
    local starts, waits = {}, {}
    for i = 1, count do
      starts[i] = ("%s & p%d=$!"):format(stores.command(script, file, "key-" .. i), i)
      waits[i] = ("wait $p%d || status=1"):format(i)
    end
    local status, output = shell.run(("status=0\n%s\n%s\nexit $status"):format(
      table.concat(starts, "\n"), table.concat(waits, "\n")))
    assert.equal("", output)
    assert.equal(0, status)
  end

  local function check(file, count)
    assert.equal("ok", stores.ask(file, "PRAGMA integrity_check"))
    assert.equal(tostring(count), stores.ask(file, "SELECT count(*) FROM items"))
    assert.equal(tostring(count), stores.ask(file, "SELECT max(revision) FROM revisions"))
    assert.equal("249", stores.ask(file, "SELECT count(*) FROM parties"))
    assert.equal("wal", stores.ask(file, "PRAGMA journal_mode"))
  end

  it("may open a new file at once", function()
    for round = 1, 10 do
      local file = path .. round
      open_at_once(file, 6)
      check(file, 6)
    end
  end)

  it("may bring an older file up to date at once", function()
    do
      local store <close> = assert(dualuse.open(path))
      store.cases:add{ key = "case", authority = "KOR" }
      store:close()
    end
    stores.ask(path, "DROP TRIGGER cases_update; ALTER TABLE cases DROP COLUMN note;")
    local version = tonumber(stores.ask(path, "PRAGMA user_version"))
    stores.ask(path, ("PRAGMA user_version = %d"):format(version - 1))
    open_at_once(path, 6)
    assert.equal(tostring(version), stores.ask(path, "PRAGMA user_version"))
    local store <close> = assert(dualuse.open(path))
    store.cases:update("case", { note = "back" })
    assert.equal("back", store.cases:get("case").note)
    assert.equal(6, #store.items)
  end)
end)
