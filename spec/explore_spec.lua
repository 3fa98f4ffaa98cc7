-- The explorer: the names it brings, what it shows, and what it looks like on a terminal.
local completion = require "dualuse.explore.completion"
local dualuse = require "dualuse"
local layout = require "dualuse.layout"
local manual = require "dualuse.explore.manual"
local record_text = require "dualuse.explore.record"
local shell = require "spec.shell"
local stores = require "spec.stores"

local function lines_of(text)
  local lines = {}
  for line in text:gsub("\r", ""):gmatch("[^\n]*") do lines[#lines + 1] = line end
  return lines
end

-- The Lua that finds this checkout, from any folder.
local function environment(more)
  return ("%s LUA_PATH_5_4=%s LUA_CPATH_5_4=%s"):format(more or "",
    shell.quote(("%s/lua/?.lua;%s/lua/?/init.lua;;"):format(shell.root, shell.root)),
    shell.quote(shell.root .. "/build/?.so;;"))
end

describe("the explorer #process", function()
  local folder

  setup(function() folder = shell.folder() end)
  teardown(function() shell.remove(folder) end)

  -- What Lua prints that runs a script with the explorer, not on a terminal.
  local function run(script, options)
    stores.write(folder .. "/script.lua", script)
    local status, output = shell.run(("cd %s && %s %s %s script.lua"):format(shell.quote(folder),
      environment(), shell.lua, options or "-l dualuse.explore"))
    return output, status
  end

  -- What is on a terminal of so many columns and lines after some lines were typed. The last one
  -- leaves, and nothing ends the input: an end that is typed ahead gets lost when readline takes
  -- the terminal over, and makes `script` wait.
  local function typed(input, columns, lines, variables)
    local no_terminal = shell.without_terminal()
    if no_terminal then pending(no_terminal) end
    stores.write(folder .. "/typed", input .. "os.exit(true, true)\n")
    return (shell.must(("cd %s; mkfifo pipe; exec 3<>pipe; rm pipe; cat typed >&3; "
      .. "%s timeout 60 script -qec %s /dev/null <&3"):format(shell.quote(folder),
      environment("HOME=/nonexistent TERM=dumb PAGER=cat " .. (variables or "LC_ALL=C.UTF-8")),
      shell.quote(("stty cols %d rows %d; %s -l dualuse.explore"):format(columns, lines,
        shell.lua)))):gsub("\r", ""))
  end

  it("does nothing to the global table when dualuse alone is required", function()
    local output = run([[
      local before = {}
      for name in pairs(_G) do before[name] = true end
      local dualuse = require "dualuse"
      local store = dualuse.open()
      print(store, store.cases, dualuse.describe "cases")
      for name in pairs(_G) do assert(before[name], name) end
      assert(next(require "dualuse.layout".room()) == nil)
      io.write("done")]], "")
    assert.matches("done$", output)
  end)

  it("says which names it has brought, and leaves what is there", function()
    local output = run([[
      print(show, help == "mine", rawequal(open, require "dualuse.explore".open))]],
      "-e 'help = \"mine\"' -l dualuse.explore")
    local lines = lines_of(output)
    assert.equal("dualuse: describe, dualuse, open, sample, show, use. help() tells more.",
      lines[1])
    assert.equal("Names of your own, left as they are: help "
      .. '(require "dualuse.explore".help is ours).', lines[2])
    assert.matches("^function: 0x%x+\ttrue\ttrue$", lines[3])
  end)

  it("brings every name that it says, and no other", function()
    local output = run([[
      local names = {}
      for name in pairs(_G) do names[#names + 1] = name end
      table.sort(names)
      print(table.concat(names, " "))]], "")
    local plain = " " .. lines_of(output)[1] .. " "
    local lines = lines_of((run([[
      sample()
      for name in pairs(_G) do io.write(name, "\n") end]])))
    local text = table.concat(lines, " ")
    local said = text:match("dualuse: (.-)%. help") .. ", store, " .. text:match("kinds: ([%l, ]+)")
    local count = 0
    for _, name in ipairs(lines) do
      if name:find("^[%l_]+$") and not plain:find(" " .. name .. " ", 1, true) then
        assert.matches("%f[%w]" .. name .. "%f[%W]", said)
        count = count + 1
      end
    end
    assert.equal(7 + 1 + 16, count)
  end)

  it("names a store's kinds, follows the store that is opened next, and says what is yours",
    function()
      local output = run([[
        items = "mine"
        sample()
        print(#cases, items, rawequal(cases, store.cases))
        local first = store
        open "new.db"
        print(#cases, store ~= first, use() == store)
        use(first:as_of(0))
        print(#cases, store:revision())]])
      assert.matches("\nNames of your own, left as they are: items %(use%(%)%.items is", output)
      assert.matches("\n2\tmine\ttrue\nstore is new.db %(new%)\n", output)
      assert.matches("\n0\ttrue\ttrue\n", output)
      assert.matches("\n0\t0\n", output)
    end)

  it("opens what is there, and tells what it cannot open at the line that asked", function()
    local output = run([[
      open "new.db"
      cases:add{ authority = "KOR" }
      store:close()
      open "new.db"
      print(#cases)
      local ok, problem = pcall(function() open "." ; return true end)
      print(problem, problem.code)
      ok, problem = pcall(function() show "nobody at all" ; return true end)
      print(problem, problem.code)
      store:close()
      ok, problem = pcall(function() show "KOR" ; return true end)
      print(problem, problem.code)]])
    assert.matches("store is new.db\n1\n", output)
    assert.matches("\nscript.lua:6: [^\n]*\tio\n", output)
    assert.matches(
      "\nscript.lua:8: no record has the id, key, name or alias nobody at all\tinvalid\n", output)
    assert.matches("\nscript.lua:11: no store is open: open%(path%), or sample%(%)\tmisuse\n",
      output)
  end)

  it("shows all of a query, rows and lists, where they print themselves in part", function()
    local output = run([[
      sample()
      show(parties)
      show(claims:where{ speaker = "KOR" })
      show(claims:limit(1):select("speaker", "text"):all())
      show(cases:where{ fine = 1 })
      show{ b = { 1, 2 }, a = "x" }
      show(nil)]])
    assert.matches("\nparties: 268\n *id +key", output)
    assert.matches("Zimbabwe", output)
    assert.matches("\ncases: none found\n", output)
    assert.matches("\nname +value\na +x\nb +1, 2\nnil\n$", output)
  end)

  it("shows no more than a thousand records, and says so", function()
    local output = run([[
      open()
      store:transaction(function()
        for _ = 1, 1001 do cases:add{ authority = "KOR" } end
      end)
      show(cases)
      show(cases:limit(1000))]])
    assert.matches("\ncases: the first 1000\n", output)
    assert.matches("\ncases: 1000\n", output)
  end)

  it("shows a record with what it refers to by name, given as a table or by reference", function()
    local output = run([[
      sample()
      show(cases:get("kr-etching-gas-vietnam"))
      show "kr-etching-gas-vietnam"
      show(cases:get("kr-etching-gas-vietnam").id)]])
    local first = output:find("case %d+, kr", 1)
    local text = output:sub(first)
    assert.matches("\n  authority +Trade ministry of South Korea %(KOR.MOTIE%)\n", text)
    assert.matches("\n  destination +Vietnam %(VNM%)\n", text)
    local third = #text // 3
    assert.equal(text:sub(1, third), text:sub(third + 1, 2 * third))
    assert.equal(text:sub(1, third), text:sub(2 * third + 1))
  end)

  it("takes a table for a record of the store only where its key is there as well", function()
    local output = run([[
      sample()
      show{ id = 295, key = "another" }]])
    assert.matches("\nname +value\nid +295\nkey +another\n$", output)
  end)

  it("helps with kinds, methods, modules, objects, and what there is", function()
    local output = run([[
      print(help)
      help() ; io.write("--\n")
      help "cases" ; io.write("--\n")
      help "where" ; io.write("--\n")
      help "licence" ; io.write("--\n")
      sample()
      help(store.events:limit(1)) ; io.write("--\n")
      help "methods" ; io.write("--\n")
      print(pcall(help, "no such thing")) ; io.write("--\n")
      help(dualuse.licence) ; io.write("--\n")
      help(cases:group{ "year" }) ; io.write("--\n")
      print(pcall(help, {}))]])
    local parts = {}
    for part in (output .. "--\n"):gmatch("(.-)%-%-\n") do parts[#parts + 1] = part end
    assert.matches("\nhelp%(%) tells what can be typed, Ctrl%-D leaves%.\nsample%(%) +opens",
      parts[1])
    assert.matches("authority%* +→parties", parts[2])
    assert.matches("cases:where{ … }", parts[2], 1, true)
    assert.matches("^query:where{ field = value, … } %-> query\n  The records", parts[3])
    assert.matches("\ndualuse.licence.periods(store, question)\n", parts[4], 1, true)
    assert.matches("\nquery:select(field, …) -> query\n", parts[5], 1, true)
    assert.matches("\nrows +change, concat", parts[6])
    assert.matches("false\t[^\n]*there is no help on no such thing", parts[7])
    assert.equal(parts[4], parts[8])
    assert.matches("\nrows:pivot(row, column, value)\n", parts[9], 1, true)
    assert.matches("false\t[^\n]*there is no help on a table", parts[10])
  end)

  for _, columns in ipairs{ 60, 80, 200 } do
    it(("keeps to a terminal of %d columns"):format(columns), function()
      local output = typed([[
sample()
cases
events:order("-date")
claims:select("speaker", "text")
show(parties)
show "kr-etching-gas-vietnam"
show(claims)
help()
help "group"
help "cases"
describe "events"
events:group{ "month", "kind" }
dualuse.chronology(store)
store:revision()
]], columns, 24)
      for _, line in ipairs(lines_of(output)) do
        if not line:find("^>") and not line:find("^%l") then
          assert.is_true(layout.width(line) <= columns, line)
        end
      end
      assert.matches("13 in all\n", typed("sample()\nevents\n", columns, 12))
    end)
  end

  it("shows ASCII alone where the locale has nothing else", function()
    local output = typed('sample()\nshow(parties)\nshow "kr-etching-gas-vietnam"\nhelp()\n'
      .. 'describe "cases"\ndualuse.chronology(store)\n', 80, 24, "LC_ALL=C")
    assert.is_nil(output:find("[\x80-\xFF]"))
    assert.matches("T\\u{00FC}rkiye", output, 1, true)
    assert.matches("T.rkiye", typed("sample()\nshow(parties)\n", 80, 24):gsub("ü", "."))
  end)

  it("gives what is longer than the screen to a pager, and what is not to nobody", function()
    local output = typed('sample()\nshow "VNM"\nio.write("-- ")\nshow(parties)\n', 80, 24,
      "LC_ALL=C.UTF-8 PAGER='sed s/^/P:/'")
    assert.matches("\nparty %d+, VNM\n", output)
    assert.matches("\nP:parties: 268\nP: id ", output:gsub("%-%- P:", "\nP:"))
    assert.not_matches("\nP:party", output)
  end)

  it("prints what no pager takes", function()
    assert.matches("Zimbabwe", typed("sample()\nshow(parties)\n", 80, 24,
      "LC_ALL=C.UTF-8 PAGER=/nonexistent/pager"))
    assert.matches("Zimbabwe", typed("sample()\nshow(parties)\n", 80, 24, "LC_ALL=C PAGER="))
  end)

  it("completes with Tab where lua-readline is there", function()
    if not pcall(require, "readline") then
      pending("the module readline (Debian: lua-readline) is not there")
      return
    end
    local output = typed('sa\t()\ncases:whe\t{ desti\t = "VNM" }:cou\t()\n'
      .. 'print("two",\nselect("#", cases:cou\t()))\n', 200, 24, "LC_ALL=C.UTF-8 TERM=xterm")
    output = output:gsub("\27%[[%d;?]*%a", "")
    assert.matches("store is the sample", output)
    assert.matches('> cases:where{ destination = "VNM" }:count%(%)\n1\n', output)
    assert.matches('> print%("two",\n>> select%("#", cases:count%(%)%)%)\ntwo\t1\n', output)
  end)
end)

describe("a record for reading", function()
  local store

  before_each(function() store = stores.sample_store() end)
  after_each(function() store:close() end)

  it("tells a date in words where it is no plain one", function()
    local claim = store.claims:get("retaliation-widely-seen")
    local text = record_text.text(store, "claims", claim)
    assert.matches("\n  date +%[%.%.2019%-07%-12%] %(on or before 12 July 2019%)\n", text)
    assert.matches("\n  about +measure: South Korea back on .* %(jp%-kr%-restriction%)\n", text)
  end)

  it("tells stages, quotes and places of its sources", function()
    local text = record_text.text(store, "measures", store.measures:get("jp-kr-restriction"))
    assert.matches("\n  stages +announced %[2019%-07%-01%.%.2019%-07%-04%] %(on one of", text)
    assert.matches("\n +in force 2019%-07%-04; nikkei%-2019%-07%-12, afp", text)
    store.items:add{ key = "k", name = "k", sources = { "afp-2019-07-12",
      { "afp-2019-07-12", field = "name", locator = "para 2", quote = "the k" } } }
    text = record_text.text(store, "items", store.items:get("k"))
    assert.matches("\n +%(afp%-2019%-07%-12%), 2019%-07%-12; for name, para 2: “the k”\n", text)
  end)

  it("has each field of every record, once, within the width", function()
    for _, kind in ipairs(dualuse.describe()) do
      for record in store[kind.kind]:limit(20):each() do
        local text = record_text.text(store, kind.kind, record, { width = 70 })
        for name, value in pairs(record) do
          if name ~= "id" and name ~= "key" and name ~= "revision" then
            local _, count = text:gsub("\n  " .. name .. " +%S", "")
            assert.equal(type(value) == "table" and #value == 0 and 0 or 1, count, text)
          end
        end
        for _, line in ipairs(lines_of(text)) do
          assert.is_true(layout.width(line) <= 70, line)
        end
      end
    end
  end)

  it("shows stored text as text", function()
    store.items:add{ key = "k", name = "a\27[31mb" }
    local text = record_text.text(store, "items", store.items:get("k"))
    assert.matches("a\\x1B[31mb", text, 1, true)
  end)

  it("shows a record that refers to nothing any more, or to another store, by its references",
    function()
      local text = record_text.text(assert(dualuse.open()), "cases",
        store.cases:get("kr-etching-gas-vietnam"))
      assert.matches("\n  authority +KOR.MOTIE\n", text)
      assert.matches("\n  destination +Vietnam %(VNM%)\n", text)
    end)
end)

describe("help", function()
  it("knows a text for every function there is", function()
    assert.is_true(#manual.classes() > 10)
    for _, class in ipairs(manual.classes()) do
      for _, found in ipairs(class.functions) do
        assert.is_true(#found.text > 0, found.call)
        assert.is_nil(table.concat(found.text):find("^@"), found.call)
      end
    end
  end)

  it("finds a function by its name, and with its class", function()
    assert.equal("query:limit(count [, offset]) -> query", manual.functions("limit")[1].call)
    assert.equal("query:limit(count [, offset]) -> query", manual.functions("query:limit")[1].call)
    assert.equal("dualuse.licence.periods(store, question)", manual.functions("periods")[1].call)
    assert.equal("rows:pivot(row, column, value)", manual.functions("pivot")[1].call)
    assert.same({}, manual.functions("nothing"))
  end)
end)

describe("completion", function()
  local kept = {}
  local store

  setup(function()
    store = stores.sample_store()
    for name, value in pairs{ store = store, cases = store.cases, dualuse = dualuse } do
      kept[name] = rawget(_G, name)
      rawset(_G, name, value)
    end
  end)

  teardown(function()
    for _, name in ipairs{ "store", "cases", "dualuse" } do rawset(_G, name, kept[name]) end
    store:close()
  end)

  local function of(line)
    return table.concat(completion.of(line), " ")
  end

  it("knows global names and the words of Lua", function()
    assert.equal("store", of("sto"))
    assert.equal("store", of("print(#sto"))
    assert.equal("string", of("stri"))
    assert.equal("function", of("funct"))
    assert.equal("", of(""))
  end)

  it("knows the kinds of a store, and the methods of objects", function()
    assert.equal("store.cases", of("x = store.ca"))
    assert.equal("store:backup", of("store:ba"))
    assert.equal("cases:where", of("cases:wh"))
    assert.equal("store.cases:history", of("store.cases:hi"))
    assert.equal("string.format", of("string.for"))
  end)

  it("knows the modules that answer, loaded or not, and their functions", function()
    assert.equal("dualuse.transparency", of("dualuse.transp"))
    assert.equal("dualuse.licence.requirement", (function()
      assert.is_table(dualuse.licence)
      return of("dualuse.licence.req")
    end)())
  end)

  it("knows the fields of the kind that is asked for", function()
    assert.equal("destination detected_by", of("cases:where{ de"))
    assert.equal("destination detected_by", of('cases:where{ authority = "KOR", de'))
    assert.equal("destination detected_by", of('cases:select("de'))
    assert.equal("exported exporter exporter_country", of("store.cases:update(1, { expo"))
  end)

  it("knows the words of a field", function()
    assert.equal("intercepted", of('cases:where{ stopped = "int'))
    assert.equal("sanction support", of('store.events:where{ kind = { "threaten", "s'))
    assert.equal("", of('cases:where{ authority = "K'))
  end)

  it("knows the methods of what a query gives", function()
    assert.equal("order", of('cases:where{ destination = "VNM" }:or'))
    assert.equal("pivot", of('cases:group{ "year", "destination" }:piv'))
  end)

  it("knows what describe and help take", function()
    assert.equal("cases", of('describe "ca'))
    assert.equal("measures", of("dualuse.describe('mea"))
    assert.equal("requirement", of('help "requ'))
  end)

  it("gives whole words, from where the prompt has them begin", function()
    assert.same({ "a,store.cases" }, completion.of("f(a,store.ca", 3))
    assert.same({ "where" }, completion.of("cases:wh", 7))
  end)

  it("runs nothing and raises nothing, whatever was typed", function()
    _G.trap = setmetatable({}, { __index = function() error("run") end })
    for _, line in ipairs{ "trap.x", "trap.x.y", "trap:x", "store.nothing.x", "store.nothing:x",
      "nothing.at.all", "(", "{", '"', "a.b.c.", ":", ".", "cases:", "cases.x", "]]", "\xff\xfe",
      'cases:where{ x = "', "1.5", "...", "store.close", "cases:where{}.x" } do
      assert.is_table(completion.of(line))
    end
    _G.trap = nil
  end)
end)
