-- Makes casefold.inc, the table behind du_fold, from Unicode's CaseFolding.txt:
--
--   lua5.4 csrc/casefold.lua /usr/share/unicode/CaseFolding.txt > csrc/casefold.inc
--
-- Statuses C and F are full case folding; S is the simple form of F, and T is for Turkic
-- languages only.

local path = assert(arg[1], "usage: lua5.4 casefold.lua CaseFolding.txt > casefold.inc")

--- Reads the file: its version, {from, to} pairs of one character, {from, to1, to2[, to3]} of more.
local function read(name)
  local version, single, full = nil, {}, {}
  for line in io.lines(name) do
    version = version or line:match("^# CaseFolding%-([%d.]+)%.txt")
    local from, status, to = line:match("^(%x+); ([CF]); ([%x ]+);")
    if from then
      local row = { tonumber(from, 16) }
      for code in to:gmatch("%x+") do row[#row + 1] = tonumber(code, 16) end
      local list = status == "C" and single or full
      assert(#list == 0 or list[#list][1] < row[1], "not in ascending order: " .. from)
      assert(#row == 2 or status == "F" and #row <= 4, "unexpected mapping: " .. from)
      list[#list + 1] = row
    end
  end
  return assert(version, "no version in the first line"), single, full
end

--- Joins characters at equal steps (1 or 2) that are moved by the same distance.
local function ranges(single)
  local list = {}
  for _, pair in ipairs(single) do
    local from, delta = pair[1], pair[2] - pair[1]
    local last = list[#list]
    local step = last and from - last.last
    if last and last.delta == delta and (last.stride or step) == step and step <= 2 then
      last.last, last.stride = from, step
    else
      list[#list + 1] = { first = from, last = from, delta = delta }
    end
  end
  return list
end

--- How many bytes of UTF-8 one byte may become, rounded up.
local function growth(...)
  local most = 1
  for _, list in ipairs { ... } do
    for _, row in ipairs(list) do
      local bytes = #utf8.char(table.unpack(row, 2))
      most = math.max(most, math.ceil(bytes / #utf8.char(row[1])))
    end
  end
  return most
end

local version, single, full = read(path)
local function print_line(...) io.write(string.format(...), "\n") end

print_line("/* Made by casefold.lua from CaseFolding-%s.txt, statuses C and F: do not", version)
print_line("** edit. Data (c) Unicode, Inc., https://www.unicode.org/license.txt */")
print_line("")
print_line("#define CASEFOLD_UNICODE \"%s\"", version)
print_line("#define CASEFOLD_GROWTH %d", growth(single, full))
print_line("")
print_line("/* first, last, stride, delta */")
print_line("static const CasefoldRange casefold_ranges[] = {")
for _, range in ipairs(ranges(single)) do
  print_line("  {0x%04X, 0x%04X, %d, %d},", range.first, range.last, range.stride or 1, range.delta)
end
print_line("};")
print_line("")
print_line("/* from, {to, to, to or 0} */")
print_line("static const CasefoldFull casefold_full[] = {")
for _, row in ipairs(full) do
  print_line("  {0x%04X, {0x%04X, 0x%04X, 0x%04X}},", row[1], row[2], row[3], row[4] or 0)
end
print_line("};")
