-- store.parties:match finds parties by name, as people type names. It reads as the manual.

local core = require "dualuse.core"
local dualuse = require "dualuse"
local shell = require "spec.shell"
local stores = require "spec.stores"

local store
before_each(function() store = assert(dualuse.open()) end)
after_each(function() store:close() end)

local function add(key, name, aliases)
  return store.parties:add{ key = key, name = name, kind = "company", aliases = aliases }
end

--- The score of the only party that has this name, for what is asked; 0 if it is not found.
local function score(asked, name)
  local one <close> = assert(dualuse.open())
  one.parties:add{ key = "it", name = name, kind = "company" }
  for _, found in ipairs(one.parties:match(asked, 300)) do
    if found.party == "it" then return found.score end
  end
  return 0
end

local function same(asked, name)
  assert.equal(1, score(asked, name), ("%s is not %s"):format(asked, name))
  assert.equal(1, score(name, asked), ("%s is not %s"):format(name, asked))
end

local function alike(asked, name, least)
  local found = score(asked, name)
  assert.is_true(found >= (least or 0.8) and found < 1, ("%s, %s: %g"):format(asked, name, found))
end

local function other(asked, name)
  local found = score(asked, name)
  assert.is_true(found < 0.8, ("%s, %s: %g"):format(asked, name, found))
end

