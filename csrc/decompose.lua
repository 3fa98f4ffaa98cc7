-- Makes decompose.inc, the table by which likeness.c takes accents off, from Unicode's file:
--
--   lua5.4 csrc/decompose.lua /usr/share/unicode/UnicodeData.txt > csrc/decompose.inc
--
-- A character becomes what it decomposes into, marks left out. Only characters that case folding
-- leaves alone are in it, as names are folded first; and of the compatibility decompositions those
-- that occur in names: full and half width, ligatures, "㈜". Hangul is decomposed by arithmetic.

local path = assert(arg[1], "usage: lua5.4 decompose.lua UnicodeData.txt > decompose.inc")

local LONGEST = 4

-- First and last character of the blocks whose compatibility decompositions are taken.
local COMPATIBLE = {
  { 0x0080, 0x024F }, { 0x2100, 0x214F }, { 0x3130, 0x318F }, { 0x3200, 0x33FF },
  { 0xFB00, 0xFB06 }, { 0xFF00, 0xFFEF },
}

local function is_compatible(code)
  for _, block in ipairs(COMPATIBLE) do
    if code >= block[1] and code <= block[2] then return true end
  end
  return false
end

--- The characters that a line of the file describes, by code.
local function read(name)
  local characters = {}
  for line in io.lines(name) do
    local fields = {}
    for field in (line .. ";"):gmatch("([^;]*);") do fields[#fields + 1] = field end
    local tag, rest = fields[6]:match("^(<%a+>) (.*)$")
    local parts = {}
    for part in (rest or fields[6]):gmatch("%x+") do parts[#parts + 1] = tonumber(part, 16) end
    local code = tonumber(fields[1], 16)
    characters[code] = { code = code, class = tonumber(fields[4]), compatible = tag ~= nil,
      parts = parts, lower = tonumber(fields[14], 16), category = fields[3] }
  end
  return characters
end

local characters = read(path)

--- Marks that a person leaves out: accents, and the points of Hebrew and Arabic. Not those that are
-- letters in all but name, such as the vowels of Devanagari or the voicing of kana.
local function is_accent(character)
  return character ~= nil and character.category == "Mn"
    and (character.class >= 200 or character.class >= 10 and character.class <= 36)
end

local function decompose(code, list)
  local character = characters[code]
  if is_accent(character) then
    return
  elseif character and #character.parts > 0
      and (not character.compatible or is_compatible(code)) then
    for _, part in ipairs(character.parts) do decompose(part, list) end
  else
    list[#list + 1] = character and character.lower or code
  end
end

local codes = {}
for code in pairs(characters) do codes[#codes + 1] = code end
table.sort(codes)

local rows, dropped = {}, {}
for _, code in ipairs(codes) do
  local character = characters[code]
  local list = {}
  decompose(code, list)
  if code > 0xFFFF then
    break -- so that two bytes are enough: beyond are rare ideographs, and letters for formulas
  elseif is_accent(character) then
    local last = dropped[#dropped]
    if last and last[2] == code - 1 then
      last[2] = code
    else
      dropped[#dropped + 1] = { code, code }
    end
  elseif not character.lower and (#list > 1 or list[1] ~= code) and #list <= LONGEST
      and math.max(0, table.unpack(list)) <= 0xFFFF then
    rows[#rows + 1] = { code, list }
  end
end

local function print_line(...) io.write(string.format(...), "\n") end

print_line("/* Made by decompose.lua from Unicode's UnicodeData.txt: do not edit.")
print_line("** Data (c) Unicode, Inc., https://www.unicode.org/license.txt */")
print_line("")
print_line("/* marks that are left out: first, last */")
print_line("static const uint16_t accents[][2] = {")
for _, range in ipairs(dropped) do print_line("  {0x%04X, 0x%04X},", range[1], range[2]) end
print_line("};")
print_line("")
print_line("/* from, to, to, to, to; 0 where there are fewer */")
print_line("static const Decomposition decompositions[] = {")
for _, row in ipairs(rows) do
  local to = {}
  for i = 1, LONGEST do to[i] = ("0x%04X"):format(row[2][i] or 0) end
  print_line("  {0x%04X, {%s}},", row[1], table.concat(to, ", "))
end
print_line("};")
