-- The README's transcripts are what the prompt prints: each is typed into a Lua of its own, one
-- that is continued into the same as the one before it.
local picture = require "spec.picture"
local shell = require "spec.shell"

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read("a")
end

-- The Lua that finds this checkout, from any folder. On a terminal that can do little, readline
-- would scroll a long line sideways: it is told that there is room.
local lua = ("COLUMNS=1000 LUA_PATH=%s LUA_CPATH=%s %s"):format(
  shell.quote(("%s/lua/?.lua;%s/lua/?/init.lua;;"):format(shell.root, shell.root)),
  shell.quote(shell.root .. "/build/?.so;;"), shell.lua)

-- The fenced blocks of one language; those that are continued, with all that they continue.
local function blocks(text, language)
  local found, last = {}, ""
  for continued, block in text:gmatch("```" .. language .. "([^\n]*)\n(.-)```") do
    last = continued == " continued" and last .. block or block
    found[#found + 1] = last
  end
  return found
end

local function typed(transcript)
  local lines = {}
  for line in transcript:gmatch("[^\n]+") do
    lines[#lines + 1] = line:match("^>>? (.*)$")
  end
  return table.concat(lines, "\n") .. "\n"
end

-- What the prompt shows after its banner. Lua built with readline repeats what is typed; one built
-- without it does not, and it is put back here.
local function prompt(input, folder)
  local path = folder .. "/typed.lua"
  local file = assert(io.open(path, "w"))
  file:write(input)
  file:close()
  local output = select(2, shell.run(("%s -i <%s 2>&1"):format(lua, shell.quote(path))))
  output = output:gsub("^Lua 5%.4[^\n]*\n", ""):gsub("> \n?$", "")
  if not output:find("> " .. input:match("[^\n]+"), 1, true) then
    for line in input:gmatch("[^\n]+") do
      output = output:gsub("> ([^\n])", function(rest)
        return "\0" .. line:gsub("%%", "%%%%") .. "\n" .. rest
      end, 1)
    end
    output = output:gsub("%z", "> ")
  end
  return output
end

-- Lua's own name stands before an error that nobody caught.
local function neutral(text)
  return (text:gsub("\nlua[%d.]*: ", "\nlua: "))
end

describe("the README #process", function()
  local readme = read("README.md")
  local folder

  setup(function()
    folder = shell.folder()
  end)
  teardown(function()
    shell.remove(folder)
  end)

  for number, transcript in ipairs(blocks(readme, "transcript")) do
    it(("shows what the prompt prints, in transcript %d"):format(number), function()
      assert.equal(neutral(transcript), neutral(prompt(typed(transcript), folder)))
    end)
  end

  it("has transcripts", function()
    assert.is_true(#blocks(readme, "transcript") >= 5)
  end)

  it("shows a picture as it is drawn: make picture draws it anew", function()
    assert.truthy(readme:find("](" .. picture.path .. ")", 1, true))
    assert.equal(picture.draw(), read(picture.path))
  end)

  it("has one-liners that run", function()
    local ran = 0
    for _, block in ipairs(blocks(readme, "sh")) do
      for line in block:gmatch("[^\n]+") do
        if line:find("^lua5%.4 %-e") then
          local status, output = shell.run(lua .. line:sub(#"lua5.4" + 1))
          assert.equal(0, status, line .. "\n" .. output)
          ran = ran + 1
        end
      end
    end
    assert.equal(3, ran)
  end)

  it("names only make targets that there are", function()
    local makefile = read("Makefile")
    for target in readme:gmatch("[\n`]make (%l[%l-]*)") do
      assert.is_truthy(makefile:find("\n" .. target .. ":", 1, true), "make " .. target)
    end
  end)
end)
