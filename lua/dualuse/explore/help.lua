--- What the explorer's help tells, of all that can be typed and of one thing.
-- @module dualuse.explore.help

local core = require "dualuse.core"
local layout = require "dualuse.layout"
local manual = require "dualuse.explore.manual"

local M = {}

local OVERVIEW = [[
sample()             opens a sample: the dispute of 2019 between Japan and South Korea
open "dispute.db"    opens a store, and makes it where there is none; open() has it in memory
use(store)           goes on with another store, or with a view such as store:as_of(12)
store                is the open store, and prints what is in it
cases, claims, …     are its kinds of records: cases:where{ destination = "Vietnam" }
show(…)              shows all that a query finds, or a record with what it refers to by name
show "KOR.MOTIE"     shows what has that id, key, name or alias
describe "cases"     lists the fields of a kind; describe() lists the kinds
help "cases"         tells what can be done with a kind
help "where"         tells of a method or function; help "methods" lists them
help "licence"       tells of a module that answers: %s]]

local WITH_KIND = [[
%s                     the first of them
show(%s)               all of them
%s:where{ … }          those of which something holds: help "where"
%s:get "…"             one, by its id, key, name or alias: show(%s:get "…")
%s:group{ … }          counts: help "group"
%s:add{ … }            a new one; put, update and retract change one, history tells what it was]]

local function append(lines, more)
  table.move(more, 1, #more, #lines + 1, lines)
end

-- Columns of text, each line going on below its second one.
local function columns(text, width)
  local lines = {}
  for line in (text .. "\n"):gmatch("(.-)\n") do
    local first, rest = line:match("^(.-  +)(%S.*)$")
    append(lines, layout.filled(rest, width, first, layout.width(first)))
  end
  return lines
end

-- The paragraphs of a docstring, filled anew. What is indented stays as it is; the second column of
-- such lines goes on below itself.
local function paragraphs(text, width, indent)
  local lines, last = {}, nil
  local function finish()
    if last then
      append(lines, layout.filled(last, width, (" "):rep(indent), indent))
      last = nil
    end
  end
  for _, line in ipairs(text) do
    local first, second = line:match("^(%s%s+%S+%s%s+)(%S.*)$")
    if first then
      finish()
      first = (" "):rep(indent) .. first
      append(lines, layout.filled(second, width, first, layout.width(first)))
    elseif line == "" or line:find("^%s%s") then
      finish()
      lines[#lines + 1] = line == "" and "" or (" "):rep(indent) .. line
    else
      last = last and last .. " " .. line or line
    end
  end
  finish()
  return lines
end

local function function_lines(found, width)
  local lines = layout.filled(found.call, width, "", 2)
  append(lines, paragraphs(found.text, width, 2))
  for _, part in ipairs(found.parts) do
    append(lines, layout.filled(part.text, width, ("  %s: "):format(part.name), 4))
  end
  return lines
end

local function class_lines(class, width)
  local lines = paragraphs(class.text, width, 0)
  for i, found in ipairs(class.functions) do
    lines[#lines + 1] = i == 1 and "" or nil
    append(lines, layout.filled(found.call, width, "", 2))
  end
  return lines
end

local objects = { "store", "collection", "query", "rows" }

-- The modules that answer: what is no class of objects, and not ours.
local function module_names()
  local names, left_out = {}, { dualuse = true, explore = true, edtf = true, rows_module = true }
  for _, name in ipairs(objects) do
    left_out[name] = true
  end
  for _, class in ipairs(manual.classes()) do
    names[#names + 1] = not left_out[class.name] and class.name or nil
  end
  return table.concat(names, ", ")
end

local function method_lines(width)
  local lines = {}
  for _, name in ipairs{ "dualuse", "explore", "edtf", table.unpack(objects) } do
    append(lines, columns(("%-12s  %s"):format(name, table.concat(manual.names(name), ", ")),
      width))
  end
  return lines
end

local function is_kind(name)
  for _, kind in ipairs(core.describe()) do
    if kind.kind == name then
      return true
    end
  end
  return false
end

-- The name of what help is asked on: an object's class, a module's name.
local function name_of(topic)
  local class = core.class(topic) or type(topic) == "table" and (getmetatable(topic) or {}).__name
  if class == "dualuse.collection" then
    return topic:kind()
  elseif class then
    return class:match("[^.]*$")
  end
  for _, module in ipairs(manual.classes()) do
    if topic ~= nil and rawequal(package.loaded["dualuse." .. module.name], topic) then
      return module.name
    end
  end
  return topic
end

local function lines_on(name, width)
  local lines = {}
  local class = manual.class(name)
  if class then
    append(lines, class_lines(class, width))
  end
  for _, found in ipairs(manual.functions(name)) do
    lines[#lines + 1] = #lines > 0 and "" or nil
    append(lines, function_lines(found, width))
  end
  return #lines > 0 and lines or nil
end

--- What is told of a topic.
-- @param[opt] topic a kind ("cases"), a method or function ("where"), a module ("licence"),
--   "methods", or an object
-- @tparam integer width in columns
-- @treturn ?{string,...} lines; nil where nothing is known of it
function M.lines(topic, width)
  local name = name_of(topic)
  if name == nil then
    return columns(OVERVIEW:format(module_names()), width)
  elseif name == "methods" then
    return method_lines(width)
  elseif is_kind(name) then
    local lines = columns(WITH_KIND:gsub("%%s", name), width)
    table.insert(lines, 1, tostring(core.describe(name)))
    return lines
  end
  return type(name) == "string" and lines_on(name, width) or nil
end

return M
