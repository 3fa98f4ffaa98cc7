-- Random files with faults of every kind, read a second time by a twin in plain Lua, which goes
-- through them character by character and knows neither the reader nor SQL. It says of each line
-- what becomes of it, and in the end what the store holds.

local dualuse = require "dualuse"
local core = require "dualuse.core"
local draw = require "spec.draw"
local imports = require "spec.imports"
local shell = require "spec.shell"
local stores = require "spec.stores"

local random = math.random
local chance, pick = draw.chance, draw.pick

-- ------------------------------------------------------------------------------- Kinds and texts

--- What the columns of a file are: a large kind, whose rows go straight into its table, and one
-- whose rows go the way of `add`.
local KINDS = {
  events = {
    date = { "date", "date" }, status = { "status", "word" }, contexts = { "contexts", "texts" },
    mentions = { "mentions", "integer" }, lat = { "latitude", "number" },
    flag = { "inferred", "boolean" }, who = { "actor", "reference" },
    with = { "participants", "references" }, text = { "title", "text" },
    required = "date", constants = { kind = "other" }, fixed = { "kind" },
  },
  disclosures = {
    date = { "period", "date" }, status = { "year_basis", "word" },
    mentions = { "value", "integer" }, flag = { "inferred", "boolean" },
    who = { "authority", "reference" }, with = { "destinations", "references" },
    text = { "scope", "text" },
    required = "period", constants = { measure = "cases", authority = "USA" },
    fixed = { "authority", "measure" },
  },
}
local COLUMNS = { "contexts", "date", "flag", "id", "lat", "mentions", "part", "status", "text",
  "version", "who", "with" }

local WORDS = {
  status = { "confirmed", "reported", "alleged", "denied" },
  year_basis = { "detected", "exported", "decided" },
}
local RANGES = { mentions = { 0, math.huge }, value = { 0, math.huge }, latitude = { -90, 90 } }

--- Names of states as they may stand in a file, and their keys.
local NAMES = { jpn = "JPN", japan = "JPN", kor = "KOR", vnm = "VNM", vietnam = "VNM", usa = "USA" }

--- Texts of a column: more that are good than bad, few enough to meet again.
local TEXTS = {
  id = { "1", "2", "3", "4", "5", "6", "7", "8", "9", " 9 ", "a|b", "a\\", "a", "", "\xff", "é" },
  part = { "", "x", "b|", "|", "\\", "y" },
  date = { "2019-07-04", "2019", "2019-07~", "4.7.2019", "04.07.2019", "7/4/2019", "20190704",
    " 2019 ", "31.02.2019", "2019-13", "13/13/2019", "soon", "", "\0" },
  status = { "confirmed", "reported", "detected", "decided", "yes", "no", "nothing", " yes",
    "Confirmed", "" },
  contexts = { "a", "b", "a|b", " a | c |", "|", "a|a", "yes", "", "\xc3", "é|\0" },
  mentions = { "0", "7", "+7", " 8", "12.0", "-1", "1.5", "x", "", "9007199254740993" },
  lat = { "0", "-0.5", "45.25", "9e1", "90.5", "1,5", "nan", "", "1e400", ".5" },
  flag = { "true", "false", "TRUE", "yes", "", "0" },
  who = { "JPN", "japan", "Vietnam", "KOR", " USA ", "Acme", "Beta Ltd", "", "nobody\xfe" },
  with = { "JPN", "KOR|japan", "JPN|Japan", "Acme|Gamma", "", "|", "Beta Ltd" },
  text = { "x", "one, two", 'say "hi"', "two\nlines", "  ", "", "caf\xe9", "é", "n/a", "a\0",
    "\r" },
  version = { "1", "2", "3", "10", "2.5", "x", "" },
}

-- ------------------------------------------------------------------------------------- The twin

