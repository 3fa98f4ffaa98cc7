--- How much rests on little, counted in one look at each record, and the most telling of it: what a
-- report tells of weaknesses however many records there are.
-- @module dualuse.report.weakest

local findings = require "dualuse.audit.findings"
local sets = require "dualuse.sets"

local M = {}

-- As many examples of a weakness are kept.
local MOST_EXAMPLES = 3

--- In how many ways a record is weak, in itself or in one of its fields.
local function ways_of(rows)
  local has, ways = {}, 0
  for _, row in ipairs(rows) do
    if not has[row.weakness] then has[row.weakness], ways = true, ways + 1 end
  end
  return ways
end

--- Keeps an example, unless there are enough that are weak in as many ways and came before it.
local function keep(examples, row, ways)
  local place = #examples + 1
  while place > 1 and examples[place - 1].ways < ways do place = place - 1 end
  if place <= MOST_EXAMPLES then
    table.insert(examples, place, { row = row, ways = ways })
    examples[MOST_EXAMPLES + 1] = nil
  end
end

--- Counts a row below the sources that it rests on.
local function add_voice(voices, keys)
  local name = table.concat(keys, "\0")
  local voice = voices[name]
  if not voice then
    voice = { name = name, keys = keys, count = 0 }
    voices[name], voices[#voices + 1] = voice, voice
  end
  voice.count = voice.count + 1
end

--- What rests on little.
-- @tparam table look from `dualuse.lookup`
-- @tparam table scope what belongs to a dispute, from `dualuse.scope`
-- @treturn table by weakness: `count`, of records and fields; `kinds`, the same by kind;
--   `examples`, rows of `dualuse.audit`, first those of records that are weak in the most ways; and
--   of `single_sourced`, `voices`: a list of `name`, the `keys` of sources and `count`, the rows
--   that rest on them
function M.of(look, scope)
  local weak = {}
  for _, weakness in ipairs(findings.weaknesses) do
    weak[weakness] = { count = 0, kinds = {}, voices = {}, examples = {} }
  end
  findings.each(look, scope, { weaknesses = sets.of(findings.weaknesses),
    kinds = sets.of(findings.kinds) }, function(rows, record)
    local ways = ways_of(rows)
    for _, row in ipairs(rows) do
      local found = weak[row.weakness]
      found.count = found.count + 1
      found.kinds[row.kind] = (found.kinds[row.kind] or 0) + 1
      keep(found.examples, row, ways)
      if row.weakness == "single_sourced" then
        add_voice(found.voices, (look:sources(record, row.field)))
      end
    end
  end)
  for _, found in pairs(weak) do
    for i, example in ipairs(found.examples) do found.examples[i] = example.row end
  end
  return weak
end

return M
