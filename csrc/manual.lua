-- Writes what the docstrings of the C files say as comments that LDoc reads, a file a class, for
-- the pages of the manual:
--
--   lua5.4 csrc/manual.lua FOLDER
--
-- LDoc finds the Lua files by itself.

local docstrings = dofile("csrc/docstrings.lua")

local folder = assert(arg[1], "usage: lua5.4 csrc/manual.lua FOLDER")

local CLASSES = {
  { file = "dualuse", tag = "module", name = "dualuse", text = "" }, -- init.lua has it
  { file = "edtf", tag = "module", name = "dualuse.edtf",
    text = " Extended Date/Time Format, ISO 8601-2:2019." },
  { file = "store", tag = "classmod", name = "store",
    text = " A store, or a view of one as it was recorded earlier: what `dualuse.open` gives." },
  { file = "collection", tag = "classmod", name = "collection",
    text = " The records of a kind, such as `store.cases`; it has all that a `query` has, too." },
  { file = "query", tag = "classmod", name = "query",
    text = " What is asked of a kind of record; it never changes, each step gives a new one." },
}

-- The functions of the core that the facade gives.
local facade = { open = true, describe = true, raise = true }

-- Braces and the like as code, so that Markdown leaves them alone.
local function code(text)
  return text:find("[{%[*_]") and "`" .. text .. "`" or text
end

local function comment_of(told)
  local lines = {}
  for line in (told.text .. "\n"):gmatch("(.-)\n") do
    lines[#lines + 1] = line:find("^%s") and "    " .. line or line
  end
  lines[1] = "--- " .. lines[1]
  lines[#lines + 1] = "@function " .. told.name
  lines[#lines + 1] = "@usage " .. told.signature:gsub("%s*%->.*$", "")
  for _, argument in ipairs(told.arguments) do
    lines[#lines + 1] = ("@param%s %s%s"):format(argument.optional and "[opt]" or "",
      argument.name, argument.text:find("^{") and " " .. code(argument.text) or "")
  end
  lines[#lines + 1] = told.results and "@return " .. code(told.results) or nil
  lines[#lines + 1] = told.raises and "@raise " .. told.raises or nil
  return (table.concat(lines, "\n"):gsub("\n", "\n-- "):gsub(" +\n", "\n"))
end

local functions = {}
local pipe <close> = assert(io.popen("find csrc -name '*.c' | LC_ALL=C sort"))
for path in pipe:lines() do
  for _, told in ipairs(docstrings.c(path)) do
    local class = told.class or facade[told.name] and "dualuse" or ""
    functions[class] = functions[class] or {}
    table.insert(functions[class], told)
  end
end

for _, class in ipairs(CLASSES) do
  local list = functions[class.file]
  table.sort(list, function(a, b) return a.name < b.name end)
  local file <close> = assert(io.open(("%s/%s.lua"):format(folder, class.file), "w"))
  file:write(("---%s\n-- @%s %s\n"):format(class.text, class.tag, class.name))
  for _, told in ipairs(list) do
    file:write("\n", comment_of(told), "\n")
  end
end
