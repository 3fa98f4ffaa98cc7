-- The reasons for rejected lines were cut in the middle of a character, held what control
-- characters the file had, and did not name all the styles of dates that were tried.

local dualuse = require "dualuse"

--- The reasons why the lines of a text are rejected as cases of the field that the column x fills.
local function reasons(lines, field, options)
  local store <close> = assert(dualuse.open())
  local given
  local mapping = { columns = { x = field }, constants = { authority = "KOR" }, source = false }
  for name, value in pairs(options or {}) do mapping[name] = value end
  local result = store.cases:import(function()
    given = not given and "x\n" .. table.concat(lines, "\n") or nil
    return given
  end, mapping)
  local list = {}
  for i, reject in ipairs(result.rejects) do
    assert.truthy(utf8.len(reject.reason), reject.reason)
    assert.is_nil(reject.reason:find("%c"), reject.reason)
    list[i] = reject.reason
  end
  return list
end

describe("the reason for a rejected line", function()
  it("is whole characters, none of which draws on a terminal", function()
    local long = ("\u{20AC}"):rep(30)
    local found = reasons({ long, "\27[2J", "1\xff2" }, "fine")
    assert.equal('expected an integer, got "' .. ("\u{20AC}"):rep(20) .. '…"', found[1])
    assert.equal([[expected an integer, got "\x1B[2J"]], found[2])
    assert.equal([[expected an integer, got "1\xFF2"]], found[3])
  end)

  it("is not cut short", function()
    local found = reasons({ "x" }, "note",
      { convert = { x = function() error(("y"):rep(2000), 0) end } })
    assert.equal(("y"):rep(2000), found[1])
  end)

  it("does not repeat the field", function()
    local found = reasons({ "x" }, "fine", { convert = { x = function() return -1 end } })
    assert.equal("-1 is out of range: expected 0 or more", found[1])
  end)

  it("names every style that a date could have", function()
    local found = reasons({ "soon" }, "date", { dates = { "dd.mm.yyyy", "m/d/yyyy", "yyyymmdd" } })
    assert.equal('"soon" is not a date: expected dd.mm.yyyy, m/d/yyyy or yyyymmdd', found[1])
    found = reasons({ "2019-13" }, "date", { dates = { "edtf", "dd.mm.yyyy" } })
    assert.matches('^"2019%-13" is not a date: a month is 01 to 12', found[1])
    assert.matches("%(nor is it dd%.mm%.yyyy%)$", found[1])
  end)

  it("says why a day in one of the styles is none", function()
    local found = reasons({ "31.02.2019" }, "date", { dates = { "edtf", "dd.mm.yyyy" } })
    assert.equal('"31.02.2019" is not a date: February 2019 has 28 days, not 31', found[1])
  end)
end)
