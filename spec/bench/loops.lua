--- What is asked in Lua alone: loops over rows, and small questions one after the other. Each peer
-- answers through what it has for Lua (spec/bench/ask_loops.lua); dualuse does so twice, from
-- columns and from rows.
--
-- A loop is a name and `ask(driver)`, which gives one of the driver's iterators for each question
-- that is asked. What the iterators give is read once with a check, whose answers have to be equal,
-- and then with nothing but a count, which is timed.
local questions = require "spec.bench.questions"

local M = {}

-- The states that the dyads are made of, and how many are asked for.
local STATES = { "USA", "CHN", "RUS", "JPN", "KOR", "GBR", "DEU", "FRA", "IRN", "ISR", "IND", "PAK",
  "UKR", "TUR", "SYR", "IRQ" }
local DYADS = 2000
local DAY = 24 * 60 * 60

--- Dyads with 90 days each, always the same: a list of { actor, target, first, last }, days as
-- YYYYMMDD, and `during`, the same days as EDTF.
local function dyads()
  local list, state = {}, 1
  local function below(limit)
    state = (state * 1103515245 + 12345) % 2147483648
    return (state >> 8) % limit
  end
  local start = os.time{ year = 2014, month = 1, day = 1, hour = 12 }
  for i = 1, DYADS do
    local day = start + below(2000) * DAY
    local first, last = os.date("!%Y-%m-%d", day), os.date("!%Y-%m-%d", day + 89 * DAY)
    list[i] = { STATES[below(#STATES) + 1], STATES[below(#STATES) + 1],
      tonumber((first:gsub("-", ""))), tonumber((last:gsub("-", ""))),
      during = first .. "/" .. last }
  end
  return list
end

--- A number that a name gives, as all peers write it: what is missing may be an empty text.
local function weight(name)
  local text = questions.code(name or "")
  return #text > 0 and #text * 65536 + text:byte(1) * 256 + text:byte(-1) or 0
end

--- Sums of what six values of each row give together, in whatever order the rows come. What follows
-- is what `for` takes.
local function check(unpacked, ...)
  local count, codes, names, tones = 0, 0, 0, 0
  for a, b, c, d, e, f in ... do
    local date, actor, target, code, quad, tone = unpacked(a, b, c, d, e, f)
    local day = tonumber((questions.digits(date)))
    count = count + 1
    codes = codes + day * tonumber(code) * quad
    names = names + day * (weight(actor) + 3 * weight(target))
    tones = tones + (tonumber(tone) or 1000) * quad
  end
  return { { count, codes, names, tones } }
end

local function from_table(row)
  return row.date, row.actor, row.target, row.code, row.quad, row.tone
end

local function from_values(...)
  return ...
end

M.list = {
  {
    name = "every row as a table of six fields",
    check = function(driver) return check(from_table, driver.tables()) end,
    time = function(driver)
      local count = 0
      for _ in driver.tables() do count = count + 1 end
      return count
    end,
  },
  {
    name = "every row as six values",
    check = function(driver) return check(from_values, driver.values()) end,
    time = function(driver)
      local count = 0
      for _, _, _, _, _, _ in driver.values() do count = count + 1 end
      return count
    end,
  },
  {
    name = "one dyad over 90 days",
    per = DYADS,
    check = function(driver, list)
      local rows = {}
      for i, dyad in ipairs(list) do
        local count, sum = 0, 0
        for date, code, quad in driver.dyad(dyad) do
          count = count + 1
          sum = sum + tonumber(questions.digits(date)) * tonumber(code) + quad
        end
        rows[i] = { count, sum }
      end
      return rows
    end,
    time = function(driver, list)
      local count = 0
      for _, dyad in ipairs(list) do
        for _, _, _ in driver.dyad(dyad) do count = count + 1 end
      end
      return count
    end,
  },
}

for _, loop in ipairs(M.list) do
  local ask, time = loop.check, loop.time
  local list = loop.per and dyads()
  loop.check = function(driver) return ask(driver, list) end
  loop.time = function(driver) return time(driver, list) end
end

-- Where dualuse has the records from.
M.ways = { "columns", "rows" }

--- The name of a loop as dualuse has run it.
-- @tparam table loop
-- @tparam string way "columns" or "rows"
-- @treturn string
function M.name(loop, way)
  return loop.name .. ", from " .. way
end

return M
