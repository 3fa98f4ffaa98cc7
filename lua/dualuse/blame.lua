--- Whose mistake an error is: what is found deep inside a module is told at the line of whoever
-- called it, and what a function of theirs raises goes on as it is.
-- @module dualuse.blame

local core = require "dualuse.core"

local M = {}

-- The metatable of what a function from outside has raised, on its way through our own.
local outside = {}

--- A function of the caller's, which may raise what it likes.
-- @tparam function fn
-- @treturn function the same, for use inside `caller`
function M.outside(fn)
  return function(...)
    local results = table.pack(pcall(fn, ...))
    if results[1] then
      return table.unpack(results, 2, results.n)
    end
    error(setmetatable({ problem = results[2] }, outside), 0)
  end
end

--- Calls a function, and tells its errors at another line. It must not be the last call of the
-- function that calls it, whose level would be gone.
-- @tparam integer level whose mistake an error is: 1 is the function that calls this one
-- @tparam function fn
-- @param ... its arguments
-- @return what it returns
-- @raise what it raises: an error of dualuse as one at that line, anything else as it is
function M.caller(level, fn, ...)
  local results = table.pack(pcall(fn, ...))
  if results[1] then
    return table.unpack(results, 2, results.n)
  end
  local problem = results[2]
  if getmetatable(problem) == outside then
    error(problem.problem, 0)
  elseif getmetatable(problem) == "dualuse.error" then
    core.raise{ code = problem.code, message = problem.message, kind = problem.kind,
      field = problem.field, level = level + 1 }
  end
  error(problem, 0)
end

return M
