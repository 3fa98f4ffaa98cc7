--- How far a long load has come: a line on the terminal, or a function that is told.
--
--     local bar <close> = progress.open(options.progress, total)
--     bar:update(bytes, rows)      -- after every piece that was read
--     bar:close()
--
-- The line stands on standard error, and only where that is a terminal: nothing of it gets into a
-- file or a pipe. It is one line however narrow the terminal is, drawn at most ten times a second,
-- and is gone when the bar is closed, as it is by an error. It says nothing but numbers.
-- @module dualuse.progress

local core = require "dualuse.core"

local M = {}

-- Seconds between two drawings, and before what is left of the time can be told.
local least_pause, least_known = 0.1, 1

--- Where a line is drawn; a spec has one of its own.
local standard_error = {
  columns = core.terminal,
  clock = core.clock,
  write = function(text)
    io.stderr:write(text)
    io.stderr:flush()
  end,
}

local function nothing() end

local Bar = {}
Bar.__index = Bar
Bar.__name = "dualuse.progress"

-- ------------------------------------------------------------------------------------ The line

local units = { "bytes", "kB", "MB", "GB", "TB" }

--- Bytes, of which the unit is told once: "12.5 of 30.0 MB".
local function size(bytes, total)
  local scale, unit = 1, 1
  while (total or bytes) >= 1000 * scale and units[unit + 1] do
    scale, unit = scale * 1000, unit + 1
  end
  local format = unit == 1 and "%.0f" or "%.1f"
  local read = format:format(bytes / scale)
  return total and ("%s of %s %s"):format(read, format:format(total / scale), units[unit])
    or read .. " " .. units[unit]
end

--- Seconds as minutes or hours: "0:42", "1:00:42".
local function duration(seconds)
  local whole = math.ceil(seconds)
  local minutes, rest = whole // 60, whole % 60
  if minutes < 60 then
    return ("%d:%02d"):format(minutes, rest)
  end
  return ("%d:%02d:%02d"):format(minutes // 60, minutes % 60, rest)
end

--- The parts of the line in their order, each with its weight: where the terminal is too narrow,
-- the lightest is left out first.
local function parts_of(bytes, total, rows, elapsed)
  local parts = {}
  local function add(weight, format, ...)
    parts[#parts + 1] = { weight = weight, text = format:format(...) }
  end
  if total then
    add(5, "%d %%", total > 0 and math.min(100 * bytes // total, 100) or 100)
  end
  add(total and 1 or 5, "%s", size(bytes, total))
  add(3, "%d %s", rows, rows == 1 and "row" or "rows")
  if elapsed >= least_known then
    add(2, "%.0f rows/s", rows / elapsed)
    if total and bytes > 0 then
      add(4, "%s left", duration(elapsed * math.max(total - bytes, 0) / bytes))
    end
  end
  return parts
end

local function lightest(parts)
  local place = 1
  for i, part in ipairs(parts) do
    if part.weight < parts[place].weight then
      place = i
    end
  end
  return place
end

--- The line for a terminal of so many columns. It leaves the last one free: a cursor there would be
-- on the next line on some terminals.
local function line_of(columns, ...)
  local parts = parts_of(...)
  local texts
  repeat
    texts = {}
    for i, part in ipairs(parts) do
      texts[i] = part.text
    end
    local line = table.concat(texts, "  ")
    if #line < columns then
      return line
    end
    table.remove(parts, lightest(parts))
  until #parts == 0
  return ""
end

local function draw(bar, columns, line)
  local blank = math.min(bar.drawn, columns - 1) - #line
  bar.terminal.write("\r" .. line .. (" "):rep(blank) .. ("\b"):rep(blank))
  bar.drawn = #line
end

-- ------------------------------------------------------------------------------------- The bar

--- Tells how far it is.
-- @tparam integer bytes that were read so far
-- @tparam integer rows that were read so far
-- @raise what the function raises
function Bar:update(bytes, rows)
  if self.tell then
    self.tell(bytes, self.total, rows)
    return
  end
  local now = self.terminal.clock()
  if self.last and now - self.last < least_pause then
    return
  end
  local columns = self.terminal.columns()
  if columns then
    self.last = now
    draw(self, columns, line_of(columns, bytes, self.total, rows, now - self.began))
  end
end

--- Takes the line away. Closing again does nothing.
function Bar:close()
  local columns = self.drawn > 0 and self.terminal.columns()
  if columns then
    draw(self, columns, "")
  end
  self.tell, self.drawn = nothing, 0
end

Bar.__close = Bar.close

--- A validator for `dualuse.options`: what `progress` may be.
function M.option(value)
  if type(value) ~= "boolean" and type(value) ~= "function" then
    return "true, false or a function", "misuse"
  end
  return nil
end

--- Begins to show progress.
-- @tparam ?boolean|function option true for a line on the terminal; a function, which is called
--   with bytes, total and rows at every update; nil and false for nothing
-- @tparam ?integer total the bytes to be read; nil where nobody knows
-- @tparam[opt] table terminal another to draw on: functions `columns` (nil: it is none), `clock`
--   (seconds) and `write`
-- @treturn table the bar, with `update` and `close`; it may be declared `<close>`
-- @raise `misuse` for another option
function M.open(option, total, terminal)
  if option ~= nil and M.option(option) then
    core.raise{ code = "misuse", field = "progress", level = 2,
      message = ("progress: expected %s, got a %s"):format(M.option(option), type(option)) }
  end
  terminal = terminal or standard_error
  local tell = type(option) == "function" and option or not option and nothing or nil
  return setmetatable({ tell = tell, total = total, terminal = terminal,
    began = terminal.clock(), drawn = 0 }, Bar)
end

return M
