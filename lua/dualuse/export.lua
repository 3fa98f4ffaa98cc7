--- Records and rows as text for other programs: CSV, TSV and JSON Lines.
--
-- In CSV and TSV a list is one cell, its elements joined by a separator; an element that holds the
-- separator, or begins with a quotation mark, stands in quotation marks, those inside it doubled.
-- What is no single value is JSON: a citation with a field, a locator or a quote, stages, data.
-- @module dualuse.export

local blame = require "dualuse.blame"
local core = require "dualuse.core"
local kinds = require "dualuse.dossier.kinds"
local lines = require "dualuse.dossier.lines"
local naming = require "dualuse.dossier.naming"
local options = require "dualuse.options"
local output = require "dualuse.output"

local M = {}

-- ---------------------------------------------------------------------------------------- Options

local formats = { csv = true, tsv = true, jsonl = true }

local export_options = {
  format = options.one_of("csv", "tsv", "jsonl"),
  overwrite = options.boolean,
  separator = function(value)
    if type(value) ~= "string" or value == "" then return "text", "misuse" end
    return nil
  end,
  spreadsheet = options.boolean,
}

--- The options, with the format that a path ends with where none is given.
local function check_options(target, given, level)
  given = options.check(given, export_options, level + 1)
  local ending = type(target) == "string" and target:match("%.(%a+)$")
  local format = given.format or formats[ending] and ending
  if not format then
    core.raise{ code = "misuse", field = "format", level = level + 1,
      message = "format: expected csv, tsv or jsonl, which the path does not end with" }
  end
  for _, name in ipairs{ "separator", "spreadsheet" } do
    if format == "jsonl" and given[name] ~= nil then
      core.raise{ code = "misuse", field = name, level = level + 1,
        message = name .. ": it is for csv and tsv" }
    end
  end
  return { format = format, overwrite = given.overwrite, spreadsheet = given.spreadsheet,
    separator = given.separator or "; " }
end

-- ------------------------------------------------------------------------------------------ Cells

-- What a spreadsheet takes for the beginning of a formula (CWE-1236), wide forms among it, also
-- behind what it may strip: spaces, controls and quotation marks.
local formula = { "^[%s%c'\"]*[=+%-@]", "^[%s%c'\"]*\xEF\xBC[\x9D\x8B\x8D]",
  "^[%s%c'\"]*\xEF\xBC\xA0", "^[\t\r\n]" }

--- A text that no spreadsheet runs: with an apostrophe before it, where it might.
local function harmless(text)
  local plain = text:gsub("\xC2\xA0", " "):gsub("\xE3\x80\x80", " "):gsub("\xEF\xBB\xBF", " ")
  for _, pattern in ipairs(formula) do
    if plain:find(pattern) then return "'" .. text end
  end
  return text
end

--- Whether text that is split at the separators gives an element back.
local function can_be_split(element, separator)
  return element:sub(1, 1) ~= '"'
    and (element .. separator):find(separator, 1, true) == #element + 1
end

local function joined(list, given)
  local parts = {}
  for i, element in ipairs(list) do
    if given.spreadsheet then element = harmless(element) end
    parts[i] = can_be_split(element, given.separator) and element
      or '"' .. element:gsub('"', '""') .. '"'
  end
  return table.concat(parts, given.separator)
end

--- A citation with its parts by name, as JSON has it.
local function citation(value)
  if type(value) ~= "table" then return value end
  return { source = value[1], field = value.field, locator = value.locator, quote = value.quote }
end

local function citations(list)
  local named = {}
  for i, element in ipairs(list or {}) do named[i] = citation(element) end
  return #named > 0 and named or nil
end

--- Stages without what their store gave them.
local function stages(list)
  local plain = {}
  for i, stage in ipairs(list) do
    plain[i] = { key = stage.key, stage = stage.stage, date = stage.date, note = stage.note,
      sources = citations(stage.sources), inferred = stage.inferred, origin = stage.origin }
  end
  return plain
