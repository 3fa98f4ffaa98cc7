local chunks = require "dualuse.chunks"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises = stores.raises
local random = math.random

local has_zlib, zlib = pcall(require, "zlib")

local CHUNK = 256 * 1024

--- All chunks of a source, put together.
local function text_of(source)
  local parts = {}
  for chunk in function() return source:read() end do
    assert.is_true(#chunk > 0 and #chunk <= CHUNK, #chunk)
    parts[#parts + 1] = chunk
  end
  assert.is_nil(source:read())
  return table.concat(parts)
end

--- A function that returns these, one after another.
local function giver(list)
  local i = 0
  return function()
    i = i + 1
    return list[i]
  end
end

--- A text cut into strings of up to so many bytes.
local function cut(text, most)
  local parts, at = {}, 1
  while at <= #text do
    local size = random(most)
    parts[#parts + 1], at = text:sub(at, at + size - 1), at + size
  end
  return parts
end

describe("a source of bytes", function()
  local folder, path
  local text = ("2019-07-04\tJPN\tKOR\n"):rep(40000) .. "\0\xff\r\n\x1a"

  setup(function()
    folder = shell.folder()
    path = folder .. "/events.tab"
    stores.write(path, text)
  end)
  teardown(function() shell.remove(folder) end)

  it("is a path, read in chunks", function()
    local source <close> = chunks.open(path, 1)
    assert.equal("events.tab", source.name)
    assert.equal(#text, source.total)
    assert.equal(0, source:position())
    assert.equal(text:sub(1, CHUNK), source:read())
    assert.equal(CHUNK, source:position())
    assert.equal(text:sub(CHUNK + 1), text_of(source))
    assert.equal(#text, source:position())
  end)

  it("comes in smaller chunks where that is asked for", function()
    local source <close> = chunks.open(path, 1)
    source:lessen()
    assert.equal(text:sub(1, CHUNK // 4), source:read())
    assert.equal(text:sub(CHUNK // 4 + 1), text_of(source))
  end)

  it("may be empty", function()
    local empty = folder .. "/empty"
    stores.write(empty, "")
    local source <close> = chunks.open(empty, 1)
    assert.equal(0, source.total)
    assert.equal("", text_of(source))
  end)

  it("is an open file, from where it stands, which stays open", function()
    local file <close> = assert(io.open(path, "rb"))
    local head = file:read("l", "L")
    local source = chunks.open(file, 1)
    assert.is_nil(source.name)
    local from = #head * 2 + 2
    assert.equal(#text - from, source.total)
    assert.equal(text:sub(from + 1), text_of(source))
    assert.equal(source.total, source:position())
    source:close()
    assert.equal("file", io.type(file))
  end)

  it("is a pipe, of unknown length", function()
    local pipe <close> = assert(io.popen("cat " .. shell.quote(path)))
    local source <close> = chunks.open(pipe, 1)
    assert.is_nil(source.total)
    assert.equal(text, text_of(source))
    assert.equal(#text, source:position())
  end)

  it("is a function that returns chunks of any size, and nil at the end", function()
    local source <close> = chunks.open(giver{ "", "a", text, "", "b" }, 1)
    assert.is_nil(source.name)
    assert.is_nil(source.total)
    assert.equal("a" .. text .. "b", text_of(source))
    assert.equal(#text + 2, source:position())
    assert.equal("", text_of(chunks.open(giver{}, 1)))
  end)

  it("closes what it has opened, once or more often", function()
    local opened
    do
      local source <close> = chunks.open(path, 1)
      opened = source.file
      assert.equal("file", io.type(opened))
    end
    assert.equal("closed file", io.type(opened))
    local source = chunks.open(path, 1)
    source:read()
    source:close()
    source:close()
    assert.equal(CHUNK, source:position())
    raises(function() source:read() end, { code = "closed" })
  end)

  describe("that cannot be had", function()
    it("is told with its path and the reason", function()
      local missing = folder .. "/missing.csv"
      raises(function() chunks.open(missing, 1) end,
        { code = "io", says = { missing, "No such file" } })
      raises(function() chunks.open("", 1) end, { code = "io", says = { "No such file" } })
      raises(function() chunks.open(folder, 1) end,
        { code = "io", says = { folder, "Is a directory" } })
      raises(function() chunks.open("events\0.csv", 1) end,
        { code = "invalid", says = { "NUL" } })
    end)

    it("is told with what would have been right", function()
      local expected = { "a path, an open file or a function" }
      for _, wrong in ipairs{ 7, {}, true } do
        raises(function() chunks.open(wrong, 1) end, { code = "misuse", says = expected })
      end
      raises(function() chunks.open(nil, 1) end, { code = "misuse", says = expected })
      local file = assert(io.open(path))
      file:close()
      raises(function() chunks.open(file, 1) end,
        { code = "misuse", says = { expected[1], "a closed file" } })
    end)

    it("is told where the caller says", function()
      local function import() chunks.open(folder .. "/missing.csv", 2) end
      raises(function() import() end, { code = "io" })
      local source <close> = chunks.open(giver{ 7 }, 1)
      local function read() source:read(2) end
      raises(function() read() end, { code = "misuse" })
    end)

    it("is told when what was before has been read", function()
      local source <close> = chunks.open(giver{ "abc", "d", {} }, 1)
      assert.equal("abc", source:read())
      assert.equal("d", source:read())
      raises(function() source:read() end,
        { code = "misuse", says = { "a table", "text, or nil at the end" } })

      local written <close> = assert(io.open(folder .. "/written", "wb"))
      local unreadable <close> = chunks.open(written, 1)
      raises(function() unreadable:read() end, { code = "io", says = { "Bad file descriptor" } })

      local file = assert(io.open(path))
      local closed <close> = chunks.open(file, 1)
      closed:read()
      file:close()
      raises(function() closed:read() end, { code = "io", says = { "closed" } })
    end)

    it("is told as a function tells it", function()
      local source <close> = chunks.open(function() error({ mine = true }) end, 1)
      assert.same({ mine = true }, stores.raised(source.read, source))
    end)
  end)

  describe("of gzip data", function()
    --- Without lua-zlib there is nothing to try; gzip makes its data without it.
    local function it_inflates(what, test)
      it(what, function()
        if not has_zlib then
          pending("lua-zlib is not installed")
        else
          test()
        end
      end)
    end

    local function zipped(plain)
      return (zlib.deflate(6, 31)(plain, "finish"))
    end

    --- What can be read, and the error behind it.
    local function broken(data)
      local source <close> = chunks.open(giver(cut(data, 3000)), 1)
      local parts = {}
      local problem = stores.raised(function()
        for chunk in function() return source:read() end do parts[#parts + 1] = chunk end
      end)
      assert.equal("io", problem.code)
      return table.concat(parts), problem
    end

    it_inflates("gives the text, whatever its name is", function()
      shell.must(("cd %s && gzip -c events.tab >events.csv"):format(shell.quote(folder)))
      local data = stores.bytes(folder .. "/events.csv")
      local source <close> = chunks.open(folder .. "/events.csv", 1)
      assert.equal("events.csv", source.name)
      assert.equal(#data, source.total)
      assert.equal(text, text_of(source))
      assert.equal(#data, source:position())

      local file <close> = assert(io.open(folder .. "/events.csv", "rb"))
      assert.equal(text, text_of(chunks.open(file, 1)))
      local bytes = {}
      for i = 1, #data do bytes[i] = data:sub(i, i) end
      assert.equal(text, text_of(chunks.open(giver(bytes), 1)))
    end)

    it_inflates("gives the text of all members", function()
      math.randomseed(31)
      for _ = 1, 100 do
        local plain, data = {}, {}
        for i = 1, random(4) do
          plain[i] = text:sub(1, random(0, 1) * random(5000))
          data[i] = zipped(plain[i])
        end
        data = table.concat(data) .. ("\0"):rep(random(0, 1) * random(3000))
        local source <close> = chunks.open(giver(cut(data, random(2000))), 1)
        assert.equal(table.concat(plain), text_of(source))
        assert.equal(#data, source:position())
      end
    end)

    it_inflates("says how much of them has been read", function()
      local noise = {}
      for i = 1, 500000 do noise[i] = string.char(random(0, 255)) end
      noise = table.concat(noise)
      local data = zipped(noise)
      local source <close> = chunks.open(giver{ data }, 1)
      local before, given = 0, 0
      for chunk in function() return source:read() end do
        given = given + #chunk
        local here = source:position()
        assert.is_true(before < here and here <= #data)
        -- What cannot be packed takes as many bytes as it has, and so much is read ahead.
        assert.is_true(here >= given and here < given + CHUNK + 2048, here - given)
        before = here
      end
    end)

    it_inflates("takes no more memory than others", function()
      local data = zipped(("\0"):rep(1000000)):rep(50)
      local source <close> = chunks.open(giver{ data }, 1)
      local size, most = 0, 0
      collectgarbage()
      local before = collectgarbage("count")
      for chunk in function() return source:read() end do
        size = size + #chunk
        collectgarbage()
        most = math.max(most, collectgarbage("count") - before)
      end
      assert.equal(50000000, size)
      assert.is_true(most < 6 * 1024, ("%.0f KiB"):format(most))
    end)

    it_inflates("that are cut off gives what is before, and names the byte", function()
      local plain = text:sub(1, 300)
      local data = zipped(plain)
      for length = 2, #data - 1 do
        local given, problem = broken(data:sub(1, length))
        assert.equal(plain:sub(1, #given), given)
        assert.truthy(problem.message:find(("cut off behind byte %d"):format(length), 1, true))
      end
      assert.equal(plain, (broken(data:sub(1, -2))))
      assert.equal(plain, (broken(data .. data:sub(1, 10))))
    end)

    it_inflates("that are damaged gives what is before, and says where that shows", function()
      math.randomseed(8)
      local plain = {}
      for i = 1, 40000 do plain[i] = ("%d\t%d\n"):format(i, random(1000000)) end
      plain = table.concat(plain)
      local data = zipped(plain)
      for _ = 1, 50 do
        local place = random(11, #data)
        local byte = (data:byte(place) + random(255)) % 256
        local damaged = data:sub(1, place - 1) .. string.char(byte) .. data:sub(place + 1)
        local given, problem = broken(damaged)
        local first, last = problem.message:match("damaged: bytes (%d+) to (%d+)")
        local sound = #data
        if first then
          sound = tonumber(first) - 1
          assert.is_true(tonumber(last) >= place and tonumber(last) - sound <= 1024)
        else
          assert.matches("cut off behind byte " .. #data, problem.message, 1, true)
        end
        assert.is_true((zlib.inflate()(damaged:sub(1, sound))) == given, problem.message)
      end
    end)

    it_inflates("with something else behind them names the byte", function()
      local data = zipped("a,b\n")
      for _, rest in ipairs{ "x", "\x1f", "\x1f\x8c", "\0\0\0x", ("\0"):rep(5000) .. "x" } do
        local given, problem = broken(data .. rest)
        assert.equal("a,b\n", given)
        local place = #data + rest:find("[^\0]")
        assert.matches(("byte %d is neither"):format(place), problem.message, 1, true)
      end
    end)

    it_inflates("names the path of what is broken", function()
      local cut_off = folder .. "/cut_off.gz"
      stores.write(cut_off, zipped(text):sub(1, 100))
      local source <close> = chunks.open(cut_off, 1)
      raises(function() while source:read() do end end, { code = "io", says = { cut_off, "100" } })
    end)

    describe("without lua-zlib", function()
      local loaded, preload
      before_each(function()
        loaded, preload = package.loaded.zlib, package.preload.zlib
        package.loaded.zlib = nil
      end)
      after_each(function() package.loaded.zlib, package.preload.zlib = loaded, preload end)

      local function says_what_is_missing()
        local source <close> = chunks.open(giver{ "\x1f\x8b\8\0" }, 1)
        raises(function() source:read() end,
          { code = "io", says = { "LuaRocks: lua-zlib", "Debian: lua-zlib" } })
      end

      it("says what to install", function()
        package.preload.zlib = function() error("module 'zlib' not found") end
        says_what_is_missing()
      end)

      it("says so with another library of that name, too", function()
        package.preload.zlib = function()
          return { inflate = function(given) return assert(given, "bad argument #1") end }
        end
        says_what_is_missing()
      end)

      it("reads everything else", function()
        package.preload.zlib = function() error("module 'zlib' not found") end
        for _, plain in ipairs{ "a", "\x1f", "\x1f\x8c", " \x1f\x8b" } do
          assert.equal(plain, text_of(chunks.open(giver{ plain }, 1)))
        end
      end)
    end)
  end)
end)
