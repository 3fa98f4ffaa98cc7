--- One contract, or many, checked against measures, restricted-party lists and cases.
--
--    local result = dualuse.screen(store, { exporter = "Acme Chemicals", end_user = "Widget Co",
--      items = "hydrogen fluoride", from = "JPN", to = "KOR", on = "2019-07-04" })
--    result.outcome            -- "prohibited", "licence_required", "review", "unknown", "clear"
--    result.matches[1].list    -- rows: the best first
--    result.checked            -- what it was checked against, and what it was not
--
-- The outcome is the worst of what the licence requirement, the matches and what is on record
-- mean, in the order above:
--
-- * a licence that is needed, or an export that is prohibited; what is not on record is `unknown`;
-- * a match, by what its list means (`screen.meanings`, which may be changed) or the entry's own
--   requirement, if it is by the same name (a score of `sure` or more); a name that is only alike,
--   and an entry of which it is not certain that it stands on the day, ask for a `review`;
-- * earlier cases and diversion, recorded or alleged, ask for a `review`, as does a prohibition by
--   another state;
-- * a party or an item that is not on record makes the outcome `unknown`, if nothing is worse.
--
-- "clear" means that nothing was found in what `checked` names, and nothing else.
-- @module dualuse.screen

local byte_order = require "dualuse.byte_order"
local chunks = require "dualuse.chunks"
local core = require "dualuse.core"
local history = require "dualuse.screen.history"
local layout = require "dualuse.layout"
local licence = require "dualuse.licence"
local lists = require "dualuse.screen.lists"
local lookup = require "dualuse.lookup"
local matches = require "dualuse.screen.matches"
local options = require "dualuse.options"
local provenance = require "dualuse.provenance"
local rows = require "dualuse.rows"
local sets = require "dualuse.sets"

local M = {}

--- What each list means, by its short name: a table that may be changed.
M.meanings = lists.meanings

--- The short names of lists by their full names: a table that may be added to.
M.names = lists.names

local LEAST, SURE = 0.8, 1

-- What no screening here looks into.
local NOT_CHECKED = {
  { what = "ownership", why = "who owns or controls a party is not looked into" },
  { what = "end use", why = "what the goods will be used for is not looked into" },
  { what = "later changes", why = "lists are checked as they are recorded in this store" },
}

-- ---------------------------------------------------------------------------------- checking

local function name_or_id(value)
  if math.type(value) ~= "integer" and (type(value) ~= "string" or not value:find("%S")) then
    return "a name, a key or an id", "misuse"
  elseif type(value) == "string" and (not utf8.len(value) or value:find("\0", 1, true)) then
    return "a name in UTF-8", "invalid"
  end
  return nil
end