end

--- An element of a list, or a value that is no list, as text.
local function scalar(value)
  if type(value) == "string" then
    return value
  elseif math.type(value) == "float" and (value ~= value or math.abs(value) == math.huge) then
    return value == value and tostring(value) or ""
  end
  return core.encode(value)
end

local function is_plain_list(value)
  for _, element in ipairs(value) do
    if type(element) == "table" then return false end
  end
  return #value > 0
end

-- The types of text that begin with a digit or a bracket.
local dates = { date = true, time = true }

--- The text of a cell.
-- @param value
-- @tparam ?string field_type nil where it is not a record's
-- @tparam table given options
local function cell(value, field_type, given)
  local text
  if value == nil then
    return ""
  elseif field_type == "stage" then
    text = core.encode(stages(value))
  elseif field_type == "data" then
    text = core.encode(value)
  elseif type(value) == "table" and (field_type == "citation" or is_plain_list(value)) then
    local texts = {}
    for i, element in ipairs(value) do
      texts[i] = scalar(field_type == "citation" and citation(element) or element)
    end
    return joined(texts, given)
  else
    text = scalar(value)
  end
  if given.spreadsheet and type(value) ~= "number" and not dates[field_type] then
    return harmless(text)
  end
  return text
end

-- ------------------------------------------------------------------------------------------ Lines

--- Joins cells into a line of TSV, which has no way to write a tab or a line end.
local function tsv_line(cells, names, about)
  for i, text in ipairs(cells) do
    if text:find("[\t\r\n]") then
      core.raise{ code = "invalid", field = names[i], message = ("%s%s: TSV cannot hold a tab or "
        .. "a line end (export as csv, or leave the column out)"):format(about,
        core.shown(names[i])) }
    end
  end
  return table.concat(cells, "\t") .. "\n"
end

--- Joins cells into a line of CSV. A cell stands in quotes where it has to.
local function csv_line(cells)
  local parts = {}
  for i, text in ipairs(cells) do
    parts[i] = text:find('[",\r\n]') and '"' .. text:gsub('"', '""') .. '"' or text
  end
  local line = table.concat(parts, ",")
  return (line == "" and '""' or line) .. "\r\n" -- an empty line would be no record
end

local line_of = { csv = csv_line, tsv = tsv_line }

--- Writes a header, and then lines of cells.
-- @treturn function cells, what they are about → nothing
local function table_writer(sink, names, given)
  local write = line_of[given.format]
  local heads = {}
  for i, name in ipairs(names) do heads[i] = cell(name, nil, given) end
  sink:write(write(heads, names, "the header "))
  return function(cells, about)
    sink:write(write(cells, names, about))
  end
end

-- ---------------------------------------------------------------------------------------- Records

--- What a record is called in a message.
local function named(kind, record)
  return ("the %s %s"):format(kind.singular,
    record.key and '"' .. core.shown(record.key) .. '"' or "with id " .. record.id)
end

local function write_cells(query, sink, given)
  local kind = kinds.of(query:kind())
  local names = core.selected(query)
  local write, count = table_writer(sink, names, given), 0
  for record in query:each() do
    local cells = {}
    for i, name in ipairs(names) do
      cells[i] = cell(record[name], kind.by_name[name].type, given)
    end
    write(cells, named(kind, record) .. ": ")
    count = count + 1
  end
  return count
end

--- How the records of a query name each other: those without a key that others refer to have
-- labels, where both are among them.
local function naming_of(query, kind)
  local names, wanted = naming.new(core.store_of(query)), {}
  for _, name in ipairs(core.selected(query)) do
    local field = kind.by_name[name]
    for _, to in ipairs(field.type == "reference" and field.kinds or {}) do
      if to == kind.kind and not kind.keyed then
        for _, value in query:where{ [name] = { missing = false } }:values(name) do
          for _, element in ipairs(field.list and value or { value }) do wanted[element] = true end
        end
      end
    end
  end
  if next(wanted) then
    for id in query:values("id") do
      if wanted[id] then names:want(id) end
    end
  end
  return names
