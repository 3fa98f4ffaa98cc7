local shell = require "spec.shell"

local quote = shell.quote

--- Tries what stands in two folders, from a third one.
local function try(share, lib, elsewhere)
  return shell.must(("cd %s && %s %s %s %s"):format(quote(elsewhere), quote(shell.lua),
    quote(shell.root .. "/spec/fixtures/installed.lua"), quote(share), quote(lib)))
end

-- The one-liners of the README, as a user types them with nothing but the two folders on the paths.
local function run_one_liners(share, lib, elsewhere)
  local readme <close> = assert(io.open("README.md"))
  local ran = 0
  for line in readme:lines() do
    local arguments = line:match("^lua5%.4 (%-e .*)$")
    if arguments then
      shell.must(("cd %s && LUA_PATH=%s LUA_CPATH=%s %s %s"):format(quote(elsewhere),
        quote(share .. "/?.lua;" .. share .. "/?/init.lua"), quote(lib .. "/?.so"),
        quote(shell.lua), arguments))
      ran = ran + 1
    end
  end
  assert.equal(3, ran)
end

describe("make install #process", function()
  local folder

  setup(function() folder = shell.folder() end)
  teardown(function() shell.remove(folder) end)

  local function make(target)
    -- The blank shows that paths are quoted.
    return shell.must(("make -s %s DESTDIR=%s PREFIX=/opt/dualuse"):format(
      target, quote(folder .. "/a b")))
  end

  it("installs all that a script needs", function()
    make("install")
    local prefix = folder .. "/a b/opt/dualuse"
    assert.matches("modules load, and the sample",
      try(prefix .. "/share/lua/5.4", prefix .. "/lib/lua/5.4", folder))
  end)

  it("serves a one-liner through LUA_PATH and LUA_CPATH", function()
    local prefix = folder .. "/a b/opt/dualuse"
    local output = shell.must(([[cd %s && LUA_PATH=%s LUA_CPATH=%s %s -e '
      local store <close> = assert(require "dualuse".open())
      print(store.parties:get("KOR").name)']]):format(quote(folder),
        quote(prefix .. "/share/lua/5.4/?.lua;" .. prefix .. "/share/lua/5.4/?/init.lua"),
        quote(prefix .. "/lib/lua/5.4/?.so"), quote(shell.lua)))
    assert.equal("South Korea\n", output)
  end)

  it("serves the one-liners of the README", function()
    local prefix = folder .. "/a b/opt/dualuse"
    run_one_liners(prefix .. "/share/lua/5.4", prefix .. "/lib/lua/5.4", folder)
  end)

  it("exports one symbol from the core", function()
    if not shell.has("nm") then pending("nm is not here") return end
    local symbols = shell.must("nm -D --defined-only " ..
      quote(folder .. "/a b/opt/dualuse/lib/lua/5.4/dualuse/core.so"))
    assert.matches("^%x+ T luaopen_dualuse_core\n$", symbols)
  end)

  it("is taken away again by make uninstall", function()
    make("uninstall")
    assert.equal("", shell.must("find " .. quote(folder) .. " -type f"))
  end)
end)

describe("make rock #process", function()
  it("makes a rock that works by itself", function()
    if not shell.has("luarocks") then pending("luarocks is not here") return end
    assert.matches("modules load, and the sample", shell.must("make -s rock"))
    local folder <close> = setmetatable({ path = shell.folder() },
      { __close = function(self) shell.remove(self.path) end })
    local tree = shell.root .. "/build/rock"
    assert.matches("modules load, and the sample",
      try(tree .. "/share/lua/5.4", tree .. "/lib/lua/5.4", folder.path))
    run_one_liners(tree .. "/share/lua/5.4", tree .. "/lib/lua/5.4", folder.path)
  end)
end)
