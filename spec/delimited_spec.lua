local shell = require "spec.shell"
local stores = require "spec.stores"

local quote = shell.quote
local random = math.random

local BOM = "\xEF\xBB\xBF"
local MOST_FIELDS = 2048

local NOT_CLOSED = "a quote is not closed"
local TEXT_FOLLOWS = "text follows a closing quote"
local TOO_LONG = "the record is longer than the limit"
local TOO_MANY = "the record has more than 2048 fields"

-- ------------------------------------------------------------------------------------------------
-- spec/fixtures/read_delimited.c, which reads with csrc/delimited.c and prints what it finds

-- With the flags that the core was built with; and once more as on machines without SSE2.
local BUILD = [[
  root=%s && cd %s && for words in "" -DDU_DELIMITED_WORDS; do
    ${CC:-cc} -std=c11 ${CFLAGS-} $words -I"$root/csrc" -o read_delimited$words \
      "$root/spec/fixtures/read_delimited.c" "$root/csrc/delimited.c" || exit
  done
]]
local PROGRAMS = { "read_delimited", "read_delimited-DDU_DELIMITED_WORDS" }

--- What the program is to read: a text, and how.
local function case(text, options)
  return ("%d %d %d %d %d %d\n%s"):format((options.delimiter or ","):byte(),
    options.quotes == false and 0 or 1, options.limit or 1000, options.size or 100,
    options.foretold and 1 or 0, #text, text)
end

local SHOWN = {} -- bytes as the program prints them
for byte = 0, 255 do
  local c = string.char(byte)
  SHOWN[c] = c:find("%g") and c ~= "\\" and c or ("\\x%02x"):format(byte)
end

local function escaped(text)
  return (text:gsub(".", SHOWN))
end

local function unescaped(text)
  return (text:gsub("\\x(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
end

-- ------------------------------------------------------------------------------------------------
-- The same by RFC 4180 and csrc/delimited.h, character by character

--- Reads the record that begins at a place.
-- @treturn ?{string,...} its fields as the program prints them; nil where it is none
-- @treturn ?integer where the next record begins
-- @treturn ?string why it is no record
local function record_at(text, from, options)
  local fields, field, state = {}, "", "start"
  for i = from, #text + 1 do
    local c = text:sub(i, i) -- "" at the end
    if i - from >= options.limit + 2 then
      return nil, nil, TOO_LONG
    elseif state == "start" and c == '"' and options.quotes then
      state = "quoted"
    elseif state == "quoted" and c == "" then
      return nil, nil, NOT_CLOSED
    elseif state == "quoted" and c == '"' then
      state = "closed"
    elseif state == "closed" and c == '"' then
      state, field = "quoted", field .. c
    elseif state == "quoted" then
      field = field .. c
    elseif state == "closed" and c == "\r" then
      state = "closed, cr"
    elseif state == "closed" and c ~= options.delimiter and c ~= "\n" and c ~= "" or
      state == "closed, cr" and c ~= "\n" then
      return nil, nil, TEXT_FOLLOWS
    elseif c == options.delimiter or c == "\n" or c == "" then
      local plain = state == "start" or state == "plain"
      if plain and c == "\n" then field = field:gsub("\r$", "") end
      fields[#fields + 1] = (plain and "'" or '"') .. escaped(field)
      if c ~= options.delimiter then
        return fields, i + #c, nil
      elseif #fields == MOST_FIELDS then
        return nil, nil, TOO_MANY
      end
      field, state = "", "start"
    else
      field, state = field .. c, "plain"
    end
  end
end

local function without_line_end(text)
  return (text:gsub("\r?\n$", ""))
end

--- What is told of a line that is no record, and where the next one begins.
local function fault_at(text, from, line, options, why)
  local line_end = text:find("\n", from, true)
  local whole = text:sub(from, line_end)
  local told, rest = without_line_end(whole), nil
  if (line_end or #text + 1) - from >= options.limit + 2 then
    told, rest = whole:sub(1, options.limit), without_line_end(whole:sub(options.limit + 1))
  end
  local ending = line_end and "ended" or "open"
  local lines = ("fault\t%d\t%d\t%d\t%s\t%s\t'%s\n"):format(line, from - 1, #told,
    rest and "open" or ending, why, escaped(told))
  if rest then lines = ("%srest\t%d\t%s\t'%s\n"):format(lines, #rest, ending, escaped(rest)) end
  return lines, from + #whole
end

--- What the program has to print of a text.
local function expected(text, options)
  local lines, at, line = {}, text:sub(1, 3) == BOM and 4 or 1, 1
  while at <= #text do
    local fields, following, why = record_at(text, at, options)
    local whole = fields and text:sub(at, following - 1)
    local length = fields and #without_line_end(whole)
    if fields and length <= options.limit then
      local ending = length == 0 and "blank" or whole:sub(-1) == "\n" and "ended" or "open"
      lines[#lines + 1] = ("record\t%d\t%d\t%d\t%s\t%s\n"):format(line, at - 1, length, ending,
        table.concat(fields, "\t"))
    else
      lines[#lines + 1], following = fault_at(text, at, line, options, why or TOO_LONG)
    end
    line = line + select(2, text:sub(at, following - 1):gsub("\n", ""))
    at = following
  end
  return table.concat(lines) .. "end\n"
end

-- ------------------------------------------------------------------------------------------------
-- Generated texts

local function pick(list)
  return list[random(#list)]
end

--- Bytes in no order.
local function noise(delimiter)
  local pieces = { "a", "b", "\0", "\xff", "\r", "\r\n", "\n", "\n", BOM, delimiter, delimiter,
    delimiter, '"', '"', '""', '"' .. delimiter .. '"', '"\n', '\n"', "" }
  local text = {}
  for i = 1, random(0, 40) do
    text[i] = random() < 0.05 and ("x"):rep(random(150)) or pick(pieces)
  end
  return table.concat(text)
end

local function any_field(delimiter)
  if random() < 0.6 then
    return pick{ "", "", "a", "bc", "201907", 'a"b', ("y"):rep(random(70)) }
  end
  local text = {}
  for i = 1, random(0, 5) do text[i] = pick{ "a", delimiter, '""', "\n", "\r\n", " " } end
  return '"' .. table.concat(text) .. '"'
end

--- Records as they should be, all but for a few bytes.
local function table_of(delimiter)
  local lines, width = {}, random(1, 6)
  for i = 1, random(1, 8) do
    local fields = {}
    for j = 1, width do fields[j] = any_field(delimiter) end
    lines[i] = table.concat(fields, delimiter) .. pick{ "\n", "\n", "\r\n" }
  end
  local text = table.concat(lines)
  for _ = 1, random(0, 2) do
    local at = random(0, #text)
    text = text:sub(1, at) .. pick{ "", '"', "\n", "\r", delimiter } .. text:sub(at + random(1, 2))
  end
  return text
end

local function any_text(delimiter)
  return pick{ "", "", "", BOM, BOM, "\xEF\xBB" } .. pick{ noise, table_of }(delimiter)
end

-- ------------------------------------------------------------------------------------------------

describe("a delimited text #process", function()
  local folder

  setup(function()
    folder = shell.folder()
    shell.must(BUILD:format(quote(shell.root), quote(folder)))
  end)
  teardown(function() shell.remove(folder) end)

  --- What a program prints of cases.
  local function printed(program, cases)
    local path = folder .. "/cases"
    stores.write(path, table.concat(cases))
    return shell.must(("%s <%s"):format(quote(folder .. "/" .. program), quote(path)))
  end

  --- Reads a text a byte at a time.
  -- @treturn {table,...} what was found: what the program prints by the columns' names; the fields
  --   as a list, or a fault's text as the only one
  local function read(text, options)
    local all = { size = 1 }
    for name, value in pairs(options or {}) do all[name] = value end
    local found = {}
    for line in printed(PROGRAMS[1], { case(text, all) }):gmatch("([^\n]+)\n") do
      local columns = {}
      for column in line:gmatch("[^\t]+") do columns[#columns + 1] = column end
      local what, first = columns[1], 6
      local entry = { what = what, line = tonumber(columns[2]), offset = tonumber(columns[3]),
        ending = columns[5] }
      if what == "fault" then
        entry.why, first = columns[6], 7
      elseif what == "rest" then
        entry.line, entry.offset, entry.ending, first = nil, nil, columns[3], 4
      end
      for i = first, #columns do
        entry[#entry + 1] = unescaped(columns[i]:sub(2))
      end
      found[#found + 1] = entry
    end
    assert.equal("end", table.remove(found).what)
    return found
  end

  --- The fields of records; of a fault, why it is one and its text.
  local function fields(text, options)
    local result = {}
    for i, entry in ipairs(read(text, options)) do
      result[i] = entry
      if entry.why then table.insert(entry, 1, entry.why) end
      entry.what, entry.line, entry.offset, entry.ending, entry.why = nil, nil, nil, nil, nil
    end
    return result
  end

  --- One column of what is found.
  local function column(name, text, options)
    local result = {}
    for i, entry in ipairs(read(text, options)) do result[i] = entry[name] end
    return result
  end

  describe("is read as records of fields", function()
    it("which a delimiter parts, and line ends of either kind", function()
      local records = { { "date", "actor" }, { "2019-07", "JPN" } }
      assert.same(records, fields("date,actor\n2019-07,JPN\n"))
      assert.same(records, fields("date\tactor\r\n2019-07\tJPN\r\n", { delimiter = "\t" }))
      assert.same({ { "a,b", "c" } }, fields("a,b;c\n", { delimiter = ";" }))
    end)

    it("whose last one need not end", function()
      assert.same({ { "a", "b" }, { "c", "d" } }, fields("a,b\nc,d"))
      assert.same({ "ended", "open" }, column("ending", "a,b\nc,d"))
    end)

    it("of which any may be empty", function()
      assert.same({ { "", "", "" }, { "a", "" } }, fields(",,\na,"))
      assert.same({}, fields(""))
      assert.same({}, fields(BOM))
    end)

    it("in quotes, with delimiters, line ends and quotes inside", function()
      assert.same({ { "Seoul, Tokyo", "b" } }, fields('"Seoul, Tokyo",b\n'))
      assert.same({ { "first\nsecond\r\nthird" } }, fields('"first\nsecond\r\nthird"\r\n'))
      assert.same({ { 'the "white list"', "" } }, fields('"the ""white list""",""\n'))
    end)

    it("with quotes further on in a field, which are bytes like others", function()
      assert.same({ { 'the "white list"', '5"' } }, fields('the "white list",5"\n'))
      assert.same({ { ' "a', 'b"' } }, fields(' "a,b"\n'))
    end)

    it("with all quotes as they stand, where they do not count", function()
      local plain = { delimiter = "\t", quotes = false }
      assert.same({ { '"a', 'b"' }, { '""' } }, fields('"a\tb"\n""\n', plain))
    end)

    it("behind a byte-order mark, but not where there is one further on", function()
      assert.same({ { "a" }, { BOM .. "b" } }, fields(BOM .. "a\n" .. BOM .. "b\n"))
      assert.same({ { BOM .. "a" } }, fields(BOM .. BOM .. "a\n"))
      assert.same({ { "a,b" } }, fields(BOM .. '"a,b"\n'))
      assert.same({ { "\xEF\xBB" } }, fields("\xEF\xBB"))
    end)

    it("of any bytes", function()
      assert.same({ { "\0", "\xff\xfe", "é" } }, fields("\0,\xff\xfe,é\n"))
      assert.same({ { "a\rb", "\r" } }, fields("a\rb,\r\r\n"))
      assert.same({ { "a\r" } }, fields("a\r"))
      assert.same({ { "a", "b" } }, fields("a\0b\n", { delimiter = "\0" }))
    end)

    it("and says which of them are empty lines", function()
      assert.same({ "blank", "blank", "ended", "ended", "ended", "open" },
        column("ending", "\n\r\n\"\"\n,\n \n\r"))
      assert.same({ { "" }, { "" }, { "" }, { "", "" }, { " " }, { "\r" } },
        fields("\n\r\n\"\"\n,\n \n\r"))
    end)

    it("with the line that each begins on and the bytes before it", function()
      local text = BOM .. 'a,b\r\n"1\n2\r\n3",c\n\nd\n'
      assert.same({ 1, 2, 5, 6 }, column("line", text))
      assert.same({ 3, 8, 19, 20 }, column("offset", text))
    end)
  end)

  describe("loses a line that is no record, and no other", function()
    it("where text follows a closing quote", function()
      assert.same({ { "a" }, { TEXT_FOLLOWS, '"b"c,d' }, { "e" } }, fields('a\n"b"c,d\ne\n'))
      assert.same({ { TEXT_FOLLOWS, '"b"\rc' } }, fields('"b"\rc\n'))
      assert.same({ { TEXT_FOLLOWS, '"b"\r' } }, fields('"b"\r'))
      assert.same({ { TEXT_FOLLOWS, '"b" ' }, { "e" } }, fields('"b" \r\ne\n'))
    end)

    it("where nothing closes a quote", function()
      assert.same({ { "a", "b" }, { NOT_CLOSED, '"c,d' }, { "e", "f" }, { "g" } },
        fields('a,b\n"c,d\ne,f\ng\n'))
      assert.same({ 1, 2, 3, 4 }, column("line", 'a,b\n"c,d\ne,f\ng\n'))
      assert.same({ { NOT_CLOSED, '"' } }, fields('"'))
      assert.same({ { NOT_CLOSED, '"a""' } }, fields('"a""'))
    end)

    it("where the quote that closes another is the next line's own", function()
      assert.same({ { TEXT_FOLLOWS, '"a,b' }, { "c", "d" }, { "e" } }, fields('"a,b\n"c",d\ne\n'))
    end)

    it("where there are more fields than anybody has", function()
      local most = (","):rep(MOST_FIELDS - 1)
      assert.equal(MOST_FIELDS, #read(most .. "\n", { limit = 5000, size = 5000 })[1])
      assert.same({ { TOO_MANY, most .. "," }, { "a" } },
        fields(most .. ",\na\n", { limit = 5000, size = 5000 }))
      local quoted = '""' .. (',""'):rep(MOST_FIELDS - 1)
      assert.equal(MOST_FIELDS, #read(quoted .. "\n", { limit = 9000, size = 9000 })[1])
      assert.same({ { TOO_MANY, quoted .. ',""' }, { "a" } },
        fields(quoted .. ',""\na\n', { limit = 9000, size = 9000 }))
    end)

    it("where it is longer than the limit", function()
      local five = { limit = 5 }
      assert.same({ { "abc", "d" }, { "e" } }, fields("abc,d\r\ne\n", five))
      assert.same({ { TOO_LONG, "abc,de" }, { "e" } }, fields("abc,de\ne\n", five))
      assert.same({ { TOO_LONG, '"a' }, { "bc" }, { TOO_LONG, 'defgh"' }, { "e" } },
        fields('"a\nbc\ndefgh"\ne\n', five))
      assert.same({ { "a" }, { "b" } }, fields("a\nb\n", { limit = 1 }))
    end)
  end)

  it("gives a line far longer than the limit in pieces, and reads on behind it", function()
    local long = ("x"):rep(100000)
    local text = "a\n" .. long .. "\r\nb\n" .. long
    for _, size in ipairs{ 1000, 64, 99999, 100004, 300000 } do
      local found = read(text, { limit = 100, size = size })
      local whats = {}
      for i, entry in ipairs(found) do whats[i] = entry.what end
      assert.same({ "record", "fault", "rest", "record", "fault", "rest" }, whats)
      assert.equal(long, found[2][1] .. found[3][1])
      assert.equal("open ended", found[2].ending .. " " .. found[3].ending)
      assert.same({ "b", what = "record", line = 3, offset = 100004, ending = "ended" }, found[4])
      assert.equal(long, found[5][1] .. found[6][1])
      assert.equal("open open", found[5].ending .. " " .. found[6].ending)
    end
  end)

  it("reads the same however its bytes come, as RFC 4180 has it", function()
    math.randomseed(4180)
    local cases, texts = {}, {}
    for _ = 1, 3000 do
      local delimiter = pick{ ",", ",", "\t", ";", "\xff", "\0" }
      local text = any_text(delimiter)
      local options = { delimiter = delimiter, quotes = random() < 0.7,
        limit = pick{ random(1, 12), random(30, 200), 100000 } }
      local told = expected(text, options)
      for _, size in ipairs{ 1, pick{ 2, 3, 5 }, random(60, 70), 100000 } do
        options.size, options.foretold = size, random() < 0.5
        cases[#cases + 1] = case(text, options)
        texts[#texts + 1] = told
      end
    end
    for _, program in ipairs(PROGRAMS) do
      local i = 0
      for told in printed(program, cases):gmatch("(.-end\n)") do
        i = i + 1
        if texts[i] ~= told then assert.equal(texts[i], told, escaped(cases[i])) end
      end
      assert.equal(#cases, i)
    end
  end)

  describe("that people work with", function()
    local data = os.getenv "DUALUSE_DATA"

    --- How many records there are and how many bytes their fields have, by column.
    local function sizes(path, options)
      options.limit, options.size = 1 << 20, 1 << 18
      local found = { 0 }
      local told = printed(PROGRAMS[1], { case(stores.bytes(path), options) })
      for columns in told:gmatch("record\t%d+\t%d+\t%d+\tended\t([^\n]*)\n") do
        found[1] = found[1] + 1
        local i = 1
        for field in columns:gmatch("[^\t]+") do
          i = i + 1
          found[i] = (found[i] or 0) + #unescaped(field) - 1
        end
      end
      return table.concat(found, "|")
    end

    --- The same by the sqlite3 program.
    local function sizes_by_sqlite(path, columns, import)
      local names, sums = {}, {}
      for i = 1, columns do
        names[i], sums[i] = "c" .. i, ("sum(length(cast(c%d AS blob)))"):format(i)
      end
      local script = "CREATE TABLE t(%s);\n%s '%s' t\nSELECT count(*)||'|'||%s FROM t;"
      return stores.ask(":memory:", script:format(table.concat(names, ","), import, path,
        table.concat(sums, "||'|'||")))
    end

    local function it_reads(file, columns, options, import)
      it("is read as the sqlite3 program reads it: " .. file, function()
        if not data or data == "" then
          pending("set DUALUSE_DATA to a folder with " .. file)
          return
        end
        local path = data .. "/" .. file
        assert.equal(sizes_by_sqlite(path, columns, import), sizes(path, options))
      end)
    end

    it_reads("consolidated-screening-list.csv", 29, {}, ".import --csv")
    it_reads("icews-events-2018-sample.tab", 20, { delimiter = "\t", quotes = false },
      '.mode ascii\n.separator "\\t" "\\n"\n.import')
  end)
end)
