-- store:check() finds what other programs have done to a file; store:repair() makes anew what
-- follows from the records, and keeps and names what only the records could tell. The damage is
-- done by the sqlite3 program, with the triggers out of the way that would have refused it.

local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

--- A store with records of most kinds, of which some were changed, retracted and put back, and with
-- columns that some records have left since: three segments of ten events, and one of cases.
local function filled(path)
  local store = assert(dualuse.open(path, { durability = "normal" }))
  stores.fill(store)
  store:transaction(function()
    for i = 1, 30 do
      store.events:add{ date = ("2019-0%d-0%d"):format(i % 9 + 1, i % 7 + 1), kind = "sanction",
        actor = i % 2 == 0 and "JPN" or nil, quad = i % 4 + 1, tone = i / 3, origin = "row " .. i,
        mode = "mode " .. i % 5, sources = i % 3 == 0 and { "afp" } or nil }
    end
  end, { by = "editor" })
  core.pack(store, "events", 10)
  core.pack(store, "cases")
  local ids = {}
  for id in store.events:where{ origin = { missing = false } }:values("quad") do
    ids[#ids + 1] = id
  end
  store.events:update(ids[5], { quad = 1, date = "2018" })
  store.events:retract(ids[12])
  store.events:retract(ids[13])
  store.events:put{ id = ids[13] }
  store.parties:update("acme", { name = "Acme Limited", aliases = { "Acme", "ACME Ltd" } },
    { by = "editor", reason = "renamed" })
  store.parties:add{ key = "gone", name = "Gone and back", kind = "company" }
  store.parties:retract("gone")
  store.parties:put{ key = "gone", name = "Back", kind = "company" }
  store:transaction(function()
    store.parties:retract("gone", { reason = "another" })
    store.parties:put{ key = "gone", name = "Back", kind = "company" }
  end)
  store.sources:update("afp", { text = "Tokyo tightened its controls." })
  store.sources:retract(store.sources:add{ key = "lost", title = "lost words" })
  store.cases:update("case", { exported = "2017-11" })
  return store
end

describe("a store that was damaged #process", function()
  local whole, folder, path, records, answers

  -- What it says and what it answers while it is whole.
  local said, answered
  teardown(function() shell.remove(whole) end)
  setup(function()
    whole = shell.folder()
    path = whole .. "/store.db"
    filled(path):close()
    said, answered = records(), answers()
  end)
  before_each(function()
    folder = shell.folder()
    path = folder .. "/store.db"
    stores.write(path, stores.bytes(whole .. "/store.db"))
  end)
  after_each(function() shell.remove(folder) end)

  --- Runs statements without triggers, which are there again afterwards.
  local function damage(statements)
    local list = "FROM sqlite_schema WHERE type = 'trigger'"
    local dropped = stores.ask(path, [[SELECT 'DROP TRIGGER "' || name || '";' ]] .. list)
    local made = stores.ask(path, "SELECT sql || ';' " .. list)
    stores.ask(path, table.concat({ "PRAGMA synchronous = OFF; PRAGMA writable_schema = ON;",
      dropped, statements, ";", made }, "\n"))
  end

  --- What the records say and said, with everything that only they tell.
  function records()
    local lines = {}
    for name in stores.ask(path, "SELECT name FROM made ORDER BY 1"):gmatch("[%a_]+") do
      lines[#lines + 1] = ("SELECT * FROM %s ORDER BY 1, 2, revision;"):format(name)
    end
    return stores.ask(path, table.concat(lines) .. [[
      SELECT * FROM revisions ORDER BY 1]])
  end

  --- What is found by names and words, by likeness and by columns, and what guards the records.
  function answers()
    local store <close> = assert(dualuse.open(path))
    local lines = { stores.ask(path, [[
      SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' AND
      type <> 'table' ORDER BY 1, 2]]) }
    local function say(...) lines[#lines + 1] = stores.show{ ... } end
    for _, revision in ipairs{ 1, 2, 7, 9, 12, store:revision() } do
      local view = store:as_of(revision)
      for _, name in ipairs{ "acme", "ACME CO", "acme limited", "gone and back", "Seoul" } do
        local ok, party = pcall(function() return view.parties:where{ id = name }:first() end)
        say(name, revision, ok and party.key)
      end
    end
    for _, words in ipairs{ "tokyo", "fluoride", "violations", "lost", "restricts", "words" } do
      for source in store.sources:search(words):order("id"):each() do say(words, source.id) end
    end
    say(table.unpack(store.parties:match("Acme Limited Corp")))
    for _, keys in ipairs{ { "mode" }, { "quad" }, { "actor" }, { "month" } } do
      for _, row in ipairs(store.events:group(keys)) do
        say(row[keys[1]], row.count, row.possible)
      end
    end
    say(store.cases:group{ "year" }[1], store.events:where{ quad = 4 }:count(),
      store.events:where{ tone = { gt = 3 } }:mean("tone"))
    return table.concat(lines, "\n")
  end

  local function told(findings)
    local list = {}
    for i, finding in ipairs(findings) do
      list[i] = ("%s %s %s: %s"):format(finding.kind, finding.id, finding.field, finding.problem)
    end
    return list
  end

  --- Checks that there is one finding for each pattern, and no other.
  local function matches(patterns, findings)
    local all = table.concat(findings, "\n")
    assert.equal(#patterns, #findings, all)
    for i, pattern in ipairs(patterns) do
      assert.truthy(findings[i]:find(pattern), ("%s\nis not in\n%s"):format(pattern, all))
    end
  end

  it("is not one if nothing was done to it, and repairing changes nothing", function()
    local store <close> = assert(dualuse.open(path))
    local revision = store:revision()
    assert.same({}, store:check())
    assert.same({ mended = {}, left = {} }, store:repair())
    assert.same({}, store:check())
    assert.equal(revision, store:revision())
    stores.same_lines(said, records())
    stores.same_lines(answered, answers())
    -- what has left the columns is in them again
    assert.equal("0", stores.ask(path, "SELECT count(*) FROM stale"))
  end)

  local event = "(SELECT id FROM events WHERE origin = 'row %d')"
  local first = "(SELECT min(number) FROM segments WHERE kind = 'events')"

  --- What repair mends: a name, statements, and what check says of them. `rows` where the rows
  -- themselves were changed, of which columns then tell the same.
  local mended = {
    { "a value in a row that its column has not",
      "UPDATE events SET quad = quad % 4 + 1 WHERE id = " .. event:format(3),
      { "events %d+ quad: its column has another value$" }, rows = true },
    { "many such values", "UPDATE events SET mode = 'other' WHERE origin IS NOT NULL",
      { "events %d+ mode: its column has another value, and so it is with 7 more",
        "events %d+ mode: its column has another value, and so it is with 7 more",
        "events %d+ mode: its column has another value, and so it is with 9 more",
        "events %d+ mode: its column has another value$" }, rows = true },
    { "values of every type", "UPDATE events SET tone = 5.5, actor = 5, date = '2001', " ..
      "date_first = 20010101, date_last = 20011231, sources = NULL WHERE id = " ..
      event:format(6), { "events %d+ date: its column has another value",
        "events %d+ actor: its column", "events %d+ tone: its column",
        "events %d+ sources: its column" }, rows = true },
    { "a record that is retracted without notice", "UPDATE events SET retracted = 1 WHERE id = " ..
      event:format(2), { "events %d+ nil: the columns have it, and there is no such record" },
      rows = true },
    { "the last record of a segment that is retracted so", "UPDATE events SET retracted = 1 " ..
      "WHERE id = (SELECT last_id FROM segments WHERE number = " .. first .. ")",
      { "events %d+ nil: the columns have it, and there is no such record" }, rows = true },
    { "a record that comes back without notice", "UPDATE events SET retracted = NULL, quad = 2 " ..
      "WHERE id = " .. event:format(12) .. "; DELETE FROM stale WHERE id = " .. event:format(12),
      { "events %d+ quad: its column has another value$" }, rows = true },
    { "a note of a change that is lost", "DELETE FROM stale WHERE id = " .. event:format(5),
      { "events %d+ date: its column", "events %d+ quad: its column" } },
    { "a note of a change of what there is not", "INSERT INTO stale VALUES ('events', 999999)",
      { "events 999999 nil: it is noted as changed, and there is no such record" } },
    { "a column that is cut off", "UPDATE columns SET bytes = substr(bytes, 1, 20) WHERE " ..
      "field = 'kind' AND kind = 'events' AND number = " .. first,
      { "events nil kind: a column is damaged, of the segment with the ids %d+ to %d+" } },
    { "a column of ids that is cut off", "UPDATE columns SET bytes = substr(bytes, 1, 20) WHERE " ..
      "field = 'id' AND kind = 'events' AND number = " .. first,
      { "events nil id: a column is damaged, of the segment with the ids %d+ to %d+" } },
    { "a column of which one bit is another", "UPDATE columns SET bytes = " ..
      "CAST(substr(bytes, 1, 50) || X'7f' || substr(bytes, 52) AS BLOB) WHERE " ..
      "field = 'tone' AND number = " .. first, { "events nil tone: a column is damaged" } },
    { "a column that is missing", "DELETE FROM columns WHERE field = 'mode' AND kind = 'events' " ..
      "AND number = " .. first, { "events nil mode: a column is missing, of the segment" } },
    { "the column of another field", "UPDATE columns SET bytes = (SELECT c.bytes FROM columns c " ..
      "WHERE c.field = 'code' AND c.number = columns.number) WHERE field = 'mode' AND number = " ..
      first, { "events %d+ mode: its column has another value, and so it is with 7 more" } },
    { "bounds that are not those of the values", "UPDATE columns SET most = most + 1 WHERE " ..
      "field = 'quad' AND number = " .. first,
      { "events nil quad: a column's least and most are not those of its values" } },
    { "bounds where there are none", "UPDATE columns SET least = 0 WHERE field = 'mode' AND " ..
      "number = " .. first, { "events nil mode: a column's least and most" } },
    { "months that are not those of the dates", "INSERT OR REPLACE INTO columns (kind, field, " ..
      "number, bytes) VALUES ('events', 'date.months', " .. first .. ", X'0305')",
      { "events nil date: a column's months are not those of its dates" } },
    { "a segment with more rows than it can have",
      "UPDATE segments SET rows = 16385 WHERE number = " .. first,
      { "events nil nil: it says what cannot be, of the segment" } },
    { "segments that lie over each other", "UPDATE segments SET last_id = last_id + 5 " ..
      "WHERE number = " .. first, { "events nil id: a column has other ids than it should",
        "events nil nil: it says what cannot be" } },
    { "a segment that is lost with its columns", "DELETE FROM segments WHERE number = 1 + " ..
      first .. "; DELETE FROM columns WHERE number NOT IN (SELECT number FROM segments)",
      { "events %d+ nil: it is missing from the columns, and so it is with 7 more" } },
    { "a column of no segment", "INSERT INTO columns VALUES ('events', 'quad', 77, 1, 2, X'00')",
      { "nil nil nil: a column belongs to no segment: \"events.quad\"" } },
    { "columns of a kind that has none",
      "INSERT INTO segments VALUES (99, 'parties', 1, 1, 1)",
      { "nil nil nil: this kind has no columns: \"parties\"" } },
    { "numbers that would be given again", "UPDATE sqlite_sequence SET seq = 1 " ..
      "WHERE name = 'segments'", { "nil nil nil: the number of this segment may be given again" } },
    { "a table of columns that is gone", "DROP TABLE columns",
      { "cases_update is not what dualuse made it", "events_update is not what",
        "segments_kind in the schema is not of" }, any_order = true },
    { "days that are not a date's", "UPDATE cases SET exported_last = 20190730, " ..
      "exported_first = 7 WHERE exported IS NOT NULL AND \"key\" = 'case'",
      { "cases %d+ exported: its first and last day are not the date's" } },
    { "days of an earlier state that are not its date's",
      "UPDATE cases_history SET exported_first = 5 WHERE exported IS NOT NULL",
      { "cases %d+ exported: its first and last day are not the date's in an earlier state" } },
    { "days without a date", "UPDATE disclosures SET published_first = 20190101 " ..
      "WHERE published IS NULL", { "disclosures %d+ published: it is not a date" } },
    { "a name that the index lacks", "DELETE FROM names WHERE folded = 'acme ltd'",
      { "parties %d+ aliases: it is missing from the index of names" } },
    { "a name of nothing", "INSERT INTO names VALUES ('ruritania', 'parties', 9999, 0, NULL)",
      { "parties 9999 nil: the index of names has a record that there is not: \"ruritania\"" } },
    { "a name that a record has not", "INSERT INTO names SELECT 'ruritania', 'parties', id, 0, " ..
      "NULL FROM parties WHERE \"key\" = 'acme'",
      { "parties %d+ nil: the index of names has not what it was called: \"ruritania\"" } },
    { "a name that a record had no longer", "UPDATE names SET until = 2 WHERE until > 2 AND " ..
      "folded = 'acme co'",
      { "parties %d+ nil: the index of names has not what it was called: \"acme co\"" } },
    { "a name that was forgotten", "DELETE FROM names WHERE folded = 'gone and back'",
      { "parties %d+ nil: the index of names has not what it was called: \"gone and back\"" } },
    { "no table of names", "DROP TABLE names",
      { "nil nil nil: the table names is missing from the schema",
        "nil nil nil: the index of names cannot be read: no such table: names" } },
    { "text that the index lacks", "INSERT INTO fulltext (fulltext, rowid, title, text) " ..
      "SELECT 'delete', id, title, text FROM sources WHERE \"key\" = 'afp'",
      { "nil %d+ nil: it is missing from the full%-text index" } },
    { "text of nothing", "INSERT INTO fulltext (rowid, title) VALUES (9999, 'lost')",
      { "nil 9999 nil: the full%-text index has a record that there is not" } },
    { "other words of a text", "INSERT INTO fulltext (fulltext, rowid, title, text) " ..
      "SELECT 'delete', id, title, text FROM sources WHERE \"key\" = 'afp'; INSERT INTO " ..
      "fulltext (rowid, title, text) SELECT id, title, 'lost' FROM sources WHERE \"key\" = 'afp'",
      { "nil %d+ nil: the full%-text index has other words of it than it has" } },
    { "no index of full text", "DROP TABLE fulltext",
      { "nil nil nil: the full%-text index cannot be read: no such table: fulltext" } },
    { "an index of full text whose parts are lost", "DELETE FROM fulltext_data",
      { "nil nil nil: the full%-text index cannot be read" } },
    { "an index that is gone", "DROP INDEX events_origin",
      { "nil nil nil: events_origin is missing from the schema" } },
    -- where columns do its work, it may be left out
    { "no leading index, and no columns", "DROP INDEX events_actor; DELETE FROM segments; " ..
      "DELETE FROM columns", { "nil nil nil: events_actor is missing from the schema" } },
    { "an index that is another", "DROP INDEX events_actor; CREATE INDEX events_actor ON " ..
      "events (quad)", { "nil nil nil: events_actor is not what dualuse made it in the schema" } },
    { "grams of likeness that are lost", "DELETE FROM likeness_data WHERE id > 10",
      { "parties nil nil: the index of likeness has not the parties with" }, any = true },
    { "an index of likeness whose parts are lost", "DELETE FROM likeness_config",
      { "nil nil nil: the index of likeness cannot be read" } },
    { "no index of likeness", "DROP TABLE likeness_terms; DROP TABLE likeness",
      { "parties nil nil: the index of likeness has not the parties with" } },
  }

  for _, case in ipairs(mended) do
    local name, statements, expected = table.unpack(case)
    it("by " .. name .. " is mended", function()
      damage(statements)
      local damaged = records()
      local store <close> = assert(dualuse.open(path, { durability = "normal" }))
      local found = told(store:check())
      if case.any_order then table.sort(found) end
      if not case.any then matches(expected, found) end
      local result = store:repair()
      assert.same({}, told(result.left))
      assert.equal(#found, #result.mended)
      assert.same({}, told(store:check()))
      if case.rows then
        stores.same_lines(damaged, records())
      else
        stores.same_lines(said, records())
        stores.same_lines(answered, answers())
      end
      local rows <close> = assert(dualuse.open(path, { column_cache = 0 }))
      for _, key in ipairs{ "mode", "quad", "actor", "month" } do
        assert.equal(stores.show{ table.unpack(rows.events:group{ key }) },
          stores.show{ table.unpack(store.events:group{ key }) })
      end
      local id = store.events:add{ date = "2020", kind = "sanction", quad = 4 }
      assert.equal(4, store.events:get(id).quad)
      assert.same({}, told(store:check()))
    end)
  end

  it("by changed rows of which SQLite's index does not know is mended", function()
    local entry = "type = 'index' AND name = 'events_actor'"
    stores.ask(path, "CREATE TABLE aside AS SELECT * FROM sqlite_schema WHERE " .. entry ..
      "; PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE " .. entry)
    damage([[UPDATE events SET actor = (SELECT id FROM parties WHERE "key" = 'VUT') ]] ..
      "WHERE id = " .. event:format(5))
    stores.ask(path, "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM " ..
      "aside; PRAGMA writable_schema = RESET; DROP TABLE aside")
    local store <close> = assert(dualuse.open(path, { column_cache = 0 }))
    assert.equal(0, store.events:where{ actor = "VUT" }:count())
    matches({ "SQLite: row %d+ missing from index events_actor",
      "SQLite: wrong # of entries in index events_actor" }, told(store:check()))
    local result = store:repair()
    assert.same({}, result.left)
    assert.equal(2, #result.mended)
    assert.equal(1, store.events:where{ actor = "VUT" }:count())
  end)

  it("by lost triggers gets them back", function()
    stores.ask(path, "DROP TRIGGER events_update; DROP TRIGGER revisions_delete;" ..
      "DROP TRIGGER parties_insert; CREATE TRIGGER parties_insert BEFORE INSERT ON parties " ..
      "BEGIN SELECT 1; END")
    local store <close> = assert(dualuse.open(path))
    assert.equal("corrupt", stores.raised(store.items.add, store.items, {}).code)
    local result = store:repair()
    local found = told(result.mended)
    table.sort(found)
    matches({ "events_update is missing", "parties_insert is not what dualuse made it",
      "revisions_delete is missing" }, found)
    stores.same_lines(answered, answers())
    local status, printed = stores.sqlite(path, "UPDATE events SET quad = 1")
    assert.not_equal(0, status)
    assert.matches("records are updated through dualuse alone", printed)
  end)

  --- What only the records could tell: a name, statements, and what check says of them.
  local kept = {
    { "a reference to nothing", [[UPDATE cases SET authority = 9999 WHERE "key" = 'case']],
      { "cases %d+ authority: it refers to what is not on record: 9999" }, column = true },
    { "a word that there is not", "UPDATE items SET category = 'gas' WHERE \"key\" = 'chemicals'",
      { 'items %d+ category: it is not a word of the vocabulary: "gas"' } },
    { "a list with a word that there is not",
      [[UPDATE items SET regimes = '["nsg","none",null]' WHERE "key" = 'chemicals']],
      { 'items %d+ regimes: it is not a word of the vocabulary: "none"',
        "items %d+ regimes: it is not a word" } },
    { "a list that is none", [[UPDATE items SET aliases = '["a"' WHERE "key" = 'chemicals']],
      { "items %d+ aliases: it is not a list" } },
    { "a list with what is no text", [[UPDATE items SET uses = '[7]' WHERE "key" = 'chemicals']],
      { "items %d+ uses: the list has what is no text: 7" } },
    { "a required field that is missing", "UPDATE claims SET stance = NULL",
      { "claims %d+ stance: it is required, and missing" } },
    { "a number out of range", "UPDATE events SET quad = 7, goldstein = 11 WHERE origin IS NULL",
      { "events %d+ quad: it is out of range: 7", "events %d+ goldstein: it is out of range" },
      column = true },
    { "a number that is none", "UPDATE events SET tone = 9e999 WHERE origin IS NULL",
      { "events %d+ tone: it is out of range" }, column = true },
    { "what is neither true nor false", "UPDATE items SET inferred = 2 WHERE id = 255",
      { "items 255 inferred: it is neither true nor false: 2" } },
    { "a text that is empty, and one that is none", "UPDATE items SET hs = '', eccn = " ..
      "CAST(X'ff' AS TEXT) WHERE id = 255", { "items 255 hs: the text is empty",
        "items 255 eccn: .*UTF%-8" } },
    { "a currency that is none", [[UPDATE cases SET currency = 'won' WHERE "key" = 'case']],
      { "cases %d+ currency: it is not a currency code" }, column = true },
    { "data that is none", "UPDATE screenings SET subject = '{'",
      { "screenings %d+ subject: it is not data in JSON" } },
    { "a date that is none", "UPDATE claims SET date = 'soon'",
      { "claims %d+ date: it is not a date" } },
    { "a source of no field", [[UPDATE claims SET sources = '[{"source":250,"field":"mood"}]']],
      { 'claims %d+ sources: a source is given for no field: "mood"' } },
    { "a part of itself", [[UPDATE items SET parent = 256 WHERE id = 255]],
      { "items 255 parent: it leads back to the record itself",
        "items 256 parent: it leads back" } },
    { "a key that was another", [[UPDATE cases SET "key" = 'other' WHERE "key" = 'case']],
      { "cases %d+ key: it was another, and is never changed once given: \"case\"",
        "cases %d+ key: it is missing from the index of names", "not what it was called" },
      mends = 2 },
    { "two records of one origin",
      "DROP INDEX events_origin; UPDATE events SET origin = 'row 1' WHERE origin = 'row 2'",
      { "events_origin is missing from the schema",
        "events %d+ origin: another record has it, too: \"row 1\"" } },
    { "a state that is lost", "DELETE FROM parties_history WHERE revision = 1 AND name = " ..
      "'Acme Chemicals'",
      { "parties %d+ nil: its state of the revision that added it is missing: 1",
        "not what it was called", "not what it was called", "not what it was called" }, mends = 3 },
    { "a state that is lost between others", "DELETE FROM parties_history WHERE name = 'Back' " ..
      "AND until = (SELECT max(until) FROM parties_history WHERE name = 'Back')",
      { "parties %d+ nil: the state that replaced this revision of it is missing",
        "not what it was called", "not what it was called" }, mends = 2 },
    { "a record that is lost", [[DELETE FROM questions WHERE "key" = 'leak'; DELETE FROM names ]] ..
      "WHERE folded = 'leak'; INSERT INTO fulltext (fulltext, rowid, title) VALUES ('delete', " ..
      "258, 'Did items reach others?')",
      { "nil 258 nil: no record has this id, which was given to one",
        "claims %d+ question: it refers to what is not on record: 258",
        "links %d+ to: it refers to what is not on record: 258" } },
    { "a record of a revision to come", "UPDATE links SET revision = 77",
      { "links %d+ nil: it has a revision that never was: 77",
        "links %d+ nil: the index of names has not what it was called" }, mends = 1 },
    { "records with ids that were never given", "UPDATE revisions SET last_id = last_id - 1 " ..
      "WHERE revision = (SELECT max(revision) FROM revisions)",
      { "nil nil nil: after a revision fewer ids are given than before it",
        "nil 302 nil: the id was never given" }, any = true },
    { "records that are lost one after the other", "UPDATE revisions SET last_id = last_id + 3 " ..
      "WHERE revision = (SELECT max(revision) FROM revisions)",
      { "nil 303 nil: no record has this id, which was given to one, nor those up to 305" } },
    { "two records of one id", "INSERT INTO questions (id, \"key\", title, revision) " ..
      "SELECT id, 'twin', 'Twin?', 1 FROM cases WHERE \"key\" = 'case'",
      { "nil %d+ nil: the id is that of two records" }, any = true, mends = 2 },
    { "a revision that is lost", "DELETE FROM revisions WHERE revision = 4",
      { "nil nil nil: the revision before this one is missing: 5" } },
    { "the first revision", "DELETE FROM revisions WHERE revision = 0",
      { "nil nil nil: revision 0, which is the new store, is missing",
        "nil nil nil: the revision before this one is missing: 1" } },
    { "a revision that was recorded before the last one",
      "UPDATE revisions SET recorded = '2001-01-01T00:00:00Z' WHERE revision = 4",
      { "nil nil nil: a revision is recorded before the last one: 4" } },
    { "a revision of no time", "UPDATE revisions SET recorded = '9999-31-12' WHERE " ..
      "revision = (SELECT max(revision) FROM revisions)",
      { "nil nil nil: a revision is recorded at what is no time in UTC: \"9999%-31%-12\"" } },
    { "a reason for a revision that never was", "INSERT INTO reasons VALUES (255, 99, 'x', 'y')",
      { "nil 255 nil: a reason is given for a revision that never was: 99" } },
    { "a table of somebody else's index", "CREATE INDEX mine ON events (code)",
      { "mine in the schema is not of dualuse" } },
  }

  for _, case in ipairs(kept) do
    local name, statements, expected = table.unpack(case)
    it("by " .. name .. " keeps that, and says so", function()
      damage(statements)
      local damaged = records()
      local store <close> = assert(dualuse.open(path, { durability = "normal" }))
      local found = told(store:check())
      local mends = case.mends or 0
      for i = #found, 1, -1 do -- the column of the field says otherwise until it is made anew
        if case.column and found[i]:find("its column has another value", 1, true) then
          table.remove(found, i)
          mends = mends + 1
        end
      end
      if not case.any then matches(expected, found) end
      local result = store:repair()
      assert.equal(mends, #result.mended)
      for _ = 1, case.mends or 0 do table.remove(found) end
      assert.same(found, told(result.left))
      assert.same(found, told(store:check()))
      stores.same_lines(damaged, records())
    end)
  end

  it("in memory, new and without columns, has nothing to mend", function()
    local store <close> = assert(dualuse.open())
    assert.same({ mended = {}, left = {} }, store:repair())
  end)

  it("without revisions is checked as far as it can be", function()
    damage("DELETE FROM revisions")
    local store <close> = assert(dualuse.open(path))
    assert.matches("revision 0, which is the new store, is missing", store:check()[1].problem)
    local result = store:repair()
    assert.same({}, result.mended)
    assert.equal("corrupt", stores.raised(store.items.add, store.items, {}).code)
  end)

  it("without a table of records is checked as far as it can be", function()
    stores.ask(path, "DROP TABLE links; DROP TABLE cases_history")
    local store <close> = assert(dualuse.open(path))
    local all = table.concat(told(store:check()), "\n")
    assert.matches("links nil nil: the records cannot be read: no such table: links", all)
    assert.matches("cases nil nil: the records cannot be read: no such table: cases_history", all)
  end)

  it("is as it was where repairing is interrupted", function()
    damage("DELETE FROM names; DROP INDEX events_actor")
    local before = stores.dump(path)
    local store <close> = assert(dualuse.open(path, { deadline = 1e-6 }))
    assert.equal("interrupted", stores.raised(store.repair, store).code)
    stores.same_lines(before, stores.dump(path))
  end)

  it("is not repaired while its schema has triggers or views of somebody else", function()
    for _, statement in ipairs{ "CREATE VIEW mine AS SELECT 1",
        "CREATE TRIGGER mine AFTER INSERT ON names BEGIN DELETE FROM revisions; END" } do
      damage("DELETE FROM names WHERE folded = 'acme'; " .. statement)
      local before = stores.dump(path)
      local store <close> = assert(dualuse.open(path, { durability = "normal" }))
      stores.raises(function() return (store:repair()) end,
        { code = "corrupt", says = { '"mine" in the schema is not of dualuse' } })
      stores.same_lines(before, stores.dump(path))
      stores.ask(path, "DROP VIEW IF EXISTS mine; DROP TRIGGER IF EXISTS mine")
      assert.same({}, store:repair().left)
    end
  end)

  it("is not repaired while its pages are damaged: two tables may be on one", function()
    for _, table in ipairs{ "fulltext_data", "names", "events_actor" } do
      shell.must(("cp %s %s"):format(shell.quote(whole .. "/store.db"), shell.quote(path)))
      stores.ask(path, ".dbconfig defensive off\nPRAGMA writable_schema = ON;\n" ..
        "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema " ..
        "WHERE name = 'items') WHERE name = '" .. table .. "'")
      local items = stores.ask(path, "SELECT * FROM items")
      local store <close> = assert(dualuse.open(path, { durability = "normal" }))
      assert.matches("2nd reference to page", store:check()[1].problem)
      stores.raises(function() return (store:repair()) end,
        { code = "corrupt", says = { "pages of the file itself are damaged" } })
      assert.equal(items, stores.ask(path, "SELECT * FROM items"))
    end
  end)

  it("is not repaired in a view, in a transaction, or when it was opened readonly", function()
    local store <close> = assert(dualuse.open(path))
    local view = store:as_of(1)
    stores.raises(function() return (view:repair()) end, { code = "misuse" })
    stores.raises(function() return (store:transaction(store.repair)) end, { code = "misuse" })
    local readonly <close> = assert(dualuse.open(path, { readonly = true }))
    stores.raises(function() return (readonly:repair()) end, { code = "readonly" })
    assert.same({}, readonly:check())
  end)

  it("is not told apart from one in which a transaction is open", function()
    local store <close> = assert(dualuse.open(path))
    store:transaction(function()
      store.items:add{ key = "new", name = "new" }
      store.items:update("chemicals", { note = "new" }, { reason = "why not" })
      assert.same({}, told(store:check()))
    end)
    assert.same({}, told(store:check()))
  end)
end)
