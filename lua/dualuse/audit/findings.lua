--- What is weak in which records, found record by record: what looks through many holds none.
-- @module dualuse.audit.findings

local core = require "dualuse.core"
local byte_order = require "dualuse.byte_order"
local positions = require "dualuse.positions"
local reconcile = require "dualuse.reconcile"

local M = {}

--- The weaknesses, in the order in which they are told.
M.weaknesses = { "single_sourced", "anonymous", "reported", "unattributed", "undated",
  "inferred", "contested", "derived", "unsourced" }

--- The kinds that are looked through, in their order. Screenings are made here: they say what was
-- found, and rest on nothing else.
M.kinds = {}
for _, kind in ipairs(core.describe()) do
  if kind.kind ~= "screenings" then M.kinds[#M.kinds + 1] = kind.kind end
end

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
for _, kind in ipairs(M.kinds) do
  local list = {}
  for _, field in ipairs(core.describe(kind).fields) do
    if not NO_VALUE[field.name] and not (CODES[kind] and CODES[kind][field.name]) then
      list[#list + 1] = { name = field.name, absent = field.absent }
    end
  end
  value_fields[kind] = list
end

-- When it was: the field that should tell.
local own_dates = {}
for _, kind in ipairs(M.kinds) do own_dates[kind] = core.describe(kind).date end

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

local Finder = {}
Finder.__index = Finder

--- Notes a weakness, if it was asked for.
function Finder:find(weakness, kind, record, field, detail)
  if self.asked[weakness] then
    self.list[#self.list + 1] = { weakness = weakness, kind = kind, id = record.id,
      key = record.key, field = field, detail = detail }
  end
end

--- Notes it for each of the fields; for the record as a whole if they are all that there are.
function Finder:find_fields(weakness, kind, record, fields, all, details)
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

--- The same of what cites sources for single fields.
function Finder:check_fields(kind, record)
  local fields, single, unsourced, details = values_of(kind, record), {}, {}, {}
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

--- What rests on one voice, and what on none.
function Finder:check_sources(kind, record)
  if kind == "sources" or not (self.asked.single_sourced or self.asked.unsourced) then
    return
  elseif cites_fields(record) then
    self:check_fields(kind, record)
    return
  end
  local sources, independent = self.look:sources(record)
  if independent == 1 then
    self:find("single_sourced", kind, record, nil, table.concat(sources, ", "))
  elseif independent == 0 and not record.inferred then
    self:find("unsourced", kind, record)
  end
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
  local own = own_dates[kind]
  if kind == "measures" or kind == "memberships" then
    return record.stages ~= nil, "stages"
  elseif kind == "disclosures" then
    return record.published ~= nil, "published"
  elseif kind == "cases" then
    return record.date ~= nil or record.exported ~= nil or is_published(look, record), own
  end
  return own == nil or record[own] ~= nil, own
end

function Finder:check_record(kind, record)
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

-- What is read of the records of a kind of which there may be many. The rest is read where a record
-- cites sources for single fields: then each of its values counts.
local READ = { events = { "key", "date", "status", "sources", "inferred", "note", "revision" } }

--- Looks through the records of a kind. The states that are in every store rest on ISO 3166.
function Finder:look_through(scope, kind, visit)
  for record in scope:each(kind, READ[kind]) do
    if record.revision > 0 then
      if READ[kind] and cites_fields(record) then record = self.look.view[kind]:get(record.id) end
      self.list = {}
      self:check_record(kind, record)
      if CHECKS[kind] then CHECKS[kind](self, record) end
      if self.list[1] then visit(self.list, record) end
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

--- Figures that no authority disclosed, but that follow from those it did, by their texts.
local function derived_of(scope)
  local list, has = {}, {}
  for _, question in ipairs(scope:figure_questions()) do
    local what = question_words(question)
    for _, row in ipairs(reconcile(scope.view, question)) do
      local detail = ("%s, %s: %s = %s"):format(what, row.period, row.value, row.formula)
      if row.basis == "derived" and row.value and not has[detail] then
        has[detail] = true
        list[#list + 1] = { weakness = "derived", kind = "disclosures", field = "value",
          period = row.period, value = row.value, formula = row.formula, question = question,
          records = row.records, sources = row.sources, independent = row.independent,
          detail = detail }
      end
    end
  end
  table.sort(list, function(a, b) return byte_order.before(a.detail, b.detail) end)
  return list
end

--- Looks through records for what rests on little. Those of one weakness are found in the order of
-- their kinds, ids and fields.
-- @tparam table look from `dualuse.lookup`
-- @tparam table scope what belongs to a dispute, from `dualuse.scope`
-- @tparam table asked `kinds` and `weaknesses`, sets
-- @tparam function visit is called with what is weak in a record, a list of rows as
--   `dualuse.audit` gives them, and the record; a derived figure has none
function M.each(look, scope, asked, visit)
  local finder = setmetatable({ look = look, asked = asked.weaknesses }, Finder)
  for _, kind in ipairs(M.kinds) do
    if asked.kinds[kind] then finder:look_through(scope, kind, visit) end
  end
  if asked.weaknesses.derived and asked.kinds.disclosures then
    for _, row in ipairs(derived_of(scope)) do visit({ row }) end
  end
end

return M
