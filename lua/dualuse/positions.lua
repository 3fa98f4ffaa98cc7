--- Who says what on the questions of a dispute, grouped by question and state.
--
--    local positions = dualuse.positions(store, { dispute = "japan-korea-2019" })
--    positions.status["q-retaliation"]    -- "contested"
--    for _, row in ipairs(positions) do print(row.question, row.state, row.stance) end
-- @module dualuse.positions

local core = require "dualuse.core"
local byte_order = require "dualuse.byte_order"
local lookup = require "dualuse.lookup"
local options = require "dualuse.options"
local rows = require "dualuse.rows"

local M = {}

-- What is printed: the rows have more.
local COLUMNS = { "question", "state", "speaker", "role", "stance", "date", "attribution",
  "directness", "sources", "replies_to", "text" }
local CONTRADICTION_COLUMNS = { "question", "from", "to", "from_state", "to_state", "one_state",
  "asserted_by", "denied_by", "status", "sources" }

-- Which way a stance points. To decline and to qualify is to take no side.
local DIRECTION = { asserts = "for", denies = "against", doubts = "against" }

local VALIDATORS = {
  dispute = options.reference,
  question = options.reference,
  during = options.date,
}

--- Why no state stands in the row of a claim; nil where one does.
local function why_no_state(claim, state)
  if state then
    return nil
  end
  return claim.speaker and "the speaker is of no state on record" or "no speaker is named"
end

local function row_of(look, claim, during)
  local state = look:state(claim.speaker)
  local row = {
    question = claim.question, state = state, no_state = why_no_state(claim, state),
    speaker = claim.speaker, role = claim.role, stance = claim.stance, text = claim.text,
    date = claim.date, attribution = claim.attribution, directness = claim.directness,
    replies_to = claim.replies_to, id = claim.id, key = claim.key, inferred = claim.inferred,
    cited = lookup.cited(claim), quotes = lookup.quotes(claim),
  }
  if during then
    row.certain = claim.date ~= nil and core.edtf.within(claim.date, during)
  end
  row.sources, row.independent = look:sources(claim)
  return row
end

--- By state, those of none last; then by first and last possible day, undated ones last.
local function before(a, b)
  if a.state ~= b.state then
    return a.state ~= nil and (b.state == nil or byte_order.numbers_first(a.state, b.state))
  elseif (a.date == nil) ~= (b.date == nil) then
    return a.date ~= nil
  elseif a.date and a.date ~= b.date then
    local a_first, a_last = core.edtf.bounds(a.date)
    local b_first, b_last = core.edtf.bounds(b.date)
    a_first, b_first = a_first or 0, b_first or 0
    a_last, b_last = a_last or math.maxinteger, b_last or math.maxinteger
    if a_first ~= b_first then return a_first < b_first end
    if a_last ~= b_last then return a_last < b_last end
  end
  return a.id < b.id
end

--- How the claims on a question stand to each other.
--
-- To assert is to point one way, to deny or to doubt the other; who declines or qualifies takes no
-- side.
--
-- - `contested`: claims point both ways, whether those who make them are of different states or
--   of one. Somebody who has said both counts as two voices: nothing tells which holds.
-- - `one_sided`: claims point one way only.
-- - `unanswered`: no claim takes a side, or there is none.
-- @tparam {string,...} stances of the claims
-- @treturn string
function M.status(stances)
  local sides = {}
  for _, stance in ipairs(stances) do
    local side = DIRECTION[stance]
    if side then sides[side] = true end
  end
  if sides["for"] and sides["against"] then
    return "contested"
  end
  return next(sides) and "one_sided" or "unanswered"
end

local function stances_of(list)
  local stances = {}
  for i, row in ipairs(list) do stances[i] = row.stance end
  return stances
end

