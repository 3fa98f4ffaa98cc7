-- Runs all specs, a few files a process and a process a core: lua5.4 spec/all.lua
--
-- What a process says is shown when it has ended, whole. The last line counts what all of them did,
-- as that of spec/plain_output.lua does.
local shell = require "spec.shell"

local FILES_A_PROCESS = 3

local folder = shell.folder()

--- The files, the longest first: they last longest as a rule, and the short ones fill what is left.
local function files()
  return shell.must("find spec -name '*_spec.lua' -printf '%s %p\\n' | LC_ALL=C sort -k1,1rn -k2 | "
    .. "cut -d' ' -f2")
end

--- Adds what a log counts to the totals; returns what else it says, or nil where it has no count:
-- then the process did not come to its end.
local function read(log, totals)
  local file <close> = assert(io.open(log))
  local text = file:read("a")
  local said, line = text:match("^(.*)\n\n(%d+ passed, [^\n]*)\n$")
  if not line then
    return text, false
  end
  for count, what in line:gmatch("(%d+) (%a+)") do
    totals[what] = totals[what] + math.tointeger(tonumber(count))
  end
  return said, true
end

local list = io.open(folder .. "/files", "w")
list:write(files())
list:close()

local command = ([[xargs -a %s -P "$(getconf _NPROCESSORS_ONLN)" -n %d sh -c '
  %s spec/run.lua "$@" >"$0.$$" 2>&1 </dev/null; echo "$? $0.$$"' %s]]):format(
  shell.quote(folder .. "/files"), FILES_A_PROCESS, shell.lua, shell.quote(folder .. "/log"))

local totals = { passed = 0, failed = 0, skipped = 0 }
local ended = true
local processes <close> = assert(io.popen(command))
for line in processes:lines() do
  local status, log = line:match("^(%d+) (.*)$")
  local said, whole = read(log, totals)
  io.stdout:write(said, "\n")
  io.stdout:flush()
  if not whole then
    io.stdout:write("a process that ran specs ended before its count, with status ", status, "\n")
    ended = false
  elseif status ~= "0" and totals.failed == 0 then
    ended = false
  end
end
shell.remove(folder)

io.stdout:write(
  ("\n%d passed, %d failed"):format(totals.passed, totals.failed + (ended and 0 or 1)),
  totals.skipped > 0 and (", %d skipped"):format(totals.skipped) or "", "\n")
os.exit(ended and totals.failed == 0)
