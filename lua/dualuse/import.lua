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
--    constants   { field = value }, also for rows whose column is empty
--    separator   of lists inside a field, for all fields or { field = separator }; none unless
--                given
--    dates       styles, tried in order: "edtf", "dd.mm.yyyy", "m/d/yyyy", "yyyymmdd",
--                "d month yyyy"
--    instead     { column = other }: what stands for a column that the file lacks
--    words       { field = { [text] = value } }: for a list, by element or by the whole text,
--                whose value is then separated like a field; "" is no value. With strict_words,
--                { field = true }, no other text will do
--    missing     texts that mean nothing
--    convert     { [column] = function(text, row) -> value }; row "name" is another column's text
--    identity    what makes a row the same as another: a list of columns, "line" (all of it), or
--                "number" (its place in the file)
--    version     the column of a number that grows when a row is corrected
--    on_change   "reject" or "update": a row whose identity is on record with other values
--    unknown     "make" or "reject": a party or item that is not on record
--    parties     { field = function(text, row) -> party }: how one is made
--    terminated  a last line without a line end was cut off
-- @module dualuse.import

local core = require "dualuse.core"
local mapping_of = require "dualuse.import.mapping"
local options_of = require "dualuse.options"
local rejects_of = require "dualuse.import.rejects"
local result_of = require "dualuse.import.result"

local M = {}

--- The most bytes that a record may have, unless the option `limit` says otherwise.
local LIMIT = 16 * 1024 * 1024

local DATES = { "edtf", "dd.mm.yyyy", "m/d/yyyy", "yyyymmdd", "d month yyyy" }

-- ------------------------------------------------------------------------------------- Options

local one_of = options_of.one_of

local function of_type(expected, ...)
  local types = { ... }
  return function(value)
    for _, name in ipairs(types) do
      if (math.type(value) or type(value)) == name or core.class(value) == name then
        return nil
      end
    end
    return expected, "misuse"
  end
end

local function whole(expected)
  return function(value)
    if math.type(value) == "integer" and value >= 1 then return nil end
    return expected, math.type(value) and "invalid" or "misuse"
  end
end

