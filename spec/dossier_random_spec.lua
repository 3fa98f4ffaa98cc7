-- Dossiers of generated stores: the whole way there and back loses nothing.

local core = require "dualuse.core"
local dossiers = require "spec.dossiers"
local draw = require "spec.draw"
local dualuse = require "dualuse"
local stores = require "spec.stores"

local text_of, store_of, new_store = dossiers.text_of, dossiers.store_of, dossiers.new_store
local random, pick = math.random, draw.pick

local hostile = { "=1+1", "a\tb", "line\nend", 'say "no"', "; ", "é한국😀", "# no comment",
  "// nor this", '{"as":"x"}', "\\u0041", "a\u{2028}b", " led by a space", "1e5", "\r\n", "\127\1" }

--- A value, or as often nothing.
local function maybe(value)
  if random(2) == 1 then return value end
  return nil
end

--- A store of all that is hard: records without keys that refer to each other in circles, keys that
-- stand in several kinds, stages alike, hostile texts.
-- @tparam integer seed
-- @tparam ?table options `numbered`: notes tell records apart that are otherwise alike; `straight`:
--   records refer only to those added before them
local function any_store(seed, options)
  math.randomseed(seed)
  options = options or {}
  local store, everything, used = new_store(), {}, {}

  local function any()
    return pick(everything)
  end

  local function key(prefix)
    local text = (random(4) == 1 and "shared" or prefix) .. random(99)
    if random(3) == 1 or used[prefix .. text] then return nil end
    used[prefix .. text] = true
    return text
  end

  --- Adds up to so many records; returns their ids.
  local function add(kind, most, make)
    local ids = {}
    for i = 1, random(most) do
      local record = make(i)
      record.note = options.numbered and ("%s %03d"):format(kind, i) or nil
      ids[i] = store[kind]:add(record)
      everything[#everything + 1] = ids[i]
      for _, stage in ipairs(store[kind]:get(ids[i]).stages or {}) do
        everything[#everything + 1] = stage.id
      end
    end
    return ids
  end

  --- Lets some of the records refer to some of the others, where the store allows it.
  local function refer(kind, ids, field, targets, list)
    for _, id in ipairs(ids) do
      local target = pick(targets)
      if random(2) == 1 and (target < id or not options.straight) then
        pcall(store[kind].update, store[kind], id, { [field] = list and { target } or target })
      end
    end
  end

  local function cited(sources)
    return maybe{ { pick(sources), field = maybe("note"), locator = maybe(pick(hostile)) } }
  end

  store:transaction(function()
    local sources = add("sources", 3, function(i)
      return { key = pick{ "s", "S" } .. i, title = pick(hostile) }
    end)
    local parties = add("parties", 3, function(i)
      return { key = pick{ "p", "shared", "Z" } .. i, name = pick(hostile) .. i,
        kind = "company", aliases = maybe{ pick(hostile) } }
    end)
    store.questions:add{ key = "q", title = "?" }
    add("screenings", 2, function()
      return { key = key("sc"), date = "2019", outcome = "clear",
        subject = { [pick(hostile)] = { random(0), random(), false, pick(hostile) } } }
    end)
    local measures = add("measures", 4, function()
      return { key = key("m"), title = pick(hostile), requirement = "none",
        jurisdiction = pick{ "JPN", pick(parties) }, sources = cited(sources), stages = maybe{
          { stage = "announced", date = "2019", sources = { pick(sources) } },
          { stage = "announced", date = "2019", note = pick(hostile), key = key("st") },
        } }
    end)
    add("memberships", 2, function()
      return { group = pick(parties), member = "KOR",
        stages = maybe{ { stage = "ended", date = "2019~" } } }
    end)
    add("cases", 3, function(i)
      return { key = key("c"), authority = "KOR", quantity = maybe(random() * 100),
        fine = random(0) >> 1, publicised = maybe(false),
        origin = random(4) == 1 and "file:" .. i or nil }
    end)
    local claims = add("claims", 6, function()
      return { key = key("cl"), question = "q", stance = "denies", text = maybe(pick(hostile)),
        sources = cited(sources) }
    end)
    local links = add("links", 5, function()
      return { key = key("l"), from = any(), relation = "causes", to = any() }
    end)
    local disclosures = add("disclosures", 3, function()
      return { key = key("d"), authority = "KOR", period = "2019", measure = "cases" }
    end)
    refer("measures", measures, "excepts", measures, true)
    refer("claims", claims, "about", everything)
    refer("claims", claims, "replies_to", claims)
    refer("links", links, "from", everything)
    refer("links", links, "to", everything)
    refer("disclosures", disclosures, "supersedes", disclosures)
    refer("sources", sources, "sources", sources, true)
    refer("sources", sources, "republished_from", sources)
    refer("parties", parties, "country", parties)
    if random(2) == 1 then
      store.parties:update("KOR", { aliases = pick{ dualuse.null, { "Seoul" } },
        country = pick{ dualuse.null, "KOR" }, note = maybe(pick(hostile)) })
    end
  end)
  return store
end

--- A dossier without its labels.
local function bare(text)
  return (text:gsub('{"as":"[^"]*"}', "{as}"):gsub('"as":"[^"]*",', ""))
end

describe("a dossier of any store", function()
  it("makes the same store, and of that the same dossier; read again it adds nothing", function()
    for seed = 1, 40 do
      local numbered = seed % 2 == 0
      local store <close> = any_store(seed, { numbered = numbered })
      local text = text_of(store)
      local other <close>, result = store_of(text)
      assert.equal(0, result.rejected)
      stores.same_lines(text, text_of(other))
      if numbered then
        stores.same_lines(dossiers.said_by(store), dossiers.said_by(other))
      end
      assert.same({}, other:check())
      local revision = other:revision()
      local again = other:import(dossiers.giver(text))
      assert.equal(again.read, again.duplicate, "seed " .. seed)
      assert.equal(revision, other:revision())
    end
  end)

  it("tells what a query finds with all that it refers to, and can be read alone", function()
    for seed = 201, 225 do
      local store <close> = any_store(seed)
      local keyless = store.claims:where{ key = { missing = true } }
      local text = text_of(store, { query = { store.links, keyless } })
      local other <close> = store_of(text)
      assert.equal(#store.links, #other.links)
      assert.is_true(#other.claims >= #keyless)
      stores.same_lines(text, text_of(other))
      -- every line is one of the whole dossier's
      local whole = "\n" .. bare(text_of(store))
      for line in bare(text):gmatch("[^\n]+") do
        if not line:find("{as}", 1, true) then
          assert.truthy(whole:find("\n" .. line .. "\n", 1, true), line)
        end
      end
    end
  end)

  it("names nothing before it is told, unless in a circle", function()
    local circles = 0
    for seed = 301, 340 do
      local straight = seed % 4 > 0
      local store <close> = any_store(seed, { straight = straight })
      local count = dossiers.forward_references(text_of(store), function(line)
        return (core.decode(store, line))
      end)
      if straight then
        assert.equal(0, count, "seed " .. seed)
      else
        circles = circles + count
      end
    end
    assert.is_true(circles > 0)
  end)
end)

-- ------------------------------------------------------------------------------------ Wrong lines

-- What may stand where something else is expected.
local values = { "null", "true", "0", "-1", "1.5", '""', '"x"', "[]", "{}", "[1]", "[null]",
  '[["a"]]', '{"as":"claim-1"}', '{"as":1}', '{"as":null}', '{"claims":"x"}', '{"claims":1}',
  '{"nothing":"x"}', '[{"source":"x"}]', '[{"source":1}]', '[{"source":null,"field":"note"}]',
  '{"source":{"as":"q"}}', '[{"stage":"ended","date":"2019"}]', '[{"as":"x","stage":"ended"}]',
  '[{"sources":5,"stage":"ended","date":"2019"}]', '[{"sources":[5],"stage":"ended"}]',
  '["KOR","KOR"]', '"KOR"', '"claim"', '[{"as":"measure-9"}]', '"2019"', '{"a":{"b":[]}}' }

local names = { "as", "record", "kind", "key", "origin", "sources", "about", "replies_to", "stages",
  "excepts", "question", "note", "from", "id", "dossier" }

local mutations = {
  function(line) -- a byte
    local at = random(#line)
    return line:sub(1, at - 1) .. string.char(random(0, 255)) .. line:sub(at + 1)
  end,
  function(line) return line:sub(1, random(#line)) end,
  function(line)
    return (line:gsub('("[%w_]+":)"[^"]*"', function(name)
      return random(3) == 1 and name .. pick(values) or nil
    end))
  end,
  function(line)
    return (line:gsub('("[%w_]+":)%[[^%]]*%]', function(name)
      return random(2) == 1 and name .. pick(values) or nil
    end))
  end,
  function(line) return (line:gsub("^{", ('{"%s":%s,'):format(pick(names), pick(values)))) end,
  function(line)
    return (line:gsub('"[%w_]+":', function()
      return random(6) == 1 and ('"%s":'):format(pick(names)) or nil
    end))
  end,
}

--- The lines of a dossier, some of them spoilt, in any order.
local function spoilt(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do
    if random(4) == 1 then line = pick(mutations)(line):gsub("[\r\n]", " ") end
    if not line:find('"dossier"', 1, true) then table.insert(list, random(#list + 1), line) end
  end
  return table.concat(list, "\n")
end

describe("a dossier with wrong lines", function()
  it("never does more or less than it says", function()
    local sample <close> = stores.sample_store()
    local whole = text_of(sample)
    for seed = 1, 8 do
      math.randomseed(seed)
      local text = spoilt(whole)
      local store <close>, result = store_of(text, { on_error = "continue" })
      dossiers.counts(result)
      assert.equal(1, store:revision())
      assert.same({}, store:check())
      -- the rest can be told, and read again; the same lines add nothing
      local other <close> = store_of(text_of(store))
      assert.equal(#store.claims, #other.claims)
      local again = store:import(dossiers.giver(text), { on_error = "continue" })
      assert.same({ result.read, 0 }, { again.read, again.added }, "seed " .. seed)
      -- without that, the first wrong line undoes all
      local stopped <close> = new_store()
      local ok, problem = pcall(stopped.import, stopped, dossiers.giver(text))
      assert.equal(result.rejected == 0, ok)
      if not ok then
        assert.equal("dualuse.error", getmetatable(problem), tostring(problem))
        assert.equal(0, stopped:revision())
      end
    end
  end)
end)
