--- What rests on little.
--
--    single_sourced   on one source, or on several that repeat each other
--    anonymous        on somebody whom the source does not name
--    reported         on hearsay: a claim at second hand, an event only reported or alleged
--    unattributed     on nobody: the source does not tell who says so
--    undated          nothing tells when
--    inferred         in no source, but reasoned
--    contested        a question with claims both ways, a link or an event that is denied
--    derived          a figure worked out from disclosed ones
--    unsourced        neither in a source nor reasoned
--
--    local audit = dualuse.audit(store, { dispute = "japan-korea-2019" })
--    audit.counts.single_sourced
-- @module dualuse.audit

local findings = require "dualuse.audit.findings"
local lookup = require "dualuse.lookup"
local options = require "dualuse.options"
local rows = require "dualuse.rows"
local scope = require "dualuse.scope"
local sets = require "dualuse.sets"

local M = {}

--- The weaknesses, in the order in which they are told.
local WEAKNESSES = findings.weaknesses
M.weaknesses = WEAKNESSES

local VALIDATORS = {
  dispute = options.reference,
  kind = options.words(findings.kinds),
  weakness = options.words(WEAKNESSES),
}

local function notes_of(counts, weaknesses)
  local notes = {}
  for _, weakness in ipairs(WEAKNESSES) do
    if sets.of(weaknesses)[weakness] then
      notes[#notes + 1] = ("%s: %d"):format(weakness, counts[weakness])
    end
  end
  return notes
end

--- What rests on little: see the top of this page for the weaknesses.
--
-- A citation of a field supports that field only; a citation of none supports the whole record. So
-- a weakness of the sources has a `field` where it is not the same for all values of the record.
-- How we file a record (its dispute or question, what it replies to, its event code) is no value.
-- What is reasoned in a note is `inferred`, and not `unsourced` as well. A derived figure is no
-- record: it has no `id`, but `records`, those that it follows from, and their `sources`.
--
-- With a dispute, only what belongs to it is looked through (`dualuse.scope`): no parties, items
-- or sources.
-- @param store an open store, or a view of one
-- @tparam[opt] table given `dispute`, a reference; `kind`, one or a list of kinds of records (all
--   but screenings); `weakness`, one or a list of them (all)
-- @treturn table rows of `weakness`, `kind`, `id`, `key`, `field`, `detail`, in the order of the
--   weaknesses above, then of kind, id and field; with `counts`, the number of rows by weakness. A
--   derived figure is no record: in place of an id, its row has `question`, what
--   `dualuse.reconcile` was asked, `period`, `value` and `formula`
-- @raise `misuse` for what is no store, an unknown option or a wrong type; `invalid` for a dispute,
--   kind or weakness that there is not; `closed`
-- @function audit
local function audit(_, store, given)
  given = options.check(given, VALIDATORS, 2)
  local view = options.snapshot(store, 2)
  local dispute = options.record(view, "disputes", "dispute", given.dispute, 2)
  local look = lookup.of(view)
  local weaknesses, found = options.list(given.weakness) or WEAKNESSES, {}
  for _, weakness in ipairs(WEAKNESSES) do found[weakness] = {} end
  findings.each(look, scope.of(look, dispute), { weaknesses = sets.of(weaknesses),
    kinds = sets.of(options.list(given.kind) or findings.kinds) }, function(list)
    for _, row in ipairs(list) do table.insert(found[row.weakness], row) end
  end)
  local list, counts = {}, {}
  for _, weakness in ipairs(WEAKNESSES) do
    table.move(found[weakness], 1, #found[weakness], #list + 1, list)
  end
  for _, weakness in ipairs(weaknesses) do counts[weakness] = #found[weakness] end
  local result = rows.new(list, { title = "What rests on little",
    columns = { "weakness", "kind", "id", "key", "field", "detail" },
    notes = notes_of(counts, weaknesses) })
  result.counts = counts
  return result
end

return setmetatable(M, { __call = audit })
