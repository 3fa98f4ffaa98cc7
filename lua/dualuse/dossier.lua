--- Dossiers: a store, or a part of it, as text that another store reads, and that people write.
--
-- A dossier is JSON Lines in UTF-8: a record a line, its kind as `record`, its other fields as they
-- are in Lua.
--
--    # What Seoul says about the 156 cases
--    {"record":"source","key":"nikkei-2019-07-12","title":"South Korea reports 156 violations"}
--    {"record":"question","key":"q-leak","title":"Did controlled items reach others?"}
--    {"record":"claim","question":"q-leak","speaker":"Seoul","stance":"denies",
--      …"date":"2019-07-12","sources":[{"source":"nikkei-2019-07-12","locator":"para 6"}]}
--
-- (in one line). Empty lines and lines that begin with `#` or `//` are passed over.
--
-- - The kind is that of a collection or its singular. Where a kind has no field `kind` of its own,
--   as all but parties and events, `kind` may be written for `record`.
-- - A reference is a key, a name or an alias, as in Lua, but no id. Where records of any kind may
--   stand (`about`, `from`, `to`), `{"cases":"a-key"}` names the kind as well; an exported dossier
--   always does.
-- - A record without a key may have a label, `"as":"claim-12"`, by which others in the same dossier
--   refer to it: `"replies_to":{"as":"claim-12"}`.
-- - Stages stand in their measure or membership. A citation is a source's key, or
--   `{"source":…,"field":…,"locator":…,"quote":…}`. null clears a field.
-- - A dossier may begin with `{"dossier":1}`, the version of the format, and then ends with
--   `{"dossier":"end"}`, by which one that was cut off is known. Labels hold between the two.
-- @module dualuse.dossier

local blame = require "dualuse.blame"
local core = require "dualuse.core"
local import = require "dualuse.dossier.import"
local kinds = require "dualuse.dossier.kinds"
local lines = require "dualuse.dossier.lines"
local naming = require "dualuse.dossier.naming"
local options = require "dualuse.options"
local order = require "dualuse.dossier.order"
local output = require "dualuse.output"
local progress = require "dualuse.progress"
local selection = require "dualuse.dossier.selection"

local M = {}

-- ----------------------------------------------------------------------------------------- Export

--- A list of queries, where one or a list is given.
local function queries_of(value)
  return core.class(value) and { value } or value
end

