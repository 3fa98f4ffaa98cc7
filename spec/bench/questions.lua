--- What is asked of every store after it is loaded, in SQL and of dualuse; the answers have to be
-- equal before anybody's seconds count.
--
-- A question is a name, SQL in which `{…}` stands for what the engines write differently, and a
-- function from a store to rows of the same values. To ask more (of columns, say) is one entry here
-- and, where there is a goal for its time, one in spec/bench/goals.lua.
local M = {}

-- What an engine writes for "{…}": the sqlite3 program's .import leaves an empty text where DuckDB
-- has NULL, and / of integers is a number in DuckDB.
M.dialects = {
  sqlite = { ["/"] = "/", tone = "NULLIF(tone, '')" },
  duckdb = { ["/"] = "//", tone = "tone" },
}

--- "2019-07" as 201907.
function M.digits(date)
  return (tostring(date):gsub("-", ""))
end

-- States among the generated actors whose key is not CAMEO's code.
local states = { ROU = "ROM", TLS = "TMP" }

--- Our key of a party as GDELT writes it: cameo:KORGOV is KORGOV there.
function M.code(key)
  return states[key] or (tostring(key):gsub("^cameo:", ""))
end

--- The first of a list of rows, most events first.
local function busiest(rows, most)
  table.sort(rows, function(a, b)
    if a[3] ~= b[3] then return a[3] > b[3] end
    if a[1] ~= b[1] then return a[1] < b[1] end
    return a[2] < b[2]
  end)
  return table.move(rows, 1, most, 1, {})
end

M.list = {
  {
    name = "all events",
    sql = "SELECT count(*) FROM events",
    dualuse = function(store) return { { store.events:count() } } end,
  },
  {
    name = "count by year and quad class",
    sql = "SELECT date {/} 10000, quad, count(*) FROM events GROUP BY 1, 2 ORDER BY 1, 2",
    dualuse = function(store)
      local rows = {}
      for i, row in ipairs(store.events:group{ "year", "quad", provenance = false }) do
        rows[i] = { row.year, row.quad, row.count }
      end
      return rows
    end,
  },
  {
    -- the counts alone: which of two equally busy dyads comes first is told by their names, which
    -- the engines do not write alike
    name = "twenty busiest dyads",
    sql = [[SELECT count(*) FROM events WHERE actor <> '' AND target <> ''
            GROUP BY actor, target ORDER BY 1 DESC LIMIT 20]],
    dualuse = function(store)
      local both = store.events:where{ actor = { missing = false }, target = { missing = false } }
      local rows = {}
      for i, row in ipairs(both:group{ "actor", "target", top = 20, provenance = false }) do
        rows[i] = { row.count }
      end
      return rows
    end,
  },
  {
    name = "all dyads, the twenty busiest of them named",
    sql = [[SELECT actor, target, count(*) FROM events WHERE actor <> '' AND target <> ''
            GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 20]],
    dualuse = function(store)
      local rows = {}
      for _, row in ipairs(store.events:group{ "actor", "target", provenance = false }) do
        if row.actor and row.target then
          rows[#rows + 1] = { M.code(row.actor), M.code(row.target), row.count }
        end
      end
      return busiest(rows, 20)
    end,
  },
  {
    name = "monthly mean tone of a dyad",
    sql = [[SELECT date {/} 100, count(*), avg({tone}) FROM events
            WHERE actor = 'USA' AND target = 'CHN' GROUP BY 1 ORDER BY 1]],
    dualuse = function(store)
      local rows = {}
      local dyad = store.events:where{ actor = "USA", target = "CHN" }
      local months = dyad:group{ "month", n = "count", tone = { "mean", "tone" },
        provenance = false }
      for i, row in ipairs(months) do
        rows[i] = { M.digits(row.month), row.n, row.tone or "" }
      end
      return rows
    end,
  },
  {
    name = "root code by year of an actor",
    sql = [[SELECT date {/} 10000, substr(code, 1, 2), count(*) FROM events WHERE actor = 'JPN'
            GROUP BY 1, 2 ORDER BY 1, 2]],
    dualuse = function(store)
      local rows = {}
      local codes = store.events:where{ actor = "JPN" }
        :group{ "year", "code", n = "count", provenance = false }
      for _, row in ipairs(codes) do -- their order is that of the roots
        local root = row.code:sub(1, 2)
        local last = rows[#rows]
        if last and last[1] == row.year and last[2] == root then
          last[3] = last[3] + row.n
        else
          rows[#rows + 1] = { row.year, root, row.n }
        end
      end
      return rows
    end,
  },
  {
    name = "count of an actor",
    sql = "SELECT count(*) FROM events WHERE actor = 'JPN'",
    dualuse = function(store) return { { store.events:where{ actor = "JPN" }:count() } } end,
  },
}

--- How often a question is asked in one process: the first time may be spent on reading the file.
M.times = 5

--- A question's SQL for an engine.
-- @tparam table question
-- @tparam string dialect "sqlite" or "duckdb"
-- @treturn string
function M.sql(question, dialect)
  return (question.sql:gsub("{(.-)}", M.dialects[dialect]))
end

return M
