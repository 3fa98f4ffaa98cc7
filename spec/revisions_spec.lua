local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local raises = stores.raises
local null = dualuse.null

describe("revisions", function()
  local store

  before_each(function()
    store = assert(dualuse.open())
  end)
  after_each(function() store:close() end)

  local function add_item(key, more)
    local item = { key = key, name = "the " .. key }
    for name, value in pairs(more or {}) do item[name] = value end
    return store.items:add(item)
  end

  describe("of one record", function()
    it("begin with add", function()
      local id = store.items:add({ key = "hf", name = "hydrogen fluoride" },
        { by = "editor", reason = "first read" })
      assert.equal(1, store:revision())
      local item = store.items:get(id)
      assert.equal(1, item.revision)
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", item.recorded)
      assert.same({ { id = id, key = "hf", name = "hydrogen fluoride", revision = 1,
        recorded = item.recorded, by = "editor", reason = "first read" } },
        store.items:history(id))
    end)

    it("go on with update, which changes what it names and clears what is null", function()
      local id = add_item("hf", { hs = "2811.11", eccn = "1C350", aliases = { "HF" } })
      assert.is_true(store.items:update(id, { hs = null, eccn = "1C351", category = "material" },
        { by = "editor", reason = "ministry reply" }))
      local item = store.items:get("hf")
      assert.is_nil(item.hs)
      assert.equal("1C351", item.eccn)
      assert.equal("material", item.category)
      assert.same({ "HF" }, item.aliases)
      assert.equal(2, item.revision)
      local history = store.items:history("hf")
      assert.equal(2, #history)
      assert.equal("2811.11", history[1].hs)
      assert.equal("1C350", history[1].eccn)
      assert.is_nil(history[1].category)
      assert.is_nil(history[1].by)
      assert.equal("ministry reply", history[2].reason)
      assert.equal("editor", history[2].by)
      history[2].by, history[2].reason = nil, nil
      assert.same(item, history[2])
    end)

    it("go on with put, which adds or changes", function()
      local id, what = store.items:put{ key = "hf", name = "hydrogen fluoride", hs = "2811.11" }
      assert.equal("added", what)
      local again, changed = store.items:put{ key = "hf", name = "hydrofluoric acid" }
      assert.equal(id, again)
      assert.equal("updated", changed)
      assert.equal("hydrofluoric acid", store.items:get("hf").name)
      assert.equal("2811.11", store.items:get("hf").hs)
      assert.equal(2, store:revision())
    end)

    it("end with retract, which keeps everything", function()
      local id = add_item("hf", { hs = "2811.11" })
      store.items:retract("hf", { by = "editor", reason = "counted twice" })
      assert.is_nil(store.items:get(id))
      assert.is_nil(store.items:get("hf"))
      assert.equal(0, #store.items)
      assert.is_false(store.items:where{ hs = "2811.11" }:exists())
      for _, reference in ipairs{ id, "hf" } do
        local history = store.items:history(reference)
        assert.equal(2, #history)
        assert.is_nil(history[1].retracted)
        assert.is_true(history[2].retracted)
        assert.equal("counted twice", history[2].reason)
        assert.equal("editor", history[2].by)
        assert.equal("2811.11", history[2].hs)
      end
      local expected = { code = "invalid", kind = "items", says = { "retracted" } }
      raises(function() store.items:retract("hf") end, expected)
      raises(function() store.items:update(id, { hs = "1" }) end, expected)
    end)

    it("have a key that stays reserved after retract", function()
      add_item("hf")
      store.items:retract("hf")
      raises(function() store.items:add{ key = "hf", name = "hf" } end,
        { code = "constraint", kind = "items", field = "key", says = { '"hf"' } })
      -- of another kind it is free
      store.questions:add{ key = "hf", title = "hf?" }
    end)

    it("come back under the same id when put gives the key again", function()
      local id = add_item("hf", { hs = "2811.11", aliases = { "HF" } })
      add_item("other")
      store.items:retract("hf")
      local again, what = store.items:put{ key = "hf", name = "hydrogen fluoride" }
      assert.equal(id, again)
      assert.equal("updated", what)
      local item = store.items:get("hf")
      assert.equal("hydrogen fluoride", item.name)
      assert.equal("2811.11", item.hs)
      assert.equal(id, store.items:get("HYDROGEN fluoride").id)
      assert.equal(id, store.items:get("hF").id)
      local history = store.items:history("hf")
      assert.equal(3, #history)
      assert.same({ nil, true, nil }, { history[1].retracted, history[2].retracted,
        history[3].retracted })
    end)

    it("may give a key, an origin or any field later", function()
      local id = store.cases:add{ authority = "KOR" }
      store.cases:update(id, { key = "case-1", origin = "row 1" })
      assert.equal(id, store.cases:get("case-1").id)
      assert.equal(id, (store.cases:put{ origin = "row 1", unit = "kg" }))
      assert.equal(3, store:revision())
    end)

    it("take back a record with the very values it was read with", function()
      local id = add_item("hf", { aliases = { "HF" }, regimes = { "nsg", "cwc" } })
      local item = store.items:get(id)
      assert.is_false(store.items:update(id, item))
      item.note = "seen"
      assert.is_true(store.items:update(id, item))
      -- it has changed since
      raises(function() store.items:update(id, item) end,
        { code = "constraint", kind = "items", field = "revision" })
    end)

    it("are not made by changing nothing", function()
      local id = add_item("hf", { aliases = { "HF" }, category = "material" })
      assert.is_false(store.items:update(id, {}))
      assert.is_false(store.items:update(id, { name = "the hf", aliases = { "HF" } }))
      assert.is_false(store.items:update(id, { hs = null }))
      local _, what = store.items:put{ key = "hf", category = "material" }
      assert.equal("unchanged", what)
      assert.is_true(store.items:update(id, { aliases = { "HF", "etching gas" } }))
      assert.is_true(store.items:update(id, { aliases = { "etching gas", "HF" } }))
      assert.equal(3, store:revision())
      assert.equal(3, #store.items:history(id))
    end)
  end)

  describe("of every kind", function()
    --- A value that the field takes, from a small choice, so that equal ones come up.
    local function value_of(field, refer)
      local function one()
        local n = math.random(1, 4)
        if field.type == "text" then
          if field.name == "currency" then return ({ "JPY", "KRW", "USD", "EUR" })[n] end
          return ({ "some text", "日本語 \"quoted\"", "line\nbreak", "\u{10FFFF}'" })[n]
        elseif field.type == "integer" then
          return math.random(field.least or 0, math.min(field.most or 9, 9))
        elseif field.type == "number" then
          return ({ 0.1, 1.0, 2.5, 1e-3 })[n]
        elseif field.type == "boolean" then return n > 2
        elseif field.type == "word" then return field.words[math.random(#field.words)]
        elseif field.type == "date" then
          return ({ "2019-07-04", "2019~", "2015/2019-03", "[2019-07-01..2019-07-04]" })[n]
        elseif field.type == "reference" then return refer(field)
        elseif field.type == "citation" then
          if n <= 2 then return n == 1 and "afp" or "nikkei" end
          return { "afp", field = n == 3 and "note" or nil, locator = "para " .. n,
            quote = "“one”" }
        elseif field.type == "data" then
          return ({ "text", { 1, 2.5, { a = true } }, { x = { y = (1 << 53) + 1 } }, false })[n]
        end
      end
      if not field.list then return one() end
      local list, seen = {}, {}
      for _ = 1, math.random(1, 3) do
        local element = one()
        local shown = stores.show(element)
        if element ~= nil and not seen[shown] then
          seen[shown] = true
          list[#list + 1] = element
        end
      end
      return #list > 0 and list or nil
    end

    it("are read as they were written, and made once", function()
      stores.fill(store)
      math.randomseed(20190704)
      local function refer(field)
        local kind = field.kinds[math.random(#field.kinds)]
        if field.name == "country" then return "KOR" end
        local all = store[kind]:select("key"):all()
        local record = all[math.random(math.max(#all, 1))]
        if not record then return nil end
        if #field.kinds == 1 and record.key then return record.key end
        return record.id
      end
      local fields_seen = {}
      for _, kind in ipairs(dualuse.describe()) do
        kind = kind.kind
        local fields = dualuse.describe(kind).fields
        for round = 1, 6 do
          local given = {}
          for name, value in pairs(stores.minimal[kind]) do given[name] = value end
          for _, field in ipairs(fields) do
            local given_by_store = ({ id = true, revision = true, time = true })[field.type]
            if not given_by_store and field.type ~= "stage" and
              not (kind == "disclosures" and field.name == "status") and
              (round == 1 or math.random() < 0.6 or given[field.name] ~= nil) then
              local value = value_of(field, refer)
              if field.name == "key" or field.name == "origin" then
                value = ("%s %s %d"):format(kind, field.name, round)
              end
              if value ~= nil then given[field.name] = value end
            end
          end
          if not given.key then given.origin = ("%s %d"):format(kind, round) end
          local before = store:revision()
          local id, what = store[kind]:put(given)
          assert.equal("added", what)
          assert.equal(before + 1, store:revision())
          local read = store[kind]:get(id)
          for name, value in pairs(given) do
            fields_seen[kind .. "." .. name] = true
            local field
            for _, one in ipairs(fields) do if one.name == name then field = one end end
            -- a reference to a record of several kinds may read back as its key
            if field.type == "reference" and not field.list and #field.kinds > 1 then
              local found = false
              for _, target in ipairs(field.kinds) do
                local there = store[target]:get(read[name])
                found = found or (there ~= nil and (there.id == value or there.key == value))
              end
              assert.is_true(found, name)
            else
              assert.equal(stores.show(value), stores.show(read[name]), kind .. "." .. name)
            end
          end
          -- what was read may be given again, by put or by update, in whole or in part
          assert.equal("unchanged", (select(2, store[kind]:put(given))))
          assert.equal("unchanged", (select(2, store[kind]:put(read))))
          assert.is_false(store[kind]:update(id, read))
          assert.equal(before + 1, store:revision())
          assert.equal(stores.show(read), stores.show(store[kind]:get(id)))
        end
      end
      for _, kind in ipairs(dualuse.describe()) do
        for _, field in ipairs(dualuse.describe(kind.kind).fields) do
          if not ({ id = 1, revision = 1, time = 1, stage = 1 })[field.type] and
            kind.kind .. "." .. field.name ~= "disclosures.status" then
            assert.is_true(fields_seen[kind.kind .. "." .. field.name], field.name)
          end
        end
      end
    end)

    it("keep integers exact", function()
      local exact = { (1 << 53) + 1, math.maxinteger, math.mininteger, 1 << 53, -1 }
      local id = store.screenings:add{ date = "2019", outcome = "clear", subject = exact }
      local read = store.screenings:get(id).subject
      assert.same(exact, read)
      for _, number in ipairs(read) do assert.equal("integer", math.type(number)) end
      for _, number in ipairs{ 0, 1 << 53, (1 << 53) + 1, math.maxinteger } do
        local case = store.cases:add{ authority = "KOR", fine = number }
        assert.equal(tostring(number), tostring(store.cases:get(case).fine))
        assert.equal(case, store.cases:where{ fine = number }:first().id)
        assert.equal(1, store.cases:where{ fine = number }:count())
        assert.equal(0, store.cases:where{ fine = { gt = number } }:count())
      end
      local case = store.cases:add{ authority = "KOR", quantity = 1 << 53 }
      assert.equal("float", math.type(store.cases:get(case).quantity))
      assert.equal(2.0 ^ 53, store.cases:get(case).quantity)
      local float = store.cases:add{ authority = "KOR", fine = 3.0 }
      assert.equal("integer", math.type(store.cases:get(float).fine))
      assert.equal(3, store.cases:get(float).fine)
    end)
  end)

  describe("by transaction", function()
    it("are one for all that it writes", function()
      local a, b = store:transaction(function(same)
        assert.equal(store, same)
        add_item("a")
        add_item("b", { parent = "a" })
        store.items:update("a", { note = "first" })
        store.items:update("a", { note = "second" })
        store.questions:add{ key = "q", title = "q?" }
        return "x", nil
      end, { by = "editor", reason = "to begin" })
      assert.equal("x", a)
      assert.is_nil(b)
      assert.equal(1, store:revision())
      for _, record in ipairs{ store.items:get("a"), store.items:get("b"),
        store.questions:get("q") } do
        assert.equal(1, record.revision)
      end
      -- a state that no revision ended with never was
      local history = store.items:history("a")
      assert.equal(1, #history)
      assert.equal("second", history[1].note)
      assert.equal("editor", history[1].by)
      assert.equal("to begin", history[1].reason)
    end)

    it("are none when it writes nothing, or nothing new", function()
      add_item("a")
      store:transaction(function() end)
      store:transaction(function()
        store.items:put{ key = "a", name = "the a" }
        return store.items:all()
      end)
      assert.equal(1, store:revision())
    end)

    it("are undone when it raises, and the error goes on as it was", function()
      add_item("a", { note = "as it was" })
      local before = stores.records(store, { "items", "questions" })
      for _, thrown in ipairs{ { "a table" }, "text", 5, false } do
        local ok, problem = pcall(store.transaction, store, function()
          add_item("b")
          store.items:update("a", { note = "changed", key = nil })
          store.items:retract("a")
          store.questions:add{ key = "q", title = "q?" }
          error(thrown, 0)
        end)
        assert.is_false(ok)
        assert.equal(thrown, problem)
        assert.equal(before, stores.records(store, { "items", "questions" }))
        assert.equal(1, store:revision())
      end
      assert.equal(1, #store.items:history("a"))
      -- ids and keys of what never was are free
      assert.equal(store.items:get("a").id + 1, add_item("b"))
    end)

    it("raise for a record what a write alone would, and can go on", function()
      store:transaction(function()
        add_item("a")
        raises(function() store.items:add{ key = "a", name = "a" } end, { code = "constraint" })
        raises(function() store.items:add{ key = "c" } end, { code = "invalid" })
        add_item("b")
      end)
      assert.equal(2, #store.items)
      assert.equal(1, store:revision())
    end)

    it("see what they have written, and nobody else does", function()
      store:transaction(function()
        local id = add_item("a", { aliases = { "Alpha" } })
        assert.equal(id, store.items:get("alpha").id)
        assert.equal(1, #store.items)
        assert.equal(1, store.items:where{ name = { like = "the %" } }:count())
        store.sources:add{ key = "s", title = "a title" }
        assert.equal("s", store.sources:search("title"):first().key)
        assert.is_nil(store.items:get(id).recorded)
      end)
    end)

    it("undo a nested one alone", function()
      store:transaction(function()
        add_item("a")
        pcall(store.transaction, store, function()
          add_item("b")
          store.items:update("a", { note = "nested" })
          store.sources:add{ key = "s", title = "vanished" }
          store:transaction(function() add_item("c") end)
          error("undo")
        end)
        assert.is_nil(store.items:get("a").note)
        assert.equal(1, #store.items)
        store:transaction(function()
          add_item("d")
          pcall(store.transaction, store, function()
            add_item("e")
            error("undo")
          end)
        end)
      end)
      assert.same({ "a", "d" }, { store.items:all()[1].key, store.items:all()[2].key })
      assert.is_false(store.sources:search("vanished"):exists())
      assert.is_nil(store.items:get("the b"))
      assert.equal(1, store:revision())
    end)

    it("are none when all that was written was undone", function()
      add_item("a")
      store:transaction(function()
        pcall(store.transaction, store, function()
          add_item("b")
          error("undo")
        end)
      end)
      assert.equal(1, store:revision())
      assert.equal(store.items:get("a").id + 1, add_item("c"))
      assert.equal(2, store:revision())
    end)

    it("undo everything when the outermost fails, whatever the nested ones did", function()
      pcall(store.transaction, store, function()
        store:transaction(function() add_item("a") end)
        add_item("b")
        error("undo")
      end)
      assert.equal(0, #store.items)
      assert.equal(0, store:revision())
    end)

    it("forget the keys of what was undone: its ids are given again", function()
      pcall(store.transaction, store, function()
        add_item("wrong")
        add_item("child", { parent = "wrong" })
        assert.equal("wrong", store.items:get("child").parent)
        error("undo")
      end)
      add_item("right")
      add_item("child", { parent = "right" })
      assert.equal("right", store.items:get("child").parent)
      store:transaction(function()
        pcall(store.transaction, store, function()
          add_item("wrong")
          store.items:update("child", { parent = "wrong" })
          assert.equal("wrong", store.items:get("child").parent)
          error("undo")
        end)
        add_item("better")
        store.items:update("child", { parent = "better" })
        assert.equal("better", store.items:get("child").parent)
      end)
    end)

    it("tell who and why for each write, where it says more than the whole", function()
      store:transaction(function()
        add_item("a")
        store.items:add({ key = "b", name = "b" }, { by = "junior", reason = "b was missing" })
        store.items:add({ key = "c", name = "c" }, { reason = "c was missing" })
      end, { by = "editor", reason = "a batch" })
      local function why(key)
        local history = store.items:history(key)
        return history[#history].by, history[#history].reason
      end
      assert.same({ "editor", "a batch" }, { why("a") })
      assert.same({ "junior", "b was missing" }, { why("b") })
      assert.same({ "editor", "c was missing" }, { why("c") })
    end)

    it("tell who and why of a nested transaction for what that wrote", function()
      store:transaction(function()
        add_item("a")
        store:transaction(function()
          add_item("b")
        end, { by = "junior", reason = "a part of the batch" })
        add_item("c")
      end, { by = "editor", reason = "a batch" })
      local function why(key)
        local state = store.items:history(key)[1]
        return state.by .. ": " .. state.reason
      end
      assert.equal("editor: a batch", why("a"))
      assert.equal("junior: a part of the batch", why("b"))
      assert.equal("editor: a batch", why("c"))
    end)

    it("cannot be left by a yield", function()
      local thread = coroutine.create(function()
        store:transaction(function()
          add_item("a")
          coroutine.yield()
        end)
      end)
      local ok = coroutine.resume(thread)
      assert.is_false(ok)
      assert.equal(0, #store.items)
      add_item("b")
      assert.equal(1, store:revision())
    end)
  end)

  describe("when something refers to a record", function()
    --- Checks that the item cannot be retracted, and that the referrer is named.
    local function check_kept(collection, reference, referrer, field)
      local kept = collection:get(reference)
      local revision = store:revision()
      raises(function() collection:retract(reference) end,
        { code = "constraint", says = { referrer, field } })
      assert.same(kept, collection:get(reference))
      assert.equal(revision, store:revision())
    end

    it("keep it from being retracted, and name who refers to it", function()
      stores.fill(store)
      check_kept(store.items, "chemicals", '"hydrogen-fluoride"', "parent")
      check_kept(store.items, "hydrogen-fluoride", "event", "items")
      check_kept(store.sources, "afp", '"nikkei"', "republished_from")
      check_kept(store.sources, "nikkei", '"case"', "sources")
      check_kept(store.parties, "acme", '"case"', "exporter")
      check_kept(store.questions, "leak", '"claim"', "question")
      check_kept(store.measures, "licence", '"claim"', "about")
    end)

    it("do so for a list, a citation with details and a reference to any kind alone", function()
      store.sources:add{ key = "s", title = "s" }
      store.questions:add{ key = "q", title = "q?" }
      store.parties:add{ key = "p", name = "p", kind = "person" }
      add_item("a")
      local case = store.cases:add{ authority = "KOR", items = { "a" },
        sources = { { "s", field = "items", quote = "a" } } }
      check_kept(store.items, "a", tostring(case), "items")
      check_kept(store.sources, "s", tostring(case), "sources")
      store.links:add{ key = "l", from = case, relation = "supports", to = "q",
        denied_by = { "p" } }
      check_kept(store.cases, case, '"l"', "from")
      check_kept(store.questions, "q", '"l"', "to")
      check_kept(store.parties, "p", '"l"', "denied_by")
      store.links:retract("l")
      store.questions:retract("q")
      store.parties:retract("p")
      store.cases:retract(case)
      store.items:retract("a")
      store.sources:retract("s")
    end)

    it("let it go once nothing does any more", function()
      add_item("a")
      add_item("b", { parent = "a" })
      check_kept(store.items, "a", '"b"', "parent")
      store.items:update("b", { parent = null })
      store.items:retract("a")
      raises(function() store.items:update("b", { parent = "a" }) end,
        { code = "invalid", kind = "items", field = "parent", says = { '"a"' } })
    end)

    it("do not mind a record that refers to itself", function()
      local id = store.parties:get("VAT").id
      assert.equal("VAT", store.parties:get(id).country)
      store.parties:retract("VAT")
      assert.is_nil(store.parties:get("VAT"))
    end)

    it("do not bring back a record that refers to what was retracted since", function()
      add_item("a")
      add_item("b", { parent = "a" })
      store.items:retract("b")
      store.items:retract("a")
      local ok, problem = pcall(store.items.put, store.items, { key = "b" })
      if ok then
        -- then at least nothing may point at what is gone
        local parent = store.items:get("b").parent
        assert.is_true(parent == nil or store.items:get(parent) ~= nil,
          "b refers to a retracted record")
      else
        assert.is_true(problem.code == "invalid" or problem.code == "constraint")
      end
    end)
  end)

  describe("of stages", function()
    local function stage(name, date, more)
      local one = { stage = name, date = date }
      for key, value in pairs(more or {}) do one[key] = value end
      return one
    end
    --- The stages of a measure, as `name date` texts.
    local function told(measure)
      local list = {}
      for i, one in ipairs(measure.stages or {}) do list[i] = one.stage .. " " .. one.date end
      return list
    end
    local id

    before_each(function()
      store.sources:add{ key = "afp", title = "AFP" }
      id = store.measures:add{ key = "m", title = "m", jurisdiction = "JPN",
        requirement = "individual", stages = {
          stage("in_force", "2019-07-04", { sources = { { "afp", locator = "para 2" } } }),
          stage("announced", "2019-07-01", { note = "by the minister" }),
        } }
    end)

    it("are written with their measure, in one revision, and read with it by date", function()
      assert.equal(2, store:revision())
      local measure = store.measures:get(id)
      assert.same({ "announced 2019-07-01", "in_force 2019-07-04" }, told(measure))
      assert.equal("by the minister", measure.stages[1].note)
      assert.same({ { "afp", locator = "para 2" } }, measure.stages[2].sources)
      for _, one in ipairs(measure.stages) do
        assert.is_nil(one.of)
        assert.equal("m", store.stages:get(one.id).of)
      end
      assert.equal(2, store.stages:where{ of = "m" }:count())
      assert.same(measure, store.measures:where{ stages = { stage = "in_force" } }:first())
    end)

    it("belong to a membership as well", function()
      store.parties:add{ key = "g", name = "g", kind = "group" }
      local member = store.memberships:add{ group = "g", member = "KOR",
        stages = { stage("in_force", "2004"), stage("ended", "2019-08-28") } }
      assert.same({ "in_force 2004", "ended 2019-08-28" }, told(store.memberships:get(member)))
    end)

    it("are updated as a whole list: what is not in it is retracted", function()
      local ids = {}
      for _, one in ipairs(store.measures:get(id).stages) do ids[one.stage] = one.id end
      assert.is_true(store.measures:update(id, { stages = {
        stage("in_force", "2019-07-04"), stage("ended", "2023-03-23") } }))
      assert.same({ "in_force 2019-07-04", "ended 2023-03-23" }, told(store.measures:get(id)))
      local kept = store.measures:get(id).stages[1]
      assert.equal(ids.in_force, kept.id)
      -- absent fields stay as they were
      assert.same({ { "afp", locator = "para 2" } }, kept.sources)
      assert.is_nil(store.stages:get(ids.announced))
      assert.is_true(store.stages:history(ids.announced)[2].retracted)
      assert.equal(3, store:revision())
    end)

    it("stay as they are when an update leaves them out or changes nothing", function()
      local before = store.measures:get(id)
      assert.is_false(store.measures:update(id, { stages = before.stages }))
      assert.is_false(store.measures:update(id, { title = "m" }))
      assert.equal("unchanged", (select(2, store.measures:put(before))))
      assert.equal(2, store:revision())
      store.measures:update(id, { title = "another" })
      assert.same(before.stages, store.measures:get(id).stages)
    end)

    it("are cleared by null or by an empty list", function()
      local other = store.measures:add{ title = "other", jurisdiction = "KOR",
        requirement = "none", stages = { stage("considered", "2019") } }
      store.measures:update(id, { stages = null })
      store.measures:update(other, { stages = {} })
      assert.is_nil(store.measures:get(id).stages)
      assert.is_nil(store.measures:get(other).stages)
      assert.equal(0, #store.stages)
    end)

    it("are changed by their own id too", function()
      local first = store.measures:get(id).stages[1]
      store.stages:update(first.id, { date = "2019-06-30" })
      store.stages:add{ of = "m", stage = "end_considered", date = "2022" }
      assert.same({ "announced 2019-06-30", "in_force 2019-07-04", "end_considered 2022" },
        told(store.measures:get(id)))
      store.stages:retract(first.id)
      assert.same({ "in_force 2019-07-04", "end_considered 2022" }, told(store.measures:get(id)))
    end)

    it("are in the history of their measure as they were then", function()
      store.measures:update(id, { title = "second" })
      store.measures:update(id, { title = "third",
        stages = { stage("ended", "2023-03-23") } })
      local history = store.measures:history(id)
      assert.equal(3, #history)
      assert.same({ "announced 2019-07-01", "in_force 2019-07-04" }, told(history[1]))
      assert.same({ "announced 2019-07-01", "in_force 2019-07-04" }, told(history[2]))
      assert.same({ "ended 2023-03-23" }, told(history[3]))
    end)

    it("that alone were changed by an update are a state in the history of the measure", function()
      store.measures:update(id, { stages = { stage("ended", "2023-03-23") } },
        { by = "editor", reason = "it is over" })
      local history = store.measures:history(id)
      assert.equal(2, #history)
      assert.same({ "announced 2019-07-01", "in_force 2019-07-04" }, told(history[1]))
      assert.same({ "ended 2023-03-23" }, told(history[2]))
      assert.equal("it is over", history[2].reason)
    end)

    it("are seen in the past as they were then", function()
      store.measures:update(id, { stages = { stage("ended", "2023-03-23") } })
      assert.same({ "announced 2019-07-01", "in_force 2019-07-04" },
        told(store:as_of(2).measures:get(id)))
      assert.same({ "ended 2023-03-23" }, told(store:as_of(3).measures:get(id)))
      assert.equal(1, store:as_of(2).measures:where{ stages = { stage = "in_force" } }:count())
      assert.equal(0, store:as_of(3).measures:where{ stages = { stage = "in_force" } }:count())
    end)

    it("are retracted with their measure", function()
      store.measures:retract("m", { reason = "never was" })
      assert.equal(0, #store.stages)
      assert.equal(0, #store.measures)
      assert.equal(3, store:revision())
      local history = store.measures:history("m")
      assert.is_true(history[2].retracted)
      assert.equal(2, #store:as_of(2).measures:get("m").stages)
    end)

    it("keep their measure when one of them cannot be retracted", function()
      local first = store.measures:get(id).stages[1].id
      store.links:add{ key = "l", from = first, relation = "causes", to = { measures = id } }
      local before = store.measures:get(id)
      raises(function() store.measures:retract("m") end,
        { code = "constraint", says = { '"l"' } })
      assert.same(before, store.measures:get(id))
    end)

    it("come back with their measure", function()
      local before = told(store.measures:get(id))
      store.measures:retract("m")
      store.measures:put{ key = "m" }
      assert.same(before, told(store.measures:get("m")))
    end)

    it("with keys come back under them", function()
      local measure = { key = "k", title = "k", jurisdiction = "JPN", requirement = "none",
        stages = { stage("in_force", "2019", { key = "k-1" }) } }
      store.measures:put(measure)
      local kept = store.stages:get("k-1").id
      store.measures:update("k", { stages = {} })
      store.measures:put(measure)
      assert.equal(kept, store.measures:get("k").stages[1].id)
      store.measures:retract("k")
      store.measures:put(measure)
      assert.equal(kept, store.measures:get("k").stages[1].id)
    end)
  end)

  describe("in the past", function()
    it("are counted by numbers, from 0, and end with the newest", function()
      add_item("a")
      add_item("b")
      local sizes = {}
      for revision = 0, store:revision() do
        sizes[#sizes + 1] = #store:as_of(revision).items
        assert.equal(revision, store:as_of(revision):revision())
      end
      assert.same({ 0, 1, 2 }, sizes)
      assert.equal(249, #store:as_of(0).parties)
    end)

    it("may be seen from the past, but not what came after it", function()
      for _, key in ipairs{ "a", "b", "c" } do add_item(key) end
      local view = store:as_of(2)
      assert.equal(1, #view:as_of(1).items)
      assert.equal(2, #view:as_of(2).items)
      raises(function() view:as_of(3) end, { code = "invalid", says = { "3", "2" } })
    end)

    it("stay what they are, whatever is written later", function()
      add_item("a", { note = "first" })
      local view = store:as_of(1)
      local query = view.items:where{ note = "first" }
      store.items:update("a", { note = "second" })
      add_item("b")
      assert.equal(1, query:count())
      assert.equal("first", view.items:get("a").note)
      assert.is_nil(view.items:get("b"))
      store:transaction(function()
        store.items:retract("a")
        add_item("c")
        assert.equal("first", view.items:get("a").note)
        assert.equal(2, #store:as_of(3).items)
      end)
      assert.equal(1, #view.items)
    end)

    it("know a record by the names that it had then", function()
      local id = add_item("a", { aliases = { "Old Name" } })
      store.items:update(id, { aliases = { "New Name" }, name = "renamed" })
      store.items:retract(id)
      store.items:put{ key = "a", aliases = { "Old Name" } }
      local function known(revision, name)
        local item = store:as_of(revision).items:get(name)
        return item ~= nil and item.id == id
      end
      assert.same({ true, false, true, false }, { known(1, "old name"), known(1, "new name"),
        known(1, "THE A"), known(1, "renamed") })
      assert.same({ false, true, false, true }, { known(2, "old name"), known(2, "new name"),
        known(2, "THE A"), known(2, "renamed") })
      for _, name in ipairs{ "old name", "new name", "the a", "renamed", "a", id } do
        assert.is_false(known(3, name))
      end
      assert.same({ true, false, false, true }, { known(4, "old name"), known(4, "new name"),
        known(4, "THE A"), known(4, "renamed") })
    end)

    it("show a reference as it could be given then", function()
      local case = store.cases:add{ authority = "KOR" }
      local measure = store.measures:add{ title = "m", jurisdiction = "JPN",
        requirement = "none" }
      local application = store.applications:add{ date = "2019", jurisdiction = "JPN",
        destination = "KOR", items = { add_item("a") }, decision = "pending",
        measure = measure }
      local claim_about = store.links:add{ from = case, relation = "supports",
        to = { measures = measure } }
      local revision = store:revision()
      local then_read = store.applications:get(application)
      local link_then = store.links:get(claim_about)
      assert.equal(measure, then_read.measure)
      store.measures:update(measure, { key = "later" })
      store.cases:update(case, { key = "later-case" })
      assert.equal("later", store.applications:get(application).measure)
      local view = store:as_of(revision)
      assert.same(link_then, view.links:get(claim_about))
      assert.same(then_read, view.applications:get(application))
      assert.equal(1, view.applications:where{
        measure = view.applications:get(application).measure }:count())
    end)

    it("have no full text to search, and say so", function()
      stores.fill(store)
      raises(function() store:as_of(1).sources:search("fluoride") end,
        { code = "misuse", kind = "sources", says = { "search" } })
      assert.equal(1, store:as_of(1).sources:where{ text = { like = "%fluoride%" } }:count())
    end)

    it("show history up to then", function()
      local id = add_item("a", { note = "1" })
      store.items:update(id, { note = "2" })
      store.items:update(id, { note = "3" })
      local states = store:as_of(2).items:history(id)
      assert.equal(2, #states)
      assert.equal("2", states[2].note)
    end)
  end)
end)

-- The whole store is written down after each of some hundreds of random changes; later, each of
-- these states has to be found again, by every way of asking.
describe("every revision", function()
  local KINDS = { "sources", "items", "events", "claims", "measures", "memberships", "stages",
    "cases", "links" }
  local store

  --- Questions with an answer that is not the same at every revision.
  local QUESTIONS = {
    function(s) return s.parties:where{ kind = { ne = "state" } }:all() end,
    function(s) return s.parties:count() end,
    function(s) return s.cases:order("-fine", "date"):all() end,
    function(s) return s.cases:order("date", "exporter"):limit(3, 1):all() end,
    function(s) return s.cases:where{ fine = { gte = 3 } }:count() end,
    function(s) return s.cases:where{ date = "2018" }:count() end,
    function(s) return s.cases:where{ date = { during = "2018/2019" } }:count() end,
    function(s) return s.cases:where{ exporter = { country = "KOR" } }:count() end,
    function(s) return s.cases:where{ exporter = { within = "group-1" } }:select("fine"):all() end,
    function(s) return s.cases:where{ exporter = { within = "KOR" } }:count() end,
    function(s) return s.cases:where{ items = { within = "item-1" } }:count() end,
    function(s) return s.cases:where{ sources = "source-1" }:count() end,
    function(s) return s.cases:where{ fine = { missing = true } }:exists() end,
    function(s) return s.events:order("-date"):first() or false end,
    function(s) return #s.events:where{ items = { "item-1", "item-2" } } end,
    function(s) return s.events:where{ actor = { ne = "firm-1" } }:count() end,
    function(s) return s.measures:where{ stages = { stage = "in_force" } }:count() end,
    function(s) return s.measures:where{ stages = { missing = true } }:count() end,
    function(s) return s.items:get("an alias") or false end,
    function(s) return s.items:get("item-3") or false end,
    function(s) return s.items:where{ name = { like = "name 1%" } }:count() end,
    function(s) return s.parties:where{ id = { within = "group-1" } }:select("key"):all() end,
    function(s)
      local rows = {}
      for id, key, parent, aliases in s.items:values("key", "parent", "aliases") do
        rows[#rows + 1] = { id = id, key = key, parent = parent, aliases = aliases }
      end
      return rows
    end,
    function(s)
      local firsts = {}
      for i, kind in ipairs(KINDS) do firsts[i] = s[kind]:first() or false end
      return firsts
    end,
  }

  --- The answer to a question as text; where it raises, with which code.
  local function answer(question, s)
    local ok, result = pcall(question, s)
    if ok then return stores.show(result) end
    return "raises " .. tostring(result.code or result)
  end

  local function pick(list) return list[math.random(#list)] end
  local function maybe(value)
    if math.random() < 0.5 then return value end
  end
  --- A key of the collection that there may be, or may have been.
  local function some(prefix) return prefix .. "-" .. math.random(1, 6) end

  local function any_sources()
    local list = {}
    for _, n in ipairs{ 1, 2 } do
      if math.random() < 0.4 then
        list[#list + 1] = math.random() < 0.5 and "source-" .. n or
          { "source-" .. n, locator = "para " .. math.random(3) }
      end
    end
    return list
  end
  local function any_items()
    local list = { some("item") }
    local second = some("item")
    if second ~= list[1] then list[2] = second end
    return list
  end
  local function any_stages()
    local list = {}
    for i = 1, math.random(0, 3) do
      list[i] = { stage = pick{ "announced", "in_force", "ended" },
        date = "20" .. math.random(10, 20) .. "-0" .. i, sources = any_sources() }
    end
    return list
  end
  local DATES = { "2018-03-01", "2018", "2019~", "2017/2019", "2019-12",
    "[2018-01-01..2018-02-01]" }

  --- What a record of each kind may be given.
  local GIVEN = {
    sources = function()
      return { key = some("source"), title = "title " .. math.random(9), text = "words",
        published = maybe(pick(DATES)) }
    end,
    parties = function()
      if math.random() < 0.3 then
        return { key = some("group"), name = "a group " .. math.random(9), kind = "group" }
      end
      return { key = some("firm"), name = "firm " .. math.random(20), kind = "company",
        country = pick{ "KOR", "JPN" }, parent = maybe(some("firm")),
        aliases = { "alias " .. math.random(20) } }
    end,
    items = function()
      return { key = some("item"), name = "name " .. math.random(20), parent = maybe(some("item")),
        aliases = maybe{ pick{ "an alias", "another" } }, note = maybe("note " .. math.random(9)) }
    end,
    events = function()
      return { key = some("event"), date = pick(DATES), kind = pick{ "sanction", "reject" },
        actor = maybe(some("firm")), items = maybe(any_items()), sources = any_sources(),
        tone = maybe(math.random(9) / 2) }
    end,
    claims = function()
      return { key = some("claim"), question = "question", stance = pick{ "denies", "doubts" },
        speaker = maybe(some("firm")), about = maybe(some("case")),
        replies_to = maybe(some("claim")) }
    end,
    measures = function()
      return { key = some("measure"), title = "title " .. math.random(9), jurisdiction = "JPN",
        requirement = pick{ "none", "individual" }, items = maybe(any_items()),
        stages = maybe(any_stages()) }
    end,
    memberships = function()
      return { key = some("member"), group = some("group"), member = some("firm"),
        stages = maybe(any_stages()) }
    end,
    cases = function()
      return { key = some("case"), authority = pick{ "KOR", "JPN" }, date = maybe(pick(DATES)),
        exported = maybe(pick(DATES)), fine = maybe(math.random(9)),
        exporter = maybe(some("firm")), items = maybe(any_items()), sources = any_sources() }
    end,
    links = function()
      return { key = some("link"), from = some("case"), relation = "supports",
        to = pick{ some("claim"), some("measure"), some("item") } }
    end,
  }
  local GIVEN_KINDS = {}
  for kind in pairs(GIVEN) do GIVEN_KINDS[#GIVEN_KINDS + 1] = kind end
  table.sort(GIVEN_KINDS)

  local function change()
    local kind = pick(GIVEN_KINDS)
    local given = GIVEN[kind]()
    local what = math.random()
    if what < 0.6 then
      store[kind]:put(given)
    elseif what < 0.8 then
      store[kind]:retract(given.key)
    else
      local changes = {}
      for name, value in pairs(given) do
        if name ~= "key" and name ~= "of" then
          changes[name] = math.random() < 0.3 and name ~= "kind" and null or maybe(value)
        end
      end
      store[kind]:update(given.key, changes)
    end
  end

  it("answers as the store did then #slow", function()
    store = assert(dualuse.open())
    store.questions:add{ key = "question", title = "?" }
    math.randomseed(1910)
    local written = {}
    local function write_down()
      local all = { stores.records(store, KINDS) }
      for i, question in ipairs(QUESTIONS) do all[i + 1] = answer(question, store) end
      return all
    end
    local refused, changed = 0, 0
    written[store:revision()] = write_down()
    for _ = 1, 400 do
      local before = store:revision()
      local ok, problem
      if math.random() < 0.85 then
        ok, problem = pcall(change)
      else
        ok, problem = pcall(store.transaction, store, function()
          for _ = 1, math.random(2, 5) do
            if math.random() < 0.2 then
              pcall(store.transaction, store, function()
                change()
                error("undo")
              end)
            else
              pcall(change)
            end
          end
          if math.random() < 0.2 then error("undo") end
        end)
      end
      assert.is_true(ok or getmetatable(problem) == "dualuse.error" or
        tostring(problem):find("undo", 1, true) ~= nil, tostring(problem))
      local after = store:revision()
      local now = write_down()
      if after == before then
        refused = refused + 1
        assert.same(written[before], now)
      else
        changed = changed + 1
        assert.equal(before + 1, after)
        written[after] = now
      end
    end
    -- the changes have to be a fair sample
    assert.is_true(changed > 150 and refused > 30, changed .. " " .. refused)
    local differing = {}
    for revision = 1, store:revision() do
      local view = store:as_of(revision)
      stores.same_lines(written[revision][1], stores.records(view, KINDS))
      for i, question in ipairs(QUESTIONS) do
        local expected = written[revision][i + 1]
        local actual = answer(question, view)
        if actual ~= expected then
          assert.equal(("question %d at %d: %s"):format(i, revision, expected),
            ("question %d at %d: %s"):format(i, revision, actual))
        end
        if revision > 1 and expected ~= written[revision - 1][i + 1] then differing[i] = true end
      end
    end
    for i in ipairs(QUESTIONS) do
      assert.is_true(differing[i], "always the same answer to question " .. i)
    end
    -- and every record's history is those of its states that differ
    for _, kind in ipairs{ "items", "cases", "events", "claims", "links", "sources" } do
      for record in store[kind]:each() do
        for _, state in ipairs(store[kind]:history(record.id)) do
          local seen = store:as_of(state.revision)[kind]:get(record.id)
          assert.equal(state.retracted or false, seen == nil)
          if seen then assert.same(seen, state) end
        end
      end
    end
    store:close()
  end)
end)

describe("a store's file #process", function()
  local folder, path

  before_each(function()
    folder = shell.folder()
    path = folder .. "/store.db"
    local store <close> = assert(dualuse.open(path))
    stores.fill(store)
    store.items:update("chemicals", { note = "changed" }, { by = "editor", reason = "a slip" })
    store:transaction(function()
      store.items:update("chemicals", { note = "again" }, { by = "junior", reason = "another" })
    end)
  end)
  after_each(function() shell.remove(folder) end)

  --- Checks that the sqlite3 program cannot do this, and that nothing of it was done.
  local function check_refused(...)
    for _, statement in ipairs{ ... } do
      local before = stores.dump(path)
      local status, output = stores.sqlite(path, statement .. ";")
      assert.is_true(status ~= 0, "was done: " .. statement)
      assert.truthy(output:find("dualuse: ", 1, true), output)
      stores.same_lines(before, stores.dump(path))
    end
  end

  --- The columns of a table, in their order.
  local function columns(name)
    local list = {}
    for column in stores.ask(path, ("SELECT name FROM pragma_table_info('%s')"):format(name))
      :gmatch("[^\n]+") do
      list[#list + 1] = column
    end
    return list
  end

  it("keeps other programs from changing records by accident", function()
    local tried = {}
    for _, kind in ipairs(dualuse.describe()) do
      kind = kind.kind
      local first = ("(SELECT min(id) FROM %s)"):format(kind)
      if stores.has_table(path, kind) then
        tried[stores.has_table(path, kind .. "_history")] = true
        check_refused(
          ("UPDATE %s SET note = 'mine'"):format(kind),
          ("UPDATE %s SET note = 'mine' WHERE id = %s"):format(kind, first),
          ("UPDATE OR REPLACE %s SET note = 'mine'"):format(kind),
          ("UPDATE %s SET id = id + 100000"):format(kind),
          ("DELETE FROM %s"):format(kind),
          ("DELETE FROM %s WHERE id = %s"):format(kind, first),
          ("INSERT OR REPLACE INTO %s SELECT * FROM %s"):format(kind, kind),
          ("REPLACE INTO %s SELECT * FROM %s"):format(kind, kind),
          ("INSERT INTO %s (id, revision) VALUES (900, 1)"):format(kind),
          ("INSERT INTO %s (id, revision) VALUES (1, 100)"):format(kind))
      end
    end
    -- those whose records were never changed, and the others
    assert.same({ [false] = true, [true] = true }, tried)
  end)

  it("keeps an INSERT OR REPLACE from losing a state, even as the next revision", function()
    local names = {}
    for i, name in ipairs(columns("items")) do
      names[i] = name == "revision" and "revision + 100" or '"' .. name .. '"'
    end
    for _, statement in ipairs{ "INSERT OR REPLACE", "REPLACE" } do
      check_refused(("%s INTO items SELECT %s FROM items WHERE \"key\" = 'chemicals'"):format(
        statement, table.concat(names, ", ")))
    end
  end)

  it("keeps other programs from changing history", function()
    for _, kind in ipairs(dualuse.describe()) do
      local history = kind.kind .. "_history"
      if stores.has_table(path, history) then
        check_refused(
          ("UPDATE %s SET note = 'mine'"):format(history),
          ("UPDATE OR REPLACE %s SET until = 1"):format(history),
          ("DELETE FROM %s"):format(history))
      end
    end
  end)

  it("keeps other programs from inventing history, or writing over it", function()
    assert.equal("2", stores.ask(path, "SELECT count(*) FROM items_history"))
    local names = {}
    for i, name in ipairs(columns("items_history")) do
      names[i] = name == "name" and "'forged'" or '"' .. name .. '"'
    end
    check_refused(
      ("INSERT OR REPLACE INTO items_history SELECT %s FROM items_history"):format(
        table.concat(names, ", ")),
      "INSERT INTO items_history (until, id, revision, name) VALUES (1, 5000, 0, 'invented')",
      "INSERT INTO items_history (until, id, revision, name) SELECT 2, id, 0, 'x' FROM items")
  end)

  it("keeps other programs from changing revisions", function()
    check_refused(
      "UPDATE revisions SET recorded = '2000-01-01T00:00:00Z'",
      "UPDATE revisions SET \"by\" = 'nobody' WHERE revision = 1",
      "UPDATE OR REPLACE revisions SET revision = 1 WHERE revision = 2",
      "DELETE FROM revisions",
      "DELETE FROM revisions WHERE revision = 3",
      "INSERT OR REPLACE INTO revisions SELECT * FROM revisions",
      "INSERT OR REPLACE INTO revisions VALUES (1, '2000-01-01T00:00:00Z', 5, 'x', 'y')",
      "INSERT INTO revisions VALUES (9, '2000-01-01T00:00:00Z', 5, 'x', 'y')",
      "INSERT INTO revisions VALUES (NULL, '2000-01-01T00:00:00Z', 5, 'x', 'y')")
  end)

  it("keeps other programs from changing who did it and why", function()
    assert.equal("junior|another",
      stores.ask(path, "SELECT \"by\", reason FROM reasons"))
    check_refused(
      "UPDATE reasons SET reason = 'none'",
      "DELETE FROM reasons",
      "INSERT OR REPLACE INTO reasons SELECT record, revision, 'x', 'y' FROM reasons")
  end)

  it("counts revisions by number: a clock that runs back makes no time run back", function()
    local last = tonumber(stores.ask(path, "SELECT max(revision) FROM revisions"))
    local function tick(time)
      stores.ask(path, ("INSERT INTO revisions SELECT max(revision) + 1, '%s', max(last_id), " ..
        "NULL, NULL FROM revisions"):format(time))
    end
    tick("2999-01-01T00:00:00Z") -- a clock that was wrong for a while
    local store <close> = assert(dualuse.open(path))
    local id = store.items:add{ key = "a", name = "a" }
    assert.equal(last + 2, store:revision())
    assert.equal("2999-01-01T00:00:00Z", store.items:get(id).recorded)
    tick("2999-06-01T12:00:00Z")
    store.items:update(id, { note = "x" })
    assert.equal(last + 4, store:revision())
    assert.equal("2999-06-01T12:00:00Z", store.items:get(id).recorded)
    local times = stores.ask(path, "SELECT recorded FROM revisions ORDER BY revision")
    local before = ""
    for time in times:gmatch("[^\n]+") do
      assert.is_true(before <= time, before .. " > " .. time)
      before = time
    end
    -- a time means the last revision recorded until then, a day its end
    for time, revision in pairs{
      ["2999-01-01T00:00:00Z"] = last + 2,
      ["2998-12-31T23:59:59Z"] = last,
      ["2998-12-31"] = last,
      ["2999-01-01"] = last + 2,
      ["2999-06-01T11:59:59Z"] = last + 2,
      ["2999-06-01T12:00:00Z"] = last + 4,
      ["2999-05-31"] = last + 2,
      ["2999-12-31"] = last + 4,
    } do
      assert.equal(revision, store:as_of(time):revision(), time)
    end
  end)
end)
