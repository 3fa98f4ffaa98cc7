local shell = require "spec.shell"
local stores = require "spec.stores"

local quote = shell.quote
local random = math.random
local function pick(list) return list[random(#list)] end

local MOST_ROWS = 16384
local TEXT_ROOM = 256 * 1024
local FEW_NUMBERS = 6144 -- more distinct ones are kept as they are

local SAME, BYTES, WORDS, PLAIN, FOLLOWING = 0, 1, 2, 3, 4

-- ------------------------------------------------------------------------------------------------
-- spec/fixtures/pack_values.c, which packs with csrc/segment.c and prints what it reads back

-- With the flags that the core was built with.
local BUILD = [[
  root=%s && cd %s && ${CC:-cc} -std=c11 ${CFLAGS-} -I"$root/csrc" -o pack_values \
    "$root/spec/fixtures/pack_values.c" "$root/csrc/segment.c" "$root/csrc/narrow.c" \
    "$root/csrc/brief.c" "$root/csrc/months.c"
]]

local types = { integers = 1, numbers = 2, texts = 3, dates = 4 }

local function hex(text)
  return (text:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

--- A value as the program reads it and prints it; nil is a missing one.
local as_text = {
  integers = function(value) return ("%d"):format(value) end,
  numbers = function(value) return ("%a"):format(value) end,
  texts = hex,
  dates = function(date) return ("%d %d %s"):format(date[1], date[2], hex(date[3])) end,
}
local words = { integers = "integer", numbers = "number", texts = "text", dates = "date" }

local function row_command(type, value)
  if value == nil then return "null" end
  return words[type] .. " " .. as_text[type](value)
end

--- How C's %a and Lua's write the same.
local function shown(type, value)
  if value == nil then return "-" end
  return as_text[type](value)
end

-- ------------------------------------------------------------------------------------------------
-- What is to be, by a few loops

--- By the numbers of values: < of two of them.
local before = {
  integers = function(a, b) return a < b end,
  numbers = function(a, b) return a < b end,
  texts = function(a, b) return a < b end,
  dates = function(a, b)
    if a[1] ~= b[1] then return a[1] < b[1] end
    if a[2] ~= b[2] then return a[2] < b[2] end
    return a[3] < b[3]
  end,
}

--- The distinct values in their order, and by value as text its number from 0 on.
local function distinct(type, values, rows)
  local list, numbers = {}, {}
  for i = 1, rows do
    local value = values[i]
    local text = value ~= nil and shown(type, value)
    if text and not numbers[text] then
      numbers[text] = true
      list[#list + 1] = value
    end
  end
  table.sort(list, before[type])
  for i, value in ipairs(list) do numbers[shown(type, value)] = i - 1 end
  return list, numbers
end

--- Which form they take on: what segment.h says.
local function form_of(type, values, rows, list, missing)
  if type == "integers" and rows > 1 then
    local follow = true
    for i = 2, rows do
      follow = follow and values[i] and values[i - 1] and values[i] > values[i - 1] and
               values[i] - values[i - 1] == 1
    end
    if follow then return FOLLOWING end
  end
  local domain = #list + (missing and 1 or 0)
  if domain == 1 then return SAME end
  if type == "numbers" and #list > FEW_NUMBERS then return PLAIN end
  return domain <= 256 and BYTES or WORDS
end

-- ------------------------------------------------------------------------------------------------
-- Generated values

local draws = {
  integers = {
    function(i) return i end,
    function(i) return i + 2 ^ 62 // 1 | 0 end,
    function() return random(-2, 2) end,
    function() return random(math.mininteger, math.maxinteger) end,
    function(i) return i * 7 % 300 end,
    function() return pick{ math.mininteger, -1, 0, 1, math.maxinteger } end,
  },
  numbers = {
    function() return random() - 0.5 end,
    function() return random(-3, 3) / 4 end,
    function() return random(-1800000, 1800000) / 10 ^ random(0, 7) end,
    function() return pick{ math.huge, -math.huge, 0.0, 5e-324, -1e308 } end,
    function() return 7.5 end,
  },
  texts = {
    function() return pick{ "", "a", "b", "a\0b", "é", "\xff" } end,
    function(i) return ("text %d"):format(i) end,
    function() return ("x"):rep(random(0, 40)) end,
    function() return "same" end,
  },
  dates = {
    function()
      local day = random(20100101, 20101231)
      return { day, day + random(0, 2), pick{ "a", "b", "2010?" } }
    end,
    function() return pick{ { 0, 99999999, "../.." }, { 0, 20180101, "[..2018]" } } end,
    function(i) return { 20190000 + i % 500, 99999999, "x" } end,
  },
}

--- Values of a type: a table with holes, and how many rows there are.
local function any_values(type, rows)
  local draw, missing = pick(draws[type]), pick{ 0, 0, 0.2, 1 }
  local values = {}
  for i = 1, rows do
    if random() >= missing then values[i] = draw(i) end
  end
  return values
end

describe("a segment #process", function()
  local folder

  setup(function()
    folder = shell.folder()
    shell.must(BUILD:format(quote(shell.root), quote(folder)))
  end)
  teardown(function() shell.remove(folder) end)

  --- What the program prints of commands: a function that gives the next line.
  local function run(commands)
    local path = folder .. "/commands"
    stores.write(path, table.concat(commands, "\n") .. "\n")
    return shell.must(("%s <%s"):format(quote(folder .. "/pack_values"), quote(path)))
      :gmatch("([^\n]*)\n")
  end

  local function commands_of(type, values, rows)
    local commands = { "begin " .. types[type] }
    for i = 1, rows do commands[#commands + 1] = row_command(type, values[i]) end
    commands[#commands + 1] = "end"
    return commands
  end

  --- Checks what was read back; returns the distinct values and their numbers.
  local function check_read(next_line, type, values, rows)
    local list, numbers = distinct(type, values, rows)
    local missing = false
    for i = 1, rows do missing = missing or values[i] == nil end
    local form = form_of(type, values, rows, list, missing)
    local count = form == PLAIN and 0 or form == FOLLOWING and 1 or #list
    local got_form, got_rows, got_values, got_missing, size =
      next_line():match("^packed (%d+) (%d+) (%d+) (%d+) (%d+)$")
    assert.same({ form, rows, count, missing and 1 or 0 }, { tonumber(got_form),
      tonumber(got_rows), tonumber(got_values), tonumber(got_missing) }, type)
    for i = 1, rows do
      local wanted, got = shown(type, values[i]), next_line()
      if wanted ~= got then
        error(("%s, row %d of %d: wanted %s, got %s"):format(type, i, rows, wanted, got))
      end
    end
    return form, list, numbers, tonumber(size)
  end

  local function round_trip(type, values, rows)
    return check_read(run(commands_of(type, values, rows)), type, values, rows)
  end

  --- Values of which so many are distinct.
  local function so_many(type, count, missing)
    local values = {}
    for i = 1, count do
      local n = (i * 7919) % count -- in no order
      values[i] = type == "integers" and n * 3 or type == "numbers" and n + 0.5 or
        type == "texts" and "text " .. n or { 20190000 + n, 20190000 + n, "d" .. n }
    end
    values[count + 1] = not missing and values[1] or nil
    return values, count + 1
  end

  describe("gives back the values it was made of", function()
    for type in pairs(types) do
      it("where they are " .. type, function()
        math.randomseed(20190701)
        for _ = 1, 25 do
          local rows = pick{ 1, 2, 3, 10, 100, 300, 1000 }
          round_trip(type, any_values(type, rows), rows)
        end
        round_trip(type, {}, 5)
      end)

      it("where so many " .. type .. " just fit into a byte, and one more", function()
        local values, rows = so_many(type, 256)
        assert.equal(BYTES, (round_trip(type, values, rows)))
        values, rows = so_many(type, 255, true)
        assert.equal(BYTES, (round_trip(type, values, rows)))
        values, rows = so_many(type, 256, true)
        assert.equal(WORDS, (round_trip(type, values, rows)))
        values, rows = so_many(type, 257)
        assert.equal(WORDS, (round_trip(type, values, rows)))
      end)

      it("where as many " .. type .. " as a segment has rows all differ", function()
        local values = so_many(type, MOST_ROWS)
        values[MOST_ROWS + 1] = nil
        local form = round_trip(type, values, MOST_ROWS)
        assert.equal(type == "numbers" and PLAIN or WORDS, form)
      end)
    end

    it("where numbers are just few enough to be listed, and one too many", function()
      local values, rows = so_many("numbers", FEW_NUMBERS)
      assert.equal(WORDS, (round_trip("numbers", values, rows)))
      values, rows = so_many("numbers", FEW_NUMBERS + 1, true)
      assert.equal(PLAIN, (round_trip("numbers", values, rows)))
    end)

    it("as well where an earlier version packed them", function()
      math.randomseed(20190706)
      for type in pairs(types) do
        for _, rows in ipairs{ 1, 2, 100, 1000 } do
          local values = any_values(type, rows)
          local commands = commands_of(type, values, rows)
          commands[#commands + 1] = "older"
          local next_line = run(commands)
          check_read(next_line, type, values, rows)
          check_read(next_line, type, values, rows)
        end
      end
    end)

    it("of which 0 and -0 are one", function()
      local next_line = run{ "begin 2", "number 0x0p+0", "number -0x0p+0", "end" }
      assert.matches("^packed 0 2 1 0 ", next_line())
      assert.equal("0x0p+0", next_line())
      assert.equal("0x0p+0", next_line())
    end)
  end)

  describe("holds integers that follow each other in a few bytes", function()
    it("whatever the first of them is", function()
      for _, first in ipairs{ 0, 1, -5, math.mininteger, math.maxinteger - 99 } do
        local values = {}
        for i = 1, 100 do values[i] = first + i - 1 end
        local form, _, _, size = round_trip("integers", values, 100)
        assert.equal(FOLLOWING, form)
        assert.equal(32, size)
      end
    end)

    it("and knows where they go around", function()
      assert.equal(BYTES, (round_trip("integers", { math.maxinteger, math.mininteger }, 2)))
    end)

    it("even where the next one found no room, or was taken back", function()
      local commands = { "begin 1" }
      for i = 1, MOST_ROWS do commands[#commands + 1] = "integer " .. i end
      commands[#commands + 1] = "integer 5"
      commands[#commands + 1] = "end"
      local next_line = run(commands)
      assert.equal("full", next_line())
      assert.matches("^packed 4 16384 ", next_line())
      next_line = run{ "begin 1", "integer 5", "integer 6", "integer 9", "undo", "null", "undo",
        "integer 7", "end" }
      assert.matches("^packed 4 3 ", next_line())
    end)
  end)

  describe("takes as few bits as it can", function()
    it("for the numbers of values, of which any row may have any", function()
      math.randomseed(20190707)
      for bits = 1, 10 do
        for _, count in ipairs{ (1 << bits) - 1, 1 << bits, (1 << bits) + 1 } do
          local values, rows = {}, count + random(0, 200)
          for i = 1, rows do values[i] = i <= count and i * 3 or random(count) * 3 end
          for i = rows, 2, -1 do
            local other = random(i)
            values[i], values[other] = values[other], values[i]
          end
          round_trip("integers", values, rows)
        end
      end
      local values = {}
      for i = 1, 12800 do values[i] = i % 4 end
      local _, _, _, size = round_trip("integers", values, 12800)
      assert.is_true(size < 12800 // 4 + 100)
    end)

    --- Integers that rise by what `step` gives, as rows in their order and in another.
    local function round_trip_rising(count, first, step)
      local values, mixed = { first }, {}
      for i = 2, count do
        local value = values[i - 1] + step(i)
        if value <= values[i - 1] then break end -- it went around
        values[i] = value
      end
      count = #values
      for i = 1, count do mixed[i] = values[(i * 7919) % count + 1] end
      local _, _, _, size = round_trip("integers", values, count)
      round_trip("integers", mixed, count)
      return size
    end

    it("for integers that rise, by whatever steps", function()
      math.randomseed(20190708)
      for bits = 0, 62, 3 do
        local function step() return 1 + random(0, (1 << bits) - 1) end
        for _, count in ipairs{ 2, 129, 130 } do
          round_trip_rising(count, random(-9, 9), step)
          round_trip_rising(count, math.mininteger, step)
        end
      end
      for _ = 1, 20 do -- mostly few bits, and now and then many
        local few, many = random(0, 18), random(0, 60)
        round_trip_rising(random(2, 500), random(-1000, 1000), function()
          return 1 + random(0, (1 << (random() < 0.03 and many or few)) - 1)
        end)
      end
      round_trip("integers", { math.mininteger, math.maxinteger }, 2)
      round_trip("integers", { math.mininteger, 0, math.maxinteger - 1, math.maxinteger }, 4)
    end)

    it("for numbers that are decimals, to the last bit", function()
      math.randomseed(20190710)
      for digits = 0, 9 do
        local values = {}
        for i = 1, 300 do
          values[i] = tonumber(("%.9f"):format(random() * 360 - 180):sub(1, -10 + digits)) + 0.0
        end
        local _, list, _, size = round_trip("numbers", values, 300)
        local plain = 24 + 8 * #list + (#list > 256 and 9 or 8) * 48
        if digits == 4 then assert.is_true(size < plain - 4 * #list) end
        if digits > 6 then assert.equal(plain, size) end
      end
      for _, number in ipairs{ 2.0 ^ 53 - 1, 2.0 ^ 53, 2.0 ^ 53 + 2, 1e22, math.huge } do
        round_trip("numbers", { -number, 0.0, 0.5, number }, 4)
        round_trip("numbers", { -number, 1.0, number }, 3)
      end
    end)

    it("for many texts that end as others do", function()
      math.randomseed(20190711)
      local function any(most)
        local letters = {}
        for i = 1, random(0, most) do letters[i] = pick{ "a", "b", ",", " ", "é", "\0" } end
        return table.concat(letters)
      end
      -- how many ends there are, and how long any part may be
      for _, way in ipairs{ { 5, 12 }, { 200, 20 }, { 900, 8 }, { 3, 300 }, { 20, 260 } } do
        local ends, values, bytes = {}, {}, 0
        for i = 1, way[1] do ends[i] = ", " .. i .. any(way[2]) end
        for i = 1, 1200 do
          values[i] = pick{ "", any(way[2]), ("Port "):rep(random(0, way[2] // 8)) } ..
            random(1000) .. pick{ "", pick(ends), pick(ends) }
        end
        local _, list, _, size = round_trip("texts", values, 1200)
        for i = 1, #list do bytes = bytes + #list[i] + 4 end
        local numbers = 1280 * 11 // 8
        assert.is_true(size < bytes + numbers + 100)
        if way[1] <= 200 and way[2] <= 20 then
          assert.is_true(size < bytes * 3 // 4 + numbers)
        end
      end
    end)

    it("for ids of which some are left out: next to nothing", function()
      assert.is_true(round_trip_rising(MOST_ROWS, 251, function(i)
        return i % 1000 == 0 and 7 or 1
      end) < 500)
    end)
  end)

  describe("has no room", function()
    it("for more rows than it may have, whatever they are", function()
      for type, value in pairs{ integers = "integer 1", numbers = "number 1", texts = "text 61",
                                dates = "date 1 2 61" } do
        local commands = { "begin " .. types[type] }
        for _ = 1, MOST_ROWS do commands[#commands + 1] = value end
        commands[#commands + 1] = value
        commands[#commands + 1] = "null"
        commands[#commands + 1] = "end"
        local next_line = run(commands)
        assert.equal("full", next_line())
        assert.equal("full", next_line())
        assert.matches("^packed 0 16384 1 0 ", next_line())
      end
    end)

    it("for more text, but for what it has already", function()
      local half, other = ("a"):rep(TEXT_ROOM // 2), ("b"):rep(TEXT_ROOM // 2)
      local next_line = run{ "begin 3", "text " .. hex(half), "text " .. hex(other), "text 63",
        "text " .. hex(half), "text ", "date 1 2 63", "end" }
      assert.equal("full", next_line())
      assert.equal("full", next_line())
      assert.matches("^packed 1 4 3 0 ", next_line())
      assert.equal(hex(half), next_line())
      assert.equal(hex(other), next_line())
      assert.equal(hex(half), next_line())
      assert.equal("", next_line())
    end)

    it("for one text that is longer than all there may be", function()
      local next_line = run{ "begin 3", "text " .. ("61"):rep(TEXT_ROOM + 1),
        "text " .. ("61"):rep(TEXT_ROOM), "end" }
      assert.equal("full", next_line())
      assert.matches("^packed 0 1 1 0 ", next_line())
    end)
  end)

  it("is without a row that was taken back", function()
    math.randomseed(20190702)
    for type in pairs(types) do
      for _ = 1, 20 do
        local rows = random(1, 300)
        local values, others = any_values(type, rows), any_values(type, rows)
        local commands = { "begin " .. types[type] }
        for i = 1, rows do
          if random() < 0.5 then
            commands[#commands + 1] = row_command(type, others[i])
            commands[#commands + 1] = "undo"
          end
          commands[#commands + 1] = row_command(type, values[i])
        end
        commands[#commands + 1] = "end"
        check_read(run(commands), type, values, rows)
      end
    end
  end)

  describe("tells which rows have", function()
    --- The rows' bits by a loop, of values by their numbers.
    local function wanted_mask(type, values, rows, list, numbers, accepts)
      local bits = {}
      for i = 1, rows do
        local number = values[i] == nil and #list or numbers[shown(type, values[i])]
        bits[i] = accepts(number) and "1" or "0"
      end
      return "mask " .. table.concat(bits)
    end

    --- Which numbers of 0 to last are accepted: a run of them, all but a run, or any.
    local function any_choice(last)
      local from = random(0, last)
      local to = random(from, last)
      local inside, any = random() < 0.7, random() < 0.2
      local chosen = {}
      for number = 0, last do
        if any then
          chosen[number] = random() < 0.5
        else
          chosen[number] = (number >= from and number <= to) == inside
        end
      end
      return chosen
    end

    for type in pairs(types) do
      it("accepted " .. type, function()
        math.randomseed(20190703)
        for _ = 1, 25 do
          local values, rows
          if random() < 0.5 then
            rows = pick{ 1, 2, 50, 300 }
            values = any_values(type, rows)
          else
            values, rows = so_many(type, pick{ 2, 255, 256, 257, 400 }, random() < 0.5)
          end
          local list, numbers = distinct(type, values, rows)
          local commands, wanted = commands_of(type, values, rows), {}
          for i = 1, 10 do
            local chosen, bits = any_choice(#list), {}
            if i == 1 then -- all but the first: what is missing differs from it, too
              for number = 0, #list do chosen[number] = number > 0 end
            end
            for number = 0, #list do bits[number + 1] = chosen[number] and "1" or "0" end
            commands[#commands + 1] = "keep " .. table.concat(bits)
            wanted[i] = wanted_mask(type, values, rows, list, numbers, function(number)
              return chosen[number]
            end)
          end
          commands[#commands + 1] = "numbers"
          local next_line = run(commands)
          local form = check_read(next_line, type, values, rows)
          if form ~= FOLLOWING then
            for i = 1, 10 do assert.equal(wanted[i], next_line()) end
            local line = { "numbers" }
            for i = 1, rows do
              line[i + 1] = values[i] == nil and #list or numbers[shown(type, values[i])]
            end
            assert.equal(table.concat(line, " "), next_line())
          end
        end
      end)
    end
  end)

  --- Checks which numbers of a row's value are refused, of those that its bits can hold.
  local function check_forged(count, rows, older, most)
    local values = so_many("integers", count)
    for i = rows + 1, #values do values[i] = nil end
    for i = #values + 1, rows do values[i] = values[1] end
    local commands, wanted = commands_of("integers", values, rows), {}
    commands[#commands + 1] = older and "older" or nil
    local last, first = math.min(count, rows) - 1, #commands
    if not older then
      most = 1
      while most <= last do most = most * 2 end
      most = most - 1
    end
    for i = 1, rows < 50 and rows or 0 do
      for _, number in ipairs{ 0, last, last + 1, most } do
        if number <= most then
          commands[#commands + 1] = ("forge %d %d"):format(i - 1, number)
          wanted[#wanted + 1] = number <= last and "read" or "refused"
        end
      end
    end
    for _, row in ipairs{ 0, 500, 991, 992, 999 } do
      if row < rows and last < most then
        commands[#commands + 1] = ("forge %d %d"):format(row, last + 1)
        wanted[#wanted + 1] = "refused"
      end
    end
    local next_line = run(commands)
    for _ = 1, older and 2 or 1 do check_read(next_line, "integers", values, rows) end
    for i, line in ipairs(wanted) do
      assert.equal(line, next_line(), commands[first + i])
    end
  end

  it("refuses a row whose number no value has, although the sum is right", function()
    -- distinct values; all the numbers that a byte or two can hold
    for _, most in ipairs{ { 3, 255 }, { 256, 255 }, { 300, 65535 } } do
      for _, rows in ipairs{ 15, 16, 17, 47, 1000 } do
        check_forged(most[1], rows, true, most[2])
      end
    end
    for _, rows in ipairs{ 33, 47, 300 } do
      for _, count in ipairs{ 3, 256, 300 } do check_forged(count, rows) end
    end
  end)

  it("refuses its bytes where one has changed, or any are missing", function()
    math.randomseed(20190705)
    for type in pairs(types) do
      for _, rows in ipairs{ 1, 2, 20, 300, 7000 } do
        local values = any_values(type, rows)
        local _, _, _, size = round_trip(type, values, rows)
        local commands = commands_of(type, values, rows)
        local first = #commands
        for _ = 1, 60 do
          local at = random() < 0.5 and random(0, math.min(size, 24) - 1) or random(0, size - 1)
          commands[#commands + 1] = ("damage %d %d"):format(at, 1 << random(0, 7))
          commands[#commands + 1] = ("cut %d"):format(random(0, size - 1))
        end
        commands[#commands + 1] = "cut " .. size
        local next_line = run(commands)
        check_read(next_line, type, values, rows)
        for i = first + 1, #commands - 1 do
          assert.equal("refused", next_line(), ("%s of %d: %s"):format(type, rows, commands[i]))
        end
        assert.equal("read", next_line())
      end
    end
  end)
end)
