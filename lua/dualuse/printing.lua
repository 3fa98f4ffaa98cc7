--- How stores, collections, queries and descriptions print at the prompt.
--
-- Nothing here raises, counts millions or lets stored text act on a terminal.
-- @module dualuse.printing

local core = require "dualuse.core"

local M = {}

--- The printed form of a store, a collection or a query.
-- @param object
-- @treturn string
function M.object(object)
  return (core.class(object))
end

--- Gives a description its printed form.
-- @tparam table description from the core
-- @treturn table the same
function M.description(description)
  return description
end

return M
