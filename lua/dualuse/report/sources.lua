--- What rests on which source, as a part of a report.
-- @module dualuse.report.sources

local digits = require "dualuse.digits"
local document = require "dualuse.report.document"
local precision = require "dualuse.precision"
local wording = require "dualuse.report.wording"

local M = {}

local COLUMNS = {
  { id = "source", label = "Source" }, { id = "published", date = true, label = "Published" },
  { id = "records", label = "Records", number = true },
  { id = "alone", label = "On it alone", number = true }, { id = "sources", label = "Sources" },
}

local ALONE = "Records of %s. “On it alone” are those that no independent source tells as well: "
  .. "one that repeats another is no second voice."

--- How much rests on each source.
-- @tparam table subject
-- @treturn table a section
function M.section(subject)
  local rows, title = {}, "What rests on which source"
  for i, entry in ipairs(subject.sources) do
    local published = entry.source.published
    rows[i] = {
      document.cell(entry.source.title, entry.key),
      document.cell(published and precision.words(published) or "not told", published),
      document.cell(digits.text(entry.records), entry.records),
      document.cell(digits.text(entry.alone), entry.alone),
      document.cell(document.cite{ entry.key }),
    }
  end
  if #rows == 0 then
    return document.section("resting", title, { document.paragraph("No record cites a source.") })
  end
  return document.section("resting", title, {
    document.table("Source by source", COLUMNS, rows),
    document.paragraph(ALONE:format(wording.listed(subject.of_dispute))),
  })
end

return M
