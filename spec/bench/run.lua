-- Loads generated GDELT files into dualuse and its peers, in turn, holds their answers against each
-- other, and prints ratios with the goals beside them. `make bench` runs it from the checkout.
--
--   ROWS     the sizes of the files ("100000 1000000")
--   RUNS     how often each peer has its turn (3)
--   PEERS    the first words of those that take part, with dualuse the first ("dualuse sqlite3"),
--            or whole names with ";" between them ("dualuse; sqlite3, tuned"); all where it is
--            absent
--   DATE     printed with the results; today where it is absent
--   FOLDER   where the files go (build/bench); it holds the programs generate and measure
--
-- Everything it has to leave out is named, and why. The results are also left in results.txt.
local answers = require "spec.bench.answers"
local loops = require "spec.bench.loops"
local peers = require "spec.bench.peers"
local questions = require "spec.bench.questions"
local results = require "spec.bench.results"
local shell = require "spec.shell"

local quote = shell.quote

local folder = os.getenv("FOLDER") or "build/bench"
local runs = math.tointeger(tonumber(os.getenv("RUNS") or 3))
local date = os.getenv("DATE") or os.date("!%Y-%m-%d")
local sizes = {}
for size in (os.getenv("ROWS") or "100000 1000000"):gmatch("%S+") do
  sizes[#sizes + 1] = math.tointeger(tonumber(size))
end
if #sizes == 0 or not runs or runs < 1 then
  error("bench: ROWS and RUNS are whole numbers from 1 on", 0)
end

-- Larger files are not loaded a second time and not added to: that takes long and tells no more.
local MOST_APPENDED = 1000000

-- What a row may need on the disk: the file itself, four stores of it, and a copy of one.
local BYTES_A_ROW = 400 + 4 * 300

local function note(text, ...)
  io.stderr:write(text:format(...), "\n")
end

-- ------------------------------------------------------------------------------------------------
-- The machine

local function line_of(command)
  local status, output = shell.run(command)
  return status == 0 and output:match("^[^\n]+") or "unknown"
end

--- What the figures depend on, one line each.
local function circumstances()
  return {
    "date: " .. date,
    "machine: " .. line_of("nproc") .. " cores, "
      .. line_of("sed -n 's/^model name[^:]*: //p' /proc/cpuinfo") .. ", "
      .. line_of("sed -n 's/^MemTotal: *//p' /proc/meminfo") .. ", " .. line_of("uname -sr"),
    "at work besides: " .. line_of("cut -d' ' -f1 /proc/loadavg") .. " (load average)",
    "dualuse: " .. line_of("git describe --always --dirty"),
    "Lua: " .. _VERSION,
    "SQLite: " .. line_of("sqlite3 --version | cut -c-18"),
    "lsqlite3: " .. line_of(quote(shell.lua) .. " -e "
      .. quote([[print(require"lsqlite3".version and "the module" or "its stand-in")]])),
    "luasql: " .. line_of(quote(shell.lua) .. " -e 'print(require\"luasql.sqlite3\"._VERSION)'"),
    "DuckDB: @duckdb/node-api " .. peers.duckdb_version .. ", node " .. line_of("node --version"),
  }
end

--- Stops where the disk has no room.
local function check_room()
  local free = tonumber(line_of("df -Pk " .. quote(folder) .. " | awk 'NR == 2 { print $4 }'"))
  local needed = math.max(table.unpack(sizes)) * BYTES_A_ROW // 1024
  note("%s has %d MB free, and at most %d will be used", folder, free // 1024, needed // 1024)
  if free < needed then error("bench: too little room; choose smaller ROWS", 0) end
end

-- ------------------------------------------------------------------------------------------------
-- Measuring

local measured = results.new()
local skipped = {} -- why, one line each

--- Runs a command when the disk is at rest.
-- @treturn table `seconds`, as it says or as the clock does, `processor` (seconds at work) and
--   `kilobytes`
local function measure(command)
  local taken = folder .. "/taken"
  local output = shell.must(("sync && %s %s sh -c %s"):format(quote(folder .. "/measure"),
    quote(taken), quote(command)))
  local file <close> = assert(io.open(taken))
  local seconds, processor, kilobytes = file:read("n", "n", "n")
  return { seconds = tonumber(output:match("seconds\t(%S+)")) or seconds, processor = processor,
    kilobytes = kilobytes }
end

local function path_of(peer)
  return folder .. "/" .. peer.file
end

--- The files of a store, for the shell.
local function files_of(path)
  local quoted = quote(path)
  return ("%s %s-wal %s-shm %s.wal"):format(quoted, quoted, quoted, quoted)
end

local function size_of(path)
  return tonumber(line_of(("cat %s 2>/dev/null | wc -c"):format(files_of(path))))
end

--- Generates a file of `rows` events that follow on `skip` others.
local function generate(rows, skip, spread)
  local path = ("%s/gdelt-%d-%d.tsv"):format(folder, skip, rows)
  shell.must(("%s %d %d %d >%s"):format(quote(folder .. "/generate"), rows, skip, spread,
    quote(path)))
  return path
end

--- Asks a peer's store the questions, and holds the answers against those that others gave.
local function ask(peer, path, rows, known, timed)
  local given = answers.read(shell.must(peer.ask(path)))
  answers.compare(known, given, peer.name)
  for _, question in ipairs(timed and questions.list or {}) do
    measured:add(rows, question.name, peer.name, { seconds = given[question.name].seconds })
  end
end

--- Runs a peer's loops, and holds what they give against what those of others gave. Those of
-- dualuse have a name for each way; others stand beside both.
local function run_loops(peer, path, rows, known)
  local given = answers.read(shell.must(peer.loop(path)))
  for _, way in ipairs(loops.ways) do
    local found, names = {}, {}
    for i, loop in ipairs(loops.list) do
      names[i] = loops.name(loop, way)
      found[names[i]] = given[names[i]] or given[loop.name]
    end
    for i, loop in ipairs(loops.list) do known[names[i]] = known[loop.name] end
    answers.compare_all(known, found, peer.name, names)
    for i, loop in ipairs(loops.list) do
      known[loop.name] = known[names[i]]
      measured:add(rows, names[i], peer.name, { seconds = found[names[i]].seconds })
    end
  end
end

--- Lets a fresh process do what a peer does in one.
local function run_moment(moment, peer, path, rows)
  local copy = folder .. "/copy.db"
  if moment.changes then
    shell.must(("rm -f %s && cp %s %s"):format(files_of(copy), quote(path), quote(copy)))
  end
  if moment.before then
    shell.must(("sqlite3 -init /dev/null -batch -bail %s %s"):format(quote(copy),
      quote(moment.before)))
  end
  local taken = measure(moment.command(moment.changes and copy or path))
  taken.seconds = taken.seconds / (moment.per or 1)
  measured:add(rows, moment.work, moment.name or peer.name, taken)
  note("%d rows: %s: %s: %.3g ms", rows, moment.name or peer.name, moment.work,
    taken.seconds * 1000)
  shell.must("rm -f " .. files_of(copy))
end

local function run_moments(peer, path, rows)
  for _, moment in ipairs(peer.moments or {}) do
    if rows >= (moment.least or 0) then run_moment(moment, peer, path, rows) end
  end
end

--- Those that load a file of this size; the others are told of.
local function taking_part(all, rows)
  local list = {}
  for _, peer in ipairs(all) do
    local why = peer.missing
      or peer.most and rows > peer.most and "too slow to wait for at this size"
    if not why then
      list[#list + 1] = peer
    else
      skipped[#skipped + 1] = ("%d rows: %s: %s"):format(rows, peer.name, why)
      note("skipped: %s", skipped[#skipped])
    end
  end
  return list
end

local function load_in_turn(list, rows, path)
  local known, looped = {}, {}
  for run = 1, runs do
    for _, peer in ipairs(list) do
      local store = path_of(peer)
      shell.must("rm -f " .. files_of(store))
      local taken = measure(peer.load(path, store))
      taken.bytes, taken.rows = size_of(store), rows
      measured:add(rows, "load", peer.name, taken)
      note("%d rows, run %d: %s: %.2f s", rows, run, peer.name, taken.seconds)
      ask(peer, store, rows, known, not peer.untimed)
      if peer.loop then run_loops(peer, store, rows, looped) end
      run_moments(peer, store, rows)
      if not peer.append then shell.must("rm -f " .. files_of(store)) end
    end
  end
  return known
end

--- Loads a file into copies of the stores that are left.
-- @tparam table list the peers
-- @tparam integer rows in the stores
-- @tparam string work "append" or "again"
-- @tparam string path of the file
-- @tparam integer added its rows
-- @tparam table known the answers that come afterwards, where they are known
local function add_in_turn(list, rows, work, path, added, known)
  local copy = folder .. "/copy.db"
  for run = 1, runs do
    for _, peer in ipairs(list) do
      -- eleven columns are compared for the load alone
      if peer[work] and peer.table == list[1].table then
        shell.must(("rm -f %s && cp %s %s"):format(files_of(copy), quote(path_of(peer)),
          quote(copy)))
        local taken = measure(peer[work](path, copy))
        taken.bytes, taken.rows = size_of(copy), added
        measured:add(rows, work, peer.name, taken)
        note("%d rows, run %d: %s %s: %.2f s", rows, run, peer.name, work, taken.seconds)
        ask(peer, copy, rows, known, false)
      end
    end
  end
  shell.must("rm -f " .. files_of(copy))
end

-- ------------------------------------------------------------------------------------------------

check_room()
local all = peers.all(folder, os.getenv("PEERS"))
for _, rows in ipairs(sizes) do
  local path = generate(rows, 0, rows)
  local list = taking_part(all, rows)
  local known = load_in_turn(list, rows, path)
  if rows <= MOST_APPENDED then
    add_in_turn(list, rows, "again", path, rows, known)
    local more = generate(rows // 10, rows, rows)
    add_in_turn(list, rows, "append", more, rows // 10, {})
    os.remove(more)
  else
    skipped[#skipped + 1] = ("%d rows: append, again: enough is known from fewer"):format(rows)
  end
  for _, peer in ipairs(list) do shell.must("rm -f " .. files_of(path_of(peer))) end
  os.remove(path)
end

-- ------------------------------------------------------------------------------------------------
-- The report

local function section(title, lines)
  return lines and title .. "\n" .. results.columns(lines) or nil
end

local names = {}
for i, question in ipairs(questions.list) do names[i] = question.name end

local works = {}
for _, loop in ipairs(loops.list) do
  for _, way in ipairs(loops.ways) do works[#works + 1] = loops.name(loop, way) end
end
for _, work in ipairs{ "question", "insert", "aggregate", "building" } do
  works[#works + 1] = peers.works[work]
end

local report = { table.concat(circumstances(), "\n") .. "\n" }
for _, rows in ipairs(sizes) do
  report[#report + 1] = section(("Load %d rows into a new store, ready for queries"):format(rows),
    measured:loads(rows, "load"))
  report[#report + 1] = section(("Questions to %d rows, and how many times as fast dualuse is")
    :format(rows), measured:answers(rows, names))
  report[#report + 1] = section(("Loops over %d rows, and what fresh processes do"):format(rows),
    measured:list(rows, works))
  report[#report + 1] = section(("Load the same %d rows a second time"):format(rows),
    measured:loads(rows, "again"))
  report[#report + 1] = section(("Append a tenth to %d rows"):format(rows),
    measured:loads(rows, "append"))
end
report[#report + 1] = section("What a question costs, by the segments it is asked of",
  measured:segments(sizes, names))
report[#report + 1] = section("Goals", measured:goals(sizes))
if #skipped > 0 then report[#report + 1] = "Skipped\n" .. table.concat(skipped, "\n") .. "\n" end

local text = table.concat(report, "\n")
local file <close> = assert(io.open(folder .. "/results.txt", "w"))
assert(file:write(text))
io.write("\n", text)