local function style_list(value)
  if type(value) ~= "table" or #value == 0 then
    return "a list of styles", "misuse"
  end
  local unknown = {}
  for _, style in ipairs(value) do
    if one_of(table.unpack(DATES))(style) then unknown[#unknown + 1] = tostring(style) end
  end
  if #unknown > 0 then
    return ("a list of styles out of %s (not %s)"):format(table.concat(DATES, ", "),
      core.shown(table.concat(unknown, ", "))), "invalid"
  end
  return nil
end

local function one_byte(value)
  if type(value) == "string" and #value == 1 and not value:find('["\r\n]') then return nil end
  return "one byte, neither a quote nor a line end", "invalid"
end

local function identity(value)
  if value == "line" or value == "number" or type(value) == "table" and #value > 0 then
    return nil
  end
  return '"line", "number" or a list of columns', "invalid"
end

local a_table = of_type("a table", "table")
local a_boolean = of_type("true or false", "boolean")
local a_text = of_type("text", "string")

--- What a mapping is made of, and what else an import can be told.
local VALIDATORS = {
  columns = a_table, instead = a_table, join = a_table, constants = a_table, words = a_table,
  strict_words = a_table, missing = a_table, convert = a_table, parties = a_table,
  required = a_table, layouts = a_table,
  separator = of_type("text, or a table of texts by field", "string", "table"),
  dates = style_list, delimiter = one_byte, identity = identity,
  quotes = a_boolean, header = a_boolean, terminated = a_boolean, dry_run = a_boolean,
  version = of_type("a column", "string", "integer"),
  on_change = one_of("reject", "update"), unknown = one_of("make", "reject"),
  format = of_type("the name of a format, or a table that is one", "string", "table"),
  name = a_text, by = a_text, reason = a_text,
  source = of_type("a source: a reference, a record, or false for none", "string", "integer",
    "table", "boolean"),
  on_reject = of_type("a path or a function", "string", "function"),
  on_error = one_of("stop", "continue"),
  progress = of_type("a function, or true", "function", "boolean"),
  batch = whole("a number of rows"), limit = whole("a number of bytes"),
}

--- The format as it is asked for, and the options over it.
local function over(format, given)
  local mapping = {}
  for name, value in pairs(format or {}) do mapping[name] = value end
  for name, value in pairs(given) do mapping[name] = value end
  mapping.format = nil
  return mapping
end

-- ------------------------------------------------------------------------------ What a file is

--- The bytes of a file with what was read of it to look at it first.
local function looked_at(chunks)
  local first = chunks:read()
  local bytes = { first = first }
  function bytes:read()
    if self.first then
      local chunk = self.first
      self.first = nil
      return chunk
    end
    return chunks:read()
  end
  return bytes, first or ""
end

--- The fields of the first line, read with a delimiter.
local function first_line(text, delimiter, quotes)
  local line = text:match("^[^\n]*\n") or text
  local given = false
  local records = core.records(function()
    if given then return nil end
    given = true
    return line
  end, { delimiter = delimiter, quotes = quotes, limit = LIMIT })
  return records:fields() or {}
end

--- The delimiter that makes most fields of the first line: tabs, semicolons or commas.
local function likely_delimiter(text)
  local best, most = ",", 0
  for _, delimiter in ipairs{ "\t", ";", "," } do
    local count = #first_line(text, delimiter, true)
    if count > most then
      best, most = delimiter, count
    end
  end
  return best
end

--- The format that a file is in, by its first line.
local function sniff(text, kind, level)
  local formats = require "dualuse.formats"
  for _, delimiter in ipairs{ "\t", ",", ";" } do
    local fields = first_line(text, delimiter, delimiter ~= "\t")
    local name = formats.sniff{ header = fields, count = #fields, delimiter = delimiter }
    if name then
      return formats.find(name, level + 1)
    end
  end
  core.raise{ code = "invalid", kind = kind, field = "format", level = level + 1,
    message = ("no format is known that begins like this: give format= or columns=; the first line "
      .. "is %s"):format(core.shown((text:match("^[^\r\n]*") or ""):sub(1, 200))) }
end

-- ---------------------------------------------------------------------------------- References

--- How a party or an item that is not on record is made where no format says how.
local MAKERS = {
  parties = function(text) return { key = text, name = text, kind = "organisation" } end,
  items = function(text) return { key = text, name = text } end,
}

local function find(store, kinds, text)
  for _, kind in ipairs(kinds) do
    local record = store[kind]:get(text)
    if record then return record.id end
  end
  return nil
end

--- What resolves the references of a mapping: functions that find what a text names, or make it.
-- What they find for a field is remembered by the core.
local function resolver(store, mapping, context)
  local function made(kind, record)
    if type(record) == "string" then
      local id = find(store, { kind }, record)
      if id then return id end
      return nil, ("no %s has the key %s"):format(core.describe(kind).singular, core.shown(record))
    end
    record.sources = record.sources or context.source and { context.source } or nil
    return record
  end
  local known = {}
  --- The function for a field, and the table of what was found by it: fields whose texts mean the
  -- same share one.
  function context.reference(name, field)
    local kinds = field.kinds
    local kind = #kinds == 1 and kinds[1]
    local maker = mapping.parties and mapping.parties[name]
    local make = mapping.unknown == "make" and kind and (maker or MAKERS[kind])
    local what = kind and core.describe(kind).singular or "record"
    local by_maker = known[make or false] or {}
    known[make or false] = by_maker
    local shared = table.concat(kinds, " ")
    by_maker[shared] = by_maker[shared] or {}
    --- The id of what a text names, or the record to make of it; or nil and why there is none.
    return function(text, row)
      -- a format's code first says what it stands for: "CHN" may be someone's alias
      if make and maker then
        local record, why = make(text, row)
        if record then return made(kind, record) end
        return nil, why or ('"%s" names no %s'):format(core.shown(text), what)
      end
      local id = find(store, kinds, text)
      if id then return id end
      if make then return made(kind, make(text, row)) end
      return nil, ('no %s has the id, key, name or alias "%s"'):format(what, core.shown(text))
    end, by_maker[shared]
  end
end

local function cites(sources, key)
  for _, citation in ipairs(sources) do
    if citation == key or type(citation) == "table" and citation[1] == key then return true end
  end
  return false
end

--- Puts a record of a row, which rests on the source of the file. One that is on record as it is
-- keeps the sources that it has; where the row says something else, this one is added to them.
local function put_record(collection, record, source)
  local known = collection:get(record.key)
  if not known then
    record.sources = source and { source }
    return select(2, collection:put(record))
  end
  local _, outcome = collection:put(record)
  local sources = known.sources or {}
  if outcome == "updated" and source and not cites(sources, source) then
    sources[#sources + 1] = source
    collection:put{ key = record.key, sources = sources }
  end
  return outcome
end

--- The function that does with each row what a format of several records says.
local function each_record(store, format, source)
  local outcomes = { added = 3, updated = 2, unchanged = 1 }
  local names = { "duplicate", "updated", "added" }
  local key = source and store.sources:get(source).key
  local function has(kind, of) return store[kind]:get(of) ~= nil end
  return function(row)
    local records, why, field = format.records(row, has)
    if not records then return nil, why, field end
    local best = 1
    store:transaction(function()
      for _, pair in ipairs(records) do
        best = math.max(best, outcomes[put_record(store[pair[1]], pair[2], key)])
      end
    end)
    return names[best]
  end
end

--- The function that takes back what a list of deletions names.
local function each_deletion(collection, mapping, prefix)
  return function(row)
    local parts = {}
    for i, column in ipairs(mapping.identity) do parts[i] = row(column) or "" end
    local origin = prefix .. ":" .. table.concat(parts, "|")
    local record = collection:where{ origin = origin }:select("id"):first()
    if not record then
      return nil, ("no record has the origin %s"):format(core.shown(origin)), "origin"
    end
    collection:retract(record.id)
    return "retracted"
  end
end

-- --------------------------------------------------------------------------------- The source

--- The source that all rows rest on: its id, or the record to put; nil for none.
local function source_of(store, mapping, chunks, level)
  local given = mapping.source
  if given == false or type(given) == "table" then
    return given or nil
  elseif given ~= nil and given ~= true then
    return options_of.record(store, "sources", "source", given, level + 1).id
  elseif not chunks.name then
    core.raise{ code = "misuse", field = "source", level = level + 1,
      message = "source: what is read has no name of its own: give the source (a key, or a "
        .. "record), or false for none" }
  end
  local title = (mapping.title and mapping.title .. ": " or "") .. chunks.name
  return { key = chunks.name, title = title }
end

-- ------------------------------------------------------------------------------------- Reading

--- How many rows there may be: enough for the memory that the core keeps of them.
local function expected_rows(chunks)
  return chunks.total and chunks.total // 100 + 1000 or 1000000
end

--- What the core is told of the file: see `loader:map`.
local function plan_of(collection, mapping, records, names, context, rejects)
  local store = core.store_of(collection)
  resolver(store, mapping, context)
  local ok, layouts, numbers = pcall(mapping_of.layouts, mapping, names, context)
  if not ok then
    local problem = layouts
    if type(problem) ~= "table" then error(problem, 0) end
    core.raise{ code = problem.code, kind = problem.kind, field = problem.field,
      level = context.level, message = problem.message }
  end
  local prefix = mapping.prefix or mapping.name or context.name
  return {
    layouts = layouts, names = numbers, prefix = prefix,
    identity = type(mapping.identity) == "table" and "columns" or mapping.identity or "line",
    constants = mapping.constants, missing = mapping.missing, terminated = mapping.terminated,
    stop = mapping.on_error == "stop", update = mapping.on_change == "update",
    reject = function(...) rejects:add(...) end,
    reject_rest = function(piece) rejects:add_rest(piece) end,
    again = function(read) return records(read) end,
    prepare = function(plan)
      plan.source = context.source
      if mapping.records then plan.each = each_record(store, mapping, context.source) end
      if mapping.retract then plan.each = each_deletion(collection, mapping, prefix) end
    end,
  }
end

--- Names of the columns of each layout that the file can have.
local function names_of(mapping, records)
  if mapping.header == false then
    local list = {}
    for count in pairs(mapping.layouts or {}) do list[#list + 1] = count end
    table.sort(list)
    for i, count in ipairs(list) do list[i] = mapping.layouts[count] end
    if #list == 0 then
      local fields = records:fields(true)
      local names = {}
      for i = 1, fields and #fields or 0 do names[i] = tostring(i) end
      list[1] = names
    end
    return list
  end
  local fields, _, why = records:fields()
  if fields == false then
    return nil, "the line of the header cannot be read: " .. why
  end
  return { fields or {} }
end

--- Reads all rows in one transaction, which is undone again in a dry run.
local function run_whole(store, loader, plan, mapping, chunks, why)
  local undo = {}
  local ok, problem = pcall(store.transaction, store, function()
    plan:prepare()
    loader:map(plan)
    loader:run(-1, expected_rows(chunks))
    if mapping.dry_run then error(undo, 0) end
  end, why)
  if not ok and problem ~= undo then
    error(problem, 0)
  end
end

--- Reads so many rows a transaction, each of which notes how far it came, so that a load that was
-- stopped goes on behind the last of them.
local function run_batches(store, loader, plan, mapping, name, why)
  local before = {}
  local function note(counts)
    local list = { counts.offset, counts.read }
    for i, sum in ipairs(result_of.SUMMED) do list[i + 2] = counts[sum] + (before[sum] or 0) end
    return table.concat(list, " ")
  end
  local mark, more = core.mark(store, name), true
  local begun
  while more do
    store:transaction(function()
      if not begun then
        plan:prepare()
        loader:map(plan)
        if mark then
          local numbers = {}
          for number in mark:gmatch("%d+") do numbers[#numbers + 1] = math.tointeger(number) end
          if loader:skip(numbers[2]) ~= numbers[1] then
            core.raise{ code = "invalid", field = "batch", message = "the file is not the one of "
              .. "which a part was loaded before: its lines end elsewhere" }
          end
          for i, sum in ipairs(result_of.SUMMED) do before[sum] = numbers[i + 2] end
        end
        begun = true
      end
      more = loader:run(mapping.batch)
      core.mark(store, name, more and note(loader:counts()) or false)
    end, why)
  end
  return before
end

--- Reads a file whose mapping is known. input: its `chunks`, the `bytes` that were looked at and
-- the rest, and the `bar` that shows how far it has come.
local function load(collection, mapping, kind, input, level)
  local store, chunks, loader = core.store_of(collection), input.chunks, nil
  local function open(read)
    return core.records(read, { delimiter = mapping.delimiter, quotes = mapping.quotes ~= false,
      limit = mapping.limit or LIMIT })
  end
  local records = open(function()
    if loader then input.bar:update(chunks:position(), loader:counts().read) end
    return input.bytes:read()
  end)
  local names, problem = names_of(mapping, records)
  if not names then
    core.raise{ code = "invalid", kind = kind, level = level + 1, message = problem }
  end
  local context = { kind = kind, level = level + 2, name = chunks.name or kind }
  local source = source_of(store, mapping, chunks, level + 1)
  local rejects <close> = rejects_of.new(mapping.on_reject,
    mapping.header ~= false and table.concat(names[1], mapping.delimiter) or nil)
  local plan = plan_of(collection, mapping, open, names, context, rejects)
  local prepare = plan.prepare
  function plan:prepare()
    context.source = type(source) == "table" and store.sources:put(source) or source
    prepare(self)
  end
  loader = core.loader(collection, records)
  local why = { by = mapping.by, reason = mapping.reason or
    ("import of %s"):format(chunks.name or "what a function gave") }
  local before = {}
  if mapping.batch and not mapping.dry_run then
    before = run_batches(store, loader, plan, mapping, plan.prefix .. " " .. context.name, why)
  else
    run_whole(store, loader, plan, mapping, chunks, why)
  end
  rejects:close()
  local result = loader:counts()
  for _, sum in ipairs(result_of.SUMMED) do result[sum] = result[sum] + (before[sum] or 0) end
  result.bytes, result.offset = result.offset, nil
  result.rejects = rejects.list
  return result
end

--- JSON Lines: each a record of the collection, its fields by their names.
local function load_lines(store, kind, bytes, given)
  local options = { record = kind, on_error = given.on_error or "continue" }
  for _, name in ipairs{ "by", "reason", "dry_run", "on_reject", "progress" } do
    options[name] = given[name]
  end
  local result = require("dualuse.dossier").import(store, function() return bytes:read() end,
    options)
  result.format, result.kind = "jsonl", kind
  return result
end

--- Is this JSON Lines? The first line that is no comment begins with a brace.
local function is_lines(first)
  local text = first:gsub("^\xEF\xBB\xBF", "")
  while text:find("^%s*#") or text:find("^%s*//") do text = text:gsub("^[^\n]*\n?", "") end
  return text:find("^%s*{") ~= nil
end

--- Brings a file into a collection.
-- @tparam userdata collection such as `store.events`
-- @tparam string|file|function source a path, an open file, or a function that returns chunks of
--   text and nil at the end; gzip is recognised, and so are JSON Lines, which are read as a
--   dossier is (see dualuse.dossier), each line a record of the collection by the fields' names
-- @tparam[opt] table options a format by its name or as a table (`format`), or a mapping (see
--   above), and besides: `source` (what all rows rest on: a reference, a record; a source of the
--   file's name unless given; false for none), `dry_run` (true: says what would happen),
--   `on_reject` (a path or a function for rejected lines), `on_error` ("stop": the first one undoes
--   everything), `progress` (true: a line on the terminal; or a function of bytes, total and rows),
--   `batch` (rows a transaction: a load that was stopped goes on where it was), `limit` (bytes a
--   record may have), `by` and `reason` of the revision
-- @treturn table `read`, `added`, `updated`, `duplicate`, `rejected` and `retracted` (`read` is the
--   sum of the others), `rejects` (the first hundred: `line`, `field`, `reason`, `text`), `format`,
--   `kind`, `delimiter`, `bytes`, `seconds`, `dry_run`. It prints as a line and what was rejected.
-- @raise `misuse` and `invalid` for options, before the first row; `io` for a file that cannot be
--   read
function M.import(collection, source, options)
  local level = 2
  local given = options_of.check(options, VALIDATORS, level)
  local _, kind = core.store_of(collection)
  local began = core.clock()
  local chunks <close> = require("dualuse.chunks").open(source, level)
  local bytes, first = looked_at(chunks)
  local format = given.format
  if format == "jsonl" or not format and not given.columns and is_lines(first) then
    return load_lines(core.store_of(collection), kind, bytes, given)
  end
  if type(format) == "string" then
    format = require("dualuse.formats").find(format, level)
  elseif not format and not given.columns and not given.join then
    format = sniff(first, kind, level)
  end
  if format and format.kind and format.kind ~= kind then
    core.raise{ code = "misuse", kind = kind, field = "format", level = level, message =
      ("format: %s is for %s: use store.%s:import"):format(format.name, format.kind, format.kind) }
  end
  local mapping = over(format, given)
  mapping.delimiter = mapping.delimiter or likely_delimiter(first)
  local bar <close> = require("dualuse.progress").open(mapping.progress, chunks.total)
  local result = load(collection, mapping, kind, { chunks = chunks, bytes = bytes, bar = bar },
    level)
  bar:close()
  result.format, result.kind, result.delimiter = mapping.name, kind, mapping.delimiter
  result.dry_run = mapping.dry_run or nil
  result.seconds = core.clock() - began
  return result_of.of(result)
end

return M
