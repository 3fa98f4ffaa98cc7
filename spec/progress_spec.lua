local progress = require "dualuse.progress"
local shell = require "spec.shell"
local stores = require "spec.stores"

local quote = shell.quote

--- A terminal that keeps what a person would see on it. It has one line, and raises where that
-- would not do. `now` and `width` can be set.
local function new_terminal(width)
  local terminal = { now = 1000.5, width = width, screens = {} }
  local cells, column = {}, 1
  function terminal.columns() return terminal.width end
  function terminal.clock() return terminal.now end
  function terminal.write(text)
    for _, code in utf8.codes(text) do
      if code == 13 then
        column = 1
      elseif code == 8 then
        column = math.max(column - 1, 1)
      elseif code < 32 then
        error(("control character %d on the line"):format(code))
      else
        if column >= terminal.width then error("a character in the last column") end
        cells[column], column = utf8.char(code), column + 1
      end
    end
    local line = {}
    for i = 1, #cells do line[i] = cells[i] end
    terminal.shown, terminal.column = (table.concat(line):gsub(" +$", "")), column
    table.insert(terminal.screens, terminal.shown)
  end
  return terminal
end

describe("progress", function()
  it("is told to a function at every update, and to none when it is closed", function()
    local told = {}
    local function tell(...) told[#told + 1] = { n = select("#", ...), ... } end
    local bar = progress.open(tell, 100)
    bar:update(40, 2)
    bar:update(100, 5)
    bar:close()
    bar:update(100, 6)
    assert.same({ { n = 3, 40, 100, 2 }, { n = 3, 100, 100, 5 } }, told)
  end)

  it("is told without a total where there is none", function()
    local total = "something"
    progress.open(function(_, given) total = given end):update(40, 2)
    assert.is_nil(total)
  end)

  it("raises what the function raises", function()
    local bar = progress.open(function() error("enough", 0) end, 100)
    local ok, problem = pcall(bar.update, bar, 1, 1)
    assert.is_false(ok)
    assert.equal("enough", problem)
  end)

  it("takes true, false, nothing or a function, and says so", function()
    for _, wrong in ipairs{ 1, "true", {} } do
      stores.raises(function() local _ = progress.open(wrong, 100) end,
        { code = "misuse", field = "progress",
          says = { "true, false or a function", type(wrong) } })
      assert.same({ "true, false or a function", "misuse" }, { progress.option(wrong) })
    end
    for _, right in ipairs{ true, false, print } do assert.is_nil(progress.option(right)) end
  end)

  it("draws nothing unless it is asked to", function()
    for _, option in ipairs{ false, "nil" } do
      local terminal = new_terminal(80)
      local bar = progress.open(option ~= "nil" and option or nil, 100, terminal)
      bar:update(50, 1)
      bar:close()
      assert.same({}, terminal.screens)
    end
  end)

  describe("on a terminal", function()
    local terminal, bar

    --- Opens a bar on a terminal of so many columns.
    local function open(width, total)
      terminal = new_terminal(width)
      bar = progress.open(true, total, terminal)
    end

    --- What is shown so many seconds after the bar was opened.
    local function at(seconds, bytes, rows)
      terminal.now = 1000.5 + seconds
      bar:update(bytes, rows)
      return terminal.shown
    end

    it("is a line with how much was read, how fast, and how long the rest will take", function()
      open(80, 400000000)
      assert.equal("0 %  0.3 of 400.0 MB  1 row", at(0, 262144, 1))
      assert.equal("25 %  100.0 of 400.0 MB  300000 rows  30000 rows/s  0:30 left",
        at(10, 100000000, 300000))
      assert.equal("50 %  200.0 of 400.0 MB  600000 rows  5000 rows/s  2:00 left",
        at(120, 200000000, 600000))
      assert.equal("1 %  4.0 of 400.0 MB  600000 rows  83 rows/s  198:00:00 left",
        at(7200, 4000000, 600000))
      assert.equal("100 %  400.0 of 400.0 MB  900000 rows  90 rows/s  0:00 left",
        at(10000, 400000000, 900000))
    end)

    it("is without what needs a total where there is none", function()
      open(80)
      assert.equal("262.1 kB  1200 rows", at(0.5, 262144, 1200))
      assert.equal("1.5 GB  9000000 rows  90000 rows/s", at(100, 1500000000, 9000000))
    end)

    it("holds for an empty file, and for one that grows while it is read", function()
      open(80, 0)
      assert.equal("100 %  0 of 0 bytes  0 rows", at(0, 0, 0))
      open(80, 1000)
      assert.equal("100 %  2.0 of 1.0 kB  4 rows  1 rows/s  0:00 left", at(4, 2000, 4))
    end)

    it("is drawn at most ten times a second", function()
      open(80, 1000)
      for i = 0, 1000 do at(i / 1000, i, i) end
      assert.is_true(#terminal.screens >= 9 and #terminal.screens <= 11, #terminal.screens)
      assert.equal("0 %  0.0 of 1.0 kB  0 rows", terminal.screens[1])
    end)

    it("fits however narrow the terminal is, and becomes", function()
      for width = 1, 90 do
        open(width, 400000000)
        for step = 1, 20 do
          at(step, step * 20000000, step * 123456)
          assert.is_true(#terminal.shown < width, terminal.shown)
        end
        if width > 6 then assert.matches("^100 %%", terminal.shown) end
        bar:close()
      end
      open(80, 400000000)
      local wide = at(1, 20000000, 123456)
      terminal.width = 30
      local narrow = at(2, 40000000, 246912)
      assert.equal("10 %  246912 rows  0:18 left", narrow:sub(1, 28))
      assert.is_true(#wide > 30)
    end)

    it("leaves nothing of a longer line behind a shorter one", function()
      open(80)
      at(1, 999900, 1000)
      assert.equal("1.0 MB  1000 rows  500 rows/s", at(2, 1000000, 1000))
    end)

    it("is gone when the bar is closed, once", function()
      open(80, 1000)
      at(1, 500, 5)
      bar:close()
      assert.equal("", terminal.shown)
      assert.equal(1, terminal.column)
      local written = #terminal.screens
      bar:close()
      at(9, 1000, 10)
      assert.equal(written, #terminal.screens)
    end)

    it("is gone after an error", function()
      local ok = pcall(function()
        open(80, 1000)
        local line <close> = bar
        line:update(500, 5)
        assert.equal("50 %  0.5 of 1.0 kB  5 rows", terminal.shown)
        error("the disk is full")
      end)
      assert.is_false(ok)
      assert.equal("", terminal.shown)
    end)

    it("is nothing where no terminal is, though it may come or go", function()
      open(nil, 1000)
      at(1, 500, 5)
      bar:close()
      assert.same({}, terminal.screens)
    end)
  end)
end)

describe("progress = true #process", function()
  local folder, command

  setup(function()
    folder = shell.folder()
    stores.write(folder .. "/load.lua", [[
      local progress = require "dualuse.progress"
      io.stdout:write("begun\n")
      io.stdout:flush()
      local ok, problem = pcall(function()
        local bar <close> = progress.open(true, 1000)
        bar:update(250, 12)
        if arg[1] then error(arg[1], 0) end
      end)
      io.stdout:write(ok and "done\n" or problem .. "\n")
    ]])
    command = function(...) return stores.command(folder .. "/load.lua", ...) end
  end)
  teardown(function() shell.remove(folder) end)

  local no_terminal = shell.without_terminal()

  --- What a command writes to a terminal of so many columns.
  local function on_terminal(columns, words)
    return shell.must(("script -qc %s /dev/null"):format(
      quote(("stty cols %d; %s"):format(columns, words)))):gsub("\r\n", "\n")
  end

  it("draws on the terminal that standard error is, and cleans up", function()
    if no_terminal then return pending(no_terminal) end
    local line = "25 %  0.2 of 1.0 kB  12 rows"
    local away = "\r" .. (" "):rep(#line) .. ("\b"):rep(#line)
    assert.equal("begun\n\r" .. line .. away .. "done\n", (on_terminal(80, command())))
    assert.equal("begun\n\r" .. line .. away .. "stopped\n", (on_terminal(80, command("stopped"))))
  end)

  it("heeds how wide that is", function()
    if no_terminal then return pending(no_terminal) end
    assert.matches("\r25 %%  12 rows\r", (on_terminal(20, command())))
    assert.matches("\r25 %%\r", (on_terminal(8, command())))
  end)

  it("writes to a terminal alone, not to files and pipes", function()
    if no_terminal then return pending(no_terminal) end
    local errors = folder .. "/errors"
    assert.equal("begun\ndone\n",
      (on_terminal(80, command() .. " 2>" .. quote(errors))))
    assert.equal("", stores.bytes(errors))
    assert.equal("begun\ndone\n", shell.must(command()))
  end)

  it("draws on standard error though standard output goes elsewhere", function()
    if no_terminal then return pending(no_terminal) end
    local output = folder .. "/output"
    assert.matches("^\r25 %%", (on_terminal(80, command() .. " >" .. quote(output))))
    assert.equal("begun\ndone\n", stores.bytes(output))
  end)
end)
