-- Stores whose schema or rows somebody else has changed: refused, or harmless.
local core = require "dualuse.core"
local dualuse = require "dualuse"
local exercise = require "spec.fault.exercise"
local shell = require "spec.shell"
local stores = require "spec.stores"

--- Any schema may be written over: what the sqlite3 program lets its own user do.
local WRITABLE = ".dbconfig defensive off\nPRAGMA writable_schema = ON;\n"

describe("a file of a stranger #process", function()
  local folder, path

  before_each(function()
    folder = shell.folder()
    path = folder .. "/store.db"
    local store <close> = assert(dualuse.open(path))
    stores.fill(store)
    store.cases:update(store.cases:first().id, { note = "changed" }) -- which makes its history
  end)
  after_each(function() shell.remove(folder) end)

  --- Changes the file by SQL, and uses it.
  -- @treturn table what was raised, see exercise.use; nil where it was not opened
  -- @return the error, if so
  local function use(change)
    stores.ask(path, change)
    local store, problem = dualuse.open(path, { timeout = 0, deadline = 20 })
    if not store then
      stores.check_error(problem, use, { code = problem.code })
      return nil, problem
    end
    local codes = exercise.use(store, dualuse.describe)
    store:close()
    return codes
  end

  --- Checks that a file is not opened, or all five writes to it are refused, and why.
  local function refused(change, code)
    local codes, problem = use(change)
    if codes then
      assert.is_true((codes[code] or 0) >= 5, stores.show(codes))
    else
      assert.equal(code, problem.code, tostring(problem))
    end
  end

  --- Checks that all is answered, or raised as an error of ours.
  local function harmless(change)
    local codes = use(change)
    if codes then assert.is_true(codes.ok > 20, stores.show(codes)) end
  end

  it("with a trigger of its own is refused, whatever that would do", function()
    for _, body in ipairs{
      "DELETE FROM names;",
      "SELECT RAISE(ABORT, 'no');",
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT count(*) FROM n;",
      "SELECT writefile('" .. folder .. "/made', 'x');",
    } do
      stores.ask(path, "DROP TRIGGER IF EXISTS theirs;")
      refused("CREATE TRIGGER theirs AFTER INSERT ON items BEGIN " .. body .. " END;", "corrupt")
    end
    assert.equal(1, shell.run("test -e " .. shell.quote(folder .. "/made")))
  end)

  it("with a trigger of ours changed is refused", function()
    refused(WRITABLE .. "UPDATE sqlite_schema SET sql = replace(sql, 'BEGIN ', " ..
      "'BEGIN DELETE FROM names; ') WHERE name = 'items_update';", "corrupt")
  end)

  it("with a trigger of ours missing is refused for writing", function()
    refused("DROP TRIGGER items_update;", "corrupt")
  end)

  it("with a view is refused, even where nothing reads it", function()
    refused("CREATE VIEW theirs AS SELECT load_extension('x');", "corrupt")
  end)

  it("with a view in the place of a table is refused", function()
    refused([[PRAGMA legacy_alter_table = ON; ALTER TABLE claims RENAME TO kept;
      CREATE VIEW claims AS SELECT * FROM kept;]], "corrupt")
  end)

  it("with a function in an index is harmless", function()
    harmless("CREATE INDEX theirs ON items (abs(id));")
    harmless("CREATE INDEX more ON items (name) WHERE length(name) > 2;")
  end)

  it("with a function in a generated column is harmless", function()
    harmless("ALTER TABLE items ADD COLUMN theirs ANY AS (hex(zeroblob(100000)));")
  end)

  it("with a table of its own is harmless", function()
    harmless("CREATE VIRTUAL TABLE theirs USING fts5 (x); CREATE TABLE more (x);")
  end)

  it("without a table is refused", function()
    refused("DROP TABLE names;", "corrupt")
  end)

  it("whose schema is no SQL is refused", function()
    refused(WRITABLE .. "UPDATE sqlite_schema SET sql = 'CREATE TABLE items (((' " ..
      "WHERE name = 'items';", "corrupt")
    local _, problem = use(WRITABLE .. "UPDATE sqlite_schema SET rootpage = 99999 " ..
      "WHERE name = 'items';")
    assert.is_nil(problem and problem.code ~= "corrupt" and problem or nil)
  end)

  local function unguarded(change)
    return stores.unguarded(path, change)
  end

  --- Lets columns hold values of any type: as if they had none.
  local function untyped(change)
    return WRITABLE .. "UPDATE sqlite_schema SET sql = replace(replace(replace(sql, " ..
      "' NOT NULL', ''), ' STRICT, ', ' '), ' STRICT', '') WHERE type = 'table' AND sql LIKE " ..
      "'%) STRICT%';" ..
      "PRAGMA writable_schema = RESET;\n" .. unguarded(change)
  end

  it("with values of wrong types in its columns is harmless", function()
    for _, values in ipairs{
      "items SET name = x'ff00ff', note = 5.5, category = x''",
      "items SET name = NULL, aliases = 7",
      "cases SET fine = 'much', date = 20190704, date_first = 'a', date_last = x'00'",
      "cases SET items = '{\"a\":1}', sources = '[[[1]]]'",
      "cases SET items = '[1,', sources = 'x', authority = 'KOR'",
      "cases SET items = '[9223372036854775807,-1,1.5,null,\"x\"]'",
      "events SET goldstein = 'x', latitude = x'ff', participants = '[]', kind = 3",
      "events SET date = char(0) || 'x', title = cast(x'c3' AS TEXT)",
      "parties SET parent = id",
      "parties SET parent = 300, country = 300, aliases = '[[\"x\"]]'",
      "cases SET revision = 'x', retracted = 'y'",
      "names SET record = 'x'",
      "cases_history SET until = 'x', id = x'00'",
    } do
      harmless(untyped("UPDATE OR IGNORE " .. values .. ";"))
    end
  end)

  it("with lists as deep as they can be is harmless", function()
    harmless(unguarded(("UPDATE cases SET items = '%s%s', sources = '%s';"):format(
      ("["):rep(900), ("]"):rep(900), ("["):rep(100000))))
    harmless(unguarded(("UPDATE screenings SET subject = '%s%s';"):format(("["):rep(5000),
      ("]"):rep(5000))))
  end)

  it("with counts as large as they can be refuses to write, and gives no number twice", function()
    for _, column in ipairs{ "last_id", "revision" } do
      refused(unguarded(("UPDATE revisions SET %s = 9223372036854775807 WHERE revision = " ..
        "(SELECT max(revision) FROM revisions);"):format(column)), "corrupt")
    end
  end)

  it("with a segment of the last number gets no other", function()
    local store = assert(dualuse.open(path))
    core.pack(store, "events")
    store:close()
    stores.ask(path, "UPDATE sqlite_sequence SET seq = 9000000000000000000;")
    store = assert(dualuse.open(path))
    store.events:add{ date = "2019", kind = "consult" }
    stores.raises(function() core.pack(store, "events") end,
      { code = "corrupt", kind = "events", says = { "no segment can have a number" } })
    assert.equal(2, store.events:count())
    store:close()
  end)

  it("with bytes where its columns have numbers is harmless when it is packed", function()
    stores.ask(path, untyped("UPDATE events SET goldstein = x'ff', quad = x'07', mode = x'00';"))
    local store <close> = assert(dualuse.open(path))
    core.pack(store, "events")
    local codes = exercise.use(store, dualuse.describe)
    assert.is_true(codes.ok > 20, stores.show(codes))
  end)

  it("that claims a huge page or header is refused or harmless", function()
    local bytes = stores.bytes(path)
    for _, change in ipairs{ { 16, "\xff\xff" }, { 16, "\0\1" }, { 18, "\2\7" }, { 20, "\xff" },
      { 28, "\x7f\xff\xff\xff" }, { 32, "\0\0\0\1" }, { 36, "\xff\xff\xff\xff" },
      { 44, "\0\0\0\9" }, { 52, "\0\0\0\1" }, { 56, "\0\0\0\2" }, { 56, "\0\0\0\9" } } do
      stores.write(path, bytes:sub(1, change[1]) .. change[2] ..
        bytes:sub(change[1] + #change[2] + 1))
      local store, problem = dualuse.open(path)
      if store then
        exercise.use(store, dualuse.describe)
        store:close()
      else
        assert.equal("string", type(problem.code))
      end
      shell.must("rm -f " .. shell.quote(path .. "-wal") .. " " .. shell.quote(path .. "-shm"))
    end
  end)
end)
