local dualuse = require "dualuse"
local provenance = require "dualuse.provenance"

local function raised(fn)
  local ok, err = pcall(fn)
  assert.is_false(ok)
  return err
end

describe("dualuse.provenance", function()
  local store

  before_each(function()
    store = assert(dualuse.open())
    store.sources:add{ key = "dispatch", title = "A dispatch" }
    store.sources:add{ key = "daily", title = "It in a daily", republished_from = "dispatch" }
    store.sources:add{ key = "digest", title = "A digest of dailies", republished_from = "daily" }
    store.sources:add{ key = "gazette", title = "A gazette" }
  end)

  after_each(function()
    store:close()
  end)

  it("counts a wire copy with what it repeats, to the first that repeats nothing", function()
    assert.equal(1, provenance.independent(store, { "dispatch", "daily", "digest" }))
    assert.equal(1, provenance.independent(store, { "daily", "digest" })) -- the root is not cited
    assert.equal(2, provenance.independent(store, { "digest", "gazette", "daily" }))
    assert.equal(0, provenance.independent(store, {}))
  end)

  it("collects the records of a figure, their sources, and how many are independent", function()
    local first = store.cases:add{ authority = "KOR", sources = { "gazette", "digest" } }
    local second = store.cases:add{ authority = "KOR", sources = { "digest", "daily" } }
    local from = provenance.collector(store)
    for case in store.cases:order("-id"):each() do
      from:add(case)
    end
    assert.same({
      records = { first, second }, sources = { "daily", "digest", "gazette" }, independent = 2,
    }, from:result())
  end)

  it("takes a field's sources and those of the whole record, where it is given a field", function()
    local id = store.cases:add{ authority = "KOR", exported = "2017-12", sources = {
      { "gazette", field = "exported" },
      { "daily", field = "authority" },
      { "dispatch", locator = "para 2" },
    } }
    local case = store.cases:get(id)
    local function sources(field)
      return provenance.collector(store):add(case, field):result().sources
    end
    assert.same({ "dispatch", "gazette" }, sources("exported"))
    assert.same({ "dispatch" }, sources("note"))
    assert.same({ "daily", "dispatch", "gazette" }, sources(nil))
  end)

  it("takes a source by its key, with the record that rests on it", function()
    local from = provenance.collector(store):add_source("daily", 7):add_source("gazette")
    assert.same({ records = { 7 }, sources = { "daily", "gazette" }, independent = 2 },
      from:result())
  end)

  it("starts anew with what has been read: for one figure after the other", function()
    local from = provenance.collector(store):add_source("daily")
    assert.same({ records = {}, sources = {}, independent = 0 }, from:another():result())
    assert.equal(1, from:another():add_source("gazette"):result().independent)
    assert.equal(1, from:result().independent)
  end)

  it("reads a view of the store as it was", function()
    local before = store:as_of(store:revision())
    store.sources:put{ key = "gazette", republished_from = "dispatch" }
    assert.equal(2, provenance.independent(before, { "gazette", "daily" }))
    assert.equal(1, provenance.independent(store, { "gazette", "daily" }))
  end)

  it("agrees with following each source by hand, on random trees", function()
    math.randomseed(3)
    for i = 1, 60 do
      store.sources:add{ key = "s" .. i, title = "t",
        republished_from = i > 1 and math.random(3) > 1 and "s" .. math.random(i - 1) or nil }
    end
    local function root(key)
      local from = store.sources:get(key).republished_from
      return from and root(from) or key
    end
    local count = provenance.counter(store)
    for _ = 1, 50 do
      local keys, roots, expected = {}, {}, 0
      for i = 1, math.random(0, 8) do
        keys[i] = "s" .. math.random(60)
        expected = expected + (roots[root(keys[i])] and 0 or 1)
        roots[root(keys[i])] = true
      end
      assert.equal(expected, count(keys))
    end
  end)

  it("says at the caller's line what is wrong", function()
    local err = raised(function() provenance.collector("dispute.db") end)
    assert.equal("misuse", err.code)
    assert.matches("^spec/provenance_spec.lua:%d+$", err.where)
    assert.matches("expected a store, got string", err.message)
    err = raised(function() provenance.independent(store, { "daily", "weekly" }) end)
    assert.equal("invalid", err.code)
    assert.matches("^spec/provenance_spec.lua:%d+$", err.where)
    assert.equal("no source has the key weekly", err.message)
    err = raised(function() provenance.independent(store, "daily") end)
    assert.equal("misuse", err.code)
    err = raised(function() provenance.collector(store):add("daily") end)
    assert.matches("expected a record with its id", err.message)
    assert.matches("^spec/provenance_spec.lua:%d+$", err.where)
    err = raised(function() provenance.collector(store):add_source(7) end)
    assert.equal("misuse", err.code)
    err = raised(function() provenance.counter(store)({ "weekly" }) end)
    assert.matches("^spec/provenance_spec.lua:%d+$", err.where)
  end)
end)