--- The rows of one question, in order; what has no date, if a time was asked for, goes to
-- `unplaced`.
local function rows_of(look, question, during, unplaced)
  local list = {}
  for claim in look.view.claims:where{ question = question.id }:order("id"):each() do
    if during and not claim.date then
      local row = row_of(look, claim, during)
      row.why = "it has no date"
      unplaced[#unplaced + 1] = row
    elseif not during or core.edtf.overlaps(claim.date, during) then
      list[#list + 1] = row_of(look, claim, during)
    end
  end
  table.sort(list, before)
  return list
end

local function questions_of(view, dispute, question)
  if question then
    return { question }
  elseif dispute then
    return view.questions:where{ dispute = dispute.id }:order("id"):all()
  end
  return view.questions:order("id"):all()
end

--- Claims on questions that name no dispute: none of them can be said to be in it, or not.
local function add_of_no_dispute(look, unplaced, during)
  for question in look.view.questions:where{ dispute = { missing = true } }:order("id"):each() do
    for claim in look.view.claims:where{ question = question.id }:order("id"):each() do
      if not during or not claim.date or core.edtf.overlaps(claim.date, during) then
        local row = row_of(look, claim, during)
        row.why = "its question names no dispute"
        unplaced[#unplaced + 1] = row
      end
    end
  end
end

local function contradiction_row(look, link, from, to)
  local from_state, to_state = look:state(from.speaker), look:state(to.speaker)
  local sources, independent = look:sources(link)
  return {
    question = from.question, to_question = to.question, from = link.from, to = link.to,
    from_state = from_state, to_state = to_state,
    one_state = from_state ~= nil and from_state == to_state,
    asserted_by = link.asserted_by, denied_by = link.denied_by, status = link.status,
    inferred = link.inferred, cited = lookup.cited(link), sources = sources,
    independent = independent,
    id = link.id, key = link.key,
  }
end

--- The `contradicts` links between claims of which one at least is among the rows.
local function contradictions_of(look, list)
  local shown, result = {}, {}
  for _, row in ipairs(list) do shown[row.id] = true end
  for link in look.view.links:where{ relation = "contradicts" }:order("id"):each() do
    local from_kind, from = look:find(link.from)
    local to_kind, to = look:find(link.to)
    if from_kind == "claims" and to_kind == "claims" and (shown[from.id] or shown[to.id]) then
      result[#result + 1] = contradiction_row(look, link, from, to)
    end
  end
  return rows.new(result, { columns = CONTRADICTION_COLUMNS, unit = "contradiction",
    title = "Contradictions" })
end

--- The questions in order, each with its status.
local function question_rows(look, questions, status)
  local list = {}
  for i, question in ipairs(questions) do
    local sources, independent = look:sources(question)
    list[i] = { question = question.key, title = question.title, status = status[question.key],
      id = question.id, inferred = question.inferred, cited = lookup.cited(question),
      sources = sources, independent = independent }
  end
  return rows.new(list, { columns = { "question", "title", "status", "sources" },
    unit = "question", title = "Questions" })
end

--- The lines below the rows: each question's status, and how much stands apart.
local function notes_of(questions, status, contradictions, unplaced)
  local notes = {}
  for i, question in ipairs(questions) do
    notes[i] = ("%s (%s): %s"):format(question.key, question.title, status[question.key])
  end
  for _, row in ipairs(contradictions) do
    local by = row.asserted_by and table.concat(row.asserted_by, ", ")
      or table.concat(row.sources, ", ")
    notes[#notes + 1] = ("%s contradicts %s%s%s"):format(row.from, row.to,
      row.one_state and ", both of " .. row.from_state or "", by ~= "" and ", says " .. by or "")
  end
  if #unplaced > 0 then
    notes[#notes + 1] = ("claims that could not be placed: %d"):format(#unplaced)
  end
  return notes
end

--- The printed columns, and one more.
local function columns_with(more)
  local columns = table.move(COLUMNS, 1, #COLUMNS, 1, {})
  columns[#columns + 1] = more
  return columns
end

--- Refuses a question that is not of the dispute asked for; the mistake is that of the caller's
-- caller.
local function check_question(question, dispute)
  if question and dispute and question.dispute ~= dispute.key then
    core.raise{ code = "invalid", kind = "questions", field = "question", level = 3,
      message = ("question: %s is not of the dispute %s, but of %s: leave one of the two out")
        :format(core.shown(question.key), core.shown(dispute.key),
          question.dispute and core.shown(question.dispute) or "none") }
  end
end

--- Who asserts, denies, doubts, declines or qualifies, on a question, all questions of a dispute,
-- or, without either, all questions there are.
--
-- The questions come in the order in which they were recorded; in each, the claims by state, those
-- of no state last, and then by first and last possible day.
--
-- `status` tells of each question, by its key, whether the claims shown leave it `contested`,
-- `one_sided` or `unanswered`: see `status` above. `questions` are these in order, those without
-- claims among them, as rows of `question`, `title`, `status`, `sources`, `independent`, `cited`.
--
-- `contradictions` are the links which say that one claim contradicts another, with who says so:
-- they are never inferred from the stances. A link counts if one of its claims at least is shown.
-- `one_state` is true where both speakers are of the same state.
--
-- `unplaced` has, apart, the claims that may or may not belong here, each with `why`: claims
-- without a date, where a time was asked for; claims whose question names no dispute, where a
-- dispute was asked for. Claims on questions of another dispute are left out.
-- @param store an open store, or a view of one
-- @tparam[opt] table given `dispute` and `question`, references; `during`, an EDTF date: claims
--   that may have been made then, with `certain` telling whether they were
-- @treturn table rows of `question`, `state`, `no_state` (why there is none), `speaker`, `role`,
--   `stance`, `date`, `attribution`, `directness`, `sources`, `independent` (how many of these do
--   not repeat another), `cited` (the sources with the places in them), `quotes`, `inferred`,
--   `replies_to`, `text`, `id`, `key`; with `status`, `questions`, `contradictions` and `unplaced`
-- @raise `misuse` for what is no store, an unknown option or a wrong type; `invalid` for a dispute
--   or question that there is not, a question of another dispute, or a date that is none; `closed`
-- @function positions
local function positions(_, store, given)
  given = options.check(given, VALIDATORS, 2)
  local view = options.snapshot(store, 2)
  local dispute = options.record(view, "disputes", "dispute", given.dispute, 2)
  local question = options.record(view, "questions", "question", given.question, 2)
  check_question(question, dispute)

  local look, list, unplaced, status = lookup.of(view), {}, {}, {}
  local questions = questions_of(view, dispute, question)
  for _, asked in ipairs(questions) do
    local found = rows_of(look, asked, given.during, unplaced)
    status[asked.key] = M.status(stances_of(found))
    table.move(found, 1, #found, #list + 1, list)
  end
  if dispute and not question then
    add_of_no_dispute(look, unplaced, given.during)
  end

  local contradictions = contradictions_of(look, list)
  local result = rows.new(list, { columns = columns_with(given.during and "certain"),
    unit = "claim", title = "Positions",
    notes = notes_of(questions, status, contradictions, unplaced) })
  result.status, result.contradictions = status, contradictions
  result.questions = question_rows(look, questions, status)
  result.unplaced = rows.new(unplaced, { columns = columns_with("why"), unit = "claim",
    title = "Claims that could not be placed" })
  return result
end

return setmetatable(M, { __call = positions })
