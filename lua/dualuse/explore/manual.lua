--- What there is to call, for help and completion: read from the comments of `dualuse.types`, which
-- are made of the docstrings.
-- @module dualuse.explore.manual

local byte_order = require "dualuse.byte_order"

local M = {}

local function is_tag(line)
  return line:find("^@") ~= nil
end

-- The text of a comment, and the parts of a call that are told in words.
local function told(comment)
  local text, parts = {}, {}
  for _, line in ipairs(comment) do
    local tag, about = line:match("^@(%a+) .- # (.*)$")
    local name = tag == "param" and line:match("^@param ([%w_.]+)")
    if tag == "param" or tag == "return" then
      parts[#parts + 1] = { name = name or "gives", text = about }
    elseif not is_tag(line) then
      text[#text + 1] = line
    end
  end
  return text, parts
end

local function class_of(comment)
  for _, line in ipairs(comment) do
    local name = line:match("^@class dualuse%.?([%w_]*)")
    if name then
      return { name = name == "" and "dualuse" or name, text = told(comment), functions = {} }
    end
  end
  return nil
end

-- How a function of a class is called, where the comment does not say it.
local function call_of(class, separator, name, arguments)
  local owner = class.name:gsub("_module$", "")
  if separator == "." and owner ~= "dualuse" and owner ~= "edtf" then
    owner = owner == "explore" and "" or "dualuse." .. owner
  end
  return (owner == "" and "" or owner .. separator) .. name .. arguments
end

local function function_of(class, line, comment)
  local separator, name, arguments = line:match("^function [%w_]+([.:])([%w_]+)(%b()) end$")
  if not name then
    return nil
  end
  local text, parts = told(comment)
  local call = text[1] and text[1]:match("^`(.*)`$")
  if call then
    table.remove(text, 1)
    table.remove(text, 1)
  end
  return { name = name, class = class.name, text = text, parts = parts,
    call = call or call_of(class, separator, name, arguments) }
end

local function read(path)
  local classes, class, comment = {}, nil, {}
  for line in io.lines(path) do
    local text = line:match("^%-%-%-(.*)$")
    if text then
      comment[#comment + 1] = text
    else
      local found = class and function_of(class, line, comment)
      if found then
        class.functions[#class.functions + 1] = found
      elseif line:find("^local ") then
        class = class_of(comment)
        classes[#classes + 1] = class
      end
      comment = {}
    end
  end
  return classes
end

local classes

--- The classes and modules: read when they are first asked for.
-- @treturn {table,...} each with `name` ("store", "licence", "dualuse"), `text` (lines) and
--   `functions`, each with `name`, `class`, `call` (how it is called), `text` (lines) and `parts`
--   (of `name` and `text`); an empty list where `dualuse.types` is not installed
function M.classes()
  if not classes then
    local path = package.searchpath("dualuse.types", package.path)
    classes = path and read(path) or {}
  end
  return classes
end

--- A class or module by its name; nil where there is none.
-- @tparam string name
-- @treturn ?table
function M.class(name)
  for _, class in ipairs(M.classes()) do
    if class.name == name then
      return class
    end
  end
  return nil
end

--- The names of a class's functions, sorted.
-- @tparam string ... names of classes
-- @treturn {string,...}
function M.names(...)
  local names = {}
  for _, name in ipairs{ ... } do
    for _, found in ipairs((M.class(name) or { functions = {} }).functions) do
      names[#names + 1] = found.name
    end
  end
  table.sort(names, byte_order.before)
  return names
end

--- The functions of a name, of whatever class.
-- @tparam string name "where", or with its class "query.where"
-- @treturn {table,...}
function M.functions(name)
  local list = {}
  for _, class in ipairs(M.classes()) do
    for _, found in ipairs(class.functions) do
      if found.name == name or class.name .. "." .. found.name == name
        or class.name .. ":" .. found.name == name then
        list[#list + 1] = found
      end
    end
  end
  return list
end

return M
