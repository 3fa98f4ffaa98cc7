-- Numbers and texts as a reader reads and orders them, whatever the locale.

local byte_order = require "dualuse.byte_order"
local digits = require "dualuse.digits"

describe("a number", function()
  it("is told with groups of three digits and a decimal point", function()
    for value, expected in pairs{ [0] = "0", [7] = "7", [999] = "999", [1000] = "1,000",
        [-1234567] = "-1,234,567", [1.5] = "1.5", [-0.25] = "-0.25", [1234.567] = "1,234.57",
        [2.0] = "2", [0.001] = "0", [-0.001] = "0", [1e20] = "1e+20",
        [math.maxinteger] = "9,223,372,036,854,775,807" } do
      assert.equal(expected, digits.text(value))
    end
    assert.equal("3.1416", digits.text(math.pi, 4))
    assert.equal("3", digits.text(math.pi, 0))
    assert.equal("not a number", digits.text(0 / 0))
  end)

  it("reads back as what it was, rounded", function()
    math.randomseed(1)
    for _ = 1, 2000 do
      local value = (math.random() - 0.5) * 10 ^ math.random(0, 9)
      local back = tonumber((digits.text(value):gsub(",", "")))
      assert.near(value, back, 0.005000001)
      assert.is_nil((digits.text(value):gsub("%..*", "")):find("%d%d%d%d"))
    end
  end)
end)

describe("texts", function()
  it("come in the order of their bytes", function()
    -- The twin writes the bytes as numbers of three digits.
    local function key(text)
      return (text:gsub(".", function(byte) return ("%03d"):format(byte:byte()) end))
    end
    math.randomseed(2)
    local function any()
      local bytes = {}
      for i = 1, math.random(0, 5) do bytes[i] = string.char(math.random(97, 99)) end
      return table.concat(bytes) .. (math.random() < 0.3 and "é" or "")
    end
    for _ = 1, 2000 do
      local a, b = any(), any()
      assert.equal(key(a) < key(b), byte_order.before(a, b))
    end
  end)
end)
