-- A median is what stands in the middle of the sorted values, or between the two that do; whatever
-- order they came in.

local dualuse = require "dualuse"

local random = math.random

local patterns = {
  ["that rise"] = function(i) return i end,
  ["that fall"] = function(i) return 5000 - i end,
  ["that rise and fall"] = function(i, count) return math.min(i, count - i) end,
  ["of which one is another"] = function(i) return i == 7 and 9 or 3 end,
  ["of two kinds"] = function(i) return i % 2 * 100 end,
  ["that hardly differ"] = function() return random(0, 3) end,
  ["in any order"] = function() return random(0, 1000000) end,
  ["in waves"] = function(i) return i * 7919 % 1009 end,
}

--- The median by sorting.
local function sorted_median(values)
  local list = table.move(values, 1, #values, 1, {})
  table.sort(list)
  local middle = #list // 2
  if #list % 2 == 1 then return list[middle + 1] end
  return (list[middle] + list[middle + 1]) / 2
end

describe("the median of many values", function()
  local names = {}
  for name in pairs(patterns) do names[#names + 1] = name end
  table.sort(names)

  for _, name in ipairs(names) do
    it(name .. " is that of the sorted ones", function()
      math.randomseed(20190704)
      for _, count in ipairs{ 1, 2, 3, 16, 17, 18, 19, 500, 1001 } do
        local store <close> = assert(dualuse.open())
        local whole, half = {}, {}
        store:transaction(function()
          for i = 1, count do
            whole[i] = patterns[name](i, count)
            half[i] = (whole[i] - 400) / -8
            store.events:add{ date = "2019", kind = "consult", mentions = whole[i],
              tone = half[i] }
          end
        end)
        local case = name .. ", " .. count
        assert.equal(sorted_median(whole), store.events:median("mentions"), case)
        assert.equal(sorted_median(half), store.events:median("tone"), case)
      end
    end)
  end

  it("takes the largest and least integers for what they are", function()
    local store <close> = assert(dualuse.open())
    for _, mentions in ipairs{ math.maxinteger, 0, math.maxinteger - 1 } do
      store.events:add{ date = "2019", kind = "consult", mentions = mentions }
    end
    assert.equal(math.maxinteger - 1, store.events:median("mentions"))
  end)
end)
