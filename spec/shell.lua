--- Other programs and temporary folders, for specs.
local M = {}

--- The Lua that specs run other scripts with.
M.lua = os.getenv("LUA") or "lua5.4"

--- Text as one word for the shell.
function M.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- Runs a shell command to its end.
-- @tparam string command
-- @treturn integer its exit status
-- @treturn string what it printed, errors included
function M.run(command)
  -- A `make` that a spec starts is nobody's sub-make: it gets no flags and job slots of another.
  -- What is loaded before this Lua, under `make sanitize`, is not for other programs.
  local pipe = assert(io.popen(
    "unset MAKEFLAGS MFLAGS MAKELEVEL LD_PRELOAD; { " .. command .. "\n} </dev/null 2>&1"))
  local output = pipe:read("a")
  local _, _, status = pipe:close()
  return status, output
end

--- Runs a command that has to succeed.
-- @treturn string what it printed
-- @raise where it fails, with what it printed
function M.must(command)
  local status, output = M.run(command)
  if status ~= 0 then
    error(("%s\nended with status %d:\n%s"):format(command, status, output), 2)
  end
  return output
end

--- Whether there is such a command.
function M.has(command)
  return (M.run("command -v " .. M.quote(command))) == 0
end

--- The checkout, whatever folder a command then works in.
M.root = M.must("pwd"):match("^(.*)\n$")

--- Makes an empty folder.
-- @treturn string its absolute path; `remove` takes it away
function M.folder()
  return M.must("mktemp -d"):match("^(.*)\n$")
end

--- Removes a folder that `folder` has made.
function M.remove(folder)
  M.must("rm -rf " .. M.quote(folder))
end

--- The files below a folder of the checkout, sorted, with paths from the checkout.
-- @tparam string folder
-- @tparam string ending such as ".lua"
function M.files(folder, ending)
  local files = {}
  for name in M.must("find " .. M.quote(folder) .. " -type f"):gmatch("[^\n]+") do
    if name:sub(-#ending) == ending then files[#files + 1] = name end
  end
  table.sort(files)
  return files
end

--- Why there is no pseudo-terminal here, as in a bare chroot; nil where there is one.
function M.without_terminal()
  local status, output = M.run("script -qc true /dev/null </dev/null 2>&1")
  return status ~= 0 and "no pseudo-terminal can be made here: " .. output:gsub("%s+$", "") or nil
end

return M
