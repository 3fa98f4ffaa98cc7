-- The benchmark: its events are what it says they are, and its runners answer the same. How long
-- anything takes is nobody's business here.

local answers = require "spec.bench.answers"
local peers = require "spec.bench.peers"
local questions = require "spec.bench.questions"
local results = require "spec.bench.results"
local shell = require "spec.shell"
local stores = require "spec.stores"

local quote = shell.quote

local PROGRAMS = "build/bench/generate build/bench/measure build/bench/insert "
  .. "build/bench/lsqlite3.so"

describe("the generator of events #process", function()
  local folder, path, db
  local ROWS = 20000

  --- Runs the generator.
  -- @treturn string what it wrote
  local function generate(arguments, environment)
    return shell.must(("%s %s %s"):format(environment or "",
      quote(shell.root .. "/build/bench/generate"), arguments))
  end

  --- What awk prints of the events.
  local function awk(program)
    return (shell.must(("LC_ALL=C awk -F'\\t' %s %s"):format(quote(program), quote(path)))
      :gsub("\n$", ""))
  end

  local function ask(sql) return stores.ask(db, sql) end
  local function number(sql) return tonumber(ask(sql)) end

  setup(function()
    shell.must("make -s " .. PROGRAMS)
    folder = shell.folder()
    path, db = folder .. "/events.tsv", folder .. "/events.db"
    stores.write(path, generate(ROWS))
    local columns = {}
    for i = 1, 58 do columns[i] = "c" .. i end
    ask("CREATE TABLE events (" .. table.concat(columns, ", ") .. ");\n"
      .. ".mode ascii\n.separator \"\\t\" \"\\n\"\n.import " .. path .. " events")
  end)
  teardown(function() shell.remove(folder) end)

  it("writes the same bytes again, whatever the locale and time zone", function()
    local bytes = generate(3000)
    assert.is_true(bytes == generate(3000, "LC_ALL=de_DE.UTF-8 TZ=Asia/Tokyo"))
    assert.is_false(bytes == generate("3000 0 3000 1"))
  end)

  it("writes the bytes that it wrote on other machines", function()
    stores.write(folder .. "/few.tsv", generate(1000))
    -- of x86-64 and glibc; a change of the generator makes older figures incomparable
    local sum = shell.must("cksum <" .. quote(folder .. "/few.tsv"))
    assert.equal("3940430364 395945\n", sum)
  end)

  it("writes the same events whichever part of them is asked for", function()
    local whole = generate("3000 0 5000")
    assert.is_true(whole == generate("1000 0 5000") .. generate("2000 1000 5000"))
  end)

  it("says what it takes", function()
    for _, arguments in ipairs{ "", "x", "-1", "1 2 3 4 5", "99999999999999999999" } do
      local status, output = shell.run(PROGRAMS:match("%S+") .. " " .. arguments)
      assert.equal(2, status, arguments)
      assert.matches("generate", output, 1, true)
    end
  end)

  it("fails where it cannot write", function()
    local status, output = shell.run("build/bench/generate 1000 >/dev/full")
    assert.equal(1, status)
    assert.matches("^generate: ", output)
  end)

  it("writes 58 columns a line, of some 400 bytes", function()
    assert.equal(tostring(ROWS), awk("NF == 58 { n++ } END { print n }"))
    local mean = tonumber(awk("{ n += length($0) + 1 } END { print n / NR }"))
    assert.is_true(380 < mean and mean < 420, mean)
    assert.equal("", awk("/\"|\\r/"))
  end)

  it("gives every event an id above the last", function()
    assert.equal("", awk("$1 + 0 <= last { print } { last = $1 + 0 }"))
  end)

  it("dates every event with a day that there is, in six years or before", function()
    assert.equal("0", ask [[
      SELECT count(*) FROM (SELECT *, substr(c2, 1, 4) || '-' || substr(c2, 5, 2) || '-'
        || substr(c2, 7) AS day FROM events)
      WHERE length(c2) <> 8 OR date(day) IS NOT day OR c3 <> substr(c2, 1, 6)
        OR c4 <> substr(c2, 1, 4) OR substr(c5, 1, 5) <> c4 || '.' OR length(c5) <> 9
        OR c2 > c57 OR c57 NOT BETWEEN '20140101' AND '20191231']])
    assert.equal("20140101", ask "SELECT min(c57) FROM events")
    assert.is_true(number "SELECT max(c57) FROM events" > 20191224)
  end)

  it("lets days rise with ids, most of the time", function()
    -- of an event and the one a hundredth of the file further on
    local later = number [[
      SELECT avg(b.c2 > a.c2) FROM events a JOIN events b ON b.rowid = a.rowid + 200]]
    assert.is_true(later > 0.8 and later < 1, later)
    local year_early = number [[
      SELECT avg(substr(c57, 1, 4) - substr(c2, 1, 4) = 1 AND substr(c57, 5) = substr(c2, 5))
      FROM events]]
    assert.is_true(year_early > 0.005 and year_early < 0.03, year_early)
  end)

  it("codes events in CAMEO, each code with its own base, root, class and scale", function()
    assert.equal("0", ask [[
      SELECT count(*) FROM events
      WHERE c27 NOT GLOB '[0-2][0-9][0-9]' AND c27 NOT GLOB '[0-2][0-9][0-9][0-9]'
        OR c28 <> substr(c27, 1, 3) OR c29 <> substr(c27, 1, 2) OR c29 NOT BETWEEN '01' AND '20'
        OR c30 <> CASE WHEN c29 <= '05' THEN '1' WHEN c29 <= '08' THEN '2'
                       WHEN c29 <= '13' THEN '3' ELSE '4' END]])
    assert.equal("0", ask [[
      SELECT count(*) FROM (SELECT c27 FROM events GROUP BY c27
        HAVING min(c31 + 0) <> max(c31 + 0) OR min(c31 + 0) < -10 OR max(c31 + 0) > 10)]])
    assert.equal("20", ask "SELECT count(DISTINCT c29) FROM events")
    -- from GDELT's own list: appeal, ease sanctions, threaten sanctions, embargo, fight
    assert.equal("020 3|085 7|1312 -5.8|163 -8|190 -10", ask [[
      SELECT group_concat(t, '|') FROM (SELECT DISTINCT c27 || ' ' || c31 AS t FROM events
      WHERE c27 IN ('020', '085', '1312', '163', '190') ORDER BY 1)]])
  end)

  it("has no code that the table from CAMEO to PLOVER does not know", function()
    local data = os.getenv("DUALUSE_DATA")
    if not data then pending("DUALUSE_DATA names no folder") return end
    local known, unknown = {}, {}
    for line in io.lines(data .. "/cameo-to-plover-2021.txt") do
      local code = line:match("^(%d+):")
      if code then known[code] = true end
    end
    for code in ask("SELECT DISTINCT c27 FROM events WHERE c29 > '02'"):gmatch("%d+") do
      if not known[code] then unknown[#unknown + 1] = code end
    end
    assert.same({}, unknown)
  end)

  it("draws countries in Zipf's proportions, and codes by how common they are", function()
    local first = number "SELECT avg(c8 = 'USA') FROM events WHERE c8 <> ''"
    local second = number "SELECT avg(c8 = 'RUS') FROM events WHERE c8 <> ''"
    local tenth = number "SELECT avg(c8 = 'PRK') FROM events WHERE c8 <> ''"
    assert.is_true(math.abs(first / second - 2) < 0.2, first / second)
    assert.is_true(math.abs(first / tenth - 10) < 2, first / tenth)
    local countries = number "SELECT count(DISTINCT c8) FROM events WHERE c8 <> ''"
    assert.is_true(countries > 190 and countries <= 202, countries)
    local codes = number "SELECT count(DISTINCT c27) FROM events"
    assert.is_true(codes > 250 and codes <= 291, codes)
    local visits = number "SELECT avg(c27 IN ('042', '043')) FROM events"
    assert.is_true(visits > 0.1 and visits < 0.2, visits)
  end)

  it("writes actors as their country's code and their sectors'", function()
    for _, actor in ipairs{ { 6, 8, 13 }, { 16, 18, 23 } } do
      assert.equal("0", ask(([[
        SELECT count(*) FROM events WHERE c%d NOT LIKE c%d || c%d || c%d || c%d || '%%'
          OR length(c%d) %% 3 <> 0]]):format(actor[1], actor[2], actor[3], actor[3] + 1,
            actor[3] + 2, actor[1])))
    end
    local alone = number "SELECT avg(c16 = '') FROM events"
    assert.is_true(alone > 0.09 and alone < 0.11, alone)
    local nobody = number "SELECT count(*) FROM events WHERE c6 = '' AND c16 = ''"
    assert.equal(0, nobody)
    for _, code in ipairs{ "KOR", "KORGOV", "USAMIL", "IGOUNO" } do
      assert.is_true(number("SELECT count(*) FROM events WHERE c6 = '" .. code .. "'") > 0, code)
    end
  end)

  it("tells about three events in an article, with one tone", function()
    local share = number "SELECT 1.0 * count(*) / count(DISTINCT c58) FROM events"
    assert.is_true(share > 2.5 and share < 3.5, share)
    assert.equal("0", ask [[
      SELECT count(*) FROM events WHERE length(c58) NOT BETWEEN 80 AND 110
        OR c58 NOT LIKE 'http://www.%']])
    assert.equal("0", ask [[
      SELECT count(*) FROM (SELECT 1 FROM events GROUP BY c58 HAVING count(DISTINCT c35) > 1)]])
    assert.equal("15", ask [[
      SELECT max(length(replace(replace(c35, '-', ''), '.', ''))) FROM events]])
    local silent = number "SELECT avg(c35 = '') FROM events"
    assert.is_true(silent > 0.005 and silent < 0.04, silent)
  end)

  it("places events on the globe, each place always in the same spot", function()
    for _, first in ipairs{ 36, 43, 50 } do
      assert.equal("0", ask(([[
        SELECT count(*) FROM (SELECT c%d AS type, c%d AS name, c%d + 0 AS latitude,
          c%d + 0 AS longitude, c%d AS feature FROM events)
        WHERE (type = '0') <> (name = '') OR (name = '') <> (feature = '')
          OR latitude NOT BETWEEN -90 AND 90 OR longitude NOT BETWEEN -180 AND 180]]):format(first,
            first + 1, first + 4, first + 5, first + 6)))
    end
    assert.equal("0", ask [[
      SELECT count(*) FROM (SELECT 1 FROM events WHERE c51 <> '' GROUP BY c51, c56
        HAVING count(DISTINCT c54 || ' ' || c55) > 1)]])
    assert.is_true(number "SELECT count(DISTINCT c51) FROM events" > 1000)
  end)
end)

describe("a benchmark #process #slow", function()
  local folder

  setup(function()
    shell.must("make -s " .. PROGRAMS)
    folder = shell.folder()
    shell.must(("cp %s %s"):format(PROGRAMS, quote(folder)))
  end)
  teardown(function() shell.remove(folder) end)

  --- Runs one of 2,000 rows.
  local function run(chosen)
    return shell.run(("FOLDER=%s ROWS=2000 RUNS=1 PEERS=%s DATE=2019-07-04 %s"):format(
      quote(folder), quote(chosen), stores.command("spec/bench/run.lua")))
  end

  it("loads the same events into all, which answer the same", function()
    local chosen = "dualuse sqlite3 luasql lsqlite3"
    -- where an earlier `make bench` has fetched it
    if shell.run("test -d build/bench/node && command -v node") == 0 then
      shell.must(("ln -s %s/build/bench/node %s"):format(quote(shell.root), quote(folder)))
      chosen = chosen .. " DuckDB"
    end
    local status, output = run(chosen)
    assert.equal(0, status, output)
    assert.matches("date: 2019-07-04", output, 1, true)
    for _, title in ipairs{ "Load 2000 rows into a new store", "Questions to 2000 rows",
        "Loops over 2000 rows", "What a question costs, by the segments it is asked of",
        "Load the same 2000 rows a second time", "Append a tenth to 2000 rows", "Goals" } do
      assert.matches(title, output, 1, true)
    end
    -- nobody is left out without a word
    for _, name in ipairs{ "dualuse", "dualuse, 2 threads", "sqlite3, tuned", "sqlite3, plain",
        "luasql", "lsqlite3", "DuckDB, 2 threads, indexes" } do
      assert.matches("\n" .. name, (output:gsub("\n2000 rows: ", "\n")), 1, true)
    end
    assert.equal("", shell.must(("find %s -name '*.db' -o -name '*.tsv'"):format(quote(folder))))
    local file <close> = assert(io.open(folder .. "/results.txt"))
    assert.matches(file:read("a"), output, 1, true)
  end)

  it("leaves out whom nobody asks for", function()
    local status, output = run("sqlite3")
    assert.equal(0, status, output)
    assert.matches("\n2000 rows: dualuse: not asked for\n", output, 1, true)
    assert.matches("\n2000 rows: DuckDB, 2 threads, indexes: not asked for\n", output, 1, true)
    assert.is_nil(output:find("as fast ×", 1, true))
    assert.is_nil(output:find("segments", 1, true))
  end)
end)

describe("peers", function()
  --- The names of those that are asked for.
  local function asked_for(asked)
    local names = {}
    for _, peer in ipairs(peers.all("build/bench", asked)) do
      if peer.missing ~= "not asked for" then names[#names + 1] = peer.name end
    end
    return table.concat(names, "; ")
  end

  it("are asked for by the first words of their names, or by whole ones", function()
    assert.equal("dualuse; dualuse, 2 threads; lsqlite3, best recipe; lsqlite3, as usually written",
      asked_for "dualuse lsqlite3")
    assert.equal("dualuse; sqlite3, tuned", asked_for "dualuse; sqlite3, tuned")
    assert.equal("sqlite3, tuned", asked_for "sqlite3, tuned;")
  end)
end)

describe("measuring a program #process", function()
  local folder

  setup(function()
    shell.must("make -s " .. PROGRAMS)
    folder = shell.folder()
  end)
  teardown(function() shell.remove(folder) end)

  --- Measures a command.
  -- @treturn integer its status
  -- @treturn string what it printed
  -- @treturn number seconds, by the wall clock
  -- @treturn number seconds of processor time
  -- @treturn number kilobytes
  local function measure(command)
    local taken = folder .. "/taken"
    local status, output = shell.run("build/bench/measure " .. quote(taken) .. " " .. command)
    local file <close> = assert(io.open(taken))
    return status, output, file:read("n", "n", "n")
  end

  it("leaves it as it is, input, output and status", function()
    local status, output = measure([[sh -c 'echo "$0"; exit 7' one]])
    assert.equal(7, status)
    assert.equal("one\n", output)
  end)

  it("tells how long it took, of which how much at work", function()
    local _, _, elapsed, worked = measure("sleep 0.1")
    assert.is_true(elapsed >= 0.1, elapsed)
    assert.is_true(worked < elapsed, worked)
  end)

  it("tells the memory of the largest process, however deep", function()
    local script = quote([[local s = ("x"):rep(50000000)]])
    local _, _, _, _, kilobytes = measure(
      "sh -c " .. quote(quote(shell.lua) .. " -e " .. script .. "; true"))
    assert.is_true(kilobytes > 48000 and kilobytes < 200000, kilobytes)
  end)

  it("says what it cannot run", function()
    local status, output = measure("no-such-program")
    assert.equal(126, status)
    assert.matches("^no%-such%-program: ", output)
  end)
end)

describe("answers", function()
  --- What a peer prints that answers every question with these rows.
  local function printed(rows)
    local lines = {}
    for i, question in ipairs(questions.list) do
      lines[i] = "? " .. question.name .. "\n" .. rows .. "\n= 0.5"
    end
    return table.concat(lines, "\n")
  end

  it("are read with the time that they took", function()
    local given = answers.read("? a\n1\t\tx\n2\t3\ty\n"
      .. "Run Time: real 0.003 user 0.001500 sys 0.0005\n? b\n= 0.25\n")
    assert.same({ rows = { { "1", "", "x" }, { "2", "3", "y" } }, seconds = 0.002 }, given.a)
    assert.same({ rows = {}, seconds = 0.25 }, given.b)
  end)

  it("count once where a question is asked again, with the least time", function()
    local given = answers.read("? a\n1\n= 0.5\n? a\n1\n= 0.25\n? a\n1\n= 0.75\n")
    assert.same({ rows = { { "1" } }, seconds = 0.25 }, given.a)
  end)

  it("are equal but for the last digits of a mean", function()
    local known = {}
    answers.compare(known, answers.read(printed("KOR\t-2.50000000000001")), "one")
    answers.compare(known, answers.read(printed("KOR\t-2.5")), "other")
  end)

  it("stop the benchmark where they differ, and tell who says what", function()
    for _, other in ipairs{ "KOR\t-2.5001", "JPN\t-2.5", "KOR\t", "KOR\t-2.5\nJPN\t1", "" } do
      local known = {}
      answers.compare(known, answers.read(printed("KOR\t-2.5")), "one")
      local ok, problem = pcall(answers.compare, known, answers.read(printed(other)), "other")
      assert.is_false(ok)
      assert.matches("^bench: " .. questions.list[1].name .. ": other answers\n", problem)
      assert.matches("where one answers\n", problem, 1, true)
    end
  end)

  it("of loops are held against each other, those from columns and from rows alike", function()
    local names, given = { "a, from columns", "a, from rows" }, {}
    for i, name in ipairs(names) do given[name] = { rows = { { tostring(i) } }, seconds = 1 } end
    local known = {}
    answers.compare_all(known, given, "one", names)
    given[names[2]] = { rows = { { "3" } }, seconds = 1 }
    local ok, problem = pcall(answers.compare_all, known, given, "other", names)
    assert.is_false(ok)
    assert.equal("bench: a, from rows: other answers\n  3\nwhere one answers\n  2", problem)
  end)

  it("have all to be given", function()
    local ok, problem = pcall(answers.compare, {}, answers.read("? all events\n1\n= 0.1"), "one")
    assert.is_false(ok)
    assert.equal("bench: one has not answered: " .. questions.list[2].name, problem)
  end)
end)

describe("results", function()
  local function measured(times)
    local list = results.new()
    for peer, seconds in pairs(times) do
      for _, value in ipairs(seconds) do
        list:add(1000000, "load", peer, { seconds = value, kilobytes = 50000, bytes = 120000000,
          rows = 1000000 })
      end
    end
    return list
  end

  it("are medians with the least and the most", function()
    local runs = { { seconds = 3 }, { seconds = 1 }, { seconds = 10 } }
    assert.same({ 3, 1, 10 }, { results.spread(runs, "seconds") })
    runs[4] = { seconds = 4 }
    assert.same({ 3.5, 1, 10 }, { results.spread(runs, "seconds") })
    assert.is_nil(results.spread(runs, "bytes"))
  end)

  it("are ratios of medians, so that more is better for dualuse", function()
    local list = measured{ dualuse = { 2, 2, 9 }, ["sqlite3, tuned"] = { 6, 5, 4 } }
    assert.equal(2.5, list:ratio(1000000, "load", "sqlite3, tuned"))
    assert.is_nil(list:ratio(1000000, "load", "DuckDB"))
  end)

  it("stand beside their goals", function()
    local list = measured{ dualuse = { 2 }, ["sqlite3, tuned"] = { 5 },
      ["lsqlite3, best recipe"] = { 5 } }
    local seen = {}
    for _, cells in ipairs(list:goals{ 1000000 }) do
      seen[cells[2] .. ": " .. cells[3]] = cells[5] .. " " .. cells[6]
    end
    assert.equal("2.50 × met", seen["load: sqlite3, tuned"])
    assert.equal("2.50 × missed", seen["load: lsqlite3, best recipe"])
    assert.equal("not measured ", seen["load, 2 threads: sqlite3, tuned"])
    list:add(1000000, "load", "dualuse, 2 threads", { seconds = 2.5 })
    for _, cells in ipairs(list:goals{ 1000000 }) do
      if cells[2] == "load, 2 threads" then seen[cells[3]] = cells[5] .. " " .. cells[6] end
    end
    assert.equal("2.00 × missed", seen["sqlite3, tuned"])
    assert.equal("51 MB met", seen["load: memory"])
    assert.equal("120 MB missed", seen["load: file"])
    assert.equal("not measured ", seen["append: sqlite3, tuned"])
  end)

  it("tell what a segment of columns costs, and a billion rows on paper", function()
    local list = results.new()
    list:add(100000, "count", "dualuse", { seconds = 0.007 }) -- 7 segments
    list:add(1000000, "count", "dualuse", { seconds = 0.031 }) -- 62
    local lines = list:segments({ 100000, 1000000 }, { "count" })
    assert.same({ "count", "100000", "7", "7 ms", "1e+03 µs" }, lines[2])
    assert.same({ "", "1000000", "62", "31 ms", "500 µs" }, lines[3])
    assert.same({ "", "1000000000", "61036", "30.52 s", "on paper" }, lines[4])
    assert.is_nil(results.new():segments({ 100000 }, { "count" }))
  end)

  it("may be no more than so many seconds for a million rows", function()
    local list = results.new()
    list:add(2000000, "building", "dualuse", { seconds = 1.5 })
    list.goals_known = { { work = "building", seconds = 0.8 } }
    local cells = list:goals{ 2000000 }[2]
    assert.same({ "2000000", "building", "a million rows", "≤ 0.8 s", "0.75 s", "met" }, cells)
  end)

  it("print in columns, numbers at their right", function()
    assert.equal("peer     time  goal\nÜber    12 ms  met\nothers   7 ms\n", results.columns{
      { "peer", "time", "goal" }, { "Über", "12 ms", "met" }, { "others", "7 ms", "" } })
  end)
end)
