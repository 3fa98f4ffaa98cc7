--- What a report is of: one state of a store, what was asked, and the answers that several parts of
-- the report rest on, each given once.
-- @module dualuse.report.subject

local chronology = require "dualuse.chronology"
local core = require "dualuse.core"
local document = require "dualuse.report.document"
local lookup = require "dualuse.lookup"
local options = require "dualuse.options"
local positions = require "dualuse.positions"
local reconcile = require "dualuse.reconcile"
local scope = require "dualuse.scope"
local transparency = require "dualuse.transparency"
local weakest = require "dualuse.report.weakest"

local Subject = {}

-- As many entries of a list are told, if nobody asks for more or fewer.
local MOST = 500

-- The kinds whose records belong to a dispute, or do not.
local OF_DISPUTE = { "disputes", "events", "stages", "measures", "memberships", "cases",
  "disclosures", "questions", "claims", "links" }

-- Answers, each made when it is first read.
local ANSWERS = {}

--- What happened, in the time asked for: as much of it as is told.
function ANSWERS.chronology(self)
  return chronology(self.view, { dispute = self.dispute_id, during = self.during,
    most = self.most })
end

--- A query that finds the events which may have been in the time asked for.
function ANSWERS.events(self)
  local events = self.scope:query("events")
  return self.during and events:where{ date = self.during } or events
end

--- The known cases, at any time.
function ANSWERS.cases(self)
  return chronology(self.view, { dispute = self.dispute_id, kinds = "cases" })
end

function ANSWERS.positions(self)
  return positions(self.view, { dispute = self.dispute_id })
end

function ANSWERS.weakest(self)
  return weakest.of(self.look, self.scope)
end

--- Each question about disclosed figures with its answer.
function ANSWERS.figures(self)
  local list = {}
  for i, question in ipairs(self.scope:figure_questions()) do
    list[i] = { question = question, answer = reconcile(self.view, question) }
  end
  return list
end

function ANSWERS.transparency(self)
  local authorities = self.scope:authorities()
  return authorities[1] and transparency(self.view, { authorities = authorities }) or {}
end

--- The sources that the records cite, in the order of their ids: each with its `key`, itself as
-- `source`, how many `records` cite it, and how many of these rest on it `alone`.
function ANSWERS.sources(self)
  local entries, list = {}, {}
  for _, kind in ipairs(OF_DISPUTE) do
    local cited = self:cited(kind)
    for _, key in ipairs(cited.citing.keys) do
      local entry = entries[key]
      if not entry then
        entry = { key = key, source = self.look:get("sources", key), records = 0, alone = 0 }
        entries[key], list[#list + 1] = entry, entry
      end
      entry.records = entry.records + cited.records[key]
      entry.alone = entry.alone + (cited.alone[key] or 0)
    end
  end
  table.sort(list, function(a, b) return a.source.id < b.source.id end)
  return list
end

function Subject.__index(self, name)
  local answer = ANSWERS[name]
  if not answer then
    return Subject[name]
  end
  local value = answer(self)
  rawset(self, name, value)
  return value
end

--- The numbers of the sources that a record, or one field of it, rests on.
-- @tparam table record
-- @tparam[opt] string field
-- @treturn table a run
function Subject:cite(record, field) -- luacheck: no self
  return document.cite(lookup.citations(record, field), record.inferred)
end

--- The same of a record by its kind and id.
function Subject:cite_by_id(kind, id, field)
  return self:cite(self.look:get(kind, id), field)
end

local Citing = {}
Citing.__index = Citing

--- Adds what a record rests on.
-- @tparam ?table sources of a record, as the store gives them
function Citing:add(sources)
  for _, citation in ipairs(sources or {}) do
    local key = type(citation) == "table" and citation[1] or citation
    if not self.has[key] then self.has[key], self.keys[#self.keys + 1] = true, key end
  end
end

--- The sources of what was added, each once, in the order in which they were first cited.
-- @treturn table a run
function Citing:run()
  return document.cite(self.keys)
end

--- Collects the sources of records that are looked through one by one: what a count of them rests
-- on.
-- @treturn table with the methods `add` and `run`, and `keys`
function Subject:citing() -- luacheck: no self
  return setmetatable({ keys = {}, has = {} }, Citing)
end

--- The sources of several records together.
-- @tparam {table,...} records
-- @treturn table a run
function Subject:cite_all(records)
  local citing = self:citing()
  for _, record in ipairs(records) do citing:add(record.sources) end
  return citing:run()
end

--- Counts a record by each of the sources that it cites.
local function count_cited(look, cited, record)
  cited.citing:add(record.sources)
  local keys, independent = look:sources(record)
  for _, key in ipairs(keys) do
    cited.records[key] = (cited.records[key] or 0) + 1
    if independent == 1 then cited.alone[key] = (cited.alone[key] or 0) + 1 end
  end
end

--- The sources that the records of a kind cite: there may be many such records, which are looked
-- through once.
-- @tparam string kind
-- @treturn table `citing`, their collection; and by key, how many `records` cite it, and how many
--   of these rest on it `alone`
function Subject:cited(kind)
  local cited = self.cited_by[kind]
  if not cited then
    cited = { citing = self:citing(), records = {}, alone = {} }
    self.cited_by[kind] = cited
    for record in self.scope:each(kind, { "sources" }) do
      if record.sources then count_cited(self.look, cited, record) end
    end
  end
  return cited
end

--- The sources of all records of a kind.
-- @tparam string kind
-- @treturn table a run
function Subject:cite_kind(kind)
  return self:cited(kind).citing:run()
end

--- The first elements of a list, as many as are told.
-- @tparam table list
-- @treturn table
-- @treturn integer how many are left out
function Subject:first(list)
  local count = math.min(#list, self.most)
  return table.move(list, 1, count, 1, {}), #list - count
end

local M = {}

--- Reads what was asked.
-- @param store an open store, or a view of one
-- @tparam table given `dispute`, `during`, `items`, `origin`, `destination` and `most`, as in
--   `dualuse.report`
-- @tparam integer level whose mistake it is
-- @treturn table with `view`, `look`, `scope`, the records asked for, and the answers
-- @raise `invalid` for a record that there is not; `misuse` for what is no store; `closed`
function M.of(store, given, level)
  local view = options.snapshot(store, level + 1)
  local look = lookup.of(view)
  local function record(kind, option, reference)
    local found = options.record(view, kind, option, reference, level + 2)
    return found
  end
  local dispute = record("disputes", "dispute", given.dispute)
  local items
  for i, reference in ipairs(options.list(given.items) or {}) do
    items = items or {}
    items[i] = record("items", "items", reference)
  end
  return setmetatable({
    view = view, look = look, scope = scope.of(look, dispute), during = given.during,
    dispute = dispute, dispute_id = dispute and dispute.id, items = items,
    origin = record("parties", "origin", given.origin),
    destination = record("parties", "destination", given.destination),
    cited_by = {}, most = given.most or MOST, kinds = core.describe(), of_dispute = OF_DISPUTE,
  }, Subject)
end

return M
