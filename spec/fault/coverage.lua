--- How much of the C core the specs run, from what gcov counted: `make coverage`.
--
--    lua5.4 spec/fault/coverage.lua FOLDER [LINES BRANCHES]
--
-- FOLDER is a checkout that was built with --coverage and whose specs have run. Prints the share of
-- lines and of branches by file and in all, and writes the lines that were never run into
-- FOLDER/missed.txt. Fails below LINES or BRANCHES per cent (95 and 85).
local shell = require "spec.shell"
local stores = require "spec.stores"

local folder = assert(arg[1])
local goals = { lines = tonumber(arg[2] or 95), branches = tonumber(arg[3] or 85) }

local all = { lines = { 0, 0 }, branches = { 0, 0 } }
local missed = {}

--- Adds up one file: what gcov wrote of it.
local function count(name, text)
  local lines, branches = { 0, 0 }, { 0, 0 }
  for line in text:gmatch("[^\n]+") do
    local times, number, code = line:match("^%s*([%d#=%-]+)%*?:%s*(%d+):(.*)$")
    if times and number ~= "0" and times ~= "-" then
      lines[2] = lines[2] + 1
      if times:find("#", 1, true) or times:find("=", 1, true) then
        missed[#missed + 1] = ("%s:%s:%s"):format(name, number, code)
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

for _, path in ipairs(shell.files("csrc", ".c")) do
  local name = path:match("([^/]+)$")
  shell.must(("cd %s && gcov -b -c -o build/obj %s >/dev/null 2>&1"):format(folder, path))
  local lines, branches = count(path, stores.bytes(folder .. "/" .. name .. ".gcov"))
  print(("%-20s %6.1f %% of %4d lines  %6.1f %% of %4d branches"):format(path, percent(lines),
    lines[2], percent(branches), branches[2]))
end
local report = folder .. "/missed.txt"
stores.write(report, table.concat(missed, "\n") .. "\n")
print(("%-20s %6.1f %% of %d lines, %.1f %% of %d branches; what was never run is in %s"):format(
  "all", percent(all.lines), all.lines[2], percent(all.branches), all.branches[2], report))
os.exit(percent(all.lines) >= goals.lines and percent(all.branches) >= goals.branches)
