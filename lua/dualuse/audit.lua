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

local core = require "dualuse.core"
local byte_order = require "dualuse.byte_order"
local lookup = require "dualuse.lookup"
local options = require "dualuse.options"
local positions = require "dualuse.positions"
local reconcile = require "dualuse.reconcile"
local rows = require "dualuse.rows"
local scope = require "dualuse.scope"
local sets = require "dualuse.sets"
local sorting = require "dualuse.sorting"

local M = {}

--- The weaknesses, in the order in which they are told.
local WEAKNESSES = { "single_sourced", "anonymous", "reported", "unattributed", "undated",
  "inferred", "contested", "derived", "unsourced" }
M.weaknesses = WEAKNESSES

-- Screenings are made here: they say what was found, and rest on nothing else.
local KINDS, KIND_ORDER = {}, {}
for _, kind in ipairs(core.describe()) do
  if kind.kind ~= "screenings" then
    KINDS[#KINDS + 1] = kind.kind
    KIND_ORDER[kind.kind] = #KINDS
  end
end

local WEAKNESS_ORDER = {}
for i, weakness in ipairs(WEAKNESSES) do WEAKNESS_ORDER[weakness] = i end

-- ------------------------------------------------------------------------------------- Values

-- What is not a value that a source could tell: the store's own fields, and how we file things.
local NO_VALUE = {
  id = true, key = true, sources = true, inferred = true, note = true, origin = true,
  revision = true, recorded = true, stages = true, dispute = true, question = true, about = true,
  replies_to = true, supersedes = true, of = true,
}
-- Codes, which are the coder's and not the source's.
local CODES = {
  events = { kind = true, mode = true, contexts = true, code = true, quad = true,
    goldstein = true },
  parties = { kind = true },
  items = { category = true },
}

--- The fields of each kind that hold values, in order.
local value_fields = {}
for _, kind in ipairs(KINDS) do
  local list = {}
  for _, field in ipairs(core.describe(kind).fields) do
    if not NO_VALUE[field.name] and not (CODES[kind] and CODES[kind][field.name]) then
      list[#list + 1] = { name = field.name, absent = field.absent }
    end
  end
  value_fields[kind] = list
end

local FIELD_ORDER = {}
for _, kind in ipairs(KINDS) do
  FIELD_ORDER[kind] = {}
  for i, field in ipairs(core.describe(kind).fields) do FIELD_ORDER[kind][field.name] = i end
end

--- The names of a record's fields that have a value; a word that is stored where it is left out
-- is none.
local function values_of(kind, record)
  local list = {}
  for _, field in ipairs(value_fields[kind]) do
    local value = record[field.name]
    if value ~= nil and value ~= field.absent then list[#list + 1] = field.name end
  end
  return list
end

local function cites_fields(record)
  for _, citation in ipairs(record.sources or {}) do
    if type(citation) == "table" and citation.field then
      return true
    end
  end
  return false
end

-- ------------------------------------------------------------------------------------ Findings

local Audit = {}
Audit.__index = Audit

--- Notes a weakness, if it was asked for.
function Audit:find(weakness, kind, record, field, detail)
  if self.asked[weakness] then
    self.list[#self.list + 1] = { weakness = weakness, kind = kind, id = record.id,
      key = record.key, field = field, detail = detail }
  end
end

--- Notes it for each of the fields; for the record as a whole if they are all that there are.
function Audit:find_fields(weakness, kind, record, fields, all, details)
  if #fields == 0 then
    return
  end
  if #fields == all then
    local alike = true
    for _, field in ipairs(fields) do alike = alike and details[field] == details[fields[1]] end
    if alike then
      self:find(weakness, kind, record, nil, details[fields[1]])
      return
    end
  end
  for _, field in ipairs(fields) do self:find(weakness, kind, record, field, details[field]) end
end

--- What rests on one voice, and what on none.
function Audit:check_sources(kind, record)
  if kind == "sources" or not (self.asked.single_sourced or self.asked.unsourced) then
    return
  end
  local fields = cites_fields(record) and values_of(kind, record) or { "" }
  local single, unsourced, details = {}, {}, {}
  for _, field in ipairs(fields) do
    local sources, independent = self.look:sources(record, field)
    details[field] = table.concat(sources, ", ")
    if independent == 1 then
      single[#single + 1] = field
    elseif independent == 0 and not record.inferred then
      unsourced[#unsourced + 1] = field
    end
  end
  self:find_fields("single_sourced", kind, record, single, #fields, details)
  self:find_fields("unsourced", kind, record, unsourced, #fields, {})
end

--- Does any source of the record tell when it was published?
local function is_published(look, record)
  for _, citation in ipairs(record.sources or {}) do
    local source = look:get("sources", type(citation) == "table" and citation[1] or citation)
    if source and source.published then
      return true
    end
  end
  return false
end

--- Does anything tell when? And the field that should.
local function has_date(look, kind, record)
  local own = core.describe(kind).date
  if kind == "measures" or kind == "memberships" then
    return record.stages ~= nil, "stages"
  elseif kind == "disclosures" then
    return record.published ~= nil, "published"
  elseif kind == "cases" then
    return record.date ~= nil or record.exported ~= nil or is_published(look, record), own
  end
  return own == nil or record[own] ~= nil, own
end

function Audit:check_record(kind, record)
  if record.inferred then self:find("inferred", kind, record, nil, record.note) end
  if self.asked.undated then
    local dated, field = has_date(self.look, kind, record)
    if not dated then self:find("undated", kind, record, field) end
  end
  self:check_sources(kind, record)
end

-- What only some kinds can be weak in.
local CHECKS = {}

function CHECKS:claims(claim)
  local voice = self.look:voice(claim)
  if claim.attribution == "anonymous" then
    self:find("anonymous", "claims", claim, "attribution", voice)
  elseif claim.attribution == "unattributed" or not claim.attribution and not claim.speaker then
    self:find("unattributed", "claims", claim, "attribution", voice)
  end
  if claim.directness == "reported" then
    self:find("reported", "claims", claim, "directness", voice)
  end
end

function CHECKS:events(event)
  if event.status == "reported" or event.status == "alleged" then
    self:find("reported", "events", event, "status", event.status)
  elseif event.status == "denied" then
    self:find("contested", "events", event, "status", event.status)
  end
end

function CHECKS:links(link)
  if link.denied_by then
    self:find("contested", "links", link, "denied_by",
      "denied by " .. table.concat(link.denied_by, ", "))
  elseif link.status == "contested" then
    self:find("contested", "links", link, "status", link.status)
  end
end

function CHECKS:questions(question)
  if self.asked.contested then
    local stances = {}
    for _, stance in self.look.view.claims:where{ question = question.id }:values("stance") do
      stances[#stances + 1] = stance
    end
    if positions.status(stances) == "contested" then
      self:find("contested", "questions", question, nil, question.title)
    end
  end
end

--- Looks through the records of a kind. The states that are in every store rest on ISO 3166.
function Audit:look_through(kind)
  for record in self.scope:each(kind) do
    if record.revision > 0 then
      self:check_record(kind, record)
      if CHECKS[kind] then CHECKS[kind](self, record) end
    end
  end
end

--- Whose figures they are, of what, and which part of it.
local function question_words(question)
  local parts = { question.authority, question.measure, question.scope }
  if question.destination then
    parts[#parts + 1] = "to " .. table.concat(question.destination, ", ")
  end
  if question.item then parts[#parts + 1] = "of " .. table.concat(question.item, ", ") end
  return table.concat(parts, ", ")
end

--- Figures that no authority disclosed, but that follow from those it did.
function Audit:look_for_derived()
  local has = {}
  for _, question in ipairs(self.scope:figure_questions()) do
    local what = question_words(question)
    for _, row in ipairs(reconcile(self.look.view, question)) do
      local detail = ("%s, %s: %s = %s"):format(what, row.period, row.value, row.formula)
      if row.basis == "derived" and row.value and not has[detail] then
        has[detail] = true
        self.list[#self.list + 1] = { weakness = "derived", kind = "disclosures", field = "value",
          period = row.period, value = row.value, formula = row.formula, question = question,
          records = row.records, sources = row.sources, independent = row.independent,
          detail = detail }
      end
    end
  end
end

-- ---------------------------------------------------------------------------------------- All

--- By weakness, kind, id and field, each in the order in which it is described; figures without a
-- record of their own come as they were derived.
local function before(a, b)
  if a.weakness ~= b.weakness then
    return WEAKNESS_ORDER[a.weakness] < WEAKNESS_ORDER[b.weakness]
  elseif a.kind ~= b.kind then
    return KIND_ORDER[a.kind] < KIND_ORDER[b.kind]
  elseif a.id ~= b.id then
    return (a.id or 0) < (b.id or 0)
  elseif a.field ~= b.field then
    return (FIELD_ORDER[a.kind][a.field] or 0) < (FIELD_ORDER[b.kind][b.field] or 0)
  end
  return byte_order.before(a.detail or "", b.detail or "")
end

--- The rows in order. Those of one weakness mostly are already: by kind and id they were found.
local function in_order(list)
  local by, all = {}, {}
  for _, weakness in ipairs(WEAKNESSES) do by[weakness] = {} end
  for _, row in ipairs(list) do table.insert(by[row.weakness], row) end
  for _, weakness in ipairs(WEAKNESSES) do
    local rows_of = by[weakness]
    sorting.settle(rows_of, before)
    table.move(rows_of, 1, #rows_of, #all + 1, all)
  end
  return all
end

local VALIDATORS = {
  dispute = options.reference,
  kind = options.words(KINDS),
  weakness = options.words(WEAKNESSES),
}

local function counts_of(list, weaknesses)
  local counts = {}
  for _, weakness in ipairs(weaknesses) do counts[weakness] = 0 end
  for _, row in ipairs(list) do counts[row.weakness] = counts[row.weakness] + 1 end
  return counts
end

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
  local weaknesses = options.list(given.weakness) or WEAKNESSES
  local self = setmetatable({ look = look, scope = scope.of(look, dispute), list = {},
    asked = sets.of(weaknesses) }, Audit)
  local kinds = sets.of(options.list(given.kind) or KINDS)
  for _, kind in ipairs(KINDS) do
    if kinds[kind] then self:look_through(kind) end
  end
  if self.asked.derived and kinds.disclosures then
    self:look_for_derived()
  end
  local counts = counts_of(self.list, weaknesses)
  local result = rows.new(in_order(self.list), { title = "What rests on little",
    columns = { "weakness", "kind", "id", "key", "field", "detail" },
    notes = notes_of(counts, weaknesses) })
  result.counts = counts
  return result
end

return setmetatable(M, { __call = audit })
