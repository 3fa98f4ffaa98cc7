--- What the specs of the store share: the sqlite3 program as an independent reader, a check of
-- errors, and a printed form of values that is the same for equal ones.
local shell = require "spec.shell"

local assert = require "luassert"

local M = {}

--- Runs SQL in the sqlite3 program, which reads a file without our help.
-- @treturn integer its exit status: 0, unless a statement failed
-- @treturn string what it printed, errors included
function M.sqlite(path, statements)
  return shell.run(("sqlite3 -init /dev/null -batch -bail -list -noheader %s <<'SQL'\n%s\nSQL\n")
    :format(shell.quote(path), statements))
end

--- Runs SQL that has to succeed.
-- @treturn string what it printed, without the last line end
function M.ask(path, statements)
  local status, output = M.sqlite(path, statements)
  if status ~= 0 then
    error(("sqlite3 ended with status %d:\n%s"):format(status, output), 2)
  end
  return (output:gsub("\n$", ""))
end

--- Has a file a table of that name? Many are made when they are first written to.
function M.has_table(path, name)
  return M.ask(path, ("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '%s'")
    :format(name)) == "1"
end

--- The rows of a kind, retracted ones as well: 0 where it has no table.
-- @treturn integer
function M.count(path, kind)
  return M.has_table(path, kind) and tonumber(M.ask(path, "SELECT count(*) FROM " .. kind)) or 0
end

--- SQL that changes the rows of a store behind the triggers' back, and leaves the schema as it was.
function M.unguarded(path, change)
  local triggers = M.ask(path,
    "SELECT group_concat(sql, ';' || char(10)) || ';' FROM sqlite_schema WHERE type = 'trigger'")
  local drop = M.ask(path, "SELECT group_concat('DROP TRIGGER \"' || name || '\";', ' ') " ..
    "FROM sqlite_schema WHERE type = 'trigger'")
  return drop .. "\n" .. change .. "\n" .. triggers
end

--- Everything in a file, as SQL.
function M.dump(path)
  return M.ask(path, ".dump")
end

--- Checks that two long texts are equal; the first line that is not is shown, not all of them.
function M.same_lines(expected, actual)
  if expected == actual then return end
  local next_line = actual:gmatch("[^\n]*")
  for line in expected:gmatch("[^\n]*") do
    assert.equal(line, next_line())
  end
  assert.is_nil(next_line())
end

--- The bytes of a file.
function M.bytes(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

--- Makes a file of these bytes.
function M.write(path, bytes)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(bytes))
end

--- The command that runs a Lua script with the modules that this process has.
-- @tparam string script its path
-- @tparam string ... its arguments
function M.command(script, ...)
  local words = {
    "LUA_PATH_5_4=" .. shell.quote(package.path),
    "LUA_CPATH_5_4=" .. shell.quote(package.cpath),
    shell.lua,
  }
  for _, word in ipairs{ script, ... } do words[#words + 1] = shell.quote(word) end
  return table.concat(words, " ")
end

local function before(a, b)
  if type(a) == type(b) and type(a) ~= "boolean" then return a < b end
  return type(a) < type(b)
end

--- A value as text: equal text for equal values, whatever the order of a table's keys.
function M.show(value)
  if type(value) == "string" then return ("%q"):format(value) end
  if math.type(value) == "float" then return ("%.17g (float)"):format(value) end
  if type(value) ~= "table" then return tostring(value) end
  local keys, parts = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, before)
  for i, key in ipairs(keys) do
    parts[i] = ("[%s]=%s"):format(M.show(key), M.show(value[key]))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- All records of the kinds, as text: one line a record.
