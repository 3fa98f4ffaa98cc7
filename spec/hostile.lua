--- Texts that try to be more than text, and stores that have one of them wherever they can.
local dualuse = require "dualuse"

local M = {}

--- The texts. Each is to be shown as it is, in every format.
M.corpus = {
  -- markup
  "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>',
  "' onmouseover='alert(1)", "</title><b>bold", "</style><b>bold", "</svg></p></td><b>bold",
  "]]>", "<![CDATA[x]]>", "<!-- x", "--> x", "<?php x ?>", "&lt;b&gt; &#60;b&#62; &amp;",
  "a < b & c",
  "<a href=\"javascript:alert(1)\">x</a>", "<style>*{display:none}</style>", "<base href=//evil>",
  -- links
  "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>",
  "http://evil.example/?a=1&b=2", "https://evil.example/\"onclick=alert(1)", "www.evil.example",
  "ftp://evil.example", "mailto:x", "//evil.example", "http://evil.example/\u{202E}gpj.exe",
  -- Markdown
  "`code`", "``` fence", "~~~", "| a | b |", "[x](javascript:alert(1))",
  "![x](http://evil.example/p.png)", "[x]: http://evil.example", "[^1]: note", "[^1]", "[ ] task",
  "# heading", "## heading ##", "- item",
  "+ item", "* item", "1. item", "2) item", "> quote", "=====", "-----", "***", "_emphasis_",
  "**strong**", "~~struck~~", "<http://evil.example>", "back\\slash \\* \\[", "$x^2$", "a\\", "!",
  -- terminals, lines, directions
  "\27[2J\27[31mred", "\27]0;title\7", "\u{9B}31mred", "one\ntwo", "one\r\n\r\n# two", "tab\tbed",
  "\8\8\8over", "\127", "\u{202E}desrever\u{202C}", "\u{2066}isolated\u{2069}", "\u{200F}mark",
  "\u{061C}mark", "\u{2028}line", "\u{FEFF}mark", "\u{FFFE}\u{FFFF}",
  -- spreadsheets, formats, patterns
  "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://evil.example\")", "+1+1", "@SUM(1)", "-1", "%s%d%n%1",
  "%", "$1 \\1 %1", "{{7*7}}", "${x}", "url(#x)", "../../etc/passwd",
  -- plain, but unusual
  "é輸出管理👩‍🔬", ("long "):rep(200) .. "end", ("x"):rep(300), "  spaces  inside  ", "'", '"', ".",
}

--- What says the same without trying anything: a report of it has the same elements.
M.plain = "plain words"

--- A store with a text in every field that takes any, of every kind that a report tells of; nil
-- where the store refuses the text.
-- @tparam string text
function M.store(text)
  local store = assert(dualuse.open())
  local ok, problem = pcall(function()
    local cited = { { "source", locator = text, quote = text } }
    store.sources:add{ key = "source", title = text, publisher = text, agency = text, author = text,
      url = text, archive_url = text, language = text, published = "2019-07-01", note = text }
    store.sources:add{ key = "copy", title = text, republished_from = "source" }
    for _, key in ipairs{ "one", "two", "three" } do
      store.parties:add{ key = key, name = text .. key, kind = "company", country = "FRA" }
    end
    store.parties:add{ key = "club", name = text .. " club", kind = "group" }
    store.items:add{ key = "item", name = text, uses = { text } }
    store.disputes:add{ key = "dispute", title = text, parties = { "FRA", "ITA" }, sources = cited }
    store.memberships:add{ group = "club", member = "ITA", note = text,
      stages = { { stage = "in_force", date = "2018", note = text, sources = cited } } }
    for i, date in ipairs{ "2019-07-01", "2019-07", "[..2019]", "2018/2019" } do
      store.events:add{ key = "event" .. i, date = date, kind = "accuse", title = text,
        actor = "one", target = "two", participants = { "three" }, dispute = "dispute",
        place = text, status = i == 2 and "alleged" or nil, note = text, sources = cited }
    end
    store.events:add{ date = "2019-08", kind = "accuse", actor = "one", dispute = "dispute",
      sources = { "copy" } }
    store.questions:add{ key = "q", title = text, dispute = "dispute", sources = cited }
    store.questions:add{ key = "q2", title = text, sources = cited }
    for _, stance in ipairs{ "asserts", "denies" } do
      store.claims:add{ key = stance, question = "q", speaker = "one", role = text, text = text,
        stance = stance, date = "2019", sources = cited }
    end
    store.claims:add{ question = "q2", stance = "doubts", text = text, replies_to = "denies",
      sources = cited }
    store.measures:add{ key = "measure", title = text, jurisdiction = "FRA", basis = text,
      destinations = { "club", "ITA" }, items = { "item" }, requirement = "individual", term = text,
      review_policy = text, penalties = text, dispute = "dispute", note = text, sources = cited,
      stages = { { stage = "in_force", date = "[2018..2019]", inferred = true, note = text } } }
    store.measures:add{ key = "other", title = text, jurisdiction = "FRA", requirement = "bulk",
      dispute = "dispute", stages = { { stage = "in_force", date = "2017", sources = cited } } }
    store.cases:add{ authority = "FRA", exported = "2018-05", items = { "item" }, unit = text,
      quantity = 5, exporter = "one", end_user = "two", destination = "ITA", dispute = "dispute",
      disposition = "sanctioned", fine = 5, currency = "EUR", note = text, sources = cited }
    for i, period in ipairs{ "2011", "2012", "2017/2018" } do
      store.disclosures:add{ authority = "FRA", period = period, measure = "cases",
        value = 3 * i, scope = i == 1 and text or nil, asserted_by = "three",
        published = "2019-07", note = text, sources = cited }
    end
    store.listings:add{ party = "one", list = text, entry = text, listed = "2018", policy = text,
      notice = text, sources = cited }
    store.links:add{ key = "link", from = "event1", relation = "responds_to", to = "measure",
      asserted_by = { "one" }, denied_by = { "two" }, status = "contested", sources = cited }
    store.links:add{ from = "asserts", relation = "contradicts", to = "denies", sources = cited,
      asserted_by = { "three" }, note = text }
  end)
  if ok then
    return store
  end
  store:close()
  assert(problem.code == "invalid", tostring(problem))
  return nil
end

return M
