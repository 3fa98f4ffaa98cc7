--- Stores as earlier layouts of the file had them: all tables from the start, those of history as
-- well, six triggers for each kind, no list of what is made, no columns of lists, and each text in
-- the rows that have it. It is written in SQL from what `dualuse.describe` tells of the fields,
-- apart from what makes a store today.
local dualuse = require "dualuse"
local stores = require "spec.stores"

local M = {}

local TYPES = { integer = "INTEGER", boolean = "INTEGER", reference = "INTEGER", number = "REAL" }
local NOT_STORED = { id = true, revision = true, recorded = true, stages = true }
local LARGE = { events = true, applications = true, cases = true, listings = true,
  screenings = true }
local CLOSED = "(SELECT max(revision) FROM revisions)"

--- The columns of a kind's fields: name and type.
local function columns(kind)
  local list = {}
  for _, field in ipairs(dualuse.describe(kind).fields) do
    if not NOT_STORED[field.name] then
      local type = field.list and "TEXT" or TYPES[field.type] or "TEXT"
      list[#list + 1] = ('"%s" %s'):format(field.name, type)
      if field.type == "date" then
        list[#list + 1] = ('"%s_first" INTEGER'):format(field.name)
        list[#list + 1] = ('"%s_last" INTEGER'):format(field.name)
      end
    end
  end
  return table.concat(list, ", ")
end

local function refusal(name, event, kind, when, why)
  return ('CREATE TRIGGER "%s" BEFORE %s ON "%s" %s BEGIN SELECT RAISE(ABORT, \'%s\'); END;')
    :format(name, event, kind, when, why)
end

--- The triggers of a kind.
local function triggers(kind)
  local history = kind .. "_history"
  return table.concat({
    refusal(kind .. "_insert", "INSERT", kind, "WHEN NEW.revision <= " .. CLOSED, "added"),
    refusal(kind .. "_delete", "DELETE", kind, "", "deleted"),
    refusal(history .. "_insert", "INSERT", history, "WHEN NEW.until <= " .. CLOSED, "changed"),
    refusal(history .. "_update", "UPDATE", history, "", "changed"),
    refusal(history .. "_delete", "DELETE", history, "", "changed"),
    ([[CREATE TRIGGER "%s_update" BEFORE UPDATE ON "%s" BEGIN INSERT INTO "%s" SELECT NEW.revision,
      * FROM "%s" WHERE id = OLD.id AND revision < NEW.revision; END;]])
      :format(kind, kind, history, kind),
  }, "\n")
end

--- The tables of a kind that are not there.
local function tables(path, kind)
  local list = {}
  if not stores.has_table(path, kind) then
    list[#list + 1] = ('CREATE TABLE "%s" (id INTEGER PRIMARY KEY, %s, revision INTEGER NOT NULL, '
      .. 'retracted INTEGER) STRICT;'):format(kind, columns(kind))
    for _, field in ipairs(LARGE[kind] and { "key", "origin" } or {}) do
      list[#list + 1] = ('CREATE UNIQUE INDEX "%s_%s" ON "%s" ("%s") WHERE "%s" IS NOT NULL;')
        :format(kind, field, kind, field, field)
    end
  end
  if not stores.has_table(path, kind .. "_history") then
    list[#list + 1] = ('CREATE TABLE "%s_history" (until INTEGER NOT NULL, id INTEGER NOT NULL, '
      .. '%s, revision INTEGER NOT NULL, retracted INTEGER, PRIMARY KEY (id, revision)) STRICT, '
      .. 'WITHOUT ROWID;'):format(kind, columns(kind))
  end
  return table.concat(list, "\n")
end

--- Puts the texts that rows share into the rows.
local function unshared(path)
  local list = { "PRAGMA writable_schema = ON;" }
  for _, name in ipairs{ "events", "events_history" } do
    local fields = not stores.has_table(path, name) and "" or stores.ask(path,
      ("SELECT name FROM pragma_table_info('%s') WHERE type = 'ANY'"):format(name))
    for field in fields:gmatch("%w+") do
      if stores.has_table(path, "texts") then
        list[#list + 1] = ('UPDATE "%s" SET "%s" = (SELECT text FROM texts t WHERE t.id = "%s") '
          .. 'WHERE typeof("%s") = \'integer\';'):format(name, field, field, field)
      end
      list[#list + 1] = ([[UPDATE sqlite_schema SET sql = replace(sql, '"%s" ANY', '"%s" TEXT')
        WHERE name = '%s';]]):format(field, field, name)
    end
  end
  list[#list + 1] = "PRAGMA writable_schema = RESET; DROP TABLE IF EXISTS texts;"
  return table.concat(list, "\n")
end

local REASONS = "CREATE TABLE IF NOT EXISTS reasons (record INTEGER, revision INTEGER, "
  .. '"by" TEXT, reason TEXT, PRIMARY KEY (record, revision)) STRICT, WITHOUT ROWID;'

--- Makes a store that is closed into one of an earlier layout.
-- @tparam string path
-- @tparam integer layout 1: without an index of likeness; 2: with an index of who acts and one of
--   on whom; 3: with one of both
function M.make(path, layout)
  local list = { stores.ask(path, [[SELECT 'DROP TRIGGER "' || name || '";' FROM sqlite_schema
    WHERE type = 'trigger']]), unshared(path), "DROP TABLE made;", REASONS }
  for _, kind in ipairs(dualuse.describe()) do
    list[#list + 1] = tables(path, kind.kind)
    list[#list + 1] = triggers(kind.kind)
  end
  for _, name in ipairs{ "revisions", "reasons" } do
    list[#list + 1] = refusal(name .. "_delete", "DELETE", name, "", "changed")
  end
  if stores.has_table(path, "columns") then
    list[#list + 1] = "DELETE FROM columns WHERE field IN ('contexts', 'participants', 'items', "
      .. "'parties', 'offences', 'outcomes');"
  end
  list[#list + 1] = "CREATE INDEX IF NOT EXISTS events_date ON events (date_first, date_last);"
  if layout < 3 then
    list[#list + 1] = "DROP INDEX IF EXISTS events_actor;"
      .. "CREATE INDEX events_actor ON events (actor) WHERE actor IS NOT NULL;"
      .. "CREATE INDEX events_target ON events (target) WHERE target IS NOT NULL;"
  end
  if layout < 2 then
    list[#list + 1] = "DROP TABLE IF EXISTS likeness_terms; DROP TABLE IF EXISTS likeness;"
  end
  local version = tonumber(stores.ask(path, "PRAGMA user_version"))
  list[#list + 1] = ("PRAGMA user_version = %d; PRAGMA wal_checkpoint(TRUNCATE);")
    :format(layout * 10000 + version % 10000)
  stores.ask(path, table.concat(list, "\n"))
end

return M
