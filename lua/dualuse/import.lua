--- Files of events, listings, cases and whatever else stands in lines and columns, brought into a
-- collection: `store.events:import("20190704.export.CSV")`.
--
-- What a file is, a format says (dualuse.formats), or the options of the call; both have the same
-- words, so that a format is a table of options with a name:
--
--    delimiter   one byte
--    quotes      whether fields may stand in quotes
--    header      whether the first line names the columns
--    layouts     the columns' names by their number, where no line does
--    columns     { [column's name or number] = field, or { field, field } }
--    join        { field = { column, column } }: texts of several columns, with ", " between them
--    constants   { field = value }: of all rows, or of those whose column is empty
--    separator   of lists inside a field, for all fields or { field = separator }; none unless
--                given
--    dates       styles, tried in order: "edtf", "dd.mm.yyyy", "m/d/yyyy", "yyyymmdd",
--                "d month yyyy"
--    instead     { column = other }: what stands for a column that the file lacks
--    words       { field = { [text] = value } }: for a list, by element or by the whole text,
--                whose value is then separated like a field; "" is no value, and dates are EDTF.
--                With strict_words, { field = true }, no other text will do
--    missing     texts that mean nothing
--    convert     { [column] = function(text, row, field) -> value }: what the field holds (text is
--                read as the file's is; nothing is an empty column); an error rejects the row;
--                row "name" is another column's text
--    identity    what makes a row the same as another: a list of columns, "line" (all of it, unless
--                given), or "number" (its place in the file); among the rows of one name
--    name        whose rows they are: the file's name unless given
--    version     the column of a number that grows when a row is corrected: a larger one replaces
--                the record, a smaller one is a duplicate
--    on_change   "reject" or "update": a row whose identity is on record with other values
--    unknown     "make" or "reject": a party or item that is not on record
--    parties     { field = function(text, row) -> party }: how one is made
--    repair      true: bytes that are not UTF-8, or NUL, become U+FFFD (else the row is rejected)
--    terminated  a last line without a line end was cut off
-- @module dualuse.import

local core = require "dualuse.core"
local byte_order = require "dualuse.byte_order"
local beginning_of = require "dualuse.import.beginning"
local chunks_of = require "dualuse.chunks"
local each_of = require "dualuse.import.each"
local mapping_of = require "dualuse.import.mapping"
local options_of = require "dualuse.import.options"
local progress = require "dualuse.progress"
local record = require("dualuse.options").record
local references = require "dualuse.import.references"
local rejects_of = require "dualuse.import.rejects"
local result_of = require "dualuse.import.result"

local M = {}

--- The most bytes that a record may have, unless the option `limit` says otherwise.
local LIMIT = 16 * 1024 * 1024

-- ------------------------------------------------------------------------------ What a file is

--- The mapping of an import: that of a format, and the options over it.
local function mapping_for(given, beginning, kind)
  local format = given.format
  if type(format) == "string" then
    format = require("dualuse.formats").find(format)
  elseif format then
    options_of.check_format(format)
  elseif not given.columns and not given.join then
    format = beginning:format(kind)
  end
  if format and format.kind and format.kind ~= kind then
    core.raise{ code = "misuse", kind = kind, field = "format", message =
      ("format: %s is for %s: use store.%s:import"):format(format.name, format.kind, format.kind) }
  end
  local mapping = {}
  for name, value in pairs(format or {}) do mapping[name] = value end
  for name, value in pairs(given) do mapping[name] = value end
  mapping.format = nil
  mapping.delimiter = mapping.delimiter or beginning:delimiter(mapping.quotes)
  return mapping
end

--- What reads the records of a file. bar: shows how far it has come, once the rows are read; quiet:
-- neither that nor what the bytes come from is a function that may ask the store.
local function open_records(mapping, beginning, bar, quiet)
  return core.records(function()
    bar()
    return beginning:read()
  end, { delimiter = mapping.delimiter, quotes = mapping.quotes ~= false,
    limit = mapping.limit or LIMIT, quiet = quiet })
end

local function unreadable(kind, message, ...)
  core.raise{ code = "invalid", kind = kind, message = message:format(...) }
end

--- Names of the columns of each layout that a file without a header can have.
local function unnamed(mapping, kind, records)
  local list = {}
  for count in pairs(mapping.layouts or {}) do list[#list + 1] = count end
  table.sort(list)
  for i, count in ipairs(list) do list[i] = mapping.layouts[count] end
  if #list > 0 then return list end
  local fields, _, why = beginning_of.first(records, true)
  if not fields then
    unreadable(kind, fields == nil and "the file is empty"
      or "the first line, which tells how many columns there are, cannot be read: %s", why)
  end
  local names = {}
  for i = 1, #fields do names[i] = tostring(i) end
  return { names }
end

--- Names of the columns of each layout that a file can have; and the header as it stands there.
local function names_of(mapping, kind, records)
  if mapping.header == false then
    return unnamed(mapping, kind, records)
  end
  local fields, _, why = beginning_of.first(records)
  if not fields then
    unreadable(kind, fields == nil and "the file is empty: it has no line that names the columns"
      or "the line that names the columns cannot be read: %s", why)
  end
  local header = records:text()
  if header:find("\0", 1, true) then
    unreadable(kind, "the line that names the columns holds NUL bytes: this is no text")
  end
  return { fields }, header
end

-- --------------------------------------------------------------------------------- The source

--- The id of the source that all rows rest on.
local function source_of(store, mapping, name)
  local given = mapping.source
  if given == false then
    return nil
  elseif type(given) == "table" then
    return (store.sources:put(given))
  elseif given ~= nil and given ~= true then
    return record(store, "sources", "source", given, 1).id
  elseif not name then
    core.raise{ code = "misuse", field = "source", message = "source: what is read has no name of "
      .. "its own: give the source (a key, or a record), or false for none" }
  end
  local known = store.sources:where{ key = name }:select("id"):first()
  return known and known.id or (store.sources:put{ key = name,
    title = (mapping.title and mapping.title .. ": " or "") .. name })
end

-- ------------------------------------------------------------------------------------- Reading

--- How many rows there may be: enough for the memory that the core keeps of them.
local function expected_rows(chunks)
  return chunks.total and chunks.total // 100 + 1000 or 1000000
end

--- What the core is told of a file, see `loader:map`; `prepare` is called in the transaction.
local function plan_of(job, names, rejects)
  local store, mapping = job.store, job.mapping
  local plan = {
    prefix = mapping.prefix or mapping.name or job.name or job.kind,
    identity = type(mapping.identity) == "table" and "columns" or mapping.identity or "line",
    constants = mapping.constants, missing = mapping.missing, terminated = mapping.terminated,
    stop = mapping.on_error == "stop", update = mapping.on_change == "update",
    repair = mapping.repair, sum = mapping.batch ~= nil, retract = mapping.retract,
    threads = mapping.threads,
    -- a function of the user's, that knows parties, may ask whatever it likes
    quiet = not (job.given.parties or type(job.given.format) == "table"),
    reject = function(...) rejects:add(...) end,
    reject_rest = function(piece) rejects:add_rest(piece) end,
  }
  plan.layouts, plan.column = mapping_of.layouts(mapping, names, job.kind,
    references.of(store, mapping, function() return plan.source end))
  function job.prepare(loader)
    plan.source = source_of(store, mapping, job.name)
    if mapping.records then
      plan.each = each_of.records(store, mapping.records, plan.source)
    elseif mapping.retract then
      plan.each = each_of.retraction(job.collection)
    end
    loader:map(plan)
  end
  -- one kind's rows of one file
  job.mark = table.concat({ job.kind, plan.prefix, job.name }, " ")
  return plan
end

-- A file of so many bytes is worth writing into a new store without a log.
local LARGE = 4 * 1024 * 1024

--- Reads all rows in one transaction, which is undone again in a dry run. What was begun in parts
-- before is done with.
local function run_whole(job, loader)
  local undo = {}
  local function run()
    job.store:transaction(function()
      job.prepare(loader)
      loader:run(-1, expected_rows(job.chunks))
      if job.mapping.dry_run then error(undo, 0) end
      core.mark(job.store, job.mark, false)
    end, job.why)
  end
  local large = (job.chunks.total or 0) >= LARGE and not job.mapping.dry_run
  local ok, problem
  if large then
    ok, problem = pcall(core.unlogged, job.store, run)
  else
    ok, problem = pcall(run)
  end
  if not ok and problem ~= undo then
    error(problem, 0)
  end
  return {}
end

local COUNTED = { "offset", "read", "sum", table.unpack(result_of.summed) }

--- What a mark notes: how far a load has come, and what became of its rows.
local function note(counts, before)
  local list = {}
  for i, name in ipairs(COUNTED) do list[i] = counts[name] + (before[name] or 0) end
  return table.concat(list, " ")
end

--- Goes on behind the rows that a mark tells of.
-- @treturn table what became of them
local function go_on(loader, mark)
  local noted, before, i = {}, {}, 0
  for number in mark:gmatch("%-?%d+") do
    i = i + 1
    noted[COUNTED[i]] = math.tointeger(number)
  end
  loader:skip(noted.read)
  local counts = loader:counts()
  if counts.offset ~= noted.offset or counts.sum ~= noted.sum then
    core.raise{ code = "invalid", field = "batch", message = ("batch: the file is not the one of "
      .. "which %d lines were read before: import it without batch, from its beginning")
      :format(noted.read) }
  end
  for _, name in ipairs(result_of.summed) do before[name] = noted[name] end
  return before
end

--- Reads so many rows a transaction, each of which notes how far it came, so that a load that was
-- stopped goes on behind the last of them.
-- @treturn table what became of the rows that were read before
local function run_batches(job, loader)
  local before
  repeat
    local more
    job.store:transaction(function()
      if not before then
        job.prepare(loader)
        local mark = core.mark(job.store, job.mark)
        before = mark and go_on(loader, mark) or {}
      end
      more = loader:run(job.mapping.batch)
      core.mark(job.store, job.mark, more and note(loader:counts(), before) or false)
    end, job.why)
  until not more
  return before
end

--- Reads a file whose mapping is known.
local function load(job, beginning, bar)
  local mapping, loader = job.mapping, nil
  local records = open_records(mapping, beginning, function()
    if loader then bar:update(job.chunks:position(), loader:counts().read) end
  end, job.quiet)
  local names, header = names_of(mapping, job.kind, records)
  local to = mapping.on_reject
  local rejects <close> = rejects_of.new(to, header)
  if mapping.dry_run and type(to) == "string" then rejects.to = nil end
  plan_of(job, names, rejects)
  loader = core.loader(job.collection, records)
  local whole = not mapping.batch or mapping.dry_run
  rejects.whole = whole
  local before = (whole and run_whole or run_batches)(job, loader)
  rejects:close()
  local result = loader:counts()
  for _, name in ipairs(result_of.summed) do
    result[name] = result[name] + (before[name] or 0)
  end
  result.bytes, result.offset, result.sum = result.offset, nil, nil
  result.repaired = mapping.repair and result.repaired or nil
  result.rejects = rejects.list
  return result
end

--- What an import of JSON Lines can be told: each line says itself what it is.
local OF_LINES = { "by", "dry_run", "format", "on_error", "on_reject", "progress", "reason" }

--- JSON Lines: each a record of the collection, its fields by their names.
local function load_lines(store, kind, beginning, given)
  local options, known = { record = kind }, {}
  for _, name in ipairs(OF_LINES) do
    options[name], known[name] = given[name], true
  end
  options.format, options.on_error = nil, given.on_error or "continue"
  local others = {}
  for name in pairs(given) do
    if not known[name] then others[#others + 1] = name end
  end
  if #others > 0 then
    table.sort(others, byte_order.numbers_first)
    core.raise{ code = "misuse", kind = kind, field = others[1], message = ("%s means nothing "
      .. "where each line is a record in JSON: expected %s"):format(others[1],
      table.concat(OF_LINES, ", ")) }
  end
  local result = require("dualuse.dossier").import(store, function() return beginning:read() end,
    options)
  result.format, result.kind = "jsonl", kind
  return result
end

--- Brings a file into a collection.
-- @tparam userdata collection such as `store.events`
-- @tparam string|file|function source a path, an open file, or a function that returns chunks of
--   text and nil at the end; gzip is recognised
-- @tparam[opt] table options a format by its name or as a table (`format`), or a mapping (see
--   above), and besides: `source` (what all rows rest on: a reference, a record; a source of the
--   file's name unless given; false for none), `dry_run` (true: says what would happen, and writes
--   nothing), `on_reject` (where rejected lines go: the path of a new file, which begins with the
--   file's header; or a function of a table as in `rejects`), `on_error` ("stop": the first one
--   undoes everything), `progress` (true: a line on the terminal; or a function of bytes, total and
--   rows), `batch` (rows a transaction: a load that was stopped goes on where it was, when it is
--   run again), `threads` (2: while the file is read, a second thread inserts and packs the rows of
--   a large kind, as of events; 1 unless given), `limit` (bytes a record may have), `by` and
--   `reason` of the revision
-- @treturn table `read`, `added`, `updated`, `duplicate`, `rejected` and `retracted` (`read` is the
--   sum of the others), `rejects` (the first hundred: `line`, `field`, `reason`, `text`, and `cut`
--   where there is more of the text), `repaired` (rows, with the option), `format`, `kind`,
--   `delimiter`, `bytes`, `seconds`, `dry_run`. It prints as a line and what was rejected.
-- @raise `misuse` and `invalid` for options and for columns and fields that there are not, before
--   the first row; `io` for a file that cannot be read; what a function raises, but for errors that
--   reject a row
function M.import(collection, source, options)
  if core.class(collection) ~= "dualuse.collection" then
    core.raise{ code = "misuse", message = "expected a collection, as in store.cases:import(path)" }
  end
  local given, began = options_of.check(options), core.clock()
  local store, kind = core.store_of(collection)
  local chunks <close> = chunks_of.open(source, 1)
  local beginning = beginning_of.of(chunks)
  if given.format == "jsonl" or not given.format and not given.columns and not given.join
      and beginning:is_lines() then
    return load_lines(store, kind, beginning, given)
  end
  local mapping = mapping_for(given, beginning, kind)
  local bar <close> = progress.open(mapping.progress, chunks.total)
  local name = chunks.name and core.shown(chunks.name)
  local quiet = type(source) ~= "function" and type(mapping.progress) ~= "function"
  if quiet then chunks:lessen() end
  local result = load({
    collection = collection, store = store, kind = kind, mapping = mapping, given = given,
    chunks = chunks, name = name, quiet = quiet,
    why = { by = mapping.by, reason = mapping.reason or
      ("import of %s"):format(name or "what a function gave") },
  }, beginning, bar)
  bar:close()
  result.format, result.kind, result.delimiter = mapping.name, kind, mapping.delimiter
  result.dry_run = mapping.dry_run or nil
  result.seconds = core.clock() - began
  return result_of.of(result)
end

return M
