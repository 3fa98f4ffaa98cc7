--- Mistakes put into the code on purpose, one at a time, and which harness sees each:
-- `make mutants`.
--
-- Each is an exact piece of the code, there once, and what stands in its place; a piece that is not
-- there any more is an error, and is to be brought up to date. The table of who caught what goes
-- into spec/fault/README.md. Fails where a mutant is not caught, or where a harness fails without
-- one.
local shell = require "spec.shell"
local stores = require "spec.stores"

local README = "spec/fault/README.md"
local HERE = "build/mutants"

local parts = {
  -- of a check, its first allocations are those of SQLite's own, which reads every page
  allocations = "make -s build/fault/allocations && build/fault/allocations -every 83 write && " ..
    "build/fault/allocations -of Lua -every 101 import && " ..
    "build/fault/allocations -of SQLite -every 11 -until 1100 check && " ..
    "build/fault/allocations -every 601 read",
  disk = "make -s build/fault/disk && build/fault/disk -every 5 write",
  power = "make -s build/fault/disk && build/fault/disk -power 2 -every 9 write",
  cases = "lua5.4 spec/run.lua --exclude-tags=slow spec/fault/cases_spec.lua",
  hostile = "lua5.4 spec/run.lua spec/fault/hostile_spec.lua",
  gigabyte = "lua5.4 spec/run.lua --filter='a text of a gigabyte' spec/fault/cases_spec.lua",
}
local order = { "cases", "allocations", "disk", "power", "hostile", "gigabyte" }

-- what is wrong, the file, the piece, what stands there instead, and who is asked first
local mutants = {
  { "a statement is not finalized", "csrc/sql.c",
    "  sqlite3_finalize(statement->handle);\n", "", "cases" },
  { "the memory of a statement that was not prepared is kept", "csrc/sql.c",
    "  sqlite3_free(statement->text);\n  sqlite3_free(statement);\n  return NULL;\n",
    "  sqlite3_free(statement->text);\n  return NULL;\n", "allocations" },
  { "a COMMIT that failed is taken for one that did not", "csrc/store.c",
    'store->depth > 1 ? "RELEASE nested" : "COMMIT")) {',
    'store->depth > 1 ? "RELEASE nested" : "COMMIT") &&\n      store->lost != NULL) {', "disk" },
  { "what raised is committed", "csrc/store.c",
    'if (du_sql_in_transaction(store->sql))\n      du_sql_run(store->sql, "ROLLBACK");',
    'if (du_sql_in_transaction(store->sql))\n      du_sql_run(store->sql, "COMMIT");',
    "allocations" },
  { "what an earlier rollback could not undo is left", "csrc/store.c",
    'if (store->base->depth == 0 && du_sql_in_transaction(sql))', "if (false)", "allocations" },
  { "a commit is not synced", "csrc/store.c",
    'logged ? "PRAGMA synchronous = FULL"', 'logged ? "PRAGMA synchronous = OFF"', "power" },
  { "a commit is synced at checkpoints only", "csrc/store.c",
    'logged ? "PRAGMA synchronous = FULL"', 'logged ? "PRAGMA synchronous = NORMAL"', "power" },
  { "a value that could not be bound is left out", "csrc/sql.c",
    "  int status = statement->bind_status;\n", "  int status = SQLITE_OK;\n", "gigabyte" },
  { "an error in a loop ends it", "csrc/rows.c",
    "du_sql_step(cursor->statement) : DU_DONE;\n",
    "du_sql_step(cursor->statement) : DU_DONE;\n" ..
    "  if (cursor->status == DU_FAILED)\n    cursor->status = DU_DONE;\n", "cases" },
  { "a lack of memory counts as a bad row", "csrc/loader.c",
    'strcmp(message, "not enough memory") == 0', "false", "cases" },
  { "closing leaves the loops open", "csrc/store.c",
    "    du_rows_close_all(store);\n    store->sql = NULL;", "    store->sql = NULL;", "cases" },
  { "a quote in a list is not escaped", "csrc/text.c",
    [[if (c == '"' || c == '\\') {]], [[if (c == '\\') {]], "cases" },
  { "another's triggers are not looked for", "csrc/store.c",
    "  if (store->schema != schema)\n", "  if (store->schema > schema)\n", "hostile" },
  { "a count may run over", "csrc/store.c",
    "store->last_id > MOST_COUNTED)", "false)", "hostile" },
  { "a deadline passes", "csrc/sql.c",
    "> sql->out_of_time)\n    sql->stop = OUT_OF_TIME;\n",
    "> sql->out_of_time)\n    sql->out_of_time = 0;\n", "cases" },
  { "a page that cannot be read is a finding of check", "csrc/check.c",
    "if (du_sql_check_failed(check->sql, line))", "if (false)", "allocations" },
}

--- Runs one part in the copy.
local function caught_by(name)
  local status = shell.run(("cd %s && export LUA_PATH='lua/?.lua;lua/?/init.lua;./?.lua;;' && %s")
    :format(HERE, parts[name]))
  return status ~= 0
end

--- The one place of a piece in a text.
local function place_of(text, piece, what)
  local first, last = text:find(piece, 1, true)
  if not first or text:find(piece, last + 1, true) then
    error(("the mutant %q does not apply: its piece is there %s"):format(what,
      first and "twice" or "no more"), 0)
  end
  return first, last
end

local function apply(mutant)
  local path = mutant[2]
  local text = stores.bytes(path)
  local first, last = place_of(text, mutant[3], mutant[1])
  stores.write(HERE .. "/" .. path, text:sub(1, first - 1) .. mutant[4] .. text:sub(last + 1))
end

local function undo(mutant)
  stores.write(HERE .. "/" .. mutant[2], stores.bytes(mutant[2]))
end

--- Who catches a mutant, or nil.
local function catcher(mutant)
  apply(mutant)
  local status, output = shell.run(("cd %s && make -s all"):format(HERE))
  if status ~= 0 then
    error(("the mutant %q does not compile:\n%s"):format(mutant[1], output), 0)
  end
  local found = caught_by(mutant[5]) and mutant[5] or nil
  for _, name in ipairs(order) do
    found = found or name ~= mutant[5] and caught_by(name) and name or nil
  end
  undo(mutant)
  return found
end

-- All have to apply, before anything is run.
for _, mutant in ipairs(mutants) do place_of(stores.bytes(mutant[2]), mutant[3], mutant[1]) end

if arg[1] == "--apply" then
  print(#mutants .. " mutants apply")
  os.exit(true)
end

shell.must(("rm -rf %s && mkdir -p %s && cp -R csrc lua spec rockspec .ci .busted Makefile %s")
  :format(HERE, HERE, HERE))
shell.must(("cd %s && make -s all"):format(HERE))
for _, name in ipairs(order) do
  if caught_by(name) then error(name .. " fails without a mutant", 0) end
end

local lines, missed = { "| what is wrong | where | caught by |", "|---|---|---|" }, 0
for _, mutant in ipairs(mutants) do
  local who = catcher(mutant)
  lines[#lines + 1] = ("| %s | %s | %s |"):format(mutant[1], mutant[2], who or "**nobody**")
  print(lines[#lines])
  io.stdout:flush()
  if not who then missed = missed + 1 end
end

local text = stores.bytes(README)
local first, last = "<!-- mutants -->\n", "\n<!-- end -->"
local from, to = select(2, place_of(text, first, "README")), (place_of(text, last, "README"))
stores.write(README, text:sub(1, from) .. table.concat(lines, "\n") .. text:sub(to))
if missed > 0 then
  io.stderr:write(missed .. " mutants were caught by nobody\n")
  os.exit(false)
end