--- The record that begins at a place: its fields, and where the next begins; or why it is none.
local function record_at(text, from, delimiter, quotes)
  local fields, field, state = {}, "", "start"
  for i = from, #text + 1 do
    local c = text:sub(i, i)
    local ends = c == delimiter or c == "\n" or c == ""
    if state == "start" and c == '"' and quotes then
      state = "quoted"
    elseif state == "quoted" and c == "" then
      return nil, "a quote is not closed"
    elseif state == "quoted" and c == '"' then
      state = "closed"
    elseif state == "quoted" then
      field = field .. c
    elseif state == "closed" and c == '"' then
      state, field = "quoted", field .. c
    elseif state == "closed" and c == "\r" and text:sub(i + 1, i + 1) == "\n" then
      state = "closed"
    elseif state == "closed" and not ends then
      return nil, "text follows a closing quote"
    elseif ends then
      if state ~= "closed" and c == "\n" then field = field:gsub("\r$", "") end
      fields[#fields + 1], field, state = field, "", "start"
      if c ~= delimiter then return fields, i + #c end
    else
      field, state = field .. c, "plain"
    end
  end
end

--- All records of a text: { line =, text =, fields = or why =, ended = }.
local function records_of(text, delimiter, quotes)
  local list, at, line = {}, text:find("^\u{FEFF}") and 4 or 1, 1
  while at <= #text do
    local fields, following = record_at(text, at, delimiter, quotes)
    local why = not fields and following or nil
    if why then following = (text:find("\n", at, true) or #text) + 1 end
    local whole = text:sub(at, following - 1)
    local one = { line = line, fields = fields, why = why, ended = whole:sub(-1) == "\n",
      text = (whole:gsub("\r?\n$", "")) }
    list[#list + 1] = one
    line, at = line + select(2, whole:gsub("\n", "")), following
  end
  return list
end

local function trimmed(text)
  return (text:gsub("^[ \t\r\n]+", ""):gsub("[ \t\r\n]+$", ""))
end

local function is_text(text)
  return utf8.len(text) and not text:find("\0", 1, true)
end

local DAYS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function day(year, month, of)
  year, month, of = math.tointeger(year), math.tointeger(month), math.tointeger(of)
  return DAYS[month] and of >= 1 and of <= DAYS[month]
    and ("%04d-%02d-%02d"):format(year, month, of)
end

local STYLES = {
  edtf = function(text) -- those that TEXTS has, and what is left of them when a file is cut off
    local known = { ["2019-07-04"] = 1, ["2019-07"] = 1, ["2019"] = 1, ["2019-07~"] = 1 }
    return known[text] and text
  end,
  ["dd.mm.yyyy"] = function(text)
    local d, m, y = text:match("^(%d%d?)%.(%d%d?)%.(%d%d%d%d)$")
    return d and day(y, m, d)
  end,
  ["m/d/yyyy"] = function(text)
    local m, d, y = text:match("^(%d%d?)/(%d%d?)/(%d%d%d%d)$")
    return d and day(y, m, d)
  end,
  yyyymmdd = function(text)
    local y, m, d = text:match("^(%d%d%d%d)(%d%d)(%d%d)$")
    return d and day(y, m, d)
  end,
}

--- The value of a text that says something, or nil where it is none.
local READ = {}

function READ.text(text) return is_text(text) and text or nil end

function READ.date(text, options)
  for _, style in ipairs(options.dates or { "edtf" }) do
    local found = STYLES[style](text)
    if found then return found end
  end
  return nil
end

function READ.word(text, _, field)
  for _, word in ipairs(WORDS[field]) do
    if word == text then return word end
  end
  return nil
end

function READ.boolean(text)
  local plain = text:lower()
  if plain == "true" then return true elseif plain == "false" then return false end
  return nil
end

function READ.integer(text, _, field)
  local number = text:match("^[+-]?%d+$") or text:match("^([+-]?%d+)%.0+$")
  number = number and math.tointeger(number:gsub("^%+", "") + 0)
  return number and number >= RANGES[field][1] and number or nil
end

function READ.number(text, _, field)
  local number = text:match("^[+-]?%d*%.?%d*$") and tonumber(text)
    or text:match("^[+-]?%d*%.?%d*[eE][+-]?%d+$") and tonumber(text)
  local range = RANGES[field]
  return number and number >= range[1] and number <= range[2] and number + 0.0 or nil
end

function READ.reference(text, options, _, model)
  if not is_text(text) then return nil end
  local key = NAMES[text:lower()] or model.parties[text:lower()]
  if not key and options.unknown == "make" then
    key, model.parties[text:lower()], model.made = text, text, model.made + 1
  end
  return key
end

local function elements(text, read, options, field, model)
  local list, seen = {}, {}
  for part in (text .. "|"):gmatch("(.-)|") do
    part = trimmed(part)
    if part ~= "" then
      local value = read(part, options, field, model)
      if value == nil or seen[value] then return nil end
      list[#list + 1], seen[value] = value, true
    end
  end
  return list
end

function READ.texts(text, options, field) return elements(text, READ.text, options, field) end

function READ.references(text, options, field, model)
  return elements(text, READ.reference, options, field, model)
end

--- One column's value: nil where it says nothing, and whether it is bad.
local function value_of(text, target, options, model)
  local field, of = target[1], target[2]
  if options.missing and text == options.missing[1] then return nil end
  if trimmed(text) == "" then return nil end
  if of ~= "text" then text = trimmed(text) end
  local meaning = options.words and options.words[field] and options.words[field][text]
  if meaning == "" then return nil end
  if meaning == nil and of == "word" and options.strict_words then return nil, true end
  if type(meaning) == "boolean" then return meaning end
  if meaning ~= nil then text = meaning end
  local value = READ[of](text, options, field, model)
  if value == nil then return nil, true end
  if type(value) == "table" and #value == 0 then return nil end
  return value
end

--- The columns of a mapping in the order in which they are read: references last.
local function order_of(kind, options)
  local first, last = {}, {}
  for _, column in ipairs(options.order) do
    local list = KINDS[kind][column][2]:find("^reference") and last or first
    list[#list + 1] = column
  end
  return table.move(last, 1, #last, #first + 1, first)
end

local function identity_of(one, at, number, options)
  if options.identity == "line" then return "line " .. one.text end
  if options.identity == "number" then return "number " .. number end
  local parts, any = {}, false
  for i, column in ipairs(options.identity) do
    local text = trimmed(one.fields[at[column]])
    if options.missing and one.fields[at[column]] == options.missing[1] then text = "" end
    if not is_text(text) then return nil end
    parts[i], any = ("%d %s"):format(#text, text), any or text ~= ""
  end
  return any and table.concat(parts, " ") or nil
end

local function same(a, b)
  return stores.show(a) == stores.show(b)
end

--- What becomes of a row: an outcome, and of a rejected one the field.
local function meet(model, kind, options, row, identity)
  local known = model.records[identity]
  if not known then
    model.records[identity] = row
    return "added"
  elseif known.retracted then
    return "rejected"
  end
  local beside = 0
  if row.version then
    beside = row.version > known.version and 1 or row.version < known.version and -1 or 0
  end
  if beside < 0 then return "duplicate" end
  local other
  for _, field in ipairs(KINDS[kind].fixed) do
    if not other and not same(known[field], row[field]) then other = field end
  end
  for _, column in ipairs(order_of(kind, options)) do
    local field = KINDS[kind][column][1]
    if not other and not same(known[field], row[field]) then other = field end
  end
  if beside == 0 and not other then return "duplicate" end
  if beside == 0 and options.on_change ~= "update" then return "rejected", other end
  for field in pairs(row) do known[field] = row[field] end
  for _, column in ipairs(options.order) do
    local field = KINDS[kind][column][1]
    known[field] = row[field]
  end
  return "updated"
end

--- What becomes of one record of the file, and of the parties that it names.
local function outcome_with_parties(model, kind, options, one, at, number)
  if one.why then return "rejected" end
  if options.terminated and not one.ended then return "rejected" end
  if #one.fields ~= at.count then return "rejected" end
  local identity = identity_of(one, at, number, options)
  if not identity then return "rejected", "origin" end
  local row = {}
  for field, value in pairs(options.constants) do row[field] = value end
  for _, column in ipairs(order_of(kind, options)) do
    local field = KINDS[kind][column][1]
    local value, bad = value_of(one.fields[at[column]], KINDS[kind][column], options, model)
    if bad then return "rejected", field end
    if value ~= nil then row[field] = value end
  end
  if options.version then
    row.version = tonumber(trimmed(one.fields[at.version]))
    if not row.version then return "rejected", "sources" end
  end
  if row[KINDS[kind].required] == nil then return "rejected", KINDS[kind].required end
  return meet(model, kind, options, row, options.name .. ":" .. identity)
end

--- What becomes of one record of the file. Only one that is written makes parties.
local function outcome_of(model, ...)
  local parties, made = imports.with(model.parties), model.made
  local outcome, field = outcome_with_parties(model, ...)
  if outcome ~= "added" and outcome ~= "updated" then model.parties, model.made = parties, made end
  return outcome, field
end

--- Reads a whole file: counts, and { line, field, text } of what is rejected.
local function twin(model, kind, options, text)
  local counts = { read = 0, added = 0, updated = 0, duplicate = 0, rejected = 0, retracted = 0 }
  local rejects, at = {}, nil
  for _, one in ipairs(records_of(text, options.delimiter, options.quotes ~= false)) do
    if one.text == "" and not (at and at.count == 1) then
      goto continue -- an empty line, which is a record only of one column
    elseif not at then
      at = { count = #one.fields }
      for i, name in ipairs(one.fields) do at[name] = i end
    else
      counts.read = counts.read + 1
      local outcome, field = outcome_of(model, kind, options, one, at, counts.read)
      counts[outcome] = counts[outcome] + 1
      if outcome == "rejected" then
        rejects[#rejects + 1] = { line = one.line, field = field, text = one.text }
      end
    end
    ::continue::
  end
  return counts, rejects
end

-- ------------------------------------------------------------------------------------ Generating

local function quoted(text, delimiter, always)
  if always or text:find('["\r\n]') or text:find(delimiter, 1, true) then
    return '"' .. text:gsub('"', '""') .. '"'
  end
  return text
end

--- A line with whatever can be wrong with it.
local function any_line(columns, options)
  local cells = {}
  for i, column in ipairs(columns) do
    local text = pick(TEXTS[column])
    if chance(0.5) then text = TEXTS[column][random(math.min(3, #TEXTS[column]))] end
    if options.quotes == false then text = text:gsub("[\r\n" .. options.delimiter .. "]", " ") end
    cells[i] = options.quotes == false and text or quoted(text, options.delimiter, chance(0.1))
  end
  if chance(0.03) then cells[#cells] = nil end
  if chance(0.03) then cells[#cells + 1] = "more" end
  local line = table.concat(cells, options.delimiter)
  if chance(0.02) then line = '"' .. line end
  if chance(0.02) then line = line .. '"' end
  if chance(0.03) then line = "" end
  if chance(0.02) then line = "\u{FEFF}" .. line end
  return line
end

local function any_file(columns, options)
  local lines, seen = { table.concat(columns, options.delimiter) }, {}
  for _ = 1, random(0, 30) do
    local line = #seen > 0 and chance(0.3) and pick(seen) or any_line(columns, options)
    lines[#lines + 1], seen[#seen + 1] = line, line
  end
  local ending = chance(0.3) and "\r\n" or "\n"
  local text = table.concat(lines, ending) .. (chance(0.7) and ending or "")
  if chance(0.2) then text = text:sub(1, math.max(#lines[1] + 2, random(#text))) end
  return (chance(0.1) and "\u{FEFF}" or "") .. text
end

local function any_styles()
  local rest, styles = { "edtf", "dd.mm.yyyy", "m/d/yyyy", "yyyymmdd" }, {}
  for i = 1, random(1, 4) do styles[i] = table.remove(rest, random(#rest)) end
  return styles
end

--- Options, and the columns of the files that they are for.
local function any_options(kind, name)
  local of = KINDS[kind]
  local options = { name = name, constants = {}, columns = {}, order = {}, source = false,
    separator = "|", delimiter = pick{ ",", ";", "\t" }, dates = any_styles(),
    identity = pick{ "line", "number", { "id" }, { "id", "part" } },
    unknown = pick{ "make", "reject" }, on_change = pick{ "reject", "update" },
    terminated = chance(0.3), quotes = chance(0.8), missing = chance(0.3) and { "n/a" } or nil }
  for field, value in pairs(of.constants) do options.constants[field] = value end
  if chance(0.3) then
    local words = WORDS[of.status[1]]
    options.words = { [of.status[1]] = { yes = words[1], no = "", nothing = words[2] },
      [of.flag[1]] = { yes = true, ["0"] = false } }
  end
  local columns = {}
  for _, column in ipairs(COLUMNS) do
    if of[column] and (of[column][1] == of.required or chance(0.6)) then
      options.columns[column], options.order[#options.order + 1] = of[column][1], column
    end
    if of[column] or column == "id" or column == "part" or column == "version" then
      table.insert(columns, random(#columns + 1), column)
    end
  end
  for field in pairs(options.words or {}) do
    local filled = false
    for _, other in pairs(options.columns) do filled = filled or other == field end
    if not filled then options.words[field] = nil end
  end
  if options.words and options.words[of.status[1]] and chance(0.5) then
    options.strict_words = { [of.status[1]] = true }
  end
  if chance(0.2) then
    options.version, options.source = "version", { key = "list", title = "The list" }
  elseif chance(0.1) then -- one column alone
    for _, column in ipairs(options.order) do
      if of[column][1] == of.required then columns = { column } end
    end
    options.order, options.columns = { columns[1] }, { [columns[1]] = of.required }
    options.identity, options.words, options.strict_words = pick{ "line", "number" }, nil, nil
    options.constants[of.required] = chance(0.5) and "2018" or nil
  end
  return options, columns
end

--- The options as an import takes them.
local function told(options, others)
  local mapping = imports.with(options, others)
  mapping.order = nil
  return mapping
end

-- ------------------------------------------------------------------------------------- Comparing

local function fields_of(kind)
  local fields = {}
  for _, column in ipairs(COLUMNS) do
    local entry = KINDS[kind][column]
    if entry then fields[#fields + 1] = entry[1] end
  end
  for _, field in ipairs(KINDS[kind].fixed) do
    if field ~= "authority" then fields[#fields + 1] = field end
  end
  return fields
end

--- Some fields of a record, as text.
local function shown(record, fields)
  local plain = {}
  for _, field in ipairs(fields) do plain[field] = record[field] end
  return stores.show(plain)
end

--- Everything that a store has of a kind, sorted; and what the twin says that it has.
local function store_contents(store, kind)
  local lines, fields = {}, fields_of(kind)
  for record in store[kind]:each() do lines[#lines + 1] = shown(record, fields) end
  table.sort(lines)
  return table.concat(lines, "\n")
end

local function twin_contents(model, kind)
  local lines, fields = {}, fields_of(kind)
  for _, row in pairs(model.records) do
    if not row.retracted then lines[#lines + 1] = shown(row, fields) end
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

--- The same as the sqlite3 program has it.
local function file_contents(path, kind)
  local parts = {}
  for _, field in ipairs(fields_of(kind)) do
    local name, of = ('"%s"'):format(field), "text"
    for _, column in ipairs(COLUMNS) do
      local target = KINDS[kind][column]
      if target and target[1] == field then of = target[2] end
    end
    local sql = ({
      reference = "(SELECT quote(p.key) FROM parties p WHERE p.id = t.%s)",
      references = "(SELECT group_concat(quote(p.key), '|') FROM json_each(t.%s) e "
        .. "JOIN parties p ON p.id = e.value)",
      texts = "(SELECT group_concat(quote(e.value), '|') FROM json_each(t.%s) e)",
      number = "printf('%%.17g', t.%s)", boolean = "iif(t.%s, 'true', 'false')",
    })[of] or "quote(t.%s)"
    parts[#parts + 1] = ("iif(t.%s IS NULL, '-', %s)"):format(name, sql:format(name))
  end
  if not stores.has_table(path, kind) then return "" end
  local output = stores.ask(path, ("SELECT %s FROM %s t WHERE retracted IS NULL;"):format(
    table.concat(parts, " || ' ' || "), kind))
  local lines = {}
  for line in (output .. "\n"):gmatch("(.-)\n") do lines[#lines + 1] = line end
  table.sort(lines)
  return table.concat(lines, "\n")
end

local function sql_quoted(value)
  return "'" .. tostring(value):gsub("'", "''") .. "'"
end

local function twin_file_contents(model, kind)
  local lines = {}
  for _, row in pairs(model.records) do
    local parts = {}
    for i, field in ipairs(fields_of(kind)) do
      local value = row[field]
      if value == nil then
        parts[i] = "-"
      elseif type(value) == "table" then
        local list = {}
        for j, element in ipairs(value) do list[j] = sql_quoted(element) end
        parts[i] = table.concat(list, "|")
      elseif type(value) == "string" then
        parts[i] = sql_quoted(value)
      elseif math.type(value) == "float" then
        parts[i] = ("%.17g"):format(value)
      else
        parts[i] = tostring(value)
      end
    end
    -- texts of several lines are several lines of the program's, too
    if not row.retracted then
      for line in (table.concat(parts, " ") .. "\n"):gmatch("(.-)\n") do
        lines[#lines + 1] = line
      end
    end
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

--- Checks a result against the twin's.
local function check(result, counts, rejects, about)
  for name, count in pairs(counts) do
    assert.equal(count, result[name], ("%s\n%s\n%s"):format(name, tostring(result), about))
  end
  for i = 1, math.min(#rejects, 100) do
    local one, other = rejects[i], result.rejects[i]
    assert.same(one, { line = other.line, field = other.field, text = other.text },
      tostring(result) .. "\n" .. about)
  end
  assert.equal(math.min(#rejects, 100), #result.rejects)
end

local function new_model()
  return { records = {}, parties = {}, made = 0 }
end

local function copy(model)
  local records = {}
  for identity, row in pairs(model.records) do records[identity] = imports.with(row) end
  return { records = records, parties = imports.with(model.parties), made = model.made }
end

--- How a text is given to an import: as it comes.
local function any_source(text, path)
  if chance(0.3) then
    stores.write(path, text)
    return path
  end
  return imports.giver(text, chance(0.5) and random(1, 50) or nil)
end

describe("imports of random files", function()
  local folder
  setup(function() folder = shell.folder() end)
  teardown(function() shell.remove(folder) end)

  --- Takes back a record of which there is only one that says the same.
  local function retract_one(store, model, kind)
    local fields, rows = fields_of(kind), {}
    for _, row in pairs(model.records) do
      local text = shown(row, fields)
      rows[text] = rows[text] or {}
      if not row.retracted then table.insert(rows[text], row) end
    end
    for record in store[kind]:order("id"):each() do
      local same_rows = rows[shown(record, fields)]
      if #same_rows == 1 then
        store[kind]:retract(record.id)
        same_rows[1].retracted = true
        return
      end
    end
  end

  --- Three files into one store, read by both.
  local function round(store, kind)
    local options, columns = any_options(kind, "list")
    local model, parties = new_model(), store.parties:count()
    for _ = 1, 3 do
      local text = any_file(columns, options)
      local about = ("%s %s\n%q"):format(kind, stores.show(told(options)), text)
      if chance(0.2) then
        local counts, rejects = twin(copy(model), kind, options, text)
        check(store[kind]:import(any_source(text, folder .. "/list"),
          told(options, { dry_run = true })), counts, rejects, about)
      end
      local counts, rejects = twin(model, kind, options, text)
      local others = chance(0.3) and { batch = random(1, 12) } or nil
      check(store[kind]:import(any_source(text, folder .. "/list"), told(options, others)), counts,
        rejects, about)
      if chance(0.3) then retract_one(store, model, kind) end
    end
    assert.equal(parties + model.made, store.parties:count())
    stores.same_lines(twin_contents(model, kind), store_contents(store, kind))
    return model
  end

  for kind in pairs(KINDS) do
    it("of " .. kind .. " do what a twin says, and leave what it says", function()
      math.randomseed(2019)
      local sums = {}
      for _ = 1, 300 do
        local store <close> = assert(dualuse.open())
        round(store, kind)
        if chance(0.1) then assert.same({}, store:check()) end
        sums[store[kind]:count() > 0] = true
      end
      assert.is_true(sums[true])
    end)

    it("of " .. kind .. " leave what the sqlite3 program finds", function()
      math.randomseed(2020)
      for i = 1, 20 do
        local path = ("%s/%s-%d.db"):format(folder, kind, i)
        local store <close> = assert(dualuse.open(path, { durability = "normal" }))
        local model = round(store, kind)
        stores.same_lines(twin_file_contents(model, kind), file_contents(path, kind))
      end
    end)
  end

  -- Into an empty large kind, rows go without an index, by a filter that is wrong at times.

  local options = { columns = { date = "date", n = "mentions", who = "actor" }, identity = { "id" },
    constants = { kind = "other" }, unknown = "make", source = false }

  --- A file of so many rows, out of so many ids, some of which say something else the second time.
  local function repeating(rows, ids)
    local lines = { "id,date,n,who" }
    for i = 1, rows do
      local id = random(ids)
      lines[i + 1] = ("%d,%s,%s,%s"):format(id, chance(0.02) and "never" or "2019",
        chance(0.05) and random(3) or id % 3, "party " .. id % 7)
    end
    return table.concat(lines, "\n") .. "\n"
  end

  local function contents(store)
    local lines, fields = {}, { "date", "kind", "mentions", "actor", "origin" }
    for record in store.events:each() do lines[#lines + 1] = shown(record, fields) end
    table.sort(lines)
    return table.concat(lines, "\n")
  end

  local function summary(result)
    return imports.counts(result) .. "\n" .. table.concat(imports.reasons(result), "\n")
      :gsub("%(id %d+%)", "(id)")
  end

  it("into an empty kind do the same as into one that is not", function()
    math.randomseed(11)
    for _, ids in ipairs{ 1, 50, 2000, 100000 } do
      local text, expected = repeating(4000, ids), nil
      for _, way in ipairs{ "empty", "filled", "parts", "pieces", "updates", "updates, filled" } do
        local store <close> = assert(dualuse.open())
        if way:find "filled" then
          store.events:retract((store.events:add{ date = "2018", kind = "aid" }))
        end
        local result = store.events:import(imports.giver(text, way == "pieces" and 777 or nil),
          imports.with(options, { batch = way == "parts" and 300 or nil,
            on_change = way:find "updates" and "update" or nil }))
        local found = summary(result) .. "\n" .. contents(store)
        if way == "empty" or way == "updates" then expected = found end
        stores.same_lines(expected, found)
        assert.same({}, store:check())
      end
    end
  end)

  it("do the same however often the filter is wrong", function()
    math.randomseed(12)
    local text = repeating(30000, 100000)
    local expected
    -- so few rows foretold that the filter takes most for repeated ones
    for _, rows in ipairs{ 1000000, 10000, 0 } do
      local store <close> = assert(dualuse.open())
      local records = core.records(imports.giver(text), { delimiter = ",", quotes = true,
        limit = 1000 })
      local names, rejected = records:fields(), {}
      local loader = core.loader(store.events, records)
      store:transaction(function()
        loader:map{
          layouts = { { count = #names, identity = { 1 }, targets = {
            { field = "date", column = 2, dates = { "edtf" } },
            { field = "mentions", column = 3 },
          } } },
          identity = "columns", prefix = "x", constants = { kind = "other" },
          reject = function(line, field, _, whole)
            rejected[#rejected + 1] = ("%06d %s %s"):format(line, field, whole)
          end,
        }
        assert.is_false(loader:run(-1, rows))
      end)
      table.sort(rejected)
      local counts = loader:counts()
      assert.equal(counts.read, counts.added + counts.duplicate + counts.rejected)
      local found = ("%d %d %d\n%s\n%s"):format(counts.added, counts.duplicate, counts.rejected,
        table.concat(rejected, "\n"), contents(store))
      expected = expected or found
      stores.same_lines(expected, found)
      assert.same({}, store:check())
    end
  end)
end)
