--- Rows in files.
-- @submodule dualuse.rows

local told_row = require("dualuse.rows.printing").told_row

local methods = {}

--- Writes the rows to a file: their columns, as `query:export` writes records.
-- @param target a path, an open file, or a function that is called with chunks of text
-- @tparam[opt] table options `format`, `spreadsheet`, `separator` and `overwrite`, as there
-- @treturn integer how many rows were written
-- @raise as there
function methods:export(target, options)
  local list = {}
  for i, row in ipairs(self) do
    list[i] = told_row(self, row)
  end
  local count = require("dualuse.export").rows(list, self.columns, target, options, 2)
  return count
end

return methods