function M.records(store, kinds)
  local lines = {}
  for _, kind in ipairs(kinds) do
    for record in store[kind]:each() do lines[#lines + 1] = kind .. M.show(record) end
  end
  return table.concat(lines, "\n")
end

--- Checks that an error is one of ours, and what it says.
-- @param problem what was raised, or what `open` gave
-- @tparam function culprit the function whose mistake it was: `where` has to lie in it
-- @tparam table expected `code`; where they are given, `kind` and `field`; `says`: texts that the
--   message holds
-- @return the error
function M.check_error(problem, culprit, expected)
  assert.is_table(problem, "not an error table: " .. tostring(problem))
  assert.equal("dualuse.error", getmetatable(problem), tostring(problem))
  local text = tostring(problem)
  assert.equal(expected.code, problem.code, text)
  if expected.kind then assert.equal(expected.kind, problem.kind, text) end
  if expected.field then assert.equal(expected.field, problem.field, text) end
  for _, part in ipairs(expected.says or {}) do
    assert.truthy(problem.message:find(part, 1, true), ("%q is not said by: %s"):format(part, text))
  end
  local place = debug.getinfo(culprit, "S")
  local file, line = tostring(problem.where):match("^(.*):(%d+)$")
  assert.equal(place.short_src, file, text)
  line = tonumber(line)
  assert.is_true(place.linedefined <= line and line <= place.lastlinedefined, text)
  assert.equal(problem.where .. ":", text:sub(1, #problem.where + 1))
  assert.truthy(text:find(problem.message, 1, true), text)
  assert.is_nil(text:find("%c"), ("%q"):format(text))
  assert.truthy(utf8.len(text), ("an error is shown in UTF-8: %q"):format(text))
  return problem
end

--- Checks that a call raises an error of ours.
-- @tparam function call which must not make the call that raises its tail call
-- @tparam table expected see `check_error`
-- @return the error
function M.raises(call, expected)
  local ok, problem = pcall(call)
  assert.is_false(ok, "nothing was raised")
  return M.check_error(problem, call, expected)
end

--- Checks that nothing was opened, for a reason.
-- @tparam function open which gives back the results of `open`, but not as a tail call
-- @tparam table expected see `check_error`
-- @return the error
function M.not_opened(open, expected)
  local store, problem = open()
  assert.is_nil(store)
  return M.check_error(problem, open, expected)
end

--- The smallest record of each kind, given what `fill` has put into a store.
M.minimal = {
  sources = { key = "new-source", title = "A new source" },
  parties = { key = "new-party", name = "A new party", kind = "company" },
  memberships = { group = "white-list", member = "JPN" },
  items = { key = "new-item", name = "a new item" },
  disputes = { key = "new-dispute", title = "A new dispute" },
  events = { date = "2019-07-04", kind = "sanction" },
  questions = { key = "new-question", title = "A new question?" },
  claims = { question = "leak", stance = "denies" },
  measures = { title = "A new measure", jurisdiction = "JPN", requirement = "individual" },
  stages = { of = "licence", stage = "ended", date = "2023-03-23" },
  applications = { date = "2019-07-08", jurisdiction = "JPN", destination = "KOR",
    items = { "hydrogen-fluoride" }, decision = "pending" },
  cases = { authority = "KOR" },
  disclosures = { authority = "KOR", period = "2018", measure = "cases" },
  listings = { party = "acme", list = "Entity List" },
  screenings = { date = "2019-07-09", outcome = "review" },
  links = { from = "licence", relation = "causes", to = "leak" },
}

--- Puts a few records of most kinds into a new store.
function M.fill(store)
  store:transaction(function()
    store.sources:add{ key = "afp", title = "Japan restricts exports", publisher = "AFP",
      published = "2019-07-04", text = "Tokyo tightened its controls on fluoride." }
    store.sources:add{ key = "nikkei", title = "South Korea reports violations",
      published = "2019-07-12T09:30:00Z", republished_from = "afp" }
    store.parties:add{ key = "white-list", name = "White list", kind = "group" }
    store.parties:add{ key = "acme", name = "Acme Chemicals", kind = "company", country = "KOR",
      aliases = { "Acme", "ACME Co" }, sources = { "afp" } }
    store.parties:add{ key = "us-georgia", name = "Georgia", kind = "organisation",
      country = "USA" }
    store.items:add{ key = "chemicals", name = "chemicals" }
    store.items:add{ key = "hydrogen-fluoride", name = "hydrogen fluoride", parent = "chemicals",
      aliases = { "etching gas" }, regimes = { "australia_group" } }
    store.disputes:add{ key = "dispute", title = "Export controls", parties = { "JPN", "KOR" } }
    store.questions:add{ key = "leak", title = "Did items reach others?", dispute = "dispute" }
    store.measures:add{ key = "licence", title = "Individual licences", jurisdiction = "JPN",
      requirement = "individual", items = { "etching gas" }, sources = { "afp" },
      stages = {
        { stage = "announced", date = "2019-07-01", sources = { "afp" } },
        { stage = "in_force", date = "2019-07-04", sources = { "afp" } },
      } }
    store.memberships:add{ group = "white-list", member = "KOR",
      stages = { { stage = "in_force", date = "2004" } } }
    store.events:add{ date = "2019-07-04", kind = "sanction", actor = "JPN", target = "KOR",
      items = { "etching gas" }, dispute = "dispute", quad = 4, goldstein = -5.5,
      sources = { { "afp", field = "date", locator = "para 1", quote = "on Thursday" } } }
    store.claims:add{ key = "claim", question = "leak", speaker = "KOR", stance = "denies",
      about = "licence" }
    store.cases:add{ key = "case", authority = "KOR", exported = "2017-12",
      items = { "etching gas" }, destination = "VNM", exporter = "acme", fine = 1000,
      currency = "KRW", sources = { { "nikkei", locator = "para 6" } } }
    store.cases:add{ authority = "JPN", date = "2018~" }
    store.disclosures:add{ authority = "KOR", period = "2015/2019-03", measure = "cases",
      value = 156 }
    store.links:add{ key = "link", from = "licence", relation = "retaliates", to = "leak",
      asserted_by = { "KOR" } }
    store.screenings:add{ date = "2019-07-09", outcome = "review",
      subject = { item = "hydrogen-fluoride", parts = { 1, 2.5, true } } }
  end, { by = "editor", reason = "to begin with" })
end

--- The error that a call raises, which has to be a table.
-- @tparam function call
-- @param ... its arguments
-- @treturn table
function M.raised(call, ...)
  local ok, err = pcall(call, ...)
  assert.is_false(ok, "expected an error")
  assert.equal("table", type(err), err)
  return err
end

--- The fields of rows, one text a row; what a row lacks is "-".
function M.lines(rows, ...)
  local result = {}
  for i, row in ipairs(rows) do
    local parts = {}
    for k, name in ipairs{ ... } do parts[k] = tostring(row[name] or "-") end
    result[i] = table.concat(parts, " ")
  end
  return result
end

--- The row with a key.
-- @raise where there is none
function M.row_of(rows, key)
  for _, row in ipairs(rows) do
    if row.key == key then return row end
  end
  error("no row has the key " .. key)
end

--- A store in memory with the dispute of 2019.
function M.sample_store()
  local store = assert(require("dualuse").open())
  require("dualuse.sample.japan_korea_2019").load(store)
  return store
end

return M