end

local function write_lines(query, sink)
  local kind = kinds.of(query:kind())
  local count, names, current = 0, nil, nil
  for record in query:each() do
    if not names then -- while the records are read, so that all is of one moment
      names = naming_of(query, kind)
      names.left_out = function(to, id, field)
        core.raise{ code = "invalid", kind = kind.kind, field = field.name, message = ("%s.%s: %s "
          .. "refers to the %s with id %d, which has no key and is not exported here (store:export "
          .. "takes it along)"):format(kind.kind, field.name, named(kind, current),
          kinds.of(to).singular, id) }
      end
    end
    current, count = record, count + 1
    sink:write(lines.line(names, kind, record) .. "\n")
  end
  return count
end

local function export_query(query, target, given)
  local sink <close> = output.open(target, given.overwrite)
  local count = given.format == "jsonl" and write_lines(query, sink)
    or write_cells(query, sink, given)
  sink:finish()
  return count
end

--- Writes the records that a query finds, in its order: one after the other, however many.
--
-- - `csv`: RFC 4180, UTF-8, lines that end with CRLF; a header with the names of the fields, those
--   of `select` or all; references are keys, or ids where there is none.
-- - `tsv`: tabs between the cells, LF at the end of a line, nothing quoted. A tab or a line end in
--   a value is an error.
-- - `jsonl`: the lines that `store:export` writes of these records, for `store:import` and for
--   other programs; ids and revisions are left out. What they refer to is named, not told.
--
-- A file at a path is put there when it is whole and synced to the disk; a failure leaves nothing.
-- @function query:export
-- @param query a query or a collection
-- @param target a path, an open file, or a function that is called with chunks of text
-- @tparam[opt] table given
--   `format`, "csv", "tsv" or "jsonl" (what the path ends with);
--   `spreadsheet`, whether a text that a spreadsheet would run as a formula gets an apostrophe
--   before it (false; numbers and dates stay as they are);
--   `separator`, between the elements of a list ("; ");
--   `overwrite`, whether a file at the path is replaced (false)
-- @treturn integer how many records were written
-- @raise `io` for a file that exists or cannot be written, `full` for a full disk, `invalid` for a
--   value that TSV cannot hold and, as jsonl, for a reference to a record that has no key and is
--   not among those exported; `misuse` for wrong options; what the function raises
function M.export(query, target, given)
  given = check_options(target, given, 2)
  local count = blame.caller(2, export_query, query, target, given)
  return count
end

-- ------------------------------------------------------------------------------------------- Rows

--- A row as one line of JSON, its columns in order.
local function row_line(names, row)
  local parts = {}
  for _, name in ipairs(names) do
    local value = row[name]
    if value ~= nil and value == value then
      parts[#parts + 1] = core.encode(name) .. ":" .. core.encode(value)
    end
  end
  return "{" .. table.concat(parts, ",") .. "}\n"
end

local function export_rows(list, names, target, given)
  local sink <close> = output.open(target, given.overwrite)
  local write = given.format ~= "jsonl" and table_writer(sink, names, given)
  for i, row in ipairs(list) do
    if write then
      local cells = {}
      for c, name in ipairs(names) do cells[c] = cell(row[name], nil, given) end
      write(cells, ("row %d: "):format(i))
    else
      sink:write(row_line(names, row))
    end
  end
  sink:finish()
  return #list
end

--- Writes plain rows: what `rows:export` does.
-- @tparam {table,...} list
-- @tparam {string,...} names of the columns
-- @param target as for a query
-- @tparam ?table given as for a query
-- @tparam integer level whose mistake an error is: 1 is the function that calls this one
-- @treturn integer how many rows were written
function M.rows(list, names, target, given, level)
  given = check_options(target, given, level + 1)
  local count = blame.caller(level + 1, export_rows, list, names, target, given)
  return count
end

return M