describe("store.parties:match", function()
  it("gives the parties most like a name, the best first", function()
    add("huawei", "Huawei Technologies Co., Ltd.", { "Huawei", "华为技术有限公司" })
    add("device", "Huawei Device Co., Ltd.")
    add("acme", "Acme Chemicals")
    local found = store.parties:match("huawei technologies")
    assert.same({ party = "huawei", name = "Huawei Technologies Co., Ltd.",
      matched = "Huawei Technologies Co., Ltd.", score = 1 }, found[1])
    assert.equal("Huawei", store.parties:match("HUAWEI")[1].matched)
    assert.same({ "huawei", "device" }, { store.parties:match("huawei")[1].party,
      store.parties:match("huawei")[2].party })
  end)

  it("gives ten, or as many as are wanted; equal ones in the order of their ids", function()
    for i = 20, 1, -1 do add("p" .. i, "Widget Works Ltd") end
    assert.equal(10, #store.parties:match("widget works"))
    assert.equal(20, #store.parties:match("widget works", 50))
    local found = store.parties:match("widget works", 3)
    assert.same({ "p20", "p19", "p18" }, { found[1].party, found[2].party, found[3].party })
  end)

  it("finds the states that every store has, changed or not", function()
    assert.equal("VNM", store.parties:match("viet nam")[1].party)
    store.parties:update("VNM", { aliases = { "Hanoi" } })
    assert.equal("VNM", store.parties:match("hanoi")[1].party)
    store.parties:retract("ATA")
    assert.is_true((store.parties:match("Antarctica")[1] or { score = 0 }).score < 0.8)
  end)
end)

describe("a name is the same", function()
  it("in any order of its words", function()
    same("Kunlun Bank", "BANK OF KUNLUN")
    same("PUTIN, Vladimir Vladimirovich", "Vladimir Vladimirovich Putin")
  end)

  it("with accents and without, in full width, in ligatures", function()
    same("Société Générale", "SOCIETE GENERALE")
    same("Müller & Söhne", "Muller Sohne")
    same("Łódź Ørsted Đorđević", "Lodz Orsted Dordevic")
    same("ＡＢＣ　ｏﬃce", "abc office")
    same("Ελλάδα", "ΕΛΛΑΔΑ")
  end)

  it("in Cyrillic and Greek letters, or in Latin ones", function()
    same("Газпром", "Gazprom")
    same("ООО «Ромашка»", "Romashka")
    same("Αθηνα", "Athina")
  end)

  it("whatever its legal form, before or after it", function()
    for _, form in ipairs{ "%s Co., Ltd.", "%s CO LTD", "%s, Inc.", "%s LLC", "LLC %s", "%s GmbH",
        "%s AG", "%s S.A.", "%s S. A.", "%s Corp.", "%s PLC", "%s B.V.", "%s Oy", "OOO %s",
        "АО %s", "ООО «%s»", "JSC %s", "%s Limited Liability Company", "%s Sp. z o.o.",
        "Public Joint Stock Company %s", "%s Pte. Ltd.", "(주)%s", "㈜%s", "%s 주식회사",
        "%s株式会社", "%s有限公司", "The %s Company" } do
      same("Zenith Optics", form:format("Zenith Optics"))
    end
    same("삼성전자", "삼성전자주식회사")
    same("삼성전자", "(주) 삼성전자")
    same("东方电子", "东方电子股份有限公司")
    same("日立製作所", "株式会社日立製作所")
  end)

  it("in syllables of Hangul, or in the letters that they are of", function()
    same("한국전자", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}" ..
      "\u{110c}\u{1165}\u{11ab}\u{110c}\u{1161}")
    other("한국전자", "\u{1112}\u{1161}\u{1100}\u{116e}\u{110c}\u{1165}\u{110c}\u{1161}")
  end)

  it("with any punctuation; apostrophes and dots within abbreviations join", function()
    same("Al-Qa'ida", "al qaida")
    same("Int’l Trade", "Intl Trade")
    same("A.B.C. Metals", "ABC Metals")
    same("U+1F600 😀 Smile", "u 1f600 smile")
  end)

  it("and a name that is nothing but a legal form, or a sign, is itself", function()
    same("AG", "ag")
    same("Limited", "LIMITED")
    same("★", "★")
    other("★", "☆")
  end)
end)

describe("a name is alike", function()
  it("with a letter wrong in a word of five or more", function()
    alike("Huawei Technologes", "Huawei Technologies")
    alike("Roselectronics", "Ruselectronics")
    other("Iran Air", "Iraq Air")
  end)

  it("but for what transliterations differ in", function()
    for _, pair in ipairs{ { "Mohammed", "Muhamad" }, { "Osama", "Usama" }, { "Yuri", "Iouri" },
        { "Qaddafi", "Kadhafi" }, { "Tsarev", "Czarew" }, { "Sergey", "Sergei" },
        { "Mahmoud", "Mahmud" }, { "Hussein", "Husayn" }, { "Khalid", "Halid" },
        { "Juschkin", "Yushkin" }, { "Abdullah", "Abdulla" } } do
      alike(pair[1], pair[2], 0.9)
    end
  end)

  it("with a space more or less", function()
    alike("Aero Caribbean", "Aerocaribbean", 0.9)
    alike("Aerocaribbean", "AERO-CARIBBEAN", 0.9)
  end)

  it("if it holds all that was asked for, and more", function()
    alike("Mahan Air", "Mahan Air General Trading")
    alike("삼성", "삼성전자")
    alike("华为", "华为技术有限公司")
  end)

  it("but not if a word with a digit differs, or most words do", function()
    other("Plant 204", "Plant 206")
    other("Sunrise Trading", "Orient Trading")
  end)
end)

describe("a short name", function()
  it("of one or two letters is found", function()
    add("x", "X")
    add("al", "Al")
    add("ab", "A B")
    assert.equal("x", store.parties:match("x")[1].party)
    assert.equal("ab", store.parties:match("b. a.")[1].party)
    local found = {}
    for _, match in ipairs(store.parties:match("AL")) do
      if match.score == 1 then found[match.party] = true end
    end
    assert.is_true(found.al)
    assert.is_true(found.ALB) -- Albania's code
  end)

  it("of one or two syllables or ideographs is found", function()
    add("kim", "김철")
    add("lg", "금성")
    add("mi", "小米")
    add("east", "东")
    for name, key in pairs{ ["김철"] = "kim", ["금성"] = "lg", ["小米"] = "mi", ["东"] = "east" } do
      local found = store.parties:match(name)
      assert.same({ key, 1 }, { found[1] and found[1].party, found[1] and found[1].score }, name)
    end
  end)
end)

describe("the index of likeness", function()
  local function found(name)
    local match = store.parties:match(name)[1]
    return match and match.score == 1 and match.party or nil
  end

  it("follows updates, retractions and what is put back", function()
    add("p", "First Name", { "Also Known" })
    store.parties:update("p", { name = "Second Name" })
    assert.is_nil(found "First Name")
    assert.equal("p", found "second name")
    store.parties:update("p", { aliases = dualuse.null })
    assert.is_nil(found "Also Known")
    store.parties:retract("p")
    assert.is_nil(found "second name")
    store.parties:put{ key = "p", name = "Third Name", kind = "company" }
    assert.is_nil(found "second name")
    assert.equal("p", found "third name")
    assert.same({}, store:check())
  end)

  it("is as it was when a transaction is undone, the first one too", function()
    for _ = 1, 2 do
      assert.is_false((pcall(store.transaction, store, function()
        add("gone", "Never Was")
        store.parties:update("JPN", { name = "Nippon" })
        assert.equal("gone", found "never was")
        pcall(store.transaction, store, function()
          add("inner", "Inner One")
          error "undo"
        end)
        assert.is_nil(found "inner one")
        error "undo"
      end)))
      assert.is_nil(found "never was")
      assert.is_nil(found "nippon")
      assert.equal("JPN", found "japan")
      assert.same({}, store:check())
    end
    add("p", "After All")
    assert.equal("p", found "after all")
  end)

  it("finds names with quotation marks, backslashes and control characters", function()
    local names = { 'a "quoted" name', "back\\slash name", "tab\tname", "é \1 accent" }
    for i, name in ipairs(names) do add("n" .. i, "Party " .. i, { name }) end
    for i, name in ipairs(names) do
      local match = store.parties:match(name)[1]
      assert.same({ "n" .. i, name, 1 }, { match.party, match.matched, match.score })
    end
  end)
end)

describe("a file #process", function()
  local folder, path
  before_each(function()
    folder = shell.folder()
    path = folder .. "/store.db"
  end)
  after_each(function() shell.remove(folder) end)

  local function make()
    local file <close> = assert(dualuse.open(path))
    file.parties:add{ key = "acme", name = "Acme Chemicals", kind = "company" }
    file.parties:update("JPN", { aliases = { "Nippon" } })
  end

  local function check(mode)
    local file <close> = assert(dualuse.open(path, mode))
    assert.equal("acme", file.parties:match("Acme Chemicals")[1].party)
    assert.equal("JPN", file.parties:match("nippon")[1].party)
    assert.equal("KOR", file.parties:match("south korea")[1].party)
    assert.same({}, file:check())
  end

  it("keeps the index, and is searched while it is opened readonly", function()
    make()
    check()
    check{ readonly = true }
  end)

  it("of an older version gets the index when it is opened", function()
    make()
    local version = tonumber(stores.ask(path, "PRAGMA user_version"))
    stores.ask(path, ("DROP TABLE likeness_terms; DROP TABLE likeness; PRAGMA user_version = %d;")
      :format(version - 10000))
    check()
  end)

  it("whose index lacks a party, or has one too many, is found out by check", function()
    for _, damage in ipairs{ "INSERT INTO likeness (rowid, grams) VALUES (99999, '_zz')",
        "INSERT INTO likeness (likeness) VALUES ('delete-all')",
        "DROP TABLE likeness_terms; DROP TABLE likeness" } do
      make()
      stores.ask(path, damage)
      do
        local file <close> = assert(dualuse.open(path))
        local findings = file:check()
        assert.equal(1, #findings, damage)
        assert.matches("index of likeness", findings[1].problem)
        assert.equal("parties", findings[1].kind)
      end
      shell.must("rm " .. shell.quote(path))
    end
  end)
end)

-- ------------------------------------------------------------------------------- properties

-- A generator of its own, so that every run has the same names.
local function generator(seed)
  local state = seed
  return function(n)
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % n + 1
  end
end

local SYLLABLES = { "ka", "zar", "mo", "ha", "med", "shi", "tek", "ron", "li", "gaz", "prom", "el",
  "an", "or", "ti", "ché", "ý", "du", "北", "京", "삼", "성", "ов", "ин", "the", "x" }
local WORDS = { "Trading", "International", "Electronics", "Bank", "of", "Co.,", "Ltd.", "GmbH",
  "Al", "No.5", "204th", "(Group)", "有限公司", "주식회사" }

local function random_name(random)
  local words = {}
  for i = 1, random(4) do
    if random(3) == 1 then
      words[i] = WORDS[random(#WORDS)]
    else
      local parts = {}
      for k = 1, random(4) do parts[k] = SYLLABLES[random(#SYLLABLES)] end
      words[i] = table.concat(parts)
    end
  end
  return table.concat(words, " ")
end

--- Parties of a random store: key -> its names.
local function fill(target, random, count)
  local parties = {}
  target:transaction(function()
    for i = 1, count do
      local names, seen = {}, {}
      for _ = 1, random(3) do
        local name = random_name(random)
        if not seen[name] then seen[name], names[#names + 1] = true, name end
      end
      local key = "r" .. i
      parties[key] = names
      target.parties:add{ key = key, name = names[1], kind = "company",
        aliases = { table.unpack(names, 2) } }
    end
  end)
  return parties
end

--- A name as somebody might mistype it.
local function mistyped(name, random)
  local letters = {}
  for _, code in utf8.codes(name) do letters[#letters + 1] = utf8.char(code) end
  local place = random(#letters)
  local how = random(4)
  if how == 1 then
    table.remove(letters, place)
  elseif how == 2 then
    table.insert(letters, place, ("aeghkrst"):sub(random(8)):sub(1, 1))
  elseif how == 3 then
    letters[place] = "o"
  else
    table.insert(letters, place, " ")
  end
  return table.concat(letters)
end

describe("in random stores", function()
  it("every name and alias finds its party with score 1, first or tied", function()
    for seed = 1, 5 do
      local random = generator(seed)
      local big <close> = assert(dualuse.open())
      for key, names in pairs(fill(big, random, 150)) do
        for _, name in ipairs(names) do
          local has = false
          for _, found in ipairs(big.parties:match(name, 1000)) do
            has = has or found.party == key and found.score == 1
          end
          assert.is_true(has, ("seed %d: %s of %s"):format(seed, name, key))
          assert.equal(1, big.parties:match(name, 1)[1].score)
        end
      end
      assert.same({}, big:check())
    end
  end)

  it("whoever scores 0.8 or more alone is found among many, with the same score", function()
    local alone = assert(dualuse.open())
    for seed = 11, 12 do
      local random = generator(seed)
      local big <close> = assert(dualuse.open())
      local parties, asked = fill(big, random, 60), {}
      for i = 1, 25 do
        local names = parties["r" .. random(60)]
        asked[i] = mistyped(names[random(#names)], random)
        if not asked[i]:find("%S") then asked[i] = "x" end
      end
      local found = {}
      for i, name in ipairs(asked) do
        found[i] = {}
        for _, match in ipairs(big.parties:match(name, 1000)) do
          found[i][match.party] = match.score
        end
      end
      for key, names in pairs(parties) do
        alone.parties:put{ key = "it", name = names[1], kind = "company",
          aliases = #names > 1 and { table.unpack(names, 2) } or dualuse.null }
        for i, name in ipairs(asked) do
          for _, match in ipairs(alone.parties:match(name, 1000)) do
            if match.party == "it" and match.score >= 0.8 then
              assert.equal(match.score, found[i][key], ("seed %d: %s finds %s"):format(seed, name,
                table.concat(names, " | ")))
            end
          end
        end
      end
    end
    alone:close()
  end)
end)

-- ------------------------------------------------------------------------------------ errors

describe("bad input", function()
  local function refused(code, ...)
    local arguments = table.pack(...)
    local problem = stores.raises(function()
      local found = store.parties:match(table.unpack(arguments, 1, arguments.n))
      return found
    end, { code = code })
    return problem.message
  end

  it("is refused: what is no text, no number of matches, empty, or no UTF-8", function()
    refused("misuse")
    refused("misuse", 7)
    refused("misuse", {})
    refused("misuse", "x", "3")
    refused("misuse", "x", 0)
    refused("misuse", "x", 1.5)
    refused("invalid", "")
    refused("invalid", " \t")
    refused("invalid", "\xFF")
    refused("invalid", "a\0b")
  end)

  it("is refused for other kinds, and for a view of an earlier revision", function()
    for _, call in ipairs{ function() local _ = store.items:match("x") end,
        function() local _ = store:as_of(0).parties:match("x") end } do
      stores.raises(call, { code = "misuse", says = { "match" } })
    end
  end)

  it("may be long: a name is read as far as its first words", function()
    local long = ("word "):rep(5000)
    add("long", long)
    assert.equal("long", store.parties:match(long)[1].party)
    assert.same({}, store.parties:match(("zq"):rep(100000)))
    assert.same({}, store.parties:match(("a "):rep(500)))
    -- and not as far as the middle of a letter
    local accented = "x" .. ("é"):rep(700)
    add("accented", accented)
    assert.equal("accented", store.parties:match(accented)[1].party)
    -- nor further than there is room for letters that stand for two
    local doubled = ("xaxixax "):rep(64)
    add("doubled", doubled)
    assert.equal("doubled", store.parties:match(doubled)[1].party)
    assert.same({}, store:check())
  end)
end)

-- ------------------------------------------------------------------------- the real thing

describe("the consolidated screening list", function()
  it("is searched by name", function()
    local folder = os.getenv "DUALUSE_DATA"
    if not folder or folder == "" then
      pending "set DUALUSE_DATA to a folder with consolidated-screening-list.csv"
      return
    end
    local file <close> = assert(io.open(folder .. "/consolidated-screening-list.csv", "rb"))
    local records = core.records(function() return file:read(1 << 18) end,
      { delimiter = ",", quotes = true, limit = 1 << 20 })
    local column = {}
    for i, title in ipairs(assert(records:fields())) do column[title] = i end
    store:transaction(function()
      for record in function() return (records:fields()) end do
        local aliases, seen = {}, {}
        for alias in (record[column.alt_names] .. "; "):gmatch("(.-); ") do
          if alias ~= "" and not seen[alias] then
            seen[alias], aliases[#aliases + 1] = true, alias
          end
        end
        store.parties:add{ key = "csl-" .. record[column._id], name = record[column.name],
          kind = "organisation", aliases = aliases }
      end
    end)
    for asked, name in pairs{ ["Kunlun Bank"] = "BANK OF KUNLUN CO LTD",
        ["vladimir putin"] = "PUTIN, Vladimir Vladimirovich", ["mahan air"] = "MAHAN AIR",
        ["Газпром"] = "Gazprom, OAO", ["China Telecom Ltd"] = "China Telecom Corporation Limited",
        ["Aero Caribean Airlines"] = "AEROCARIBBEAN AIRLINES" } do
      local found = store.parties:match(asked)
      local names = {}
      for i, match in ipairs(found) do names[i] = match.name end
      assert.is_true(found[1].score >= 0.8)
      assert.truthy(table.concat(names, "|"):find(name, 1, true),
        ("%s: %s"):format(asked, table.concat(names, "|")))
    end
  end)
end)
