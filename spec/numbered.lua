--- Lines of events that are told apart by a number, for specs that import many of them.

local M = {}

--- One line: a number of its own, a day, a title, an actor (a new one comes every hundred lines)
-- and a tone.
-- @tparam integer number
-- @tparam[opt] string title
-- @treturn string
function M.line(number, title)
  return ("%d\t2019-%02d-%02d\t%s\tactor %d\t%.3f"):format(number, number % 12 + 1,
    number % 28 + 1, title or "event " .. number, number % (number // 100 + 1), number / 7)
end

--- What they are to an import.
M.mapping = { delimiter = "\t", header = false, quotes = false, source = false, name = "o",
  layouts = { [5] = { "n", "day", "title", "actor", "tone" } }, identity = { "n" }, limit = 100000,
  columns = { n = "code", day = "date", title = "title", actor = "actor", tone = "tone" },
  unknown = "make", constants = { kind = "consult" } }

return M
