--- The lines of a dossier, and what they tell: a record's kind, its label and its fields, as they
-- stand there.
-- @module dualuse.dossier.reading

local core = require "dualuse.core"
local kinds = require "dualuse.dossier.kinds"

local M = {}

local BOM = "\xEF\xBB\xBF"

-- -------------------------------------------------------------------------------- Lines of a text

--- Reads the lines of a text that comes in chunks.
-- @tparam function read returns the next chunk, or nil at the end
-- @treturn function returns the next line, without its line end, or nil
function M.lines(read)
  local held, from, ended = "", 1, false
  local first = true
  --- The line that begins at `from`, the chunks that it runs through put together once.
  local function rest_of_line()
    local parts = { held:sub(from) }
    while true do
      local chunk = read()
      if not chunk then
        ended, held, from = true, "", 1
        return #parts > 1 and table.concat(parts) or parts[1]
      end
      local stop = chunk:find("\n", 1, true)
      parts[#parts + 1] = stop and chunk:sub(1, stop - 1) or chunk
      if stop then
        held, from = chunk, stop + 1
        return table.concat(parts)
      end
    end
  end
  return function()
    if ended then return nil end
    local stop = held:find("\n", from, true)
    local line
    if stop then
      line, from = held:sub(from, stop - 1), stop + 1
    else
      line = rest_of_line()
      if ended and line == "" then return nil end
    end
    if first then
      first = false
      if line:sub(1, #BOM) == BOM then line = line:sub(#BOM + 1) end
    end
    return (line:gsub("\r$", ""))
  end
end

--- Whether a line tells nothing: it is empty, or a comment.
function M.is_blank(line)
  return not line:find("%S") or line:find("^%s*#") ~= nil or line:find("^%s*//") ~= nil
end

-- ------------------------------------------------------------------------------ What a line tells

local function problem(message, kind, field)
  return { code = "invalid", message = message, kind = kind, field = field }
end

local function shown(value)
  if type(value) == "string" then
    return '"' .. core.shown(value) .. '"'
  elseif type(value) == "table" then
    return #value > 0 and "a list" or "an object"
  end
  return value == core.null and "null" or tostring(value)
end

--- What people type that JSON does not have, as far as it can be told.
local function hint(line)
  if line:find("“", 1, true) or line:find("”", 1, true) then
    return ': quotation marks are straight in JSON, " and not “'
  elseif not line:find("^%s*{") then
    return ": a record begins with {"
  elseif not line:find("}%s*$") then
    return ": a record ends with }, and stands in one line"
  elseif line:find(",%s*[}%]]") then
    return ": a comma stands before a closing bracket"
  elseif line:find("[{,]%s*'") or line:find("[{,]%s*[%a_]+%s*:") then
    return ': names and texts stand between quotation marks, "so"'
  end
  return ""
end

--- The kind of a line, and the word for it, which is taken out of the fields.
local function kind_of(fields, expected)
  local word, name = fields.record, "record"
  local default = expected and kinds.named(expected)
  if word == nil and default and (fields.kind == nil or default.by_name.kind) then
    return default
  elseif word == nil then
    word, name = fields.kind, "kind"
  end
  local kind = type(word) == "string" and kinds.named(word)
  if kind and name == "kind" and kind.by_name.kind then
    return nil, problem(('a %s has a kind of its own: write "record": "%s", and "kind" for what it '
      .. "is"):format(kind.singular, kind.singular), kind.kind, "kind")
  elseif kind then
    fields[name] = nil
    return kind
  elseif word == nil then
    return nil, problem('the line does not say what it tells of, such as "record": "claim"')
  end
  return nil, problem(("unknown kind %s: expected one of %s"):format(shown(word),
    table.concat(kinds.names, ", ")), nil, name)
end

--- Takes out what a line has besides fields, and refuses what means nothing in another store.
local function item_of(fields, expected)
  local kind, why = kind_of(fields, expected)
  if not kind then
    return nil, why
  end
  local label = fields.as
  fields.as = nil
  local given = kinds.given_field(kind, fields)
  if given then
    return nil, problem(("%s.%s: it means nothing in another store: leave it out"):format(
      kind.kind, given), kind.kind, given)
  end
  return { kind = kind, label = label, fields = fields }
end

--- What a line tells.
-- @param store whose connection reads JSON
-- @tparam string line that is not blank
-- @tparam ?string expected the kind of a record that does not say it
-- @treturn ?table `kind`, `label` and `fields` of a record; or `mark`, "begin" or "end", of the
--   dossier; nil where it is neither
-- @treturn ?table what is wrong: `code`, `message`, `kind` and `field`
function M.item(store, line, expected)
  local fields, why = core.decode(store, line)
  if fields == nil then
    return nil, problem(why .. hint(line))
  elseif type(fields) ~= "table" or #fields > 0 then
    return nil, problem(("a record is an object, { … }, got %s"):format(shown(fields)))
  elseif fields.dossier == nil then
    return item_of(fields, expected)
  elseif fields.dossier ~= 1 and fields.dossier ~= "end" then
    return nil, problem(('the dossier is of version %s, which this dualuse does not know (it knows '
      .. "1)"):format(shown(fields.dossier)), nil, "dossier")
  elseif next(fields, next(fields)) ~= nil then
    return nil, problem('"dossier" stands alone in its line', nil, "dossier")
  end
  return { mark = fields.dossier == 1 and "begin" or "end" }
end

return M