local export_options = {
  overwrite = options.boolean,
  query = function(value)
    for _, query in ipairs(type(value) == "table" and value or { value }) do
      local class = core.class(query)
      if class ~= "dualuse.query" and class ~= "dualuse.collection" then
        return "a query or a collection, or a list of them", "misuse"
      end
    end
    if type(value) == "table" and (#value == 0 or next(value, #value)) then
      return "a query or a collection, or a list of them", "misuse"
    end
    return nil
  end,
}

--- What is told, in one state of the store: a query is asked again if others commit meanwhile.
local function select_records(store, queries)
  if not queries then
    local view = store:as_of(store:revision())
    local names = naming.new(view)
    return view, names, selection.whole(view, names)
  end
  for _, query in ipairs(queries) do
    if core.store_of(query) ~= store then
      core.raise{ code = "misuse", field = "query",
        message = "option query: the query is one of another store" }
    end
  end
  local view, names, selected
  repeat
    view = store:as_of(store:revision())
    names = naming.new(view)
    selected = selection.found(view, names, queries)
  until store:revision() == view:revision()
  return view, names, selected
end

--- The states that every store has from the start: their lines, and their fields, by key.
local function first_states(view, names)
  local kind, states = kinds.of("parties"), {}
  for record in view:as_of(0).parties:each() do
    states[record.key] = { line = lines.line(names, kind, record), fields = record }
  end
  return states
end

--- Writes the lines of a selection; returns how many.
local function write_records(view, names, selected, sink)
  local count, states, everywhere = 0, first_states(view, names), {}
  for key in pairs(states) do
    everywhere[naming.mark("parties", key)] = true
  end
  order.each(view, names, selected, everywhere, function(kind, record, later)
    local state = kind.kind == "parties" and states[record.key]
    local line = lines.line(names, kind, record,
      { later = later, cleared = state and state.fields })
    if not state or line ~= state.line then
      sink:write(line .. "\n")
      count = count + 1
    end
  end)
  return count
end

local function write(store, target, given)
  local view, names, selected = select_records(store, given.query and queries_of(given.query))
  local sink <close> = output.open(target, given.overwrite)
  sink:write('{"dossier":1}\n')
  local count = write_records(view, names, selected, sink)
  sink:write('{"dossier":"end"}\n')
  sink:finish()
  return count
end

--- Writes a dossier: all records of the store, or those of a query and all that they refer to.
--
-- What is left out: what was retracted, the history, ids and times, and the states that every store
-- has from the start, as far as they were not changed. A record comes after all that it refers to;
-- otherwise kinds are in a fixed order, records with a key in the order of the keys, and those
-- without in the order in which they were added. The same records always give the same bytes, and
-- so does a store that a dossier was read into.
--
-- A file at a path is put there when it is whole and synced to the disk; a failure leaves nothing.
-- What is told is the newest revision, without what an open transaction has not committed.
-- @function store:export
-- @param store an open store, or a view of one
-- @param target a path, an open file, or a function that is called with chunks of text
-- @tparam[opt] table given
--   `query`, a query or collection of this store, or a list of them (all records);
--   `overwrite`, whether a file at the path is replaced (false)
-- @treturn integer how many records were written
-- @raise `io` for a file that exists or cannot be written, `full` for a full disk, `misuse` for
--   wrong options, what the function raises
function M.export(store, target, given)
  options.store(store, 2)
  given = options.check(given, export_options, 2)
  local count = blame.caller(2, write, store, target, given)
  return count
end

-- ----------------------------------------------------------------------------------------- Import

local function text(value)
  if type(value) ~= "string" then return "text", "misuse" end
  return nil
end

local import_options = {
  by = text,
  reason = text,
  record = options.one_of(table.unpack(kinds.names)),
  dry_run = options.boolean,
  on_error = options.one_of("stop", "continue"),
  on_reject = function(value)
    if type(value) ~= "string" and type(value) ~= "function" then
      return "a path or a function", "misuse"
    end
    return nil
  end,
  progress = progress.option,
}

--- Reads a dossier: adds its records, or updates those that are there.
--
-- A record is known by its key or its origin: what its line leaves out stays as it is, and a line
-- that changes nothing makes no revision. One with neither is added unless a record of just the
-- same content, with neither key nor origin, is there already: so reading a dossier twice adds
-- nothing. A line may refer to what only a later line tells.
--
-- All of it is one transaction.
-- @function store:import
-- @param store an open store
-- @param source a path, an open file, or a function that returns chunks of text and at last nil;
--   gzip data are inflated
-- @tparam[opt] table given
--   `by`, `reason`, as in `transaction`;
--   `record`, the kind of records that do not say it, such as "events";
--   `on_error`, "stop" (the first line that is wrong undoes everything, and is raised as an error)
--   or "continue" (it is rejected, and the others are read);
--   `on_reject`, a function that is called with every reject, or the path of a new file for the
--   lines as they stand;
--   `dry_run`, whether to say what would happen, and write nothing (false);
--   `progress`, true for a line on the terminal, or a function of bytes, total and lines
-- @treturn table `read`, the sum of `added`, `updated`, `duplicate` and `rejected`; `rejects`, the
--   first hundred, each with `line`, `field`, `reason` and `text`; `bytes`, `seconds`, `format`,
--   `dry_run`. It prints as a line and what was rejected.
-- @raise `invalid` or `constraint` for a line that is wrong, naming it; `invalid` for a dossier
--   that was cut off, whatever `on_error` says; `io` for what cannot be read; `misuse` for wrong
--   options
function M.import(store, source, given)
  options.store(store, 2)
  given = options.check(given, import_options, 2)
  local result = blame.caller(2, import.run, store, source, given)
  return result
end

return M
