--- Restricted parties met in a dispute, as a part of a report.
-- @module dualuse.report.restricted

local byte_order = require "dualuse.byte_order"
local document = require "dualuse.report.document"
local lists = require "dualuse.screen.lists"
local precision = require "dualuse.precision"
local wording = require "dualuse.report.wording"

local M = {}

-- Where parties stand in records of each kind, and as what. A list is told by its plural.
local FIELDS = {
  cases = { { "exporter", "exporter" }, { "end_user", "end user" }, { "parties", "involved" } },
  events = { { "actor", "actor" }, { "target", "target" }, { "participants", "participant" } },
  claims = { { "speaker", "speaker" } },
}
local KINDS = { "cases", "events", "claims" }

-- -------------------------------------------------------------------------------------- Meeting

--- The parties that the records of the dispute name: by key, and as what.
local function met(subject)
  local parties, order = {}, {}
  for _, kind in ipairs(KINDS) do
    local names = {}
    for i, field in ipairs(FIELDS[kind]) do names[i] = field[1] end
    for record in subject.scope:each(kind, names) do
      for i, field in ipairs(names) do
        local value = record[field]
        for _, key in ipairs(type(value) == "table" and value or { value }) do
          local party = parties[key]
          if not party then
            party = { key = key, roles = {}, has = {} }
            parties[key], order[#order + 1] = party, party
          end
          local role = FIELDS[kind][i]
          if not party.has[role] then
            party.has[role] = true
            table.insert(party.roles, ("%s in %s"):format(role[2], kind))
          end
        end
      end
    end
  end
  return order
end

local COLUMNS = {
  { id = "party", label = "Party" }, { id = "list", label = "List" },
  { id = "listed", date = true, label = "Listed" },
  { id = "meaning", label = "What the list means" },
  { id = "roles", label = "Here as" }, { id = "sources", label = "Sources" },
}

local function listed_text(listing)
  local listed = listing.listed and precision.words(listing.listed) or "day not told"
  return listing.delisted and ("%s, taken off %s"):format(listed, precision.words(listing.delisted))
    or listed
end

local function row_of(subject, party, listing)
  local meaning, known = lists.meaning(listing.list)
  local name = subject.look:name("parties", party.key)
  return {
    document.cell(name, party.key),
    document.cell(listing.entry and ("%s, entry %s"):format(listing.list, listing.entry)
      or listing.list, listing.list),
    document.cell(listed_text(listing), listing.listed),
    document.cell(known and wording.spaced(meaning) or "not told here", meaning),
    document.cell(table.concat(party.roles, "; ")),
    document.cell(subject:cite(listing)),
  }
end

--- The lists that the store holds: how many entries each has.
local function held_item(subject)
  local counts, order = {}, {}
  for _, list in subject.view.listings:values("list") do
    if not counts[list] then order[#order + 1] = list end
    counts[list] = (counts[list] or 0) + 1
  end
  table.sort(order, byte_order.before)
  local parts = {}
  for i, list in ipairs(order) do
    parts[i] = ("%s (%s)"):format(list, wording.counted(counts[list], "entry", "entries"))
  end
  return parts[1] and document.paragraph("Lists in the store: " .. table.concat(parts, "; ") .. ".")
end

local LOOKED_FOR = "Looked for by the party on record, not by likeness of names: "
  .. "dualuse.screen does that."

--- Parties in the records of a dispute that stand on restricted-party lists.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local title, rows, parties = "Restricted parties met", {}, met(subject)
  if not subject.view.listings:exists() then
    local told = #parties == 0 and "No restricted-party list is in the store."
      or ("No restricted-party list is in the store: none of the %s in these records was looked "
        .. "for."):format(wording.counted(#parties, "party", "parties"))
    return document.section("restricted", title, { document.paragraph(told) })
  end
  for _, party in ipairs(parties) do
    for listing in subject.view.listings:where{ party = party.key }:order("id"):each() do
      rows[#rows + 1] = row_of(subject, party, listing)
    end
  end
  local blocks = {}
  if #rows > 0 then
    blocks[1] = document.table("Parties in these records that are listed", COLUMNS, rows)
  else
    blocks[1] = document.paragraph(("None of the %s in these records is on a list.")
      :format(wording.counted(#parties, "party", "parties")))
  end
  blocks[2] = document.paragraph(LOOKED_FOR)
  blocks[3] = held_item(subject)
  return document.section("restricted", title, blocks)
end

return M
