-- What the docstrings say of the functions that Lua has: those of the C files, and LDoc's comments
-- in the Lua files. The types for editors (types.lua) and the manual's pages (manual.lua) are made
-- of it, so that each function is told of in one place, where it is.
--
-- A C docstring begins with the call and what it gives, in words:
--
--   collection:update(reference, changes [, { by=, reason= }]) -> boolean

local M = {}

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

-- What an argument in braces is called.
local BRACES = {
  ["{ by=, reason= }"] = "why",
  ["{ readonly=, timeout=, deadline=, durability=, column_cache= }"] = "options",
  ["{ missing=, least= }"] = "options",
  ["{ code=, message=, kind=, field=, level= }"] = "problem",
  ["{ field = value, … }"] = "conditions",
  ["{ key, …, name = measure, … }"] = "keys",
  ["{ field, … }"] = "fields",
  ["{ count = true }"] = "what",
}

local function argument(text, optional)
  local name = text == "…" and "..." or text:find("^{") and BRACES[text] or text
  return { text = text, name = name, optional = optional }
end

-- The parts of a text between commas that stand in no brackets; an opening [ before a part, or the
-- comma before it, makes it optional.
local function parts_of(text)
  local parts, optional = {}, false
  local function add(part)
    part = part:match("^%s*(.-)%s*$")
    if part ~= "" then
      parts[#parts + 1] = argument(part, optional)
    end
  end
  local depth, from = 0, 1
  for position, character in text:gmatch("()([%[%],{}])") do
    if character == "{" or character == "}" then
      depth = depth + (character == "{" and 1 or -1)
    elseif depth == 0 then
      add(text:sub(from, position - 1))
      from = position + 1
      optional = optional or character == "["
    end
  end
  add(text:sub(from))
  return parts
end

-- Sentences that begin with "Raises" are told apart from the rest.
local function raises_of(text)
  local before, raises = text:match("^(.-)%f[%a]Raises (.*)$")
  if not before then
    return text, nil
  end
  local sentence, after = raises:match("^(.-[^.][.])(%s.*)$")
  return before .. (after or ""), (sentence or raises)
end

-- The lines of a comment as paragraphs: what is indented stays a line of its own.
local function filled(lines)
  local paragraphs = {}
  local function goes_on(line)
    return line and line ~= "" and not line:find("^%s%s")
  end
  for _, line in ipairs(lines) do
    local last = paragraphs[#paragraphs]
    if goes_on(last) and goes_on(line) then
      paragraphs[#paragraphs] = last .. " " .. line
    else
      paragraphs[#paragraphs + 1] = line
    end
  end
  return table.concat(paragraphs, "\n")
end

-- One docstring: nil where it tells of no function.
local function docstring(lines)
  local call, rest = lines[1]:match("^([%w_.:]+)%f[({](.*)$")
  if not call then
    return nil
  end
  local first = 2
  while lines[first] and not lines[first]:find("^%s*%u") and not lines[first]:find("^%s%s") do
    rest = rest .. " " .. lines[first]
    first = first + 1
  end
  local brackets, results = rest:match("^(%b())%s*(.*)$")
  local braces
  if not brackets then
    braces, results = rest:match("^(%b{})%s*(.*)$")
  end
  local object, name = call:match("^(.*)[.:]([%w_]+)$")
  local text, raises = raises_of(filled(table.move(lines, first, #lines, 1, {})))
  return {
    class = object and object:gsub("^store%.%a+$", "collection"), name = name or call,
    method = call:find(":", 1, true) ~= nil,
    signature = call .. rest,
    arguments = brackets and parts_of(brackets:sub(2, -2)) or { argument(braces, false) },
    results = results:match("^%->%s*(.*)$"),
    text = text:match("^%s*(.-)%s*$"), raises = raises,
  }
end

--- The docstrings of a C file that tell of a function.
-- @tparam string path
-- @treturn {table,...} each with `class` (nil for a function of dualuse itself), `name`, `method`
--   (whether it is called with a colon), `signature`, `arguments` (of `text`, `name`, `optional`),
--   `results` (in words, or nil), `text` and `raises`
function M.c(path)
  local found, lines = {}, nil
  for line in read(path):gmatch("[^\n]*") do
    if line == "/*" then
      lines = {}
    elseif lines and line:find("^%*%*") then
      lines[#lines + 1] = line:match("^%*%* ?(.*)$")
    elseif lines and line:find("^%*/") then
      found[#found + 1] = lines[1] and docstring(lines)
      lines = nil
    end
  end
  return found
end

-- ------------------------------------------------------------------------------------- LDoc

-- The text and the tags of a comment.
local function tags_of(lines)
  local text, tags = {}, {}
  for _, line in ipairs(lines) do
    local tag, rest = line:match("^@(%a+)%s*(.*)$")
    if tag then
      local modifier, after = rest:match("^(%b[])%s*(.*)$")
      tags[#tags + 1] = { tag = tag, modifier = modifier, text = after or line:match("^@%a+(.*)$") }
    elseif #tags > 0 then
      tags[#tags].text = tags[#tags].text .. " " .. line:match("^%s*(.*)$")
    else
      text[#text + 1] = line
    end
  end
  return filled(text), tags
end

-- A type, which may hold brackets, and what stands behind it.
local function type_and_rest(text)
  text = text:match("^%s*(.*)$")
  local mark, list, rest = text:match("^(%??)(%b{})%s*(.*)$")
  if list then
    return mark .. list, rest
  end
  return text:match("^(%S+)%s*(.*)$")
end

local function function_of(lines, code)
  local text, tags = tags_of(lines)
  local result = { text = text, params = {}, returns = {} }
  for _, tag in ipairs(tags) do
    if tag.tag == "function" or tag.tag == "module" then
      result[tag.tag] = tag.text:match("%S+")
    elseif tag.tag == "param" or tag.tag == "tparam" then
      local kind, rest = nil, tag.text:match("^%s*(.*)$")
      if tag.tag == "tparam" then
        kind, rest = type_and_rest(rest)
      end
      local name, about = rest:match("^(%S+)%s*(.*)$")
      result.params[#result.params + 1] = { name = name, type = kind, text = about,
        optional = tag.modifier ~= nil }
    elseif tag.tag == "return" or tag.tag == "treturn" then
      local kind, rest = nil, tag.text:match("^%s*(.*)$")
      if tag.tag == "treturn" then
        kind, rest = type_and_rest(rest)
      end
      result.returns[#result.returns + 1] = { type = kind, text = rest or "" }
    elseif tag.tag == "raise" then
      result.raises = tag.text:match("^%s*(.*)$")
    end
  end
  local owner, separator, name = code:match("^function ([%w_]+)([.:])([%w_]+)%(")
  if not owner and (result["function"] or #result.params > 0) then -- made by another function
    owner, separator, name = code:match("^([%w_]+)(%.)([%w_]+) = ")
  end
  result.owner, result.method = owner, separator == ":"
  -- A method may be named with its class: "query:export".
  result.name = result["function"] and result["function"]:match("[%w_]+$") or name
  return result
end

--- The comments of a Lua file that tell of a module or of a function in it.
-- @tparam string path
-- @treturn ?table what is told of the module: `module`, its name, and `text`
-- @treturn {table,...} each with `name`, `owner` ("M", say; nil for a local one), `method`, `text`,
--   `raises`, `params` (of `name`, `type`, `optional`, `text`) and `returns` (of `type`, `text`)
function M.lua(path)
  local module, found, lines = nil, {}, nil
  for line in (read(path) .. "\n"):gmatch("(.-)\n") do
    if lines and line:find("^%-%-") then
      lines[#lines + 1] = line:match("^%-%-+ ?(.*)$")
    elseif line:find("^%-%-%-[^-]") then
      lines = { line:match("^%-%-%- ?(.*)$") }
    elseif lines then
      local told = function_of(lines, line)
      if told.module then
        module = told
      elseif told.name then
        found[#found + 1] = told
      end
      lines = nil
    end
  end
  return module, found
end

return M
