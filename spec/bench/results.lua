--- What was measured: kept, made into medians and ratios, and printed beside the goals.
local goals = require "spec.bench.goals"

local M = {}
M.__index = M

local MEGABYTE = 1000000

--- Nothing measured yet.
function M.new()
  return setmetatable({ measured = {}, goals_known = goals }, M)
end

--- Adds one measurement.
-- @tparam integer rows the size of the file
-- @tparam string work what was done
-- @tparam string peer by whom
-- @tparam table taken `seconds`; of a load `processor` seconds, `kilobytes` of memory, `bytes` of
--   file, and the `rows` that were loaded
function M:add(rows, work, peer, taken)
  local name = rows .. " " .. work
  local measured = self.measured[name]
  if not measured then
    measured = { peers = {} }
    self.measured[name] = measured
  end
  local runs = measured[peer]
  if not runs then
    runs = {}
    measured[peer] = runs
    measured.peers[#measured.peers + 1] = peer
  end
  runs[#runs + 1] = taken
end

--- The least, the middle and the most of what the runs took.
-- @tparam table runs
-- @tparam string what "seconds", "processor", "kilobytes" or "bytes"
-- @treturn ?number median; nothing where it was not measured
-- @treturn ?number the least
-- @treturn ?number the most
function M.spread(runs, what)
  local values = {}
  for i, taken in ipairs(runs) do values[i] = taken[what] end
  if #values == 0 then return nil end
  table.sort(values)
  local low, high = (#values + 1) // 2, #values // 2 + 1
  return (values[low] + values[high]) / 2, values[1], values[#values]
end

local function runs_of(self, rows, work, peer)
  local measured = self.measured[rows .. " " .. work]
  return measured and measured[peer]
end

--- How many times as fast dualuse was as a peer, by their medians.
-- @tparam integer rows
-- @tparam string work
-- @tparam string peer
-- @tparam[opt="dualuse"] string by which of ours
-- @treturn ?number
function M:ratio(rows, work, peer, by)
  local ours, theirs = runs_of(self, rows, work, by or "dualuse"), runs_of(self, rows, work, peer)
  return ours and theirs and M.spread(theirs, "seconds") / M.spread(ours, "seconds")
end

-- ------------------------------------------------------------------------------------------------
-- Goals

--- What was reached of a goal.
-- @treturn string what the goal is about
-- @treturn string the goal
-- @treturn ?string what was measured
-- @treturn ?boolean whether that is good enough
local function judge(self, goal, rows)
  local ours = runs_of(self, rows, goal.work, "dualuse")
  if goal.times then
    local ratio = self:ratio(rows, goal.work, goal.peer, goal.by)
    return goal.peer, ("≥ %.3g ×"):format(goal.times), ratio and ("%.2f ×"):format(ratio),
      ratio and ratio >= goal.times
  end
  if goal.rate then
    local small = runs_of(self, goal.of, goal.work, "dualuse")
    local part = ours and small
      and rows / M.spread(ours, "seconds") * M.spread(small, "seconds") / goal.of
    return ("rows/s, of those for %d"):format(goal.of), ("≥ %g"):format(goal.rate),
      part and ("%.2f"):format(part), part and part >= goal.rate
  end
  if goal.seconds then
    local each = ours and M.spread(ours, "seconds") / rows * 1000000
    return "a million rows", ("≤ %g s"):format(goal.seconds), each and ("%.2f s"):format(each),
      each and each <= goal.seconds
  end
  local most = goal.memory or goal.size
  local held = ours and M.spread(ours, goal.memory and "kilobytes" or "bytes")
  held = held and held * (goal.memory and 1024 or 1) / MEGABYTE
  return goal.memory and "memory" or "file", ("≤ %g MB"):format(most),
    held and ("%.0f MB"):format(held), held and held <= most
end

--- Lines that tell of all goals for the sizes that were measured.
-- @tparam table sizes
-- @treturn table a list of rows of cells
function M:goals(sizes)
  local lines = { { "rows", "work", "dualuse against", "goal", "measured", "" } }
  for _, rows in ipairs(sizes) do
    for _, goal in ipairs(self.goals_known) do
      if not goal.rows or goal.rows == rows then
        local about, wanted, reached, good = judge(self, goal, rows)
        local work = goal.work .. (goal.by or "dualuse"):match("^dualuse(.*)$")
        lines[#lines + 1] = { tostring(rows), work, about, wanted, reached or "not measured",
          good and "met" or reached and "missed" or "" }
      end
    end
  end
  return lines
end

-- ------------------------------------------------------------------------------------------------
-- Printing

local function time(seconds)
  if not seconds then return "" end
  if seconds >= 100 then return ("%.0f s"):format(seconds) end
  if seconds >= 1 then return ("%.2f s"):format(seconds) end
  return ("%.3g ms"):format(seconds * 1000)
end

local function megabytes(amount, unit)
  return amount and ("%.0f MB"):format(amount * unit / MEGABYTE) or ""
end

--- How many times as fast dualuse was, as a cell.
local function times(self, rows, work, peer)
  local ratio = peer ~= "dualuse" and self:ratio(rows, work, peer)
  return ratio and ("%.2f ×"):format(ratio) or ""
end

--- Lines that tell what every peer took for a load.
-- @treturn ?table a list of rows of cells; nothing where it was not measured
function M:loads(rows, work)
  local measured = self.measured[rows .. " " .. work]
  if not measured then return nil end
  local lines = { { "", "median", "least", "most", "rows/s", "processors", "memory", "file",
    "dualuse is" } }
  for _, peer in ipairs(measured.peers) do
    local runs = measured[peer]
    local median, least, most = M.spread(runs, "seconds")
    lines[#lines + 1] = { peer, time(median), time(least), time(most),
      ("%.0fk"):format(runs[1].rows / median / 1000), time(M.spread(runs, "processor")),
      megabytes(M.spread(runs, "kilobytes"), 1024), megabytes(M.spread(runs, "bytes"), 1),
      times(self, rows, work, peer) }
  end
  return lines
end

--- Lines that tell what every peer took for its answers: medians, and how many times as fast
-- dualuse was.
-- @tparam integer rows
-- @tparam table works the names of the questions
-- @treturn table a list of rows of cells
function M:answers(rows, works)
  local header, lines = { "" }, {}
  lines[1] = header
  for _, work in ipairs(works) do
    header[#header + 1] = work
    header[#header + 1] = ""
  end
  for _, peer in ipairs(self.measured[rows .. " " .. works[1]].peers) do
    local cells = { peer }
    for _, work in ipairs(works) do
      cells[#cells + 1] = time(M.spread(runs_of(self, rows, work, peer), "seconds"))
      cells[#cells + 1] = times(self, rows, work, peer)
    end
    lines[#lines + 1] = cells
  end
  return lines
end

--- Lines that tell what each peer took for each of some works: medians, and how many times as fast
-- dualuse was.
-- @tparam integer rows
-- @tparam table works their names
-- @treturn table a list of rows of cells
function M:list(rows, works)
  local lines = { { "", "", "median", "dualuse is" } }
  for _, work in ipairs(works) do
    local measured = self.measured[rows .. " " .. work] or { peers = {} }
    for i, peer in ipairs(measured.peers) do
      lines[#lines + 1] = { i == 1 and work or "", peer,
        time(M.spread(measured[peer], "seconds")), times(self, rows, work, peer) }
    end
  end
  return lines
end

-- How many records are in a segment of columns (csrc/segment.h).
local SEGMENT = 16384

-- What nobody loads here, but is of interest.
local ON_PAPER = 1000000000

--- Lines that tell what dualuse took for each question, and for a segment of the columns; at the
-- end what that makes for a billion rows.
-- @tparam table sizes
-- @tparam table works the names of the questions
-- @treturn ?table a list of rows of cells; nothing where dualuse was not measured
function M:segments(sizes, works)
  local lines, largest = { { "", "rows", "segments", "took", "a segment" } }, nil
  for _, work in ipairs(works) do
    for i, rows in ipairs(sizes) do
      local ours = runs_of(self, rows, work, "dualuse")
      if not ours then return nil end
      local segments, seconds = -(-rows // SEGMENT), M.spread(ours, "seconds")
      largest = seconds / segments
      lines[#lines + 1] = { i == 1 and work or "", tostring(rows), tostring(segments),
        time(seconds), ("%.3g µs"):format(largest * 1e6) }
    end
    local segments = -(-ON_PAPER // SEGMENT)
    lines[#lines + 1] = { "", tostring(ON_PAPER), tostring(segments), time(segments * largest),
      "on paper" }
  end
  return lines
end

local function is_number(cell)
  return cell:find("^%d") or cell:find("^≥") or cell:find("^≤")
end

--- Writes rows of cells in columns, those with numbers flush right.
-- @tparam table lines the first has the columns' titles
-- @treturn string
function M.columns(lines)
  local widths, numbers, text = {}, {}, {}
  for k, cells in ipairs(lines) do
    for i, cell in ipairs(cells) do
      widths[i] = math.max(widths[i] or 0, utf8.len(cell))
      numbers[i] = numbers[i] or k > 1 and is_number(cell)
    end
  end
  for k, cells in ipairs(lines) do
    local parts = {}
    for i, cell in ipairs(cells) do
      local gap = (" "):rep(widths[i] - utf8.len(cell))
      parts[i] = numbers[i] and gap .. cell or cell .. gap
    end
    text[k] = table.concat(parts, "  "):gsub(" +$", "") .. "\n"
  end
  return table.concat(text)
end

return M
