--- Rows: results as plain tables with methods and a printed form.
--
-- Rows are a list of tables, `#rows`, `rows[1].count` and `ipairs(rows)` are what they look like.
-- Methods give new rows and leave these as they are, so that they chain:
--
--    store.cases:group{ "year" }:fill():change():sort("-count")
--
-- What a figure rests on goes with it: a row's `records` and `sources` (sorted lists) and
-- `independent` (how many independent sources) are put together where rows are.
--
-- A row whose date fits no bucket has none as its key (nothing, or the text "unbounded") but
-- `undated = true` or `unbounded = true`. Such rows stay at the end, are filled nowhere and are
-- never left out unasked; so does the row `rest` that `top` makes, before them.
-- @module dualuse.rows

local layout = require "dualuse.layout"
local list_of = require "dualuse.rows.list"
local printing = require "dualuse.rows.printing"

local M = {}

for _, part in ipairs{ "choosing", "measuring", "filling", "pivoting", "joining", "writing" } do
  for name, method in pairs(require("dualuse.rows." .. part)) do
    list_of.metatable.__index[name] = method
  end
end

--- Makes rows of a list of plain tables. The tables are not copied.
-- @tparam {table,...} list
-- @tparam[opt] table options
--   `columns`, the names of the columns in order (the keys, the measures, and what else there is);
--   `keys`, the names of those that tell the rows apart;
--   `measures`, the names of those that are figures;
--   `aggregates`, how figures were made, by column: `count`, `possible`, `distinct`, `sum`, `mean`,
--   `min`, `max`, `median` (a column with such a name is one);
--   `unit`, what is counted; `title`; `notes`, lines printed below;
--   `units`, by column, the units that differ from `unit`;
--   `independent`, a function that counts independent sources (`provenance.counter`): without it,
--   rows put together have no such number unless one of them has all the sources;
--   `widest`, how wide a printed cell may be
-- @treturn table rows; the options are fields of it
-- @raise `misuse` for what is no list of tables, and for unknown options
function M.new(list, options)
  return list_of.new(list, options)
end

--- Rows as text: title, unit, the rows in columns, and notes.
-- @tparam table rows
-- @tparam[opt] table room `width`, `rows` and `ascii`, as `layout.room` has them
-- @treturn string lines without a final line end
function M.text(rows, room)
  return printing.text(rows, room)
end

--- The printed form: title, unit, the first rows in columns (fifty, or as many as there is room
-- for), and notes. It never raises.
function list_of.metatable:__tostring()
  local ok, text = pcall(M.text, self, layout.room())
  return ok and text or "dualuse.rows"
end

return M
