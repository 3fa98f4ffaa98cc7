--- How much of the C core the specs and the fault harnesses run, from what gcov counted:
-- `make coverage`.
--
--    lua5.4 spec/fault/coverage.lua FOLDER REPORT [LINES BRANCHES]
--
-- FOLDER is a checkout that was built with --coverage and whose specs have run. Prints the share of
-- lines and of branches by file and in all, and writes the lines that were never run into REPORT,
-- under the reasons of spec/fault/uncovered.lua; first those that no reason is given for, which are
-- printed as well. Fails where there are any, and below LINES or BRANCHES per cent (95 and 85).
local reasons = require "spec.fault.uncovered"
local shell = require "spec.shell"
local stores = require "spec.stores"

local folder, report = assert(arg[1]), assert(arg[2])
local goals = { lines = tonumber(arg[3] or 95), branches = tonumber(arg[4] or 85) }

local all = { lines = { 0, 0 }, branches = { 0, 0 } }
local missed = {} -- by the number of the reason; 0 where there is none

--- The number of the reason why a line is not run, or 0.
-- @tparam string file its name in csrc
-- @tparam string body the function that it is in
-- @tparam string code
local function reason_of(file, body, code)
  for number, reason in ipairs(reasons) do
    for _, place in ipairs(reason) do
      if (place.file == nil or place.file == file) and
        (place.body == nil or place.body == body) and
        (place.code == nil or code:find(place.code, 1, true)) then
        return number
      end
    end
  end
  return 0
end

local function miss(file, body, number, code)
  local reason = reason_of(file, body, code)
  missed[reason] = missed[reason] or {}
  table.insert(missed[reason], ("csrc/%s:%s:%s: %s"):format(file, number, body, code))
end

--- Adds up one file: what gcov wrote of it.
local function count(name, text)
  local lines, branches, body = { 0, 0 }, { 0, 0 }, "?"
  for line in text:gmatch("[^\n]+") do
    body = line:match("^function ([%w_]+)") or body
    local times, number, code = line:match("^%s*([%d#=%-]+)%*?:%s*(%d+):(.*)$")
    if times and number ~= "0" and times ~= "-" then
      lines[2] = lines[2] + 1
      if times:find("#", 1, true) or times:find("=", 1, true) then
        miss(name, body, number, code)
      else
        lines[1] = lines[1] + 1
      end
    end
    local taken = line:match("^branch%s+%d+ (.*)$")
    if taken then
      branches[2] = branches[2] + 1
      if not taken:find("never executed", 1, true) and not taken:find("^taken 0") then
        branches[1] = branches[1] + 1
      end
    end
  end
  for i = 1, 2 do
    all.lines[i] = all.lines[i] + lines[i]
    all.branches[i] = all.branches[i] + branches[i]
  end
  return lines, branches
end

local function percent(pair)
  return pair[2] == 0 and 100 or 100 * pair[1] / pair[2]
end

local function write_report()
  local parts, unexplained = {}, missed[0] or {}
  if #unexplained > 0 then
    parts[1] = ("# no reason is given\n\n%s\n"):format(table.concat(unexplained, "\n"))
  end
  for number, reason in ipairs(reasons) do
    if missed[number] then
      parts[#parts + 1] = ("# %s\n\n%s\n"):format(reason.why, table.concat(missed[number], "\n"))
    end
  end
  stores.write(report, table.concat(parts, "\n"))
  return unexplained
end

for _, path in ipairs(shell.files("csrc", ".c")) do
  local name = path:match("([^/]+)$")
  shell.must(("cd %s && gcov -b -c -o build/obj %s >/dev/null 2>&1"):format(folder, path))
  local lines, branches = count(name, stores.bytes(folder .. "/" .. name .. ".gcov"))
  print(("%-20s %6.1f %% of %4d lines  %6.1f %% of %4d branches"):format(path, percent(lines),
    lines[2], percent(branches), branches[2]))
end
local unexplained = write_report()
print(("%-20s %6.1f %% of %4d lines  %6.1f %% of %4d branches"):format("all", percent(all.lines),
  all.lines[2], percent(all.branches), all.branches[2]))
print(("%d lines were never run, %d of them without a reason: see %s"):format(
  all.lines[2] - all.lines[1], #unexplained, report))
if #unexplained > 0 then
  io.stderr:write("nothing runs these lines, and spec/fault/uncovered.lua does not say why:\n",
    table.concat(unexplained, "\n"), "\n")
end
os.exit(#unexplained == 0 and percent(all.lines) >= goals.lines
  and percent(all.branches) >= goals.branches)
