-- store:check() finds what was done to a file behind the store's back. The damage is done by the
-- sqlite3 program, after the triggers that would have refused it are dropped.
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local function filled(path)
  local store = assert(dualuse.open(path))
  store.sources:add{ key = "s", title = "a source", text = "what it says", published = "2019-07" }
  store.items:add{ key = "hf", name = "hydrogen fluoride", category = "material",
    aliases = { "etching gas" } }
  store.parties:add{ key = "KOR.MOTIE", name = "the ministry", kind = "ministry", parent = "KOR" }
  local id = store.cases:add{ key = "c", authority = "KOR.MOTIE", date = "2019-07",
    items = { "hf" }, offences = { "diversion" }, sources = { "s", { "s", locator = "para 2" } } }
  store.cases:update(id, { fine = 100 })
  store.measures:add{ key = "m", title = "a measure", jurisdiction = "JPN",
    requirement = "individual", stages = { { stage = "in_force", date = "2019-07-04" } } }
  store.claims:add{ key = "gone", stance = "denies", text = "never",
    question = store.questions:add{ key = "q", title = "a question" } }
  store.claims:retract("gone")
  store.links:add{ from = "m", to = "c", relation = "causes" }
  return store
end

describe("store:check()", function()
  local folder, path

  before_each(function()
    folder = shell.folder()
    path = folder .. "/store.db"
  end)

  after_each(function()
    shell.remove(folder)
  end)

  -- Makes a store, has the sqlite3 program change it, and returns what check then finds.
  local function findings_after(sql)
    filled(path):close()
    local triggers = shell.must("sqlite3 " .. shell.quote(path) ..
      [[ "SELECT 'DROP TRIGGER ' || name || ';' FROM sqlite_schema WHERE type = 'trigger'"]])
    local file = assert(io.open(folder .. "/damage.sql", "w"))
    file:write(triggers, sql)
    file:close()
    shell.must(("sqlite3 -bail %s <%s"):format(shell.quote(path),
      shell.quote(folder .. "/damage.sql")))
    local store <close> = assert(dualuse.open(path))
    local found = {}
    for _, finding in ipairs(store:check()) do
      if not finding.problem:find("is missing from the schema", 1, true) then
        found[#found + 1] = finding
      end
    end
    return found
  end

  local function finds(sql, expected)
    local found = findings_after(sql)
    assert.equal(1, #found, "findings after " .. sql)
    for name, value in pairs(expected) do
      if name == "problem" then
        assert.matches(value, found[1].problem)
      else
        assert.equal(value, found[1][name])
      end
    end
  end

  it("finds nothing in a store that was only used as it should be", function()
    local store <close> = filled(path)
    assert.same({}, store:check())
  end)

  it("finds nothing in a store in memory, new or used", function()
    local store <close> = assert(dualuse.open())
    assert.same({}, store:check())
  end)

  it("misses the triggers that were dropped #process", function()
    filled(path):close()
    shell.must("sqlite3 " .. shell.quote(path) .. " 'DROP TRIGGER cases_update'")
    local store <close> = assert(dualuse.open(path))
    local found = store:check()
    assert.equal(1, #found)
    assert.equal("cases_update is missing from the schema", found[1].problem)
  end)

  it("finds triggers and views that are not its own #process", function()
    filled(path):close()
    shell.must("sqlite3 " .. shell.quote(path) ..
      " 'CREATE VIEW v AS SELECT 1; CREATE TRIGGER t AFTER INSERT ON cases BEGIN SELECT 1; END'")
    local store <close> = assert(dualuse.open(path))
    local problems = {}
    for i, finding in ipairs(store:check()) do
      problems[i] = finding.problem
    end
    table.sort(problems)
    assert.same({ "t in the schema is not of dualuse", "v in the schema is not of dualuse" },
      problems)
  end)

  it("finds a reference to nothing #process", function()
    finds("UPDATE cases SET authority = 9999;",
      { kind = "cases", field = "authority", problem = "9999" })
  end)

  it("finds a reference to what was retracted #process", function()
    finds("UPDATE claims SET retracted = NULL, question = NULL WHERE \"key\" = 'gone';" ..
      "UPDATE claims SET retracted = 1, question = 3;" ..
      "UPDATE links SET \"to\" = (SELECT id FROM claims);",
      { kind = "links", field = "to", problem = "not on record" })
  end)

  it("finds an element of a list that refers to nothing #process", function()
    finds("UPDATE cases SET items = '[9999]';", { kind = "cases", field = "items" })
  end)

  it("finds a source that there is not #process", function()
    finds([[UPDATE cases SET sources = '[{"source":9999,"locator":"para 1"}]';]],
      { kind = "cases", field = "sources" })
  end)

  it("finds a list that is none #process", function()
    finds("UPDATE cases SET items = '[1';", { kind = "cases", field = "items",
      problem = "not a list" })
  end)

  it("finds a word that is not of the vocabulary #process", function()
    finds("UPDATE items SET category = 'gas';", { kind = "items", field = "category",
      problem = '"gas"' })
  end)

  it("finds a date that is none, and days that are not the date's #process", function()
    finds("UPDATE cases SET date = '2019-13';", { kind = "cases", field = "date",
      problem = "not a date" })
    shell.must("rm " .. shell.quote(path))
    finds("UPDATE cases SET date_last = 20190730;", { kind = "cases", field = "date",
      problem = "first and last day" })
  end)

  it("finds a required field that is missing #process", function()
    finds("UPDATE measures SET requirement = NULL;", { kind = "measures",
      field = "requirement", problem = "required" })
  end)

  it("finds a name that the index lacks, and one that it has too many #process", function()
    finds("DELETE FROM names WHERE folded = 'etching gas';", { kind = "items",
      field = "aliases", problem = "index of names" })
    shell.must("rm " .. shell.quote(path))
    finds("INSERT INTO names VALUES ('ruritania', 'parties', 9999, 0, NULL);",
      { kind = "parties", problem = "ruritania" })
  end)

  it("finds a state that history lacks #process", function()
    finds("UPDATE cases_history SET until = 4;", { kind = "cases",
      problem = "state that replaced" })
  end)

  it("finds a revision that never was #process", function()
    finds("UPDATE links SET revision = 77;", { kind = "links", problem = "never was" })
  end)

  it("finds a gap in the revisions #process", function()
    finds("DELETE FROM revisions WHERE revision = 2;", { problem = "revision before" })
  end)

  it("finds text that the full-text index lacks #process", function()
    finds("INSERT INTO fulltext (fulltext, rowid, title, text) SELECT 'delete', id, title, " ..
      "text FROM sources;", { problem = "full%-text index" })
  end)

  -- What somebody else can do to a table, and what check then says of it.
  local WRITABLE = ".dbconfig defensive off\nPRAGMA writable_schema = ON;\n"
  local changed = {
    { "has lost a column", "ALTER TABLE events DROP COLUMN goldstein",
      { "events: the table events has no column goldstein",
        "events: the records cannot be read: no such column: goldstein" } },
    { "has a history that lost one", "ALTER TABLE events_history DROP COLUMN tone",
      { "events: the table events_history has no column tone" } },
    { "has one more", "ALTER TABLE items ADD COLUMN theirs TEXT",
      { 'items: the column "theirs" of the table items is not of dualuse' } },
    { "calls one otherwise", "ALTER TABLE cases RENAME COLUMN prison_months TO months",
      { "cases: the table cases has no column prison_months",
        'cases: the column "months" of the table cases is not of dualuse',
        "cases: the records cannot be read: no such column: prison_months" } },
    { "has a column of another type", WRITABLE .. "UPDATE sqlite_schema SET sql = replace(sql, " ..
      "'\"goldstein\" REAL', '\"goldstein\" TEXT') WHERE name = 'events'",
      { "events: the column goldstein of the table events is TEXT, not REAL" } },
    { "takes values of any type", WRITABLE .. "UPDATE sqlite_schema SET sql = " ..
      "replace(sql, ' STRICT', '') WHERE name = 'items'",
      { "items: the table items is not STRICT: a new store's is STRICT" } },
    { "has its columns in another order", "DROP TABLE links_history; CREATE TABLE links_history " ..
      "(until INTEGER NOT NULL, %s, revision INTEGER NOT NULL, retracted INTEGER, id INTEGER " ..
      "NOT NULL, PRIMARY KEY (id, revision)) STRICT, WITHOUT ROWID",
      { "links: the columns of the tables links and links_history are in different order",
        "nil: links_history_delete is missing from the schema",
        "nil: links_history_insert is missing from the schema",
        "nil: links_history_update is missing from the schema",
        "links: its state of the revision that added it is missing: 10" } },
    { "has been replaced", "DROP TABLE reasons; CREATE TABLE reasons (record, revision INTEGER)",
      { "nil: the table reasons is not STRICT: a new store's is STRICT and WITHOUT ROWID",
        "nil: the column record of the table reasons is of no type, not INTEGER NOT NULL in the " ..
          "primary key",
        "nil: the column revision of the table reasons is INTEGER, not INTEGER NOT NULL in the " ..
          "primary key",
        "nil: the table reasons has no column by", "nil: the table reasons has no column reason",
        "nil: reasons_delete is missing from the schema",
        "nil: reasons_insert is missing from the schema",
        "nil: reasons_update is missing from the schema" } },
    { "is gone", "DROP TABLE revisions",
      { "nil: the table revisions is missing from the schema",
        "nil: revisions_delete is missing from the schema",
        "nil: revisions_insert is missing from the schema",
        "nil: revisions_update is missing from the schema",
        "nil: the revisions cannot be read: no such table: revisions" } },
  }

  -- A file with the tables that are changed, which one has once something is written to them.
  local function make_tables()
    local store <close> = filled(path)
    local event = store.events:add{ date = "2019-07-04", kind = "sanction" }
    store.events:update(event, { tone = -5 })
    store.items:update("hf", { note = "first" })
    store.links:update(store.links:first().id, { note = "first" })
    store:transaction(function()
      store.events:update(event, { tone = -6 }, { reason = "a better figure" })
    end)
    assert.same({}, store:check())
  end

  for _, case in ipairs(changed) do
    it("names a table that " .. case[1] .. ", and what differs #process", function()
      make_tables()
      local columns = stores.ask(path, "SELECT group_concat('\"' || name || '\" ' || type) " ..
        "FROM pragma_table_info('links') WHERE name NOT IN ('id', 'revision', 'retracted')")
      stores.ask(path, case[2]:gsub("%%s", function() return columns end))
      local store <close> = assert(dualuse.open(path))
      local found = {}
      for i, finding in ipairs(store:check()) do
        found[i] = tostring(finding.kind) .. ": " .. finding.problem
      end
      assert.same(case[3], found)
    end)
  end

  it("tells what a write is refused for: history would be mixed up #process", function()
    for _, change in ipairs{ "ALTER TABLE items ADD COLUMN theirs TEXT",
      "ALTER TABLE items_history RENAME COLUMN note TO remark" } do
      make_tables()
      stores.ask(path, change)
      local store <close> = assert(dualuse.open(path))
      local problem = stores.raised(store.items.update, store.items, "hf", { note = "x" })
      assert.same({ "corrupt", "items" }, { problem.code, problem.kind })
      assert.matches("store:check() tells what differs", problem.message, 1, true)
      assert.equal(1, store.items:count())
      store:close()
      shell.must("rm " .. shell.quote(path))
    end
  end)

  it("is refused for a view", function()
    local store <close> = filled(path)
    local ok, err = pcall(function()
      return store:as_of(1):check()
    end)
    assert.is_false(ok)
    assert.equal("misuse", err.code)
  end)
end)
