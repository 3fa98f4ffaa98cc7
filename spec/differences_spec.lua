local differences = require "dualuse.differences"

local function exactly(from, to, value)
  return { from = from, to = to, least = value, most = value }
end

--- A list of terms as text, such as "+15/19 -15/16", in order.
local function said(terms)
  local texts = {}
  for i, term in ipairs(terms) do
    texts[i] = ("%s%d/%d"):format(term.sign > 0 and "+" or "-", term.claim.from, term.claim.to)
  end
  table.sort(texts)
  return table.concat(texts, " ")
end

describe("a system of totals", function()
  it("gives the differences that follow, with what they follow from", function()
    local system = differences.solve{ exactly(15, 19, 156), exactly(15, 16, 14),
      exactly(16, 17, 22), exactly(17, 18, 48) }
    local rest = system:between(18, 19)
    assert.equal(72, rest.value)
    assert.equal("+15/19 -15/16 -16/17 -17/18", said(rest.terms))
    assert.equal(36, system:between(15, 17).value)
    assert.same({}, system.conflicts)
  end)

  it("bounds what does not follow", function()
    local system = differences.solve({ exactly(15, 19, 156), exactly(15, 16, 14),
      { from = 17, to = 18, least = 20 } }, { points = { 20 } })
    local year = system:between(17, 18)
    assert.is_nil(year.value)
    assert.same({ 20, 142 }, { year.least, year.most })
    assert.equal("+17/18", said(year.least_terms))
    assert.equal("+15/19 -15/16", said(year.most_terms))
    local after = system:between(19, 20)
    assert.same({ 0, nil }, { after.least, after.most })
  end)

  it("names a loop that does not close, and gives the values on either side", function()
    local claims = { exactly(15, 19, 156), exactly(15, 16, 14), exactly(16, 17, 22),
      exactly(16, 19, 140) }
    local system = differences.solve(claims)
    assert.equal(1, #system.conflicts)
    local conflict = system.conflicts[1]
    assert.same({ 15, 19, 154, 156 }, { conflict.from, conflict.to, conflict.sides[1].value,
      conflict.sides[2].value })
    assert.equal("+15/16 +16/19", said(conflict.sides[1].terms))
    assert.equal("+15/19", said(conflict.sides[2].terms))
    assert.is_true(claims[1].disputed and claims[2].disputed and claims[4].disputed)
    assert.is_nil(claims[3].disputed)
    local rest = system:between(17, 19)
    assert.is_nil(rest.value)
    assert.same({ 118, 120 }, rest.values)
    assert.equal(22, system:between(16, 17).value)
  end)

  it("names each contradiction of a total that is in several", function()
    local system = differences.solve{ exactly(15, 19, 156), exactly(15, 16, 14),
      exactly(16, 17, 22), exactly(17, 18, 48), exactly(16, 19, 140), exactly(18, 19, 72) }
    assert.equal(2, #system.conflicts)
    assert.same({ 154, 156, 140, 142 }, {
      system.conflicts[1].sides[1].value, system.conflicts[1].sides[2].value,
      system.conflicts[2].sides[1].value, system.conflicts[2].sides[2].value })
  end)

  it("refuses parts that are more than the whole", function()
    local system = differences.solve{ exactly(15, 19, 30), exactly(15, 16, 14),
      exactly(17, 18, 22) }
    assert.equal(1, #system.conflicts)
    assert.same({ 30, "most", 36, "least" }, {
      system.conflicts[1].sides[1].value, system.conflicts[1].sides[1].limit,
      system.conflicts[1].sides[2].value, system.conflicts[1].sides[2].limit })
  end)

  it("does not subtract totals that do not add up, but bounds them", function()
    local claims = { exactly(15, 18, 9), exactly(15, 16, 4), exactly(16, 17, 3) }
    local system = differences.solve(claims, { separate = true })
    assert.same({}, system.conflicts)
    local rest = system:between(17, 18)
    assert.is_nil(rest.value)
    assert.same({ 0, 9 }, { rest.least, rest.most }) -- all of the nine may be there again
    local both = system:between(15, 17)
    assert.same({ 4, 7 }, { both.least, both.most })
  end)

  it("sees where totals that do not add up still contradict each other", function()
    local system = differences.solve({ exactly(15, 17, 8), exactly(15, 16, 4),
      exactly(16, 17, 3) }, { separate = true })
    assert.equal(1, #system.conflicts)
    assert.same({ 7, 8 }, { system.conflicts[1].sides[1].value,
      system.conflicts[1].sides[2].value })
    system = differences.solve({ exactly(15, 17, 3), exactly(15, 16, 4) }, { separate = true })
    assert.equal(1, #system.conflicts)
  end)
end)

-- The twin: four periods, each with 0 to 5, all assignments tried.
describe("a small system, against all assignments", function()
  local PERIODS, MOST = 4, 5

  local function random_claim()
    local from = math.random(0, PERIODS - 1)
    local to = math.random(from + 1, PERIODS)
    local value, kind = math.random(0, 2 * (to - from)), math.random(4)
    return { from = from, to = to, least = kind ~= 3 and value or nil,
      most = kind ~= 2 and value + (kind == 4 and 1 or 0) or nil }
  end

  local function sum(counts, from, to)
    local total = 0
    for i = from + 1, to do
      total = total + counts[i]
    end
    return total
  end

  local function holds(counts, claims)
    for _, claim in ipairs(claims) do
      local total = sum(counts, claim.from, claim.to)
      if claim.least and total < claim.least or claim.most and total > claim.most then
        return false
      end
    end
    return true
  end

  --- The least and greatest sum of each period over all assignments in which the claims hold; nil
  -- where they hold in none.
  local function by_force(claims)
    local least, most, any = {}, {}, false
    local counts = {}
    for number = 0, (MOST + 1) ^ PERIODS - 1 do
      local rest = number // 1 | 0
      for i = 1, PERIODS do
        counts[i], rest = rest % (MOST + 1), rest // (MOST + 1)
      end
      if holds(counts, claims) then
        any = true
        for from = 0, PERIODS - 1 do
          for to = from + 1, PERIODS do
            local id, total = from * 10 + to, sum(counts, from, to)
            least[id] = math.min(least[id] or total, total)
            most[id] = math.max(most[id] or total, total)
          end
        end
      end
    end
    return any and { least = least, most = most } or nil
  end

  it("finds the tightest bounds, or a contradiction where there is one, and only there", function()
    math.randomseed(17)
    local contradicted = 0
    for _ = 1, 250 do
      local claims = {}
      for i = 1, PERIODS do
        claims[i] = { from = i - 1, to = i, least = 0, most = MOST }
      end
      for _ = 1, math.random(6) do
        claims[#claims + 1] = random_claim()
      end
      local system, expected = differences.solve(claims), by_force(claims)
      assert.equal(expected == nil, #system.conflicts > 0)
      contradicted = contradicted + #system.conflicts
      for from = 0, expected and PERIODS - 1 or -1 do
        for to = from + 1, PERIODS do
          local known, id = system:between(from, to), from * 10 + to
          assert.equal(expected.least[id], known.least)
          assert.equal(expected.most[id], known.most)
          if known.value then
            assert.equal(known.least, known.value)
            assert.equal(known.most, known.value)
          end
        end
      end
    end
    assert.is_true(contradicted > 20)
  end)

  it("disputes enough that the rest can be true together, and nothing for nothing", function()
    math.randomseed(18)
    for _ = 1, 150 do
      local claims = {}
      for i = 1, math.random(2, 8) do
        claims[i] = random_claim()
      end
      local system = differences.solve(claims)
      local undisputed = {}
      for _, claim in ipairs(claims) do
        undisputed[#undisputed + 1] = not claim.disputed and claim or nil
      end
      assert.same({}, differences.solve(undisputed).conflicts)
      for _, conflict in ipairs(system.conflicts) do
        local named = {}
        for _, side in ipairs(conflict.sides) do
          for _, term in ipairs(side.terms) do
            assert.is_true(term.claim.disputed)
            named[#named + 1] = term.claim
          end
        end
        -- what a conflict names contradicts itself, without the rest
        assert.is_true(#differences.solve(named).conflicts > 0)
      end
    end
  end)
end)
