--- What authorities disclose, as a part of a report.
-- @module dualuse.report.transparency

local digits = require "dualuse.digits"
local document = require "dualuse.report.document"
local precision = require "dualuse.precision"
local wording = require "dualuse.report.wording"

local M = {}

-- The six kinds of basis, in the order in which they are told.
local BASES = {
  { "disclosed", "published" },
  { "zero", "published as zero" },
  { "no_figure", "published, figure not on record" },
  { "withheld", "withheld" },
  { "none_found", "looked for and none found" },
  { "not_looked_for", "not looked for" },
}

local BASIS_WORDS = {}
for _, basis in ipairs(BASES) do BASIS_WORDS[basis[1]] = basis[2] end

--- The rows of each authority and measure, in their order: each disclosure once, and the years that
-- nobody looked for.
-- @tparam {table,...} found rows of `dualuse.transparency`
-- @treturn {table,...} lists of rows, each with `authority`, `measure` and `years`
function M.by_authority(found)
  local lists, list, shown = {}, nil, {}
  for _, row in ipairs(found) do
    if not list or list.authority ~= row.authority or list.measure ~= row.measure then
      list = { authority = row.authority, measure = row.measure, years = {} }
      lists[#lists + 1] = list
    end
    if not row.id then
      list.years[#list.years + 1] = row.year
    elseif not shown[row.id] then
      shown[row.id] = true
      list[#list + 1] = row
    end
  end
  return lists
end

--- How often each basis occurs, in figures and in years.
local function counts_text(lists)
  local counts, texts = { not_looked_for = 0 }, {}
  for _, list in ipairs(lists) do
    for _, row in ipairs(list) do counts[row.basis] = (counts[row.basis] or 0) + 1 end
    counts.not_looked_for = counts.not_looked_for + #list.years
  end
  for i, basis in ipairs(BASES) do
    texts[i] = ("%s%s %s"):format(digits.text(counts[basis[1]] or 0),
      basis[1] == "not_looked_for" and " years" or "", basis[2])
  end
  return table.concat(texts, "; ")
end

--- Which part of the whole a disclosure is of, and who says so.
local function detail_text(look, row)
  local parts = {}
  if row.scope then parts[#parts + 1] = row.scope end
  if row.destinations then
    parts[#parts + 1] = "to " .. look:names("parties", row.destinations)
  end
  if row.items then parts[#parts + 1] = look:names("items", row.items) end
  if row.superseded then parts[#parts + 1] = "superseded" end
  if row.asserted_by then
    parts[#parts + 1] = ("as %s says"):format(look:name("parties", row.asserted_by))
  end
  return table.concat(parts, ", ")
end

local function figure_text(disclosure)
  if not disclosure.value then
    return ""
  end
  local qualifier = disclosure.qualifier ~= "exact" and wording.spaced(disclosure.qualifier) .. " "
  return (qualifier or "") .. digits.text(disclosure.value)
end

local COLUMNS = {
  { id = "authority", label = "Authority" }, { id = "measure", label = "Of what" },
  { id = "period", date = true, label = "Period" }, { id = "basis", label = "What there is" },
  { id = "value", label = "Figure", number = true },
  { id = "detail", label = "Which part, who says so" },
  { id = "sources", label = "Sources" },
}

local function rows_of(subject, lists)
  local look, rows = subject.look, {}
  local function add(list, period, basis, figure, detail, sources)
    rows[#rows + 1] = { document.cell(look:name("parties", list.authority), list.authority),
      document.cell(list.measure), period, document.cell(BASIS_WORDS[basis], basis), figure,
      document.cell(detail), document.cell(sources) }
  end
  for _, list in ipairs(lists) do
    for _, basis in ipairs(BASES) do
      for _, row in ipairs(list) do
        if row.basis == basis[1] then
          local disclosure = look:get("disclosures", row.id)
          add(list, document.cell(precision.words(row.period), row.period), row.basis,
            document.cell(figure_text(disclosure), disclosure.value), detail_text(look, row),
            subject:cite(disclosure))
        end
      end
    end
    if #list.years > 0 then
      add(list, document.cell(wording.years(list.years)), "not_looked_for", document.cell(""), "",
        document.cite{})
    end
  end
  return rows
end

--- What each authority publishes, withholds, or was never asked for.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local title = "What authorities disclose"
  local lists = M.by_authority(subject.transparency)
  if #lists == 0 then
    return document.section("transparency", title, { document.paragraph(wording.nothing) })
  end
  return document.section("transparency", title, {
    document.paragraph(("Six things that a blank would not tell apart: %s."):format(
      counts_text(lists))),
    document.table("What each authority discloses", COLUMNS, rows_of(subject, lists)),
  })
end

return M
