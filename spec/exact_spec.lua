-- Sums of numbers are exact and rounded once. They are held against Shewchuk's algorithm, which
-- keeps what each addition rounds away as further numbers.

local core = require "dualuse.core"
local dualuse = require "dualuse"

local random = math.random

--- The number nearest to the exact sum.
local function nearest_sum(values)
  local parts = {}
  for _, x in ipairs(values) do
    local kept = {}
    for _, y in ipairs(parts) do
      if math.abs(x) < math.abs(y) then x, y = y, x end
      local high = x + y
      local low = y - (high - x)
      if low ~= 0 then kept[#kept + 1] = low end
      x = high
    end
    kept[#kept + 1] = x
    parts = kept
  end
  local high, low = 0.0
  for i = #parts, 1, -1 do
    local x = high
    high = x + parts[i]
    low = parts[i] - (high - x)
    if low ~= 0 then
      -- Halfway between two numbers, what is still below decides.
      local below = parts[i - 1] or 0
      if (low < 0 and below < 0) or (low > 0 and below > 0) then
        local doubled = low * 2
        if doubled == (high + doubled) - high then high = high + doubled end
      end
      break
    end
  end
  return high
end

local function shuffled(list)
  local copy = table.move(list, 1, #list, 1, {})
  for i = #copy, 2, -1 do
    local j = random(i)
    copy[i], copy[j] = copy[j], copy[i]
  end
  return copy
end

local function store_of(values)
  local store = assert(dualuse.open())
  store:transaction(function()
    for _, value in ipairs(values) do
      store.events:add{ date = "2019", kind = "sanction", tone = value }
    end
  end)
  return store
end

local function same(wanted, got)
  assert.equal(("%a"):format(wanted), ("%a"):format(got))
end

--- A number of about 2^exponent.
local function any(exponent)
  return (random() - 0.5) * 2.0 ^ exponent
end

local draws = {
  ["of one size"] = function() return any(3) end,
  ["of all sizes"] = function() return any(random(-1000, 1000)) end,
  ["at the ends of what a sum itself has room for"] = function()
    return any(random(2) == 1 and random(60, 68) or random(-48, -38))
  end,
  ["that are whole"] = function() return random(-2 ^ 53 // 1 | 0, 2 ^ 53 // 1 | 0) + 0.0 end,
  ["near nothing"] = function() return random(-3, 3) * 5e-324 + any(-1070) end,
  ["halfway between two"] = function() return 2.0 ^ 53 * random(-1, 1) + random(-2, 2) / 2 end,
}

describe("a sum", function()
  for name, draw in pairs(draws) do
    it("of numbers " .. name .. " is the exact one, in any order", function()
      math.randomseed(20190704)
      for _ = 1, 4 do
        local values = {}
        for i = 1, random(60) do values[i] = draw() end
        -- Much of it cancels out.
        for i = 1, #values, 3 do values[#values + 1] = -values[i] end
        local wanted = nearest_sum(values)
        for _, list in ipairs{ values, shuffled(values) } do
          local store <close> = store_of(list)
          same(wanted, store.events:sum("tone"))
          same(wanted / #list, store.events:mean("tone"))
          for _, rows in ipairs{ 1, 7, 16384 } do
            core.unpack(store, "events")
            core.pack(store, "events", rows)
            same(wanted, store.events:sum("tone"))
            same(wanted, store.events:group{ "year", total = { "sum", "tone" } }[1].total)
          end
        end
      end
    end)
  end

  it("that no number holds is infinite", function()
    local store <close> = store_of{ 1.7e308, 1.7e308, 1.0 }
    assert.equal(math.huge, store.events:sum("tone"))
    store.events:add{ date = "2019", kind = "sanction", tone = -1.7e308 }
    core.pack(store, "events", 2)
    same(1.7e308, store.events:sum("tone"))
  end)

  it("of integers is one, or is refused where none is so large", function()
    local store <close> = assert(dualuse.open())
    local function add(fine) store.cases:add{ authority = "KOR", fine = fine } end
    add(math.maxinteger - 5)
    add(2)
    add(3)
    for _, rows in ipairs{ 0, 1, 2, 100 } do
      if rows > 0 then core.pack(store, "cases", rows) end
      assert.equal(math.maxinteger, store.cases:sum("fine"))
      same((math.maxinteger + 0.0) / 3, store.cases:mean("fine"))
    end
    add(1)
    for _, rows in ipairs{ 0, 1, 2, 100 } do
      if rows > 0 then core.pack(store, "cases", rows) end
      local ok, problem = pcall(store.cases.sum, store.cases, "fine")
      assert.is_false(ok)
      assert.equal("invalid", problem.code)
      assert.matches("larger than an integer", problem.message)
      same(2.0 ^ 63 / 4, store.cases:mean("fine"))
    end
  end)
end)