local function names_or_ids(value)
  local expected = "a name, a key or an id, or a list of them"
  if type(value) ~= "table" then
    return name_or_id(value) and expected, "misuse"
  end
  for _, element in ipairs(value) do
    if name_or_id(element) then return expected, "misuse" end
  end
  return (#value == 0 or next(value, #value)) and expected or nil, "misuse"
end

local function amount(value)
  if type(value) ~= "number" and (type(value) ~= "string" or value == "") then
    return 'an amount such as 20 or "20 kg"', "misuse"
  end
  return nil
end

local function score(value)
  if type(value) ~= "number" then
    return "a score, 0.5 to 1", "misuse"
  end
  return not (value >= 0.5 and value <= 1) and "a score, 0.5 to 1" or nil, "invalid"
end

local OUTCOMES = {}
for _, outcome in ipairs(matches.outcomes) do OUTCOMES[outcome] = true end

local function meanings(value)
  local expected = "a table from lists to one of " .. table.concat(matches.outcomes, ", ")
  if type(value) ~= "table" then
    return expected, "misuse"
  end
  for name, outcome in pairs(value) do
    if type(name) ~= "string" then
      return expected, "misuse"
    elseif not OUTCOMES[outcome] then
      return expected, "invalid"
    end
  end
  return nil
end

local CONTRACT = {
  exporter = name_or_id, end_user = name_or_id, parties = names_or_ids, items = names_or_ids,
  from = name_or_id, to = name_or_id, on = options.date, quantity = amount,
}
local SETTINGS = {
  activity = name_or_id, known = options.date, least = score, sure = score, meanings = meanings,
  save = options.boolean,
}

local function united(...)
  local all = {}
  for _, set in ipairs{ ... } do
    for name, value in pairs(set) do all[name] = value end
  end
  return all
end

local BOTH = united(CONTRACT, SETTINGS)

local function raise(code, message, level, field)
  core.raise{ code = code, message = message, level = level + 1, field = field }
end

local function check_contract(given, level)
  given = options.check(given, BOTH, level + 1)
  if given.on == nil then
    raise("misuse", "on is required: the day for which to screen", level + 1, "on")
  elseif not (given.exporter or given.end_user or given.parties or given.items) then
    raise("misuse", "nothing to screen: expected exporter, end_user, parties or items", level + 1)
  end
  return given
end

--- A view of what is committed, of a store that is no view itself.
local function open_view(store, level)
  local view = options.snapshot(store, level + 1)
  local ok, problem = pcall(store.parties.match, store.parties, "a", 1)
  if not ok then
    raise(problem.code, problem.message, level + 1)
  end
  return view
end

-- --------------------------------------------------------------------------------- a session

--- What the screenings of one state of a store share.
local function new_shared(store, level)
  local view = open_view(store, level + 1)
  return {
    store = store, view = view, lookup = lookup.of(view), decisions = matches.decisions(view),
    collector = provenance.collector(view), held = lists.held(store, view),
  }
end

local function parties_of(contract)
  local list = {}
  local function add(role, asked)
    if asked ~= nil then list[#list + 1] = { role = role, asked = asked } end
  end
  add("exporter", contract.exporter)
  add("end_user", contract.end_user)
  for _, asked in ipairs(options.list(contract.parties) or {}) do add("party", asked) end
  return list
end

--- The record of a kind that is named, or nil and why not.
local function find_record(view, kind, reference)
  if reference == nil then
    return nil
  end
  local ok, record = pcall(view[kind].get, view[kind], reference)
  if ok and record then
    return record
  elseif ok or type(record) == "table" and record.code == "invalid" then
    return nil, ok and ("no %s has the id, key, name or alias %s"):format(
      core.describe(kind).singular, core.shown(tostring(reference))) or record.message
  end
  error(record, 0)
end

local function add_unknown(session, role, asked, why)
  session.unknown[#session.unknown + 1] = { role = role, asked = asked, why = why }
end

local function new_session(shared, contract)
  local first, last = core.edtf.bounds(contract.on)
  local session = setmetatable({
    contract = contract, first = first or 0, last = last or math.maxinteger,
    least = contract.least or LEAST, sure = contract.sure or SURE, meanings = contract.meanings,
    parties = parties_of(contract), items = {}, unknown = {},
  }, { __index = shared })
  for _, place in ipairs{ "from", "to" } do
    local record, why = find_record(shared.view, "parties", contract[place])
    session[place] = record
    if why then add_unknown(session, place, contract[place], why) end
    if record and record.kind ~= "state" and record.kind ~= "group" then
      session.parties[#session.parties + 1] = { role = place, asked = contract[place] }
    end
  end
  for _, asked in ipairs(options.list(contract.items) or {}) do
    local record, why = find_record(shared.view, "items", asked)
    session.items[#session.items + 1] = record
    if why then add_unknown(session, "item", asked, why) end
  end
  return session
end

-- ------------------------------------------------------------------------- what is looked for

local LICENCE_OUTCOMES = { none = "clear", general = "licence_required",
  bulk = "licence_required", individual = "licence_required", prohibited = "prohibited",
  unknown = "unknown" }

local function find_matches(session)
  local list, roles = {}, {}
  for i, party in ipairs(session.parties) do
    roles[party.role] = roles[party.role] or i
    matches.find(session, party, list)
    if not party.record then
      add_unknown(session, party.role, party.asked, party.problem
        or ("no party has the id, key, name or alias %s: only its name was looked for"):format(
          core.shown(tostring(party.asked))))
    end
  end
  matches.sort(list, roles)
  return rows.new(list, { title = "Restricted-party matches", columns = { "score", "role", "asked",
    "name", "matched", "list", "entry", "programmes", "requirement", "notice", "status",
    "counts" } })
end

--- The requirement for each item, the strictest of which stands for all.
local function find_licence(session)
  local answer = {}
  if not (session.from and session.to) then
    return answer
  end
  local ask = licence.asker(session.view, { known = session.contract.known,
    activity = session.contract.activity })
  for i, item in ipairs(session.items) do
    local found = ask(session.from.id, session.to.id, item.id, session.contract.on)
    answer[i] = found
    local outcome = LICENCE_OUTCOMES[found.requirement]
    if not answer.outcome or matches.worse(outcome, answer.outcome) ~= answer.outcome then
      answer.outcome, answer.item = outcome, item.key
      for _, name in ipairs{ "requirement", "measure", "certain", "reason", "sources" } do
        answer[name] = found[name]
      end
    end
  end
  return answer
end

--- Measures that prohibit it: of the state it goes out from, and of others.
local function find_prohibited(session)
  local list, asked = {}, {}
  if not session.to then
    return list
  end
  local ask = licence.asker(session.view, { known = session.contract.known,
    activity = session.contract.activity })
  for measure in session.view.measures:where{ requirement = "prohibited" }:order("id"):each() do
    local by = measure.jurisdiction
    for _, item in ipairs(asked[by] and {} or session.items) do
      local found = ask(by, session.to.id, item.id, session.contract.on)
      local possible = {}
      for _, requirement in ipairs(found.possible) do possible[requirement] = true end
      if possible.prohibited then
        list[#list + 1] = { jurisdiction = by, item = item.key, measure = found.measure,
          certain = found.certain, reason = found.reason, sources = found.sources,
          independent = found.independent, applies = session.from ~= nil
            and (by == session.from.key or by == session.from.country) }
      end
    end
    asked[by] = true
  end
  return list
end

-- -------------------------------------------------------------------------------- in the end

local function not_checked(session)
  local list = {}
  for i, entry in ipairs(NOT_CHECKED) do list[i] = { what = entry.what, why = entry.why } end
  local lacks = {}
  for _, name in ipairs{ "from", "to", "items" } do
    if session.contract[name] == nil then lacks[#lacks + 1] = name end
  end
  if #lacks > 0 then
    list[#list + 1] = { what = "licence requirement",
      why = "the contract does not give " .. table.concat(lacks, ", ") }
  end
  if session.contract.to == nil then
    list[#list + 1] = { what = "diversion", why = "the contract does not give to" }
  end
  list[#list + 1] = { what = "what is told in words",
    why = "claims and events are taken to be about diversion by words of their English text" }
  return list
end

local function checked_of(session)
  local searched = {}
  for i, party in ipairs(session.parties) do
    searched[i] = { role = party.role, asked = party.asked, names = party.names,
      party = party.record and party.record.key }
  end
  local unmeant = {}
  for _, entry in ipairs(session.held) do
    local meaning, told = lists.meaning(entry.list, session.meanings)
    entry.means = meaning
    if not told then unmeant[#unmeant + 1] = entry.list end
  end
  return {
    on = session.contract.on, revision = session.store:revision(), least = session.least,
    lists = session.held, not_loaded = lists.missing(session.held, session.meanings),
    unmeant = unmeant, not_checked = not_checked(session), parties = searched,
    unknown = session.unknown,
  }
end

local function outcome_of(session, result)
  local outcome = "clear"
  local function count(other) outcome = matches.worse(outcome, other) end
  if #session.unknown > 0 then count("unknown") end
  if result.licence.outcome then count(result.licence.outcome) end
  for _, match in ipairs(result.matches) do count(match.counts) end
  for _, row in ipairs(result.prohibited) do
    count(row.applies and row.certain and "prohibited" or "review")
  end
  if #result.cases + #result.diversion > 0 then count("review") end
  return outcome
end

local SUBJECT = { "exporter", "end_user", "parties", "items", "from", "to", "on", "quantity",
  "activity", "known", "least", "sure", "meanings" }

local function subject_of(contract)
  local subject = {}
  for _, name in ipairs(SUBJECT) do subject[name] = contract[name] end
  return subject
end

--- A copy of plain data without empty tables, which would read back as nothing.
local function plain(value)
  if type(value) ~= "table" then
    return value ~= "" and value or nil
  end
  local copy = {}
  for key, element in pairs(value) do copy[key] = plain(element) end
  return next(copy) ~= nil and copy or nil
end

local function save(store, result)
  local found = {}
  for i, match in ipairs(result.matches) do found[i] = plain(match) end
  return store.screenings:add{
    date = result.on, outcome = result.outcome, subject = plain(result.subject),
    checked = plain(result.checked), matches = #found > 0 and found or nil,
  }
end

local result_metatable = { __name = "dualuse.screen.result" }

local function counted(n, one, many)
  return ("%d %s"):format(n, n == 1 and one or many)
end

local function lines_of(result)
  local lines = { ("outcome: %s, on %s"):format(result.outcome, result.on) }
  local function add(...) lines[#lines + 1] = ("  %s"):format(string.format(...)) end
  if result.licence.requirement then
    add("licence: %s%s", result.licence.requirement, result.licence.measure
      and (" (%s)"):format(result.licence.measure) or "")
  end
  for i = 1, math.min(#result.matches, 10) do
    local match = result.matches[i]
    add("%.3f %s: %s, as %s (%s, %s)%s", match.score, match.asked, match.name, match.matched,
      match.list, match.status, match.cleared and ", cleared: " .. match.cleared.reason or "")
  end
  add("%s, %s, %s", counted(#result.matches, "match", "matches"),
    counted(#result.cases, "case", "cases"),
    counted(#result.diversion, "record of diversion", "records of diversion"))
  for _, entry in ipairs(result.checked.unknown) do
    add("unknown %s %s: %s", entry.role, entry.asked, entry.why)
  end
  local held = {}
  for i, entry in ipairs(result.checked.lists) do
    held[i] = ("%s (%d)"):format(entry.list, entry.entries)
  end
  add("checked: %s", #held > 0 and table.concat(held, ", ") or "no list")
  if #result.checked.not_loaded > 0 then
    add("not loaded: %s", table.concat(result.checked.not_loaded, ", "))
  end
  local unseen = {}
  for i, entry in ipairs(result.checked.not_checked) do unseen[i] = entry.what end
  add("not checked: %s", table.concat(unseen, ", "))
  return lines
end

--- The printed form. It never raises.
function result_metatable:__tostring()
  local ok, lines = pcall(lines_of, self)
  if not ok then
    return result_metatable.__name
  end
  for i, line in ipairs(lines) do lines[i] = core.shown(line) end
  return layout.lines(lines, layout.room())
end

local function screen_one(shared, contract)
  local session = new_session(shared, contract)
  local result = { on = contract.on, subject = subject_of(contract) }
  result.matches = find_matches(session)
  result.licence = find_licence(session)
  result.prohibited = find_prohibited(session)
  result.cases, result.diversion, result.later_cases = history.find(session)
  result.unknown = session.unknown
  result.outcome = outcome_of(session, result)
  result.checked = checked_of(session)
  return setmetatable(result, result_metatable)
end

--- Screens one contract.
-- @param store an open store
-- @tparam table contract `on`, an EDTF date, which has to be given; `exporter`, `end_user` and
--   `parties` (one or a list), by name as people type it, key or id; `items` (one or a list),
--   `from` and `to`; `quantity`, which is only noted. Settings: `known` and `activity` as in
--   `licence.requirement`; `least`, the score from which on a name is a match (0.8; below that,
--   not every one is found); `sure`, the score from which on it is taken to be the party listed
--   (1); `meanings`, what lists mean where that is not what `screen.meanings` says; `save`, whether
--   to keep it among the store's screenings
-- @treturn table `outcome`; `licence`, the answers for the items, with `requirement`, `measure`,
--   `certain` and `reason` of the strictest; `matches`, rows of `role`, `asked`, `party`, `name`,
--   `matched`, `score`, `list`, `entry`, `programmes`, `requirement`, `policy`, `notice`, `listed`,
--   `delisted`, `status` on the day, `means` (for its list), `counts` (in this outcome), and
--   `cleared` or `confirmed` where a reviewer decided; `prohibited`, measures; `cases`, with
--   `because`; `later_cases`, how many are later than the day; `diversion`, with `basis` "recorded"
--   or "alleged"; `unknown`, what is not on record; `checked`: `lists` with their entries and
--   dates, `not_loaded`, `unmeant` (lists without a meaning), `not_checked`, `parties`; and
--   `screening`, the id of what was saved. It prints as text
-- @raise `misuse` for what is no store, a view of an earlier revision, an unknown option and a
--   wrong type; `invalid` for a value that does not fit; `closed`
-- @function screen
local function screen(_, store, contract)
  contract = check_contract(contract, 2)
  local shared = new_shared(store, 2)
  local result = screen_one(shared, contract)
  if contract.save then result.screening = save(store, result) end
  return result
end

-- ------------------------------------------------------------------------------------- batch

-- The most bytes that a line of a file may have.
local LINE = 1 << 20

local LISTS = { parties = true, items = true }

local function read_cell(name, text, separator)
  if not LISTS[name] then
    return text
  end
  local list = {}
  for part in (text .. separator):gmatch("(.-)" .. separator:gsub("%p", "%%%0")) do
    part = part:match("^%s*(.-)%s*$")
    if part ~= "" then list[#list + 1] = part end
  end
  return #list > 0 and list or nil
end

--- The field that each column of a file is for; false for one that is left out.
local function columns_of(header, mapping, level)
  local columns, seen = {}, {}
  for i, title in ipairs(header) do
    title = title:match("^%s*(.-)%s*$")
    local field = mapping[title]
    if field == nil then field = CONTRACT[title] and title end
    if field == nil then
      raise("invalid", ("the column %s is for no field: expected %s, or an entry in columns (false "
        .. "leaves it out)"):format(core.shown(title), table.concat(sets.sorted(CONTRACT), ", ")),
        level + 1, "columns")
    elseif field and seen[field] then
      raise("invalid", ("two columns are for the field %s"):format(field), level + 1, "columns")
    end
    columns[i], seen[field or ""] = field, field ~= false
  end
  return columns
end

--- The contract in a record of a file.
local function read_contract(fields, columns, separator)
  if #fields ~= #columns then
    return { problem = ("%d fields, the header has %d"):format(#fields, #columns) }
  end
  local contract = {}
  for i, field in ipairs(columns) do
    if field and fields[i] ~= "" then
      contract[field] = read_cell(field, fields[i], separator)
    end
  end
  return contract
end

--- The contracts in a CSV file, with their lines. What is no record has a `problem`.
local function read_file(path, given, level)
  local source <close> = chunks.open(path, level + 1)
  local records = core.records(function()
    local chunk = source:read(level + 3)
    return chunk
  end, { delimiter = ",", quotes = true, limit = LINE })
  local header, first, unread = records:fields()
  if not header then
    raise("io", ("%s: %s"):format(path, first and ("line %d: %s"):format(first, unread)
      or "it has no header"), level + 1)
  end
  local columns, list = columns_of(header, given.columns or {}, level + 1), {}
  for fields, line, why in function() return records:fields() end do
    if not fields or #fields > 1 or fields[1] ~= "" then -- an empty line is none
      local contract = fields and read_contract(fields, columns, given.separator or ";")
        or { problem = why }
      contract.line = line
      list[#list + 1] = contract
    end
  end
  return list
end

local function mapping(value)
  local expected = "a table from the titles of columns to fields or false"
  if type(value) ~= "table" then
    return expected, "misuse"
  end
  for title, field in pairs(value) do
    if type(title) ~= "string" or field ~= false and not CONTRACT[field] then
      return expected .. ": " .. table.concat(sets.sorted(CONTRACT), ", "), "invalid"
    end
  end
  return nil
end

local function separator(value)
  if type(value) ~= "string" or value == "" then
    return "text that stands between the elements of a list", "misuse"
  end
  return nil
end

local BATCH = united(BOTH, { columns = mapping, separator = separator })

--- One contract with the settings and defaults of the batch.
local function completed(row, given)
  local contract = {}
  for name in pairs(BOTH) do contract[name] = given[name] end
  for name, value in pairs(row) do
    if name ~= "line" then contract[name] = value end
  end
  return contract
end

local function batch_row(number, row, result)
  local best = result.matches[1]
  return { row = number, line = row.line, outcome = result.outcome,
    exporter = result.subject.exporter, end_user = result.subject.end_user,
    requirement = result.licence.requirement, matches = #result.matches,
    best = best and best.score, list = best and best.list, cases = #result.cases,
    diversion = #result.diversion, screening = result.screening, result = result }
end

local function check_row(contract)
  if contract.problem then
    core.raise{ code = "invalid", message = contract.problem }
  end
  return check_contract(contract, 1)
end

--- Screens many contracts. One that cannot be screened has a `problem` and no result; its outcome
-- is "unknown".
-- @param store an open store
-- @tparam table|string contracts a list of contracts as in `screen`; or the path of a CSV file,
--   gzip or not, with a header of `exporter`, `end_user`, `parties`, `items`, `from`, `to`, `on`,
--   `quantity`
-- @tparam[opt] table given what a contract may hold, for those that lack it; of a file, `columns`,
--   a table from titles to these fields, or to false, and `separator`, what stands between several
--   items or parties in one cell (";")
-- @treturn ?table rows of `row`, `line`, `outcome`, `exporter`, `end_user`, `requirement`,
--   `matches`, `best`, `list`, `cases`, `diversion`, `problem`; with `result`, what `screen` gives;
--   and with `counts`, the number of rows by outcome. nil if the file cannot be had
-- @treturn ?table an error `io`, if so
-- @raise as `screen`; `invalid` for a column that is for no field
function M.batch(store, contracts, given)
  given = options.check(given, BATCH, 2)
  local shared = new_shared(store, 2)
  if type(contracts) == "string" then
    local ok, list = pcall(read_file, contracts, given, 3)
    if not ok and type(list) == "table" and list.code == "io" then return nil, list end
    if not ok then error(list, 0) end
    contracts = list
  elseif type(contracts) ~= "table" then
    raise("misuse", ("argument 2: expected a list of contracts or the path of a CSV file, got %s")
      :format(type(contracts)), 2)
  end
  local list, counts, problems = {}, {}, 0
  for _, outcome in ipairs(matches.outcomes) do counts[outcome] = 0 end
  for i, row in ipairs(contracts) do
    if type(row) ~= "table" then
      raise("misuse", ("argument 2: expected a contract as a table, got a %s at %d"):format(
        type(row), i), 2)
    end
    local ok, contract = pcall(check_row, completed(row, given))
    if ok then
      local result = screen_one(shared, contract)
      if contract.save then result.screening = save(store, result) end
      list[i] = batch_row(i, row, result)
    else
      if type(contract) ~= "table" then error(contract, 0) end
      problems = problems + 1
      list[i] = { row = i, line = row.line, outcome = "unknown", problem = contract.message }
    end
    counts[list[i].outcome] = counts[list[i].outcome] + 1
  end
  local result = rows.new(list, { title = "Screenings", columns = { "row", "outcome", "exporter",
    "end_user", "requirement", "matches", "best", "list", "cases", "diversion", "problem" } })
  result.counts, result.problems = counts, problems
  return result
end

-- ------------------------------------------------------------------------------------- again

--- A text that is the same for the same question on another day.
local function question_of(value)
  if type(value) ~= "table" then
    return ("%s:%s"):format(math.type(value) or type(value), tostring(value))
  end
  local parts = {}
  for _, name in ipairs(sets.sorted(value)) do
    if name ~= "on" then
      parts[#parts + 1] = ("%s=%s"):format(tostring(name), question_of(value[name]))
    end
  end
  return "{" .. table.concat(parts, ";") .. "}"
end

--- The lists that are not as they were, by name.
local function changed_lists(before, held)
  local old, changed = {}, {}
  for _, entry in ipairs(before or {}) do old[entry.list] = entry end
  for _, entry in ipairs(held) do
    local known = old[entry.list]
    if not known or known.entries ~= entry.entries or known.revision ~= entry.revision then
      changed[#changed + 1] = entry.list
    end
    old[entry.list] = nil
  end
  for name in pairs(old) do changed[#changed + 1] = name end
  table.sort(changed, byte_order.before)
  return changed
end

local function by_identity(list)
  local set = {}
  for _, match in ipairs(list or {}) do
    if match.identity then set[match.identity] = match end
  end
  return set
end

--- The matches of one list that the other lacks, or that count for something else there.
local function missing_from(list, other)
  local set, missing = by_identity(other), {}
  for _, match in ipairs(list or {}) do
    local known = match.identity and set[match.identity]
    if not known or known.counts ~= match.counts then missing[#missing + 1] = match end
  end
  return missing
end

--- The newest saved screening of each contract, in the order of their ids.
local function saved_screenings(view)
  local newest, list = {}, {}
  for screening in view.screenings:order("id"):each() do
    if type(screening.subject) == "table" and type(screening.checked) == "table"
        and screening.checked.on then
      newest[question_of(screening.subject)] = screening
    end
  end
  for _, screening in pairs(newest) do list[#list + 1] = screening end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

local AGAIN = { on = options.date, save = options.boolean, all = options.boolean }

--- Runs saved screenings anew: of each contract the last one, if a list has changed since.
-- @param store an open store
-- @tparam table given `on`, the day for which to screen now, which has to be given; `save`, whether
--   to keep the new ones; `all`, also where no list has changed
-- @treturn table rows of `screening` (the earlier one), `lists` (those that have changed), `before`
--   and `after` (outcomes), `appeared` and `gone` (matches that are new, no longer there, or count
--   for something else), `differs`, `result`; with `unchanged`, how many were not run
-- @raise as `screen`
function M.again(store, given)
  given = options.check(given, AGAIN, 2)
  if given.on == nil then
    raise("misuse", "on is required: the day for which to screen", 2, "on")
  end
  local shared = new_shared(store, 2)
  local list, unchanged = {}, 0
  for _, screening in ipairs(saved_screenings(shared.view)) do
    local changed = changed_lists(screening.checked.lists, shared.held)
    if #changed == 0 and not given.all then
      unchanged = unchanged + 1
    else
      local contract = united(screening.subject, { on = given.on })
      local result = screen_one(shared, check_contract(contract, 2))
      if given.save then result.screening = save(store, result) end
      local appeared = missing_from(result.matches, screening.matches)
      local gone = missing_from(screening.matches, result.matches)
      list[#list + 1] = { screening = screening.key or screening.id, lists = changed,
        before = screening.outcome, after = result.outcome, appeared = appeared, gone = gone,
        differs = screening.outcome ~= result.outcome or #appeared + #gone > 0, result = result }
    end
  end
  local result = rows.new(list, { title = "Screened again",
    columns = { "screening", "before", "after", "differs", "lists" } })
  result.unchanged = unchanged
  return result
end

return setmetatable(M, { __call = screen })
