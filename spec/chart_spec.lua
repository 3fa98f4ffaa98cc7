-- Pictures: what holds for all of them, from no row to ten thousand, and what each shows.

local colours = require "dualuse.chart.colours"
local dualuse = require "dualuse"
local labels = require "dualuse.chart.labels"
local lettering = require "dualuse.chart.lettering"
local markup = require "spec.markup"
local period = require "dualuse.period"
local rows = require "dualuse.rows"
local shell = require "spec.shell"
local stores = require "spec.stores"
local ValueAxis = require "dualuse.chart.value_axis"

local chart = dualuse.chart

local WORDS = { "export", "controls", "on", "materials", "for", "semiconductors", "輸出管理", "détente",
  "W", "iiii", "<b>", "of", "South Korea", "Japan" }

local function any(list)
  return list[math.random(#list)]
end

local function any_text()
  local words = {}
  for i = 1, math.random(1, 12) do words[i] = any(WORDS) end
  return table.concat(words, " ")
end

-- ------------------------------------------------------------------------- Input of any size

local DATES = { "2019", "2019-07", "2019-07-04", "[..2019-07-12]", "[2018..]", "2018/2020", "201X",
  "2019~", "2019-07?", "/2019-07", "../2018", "2019-07-04/..", "2019-22", "2017-12", "1910/1945",
  "[2019-07-01..2019-07-04]", "2019-07-04T10:00", "XXXX", "[1667,1668,1670..1672]", "2019-07-04~" }
local KINDS = { "events", "stages", "cases", "disclosures", "claims", "something else", "more" }

local function any_day()
  return ("%d-%02d-%02d"):format(math.random(1990, 2024), math.random(12), math.random(28))
end

-- For each kind of picture, a function that makes so many rows.
local INPUT = {}

function INPUT.timeline(count)
  local list = {}
  for i = 1, count do
    list[i] = { date = math.random() < 0.5 and any_day() or any(DATES), title = any_text(),
      kind = any(KINDS) }
    if math.random() < 0.05 then list[i].date = nil end
  end
  return list
end

local function any_figure(year)
  local least = math.random(0, 500)
  local row = { period = ("%04d"):format(year), recorded = math.random(0, 20),
    possible = math.random(0, 5), basis = any{ "disclosed", "derived" } }
  if math.random() < 0.7 then
    row.value, row.least, row.most = least, least, least
  elseif math.random() < 0.5 then
    row.least, row.most = least, least + math.random(0, 90)
  else
    row.least, row.most, row.conflict, row.values = least, least + 3, true, { least, least + 3 }
  end
  return row
end

function INPUT.cases_by_year(count)
  local list = {}
  for i = 1, count do
    list[i] = any_figure(i % 9999)
    if i % 10 == 0 then list[i].period = ("%04d/%04d"):format(i % 9000, i % 9000 + 5) end
  end
  return list
end

function INPUT.licences(count)
  local list = {}
  for i = 1, count do
    local day, periods = period.day(2010, 1, 1) + math.random(0, 3000), {}
    local before = ".."
    for k = 1, math.random(1, 5) do
      day = day + math.random(1, 400)
      local text = period.text(day, day)
      periods[k] = { from = before, to = text, certain = math.random() < 0.7, requirement = any{
        "none", "general", "bulk", "individual", "prohibited", "unknown" } }
      before = period.text(day + 1, day + 1)
    end
    periods[#periods].to = ".."
    list[i] = { label = any_text(), periods = periods }
  end
  return list
end

function INPUT.heat_map(count)
  local list, columns = {}, {}
  local across = math.max(1, math.min(count, 60))
  for c = 1, across do columns[c] = ("column %d"):format(c) end
  for i = 1, math.max(0, math.min(count, math.ceil(count / across))) do
    list[i] = { name = any_text() .. i }
    for c = 1, across do
      if math.random() < 0.9 then list[i][columns[c]] = math.random(0, 20000) end
    end
  end
  return rows.new(list, { columns = { "name", table.unpack(columns) }, keys = { "name" },
    measures = columns })
end

function INPUT.lines(count)
  local list, has = {}, {}
  for _ = 1, count do
    local month = ("%04d-%02d"):format(math.random(1000, 2024), math.random(12))
    local country = any{ "JPN", "KOR", "USA", "CHN", "VNM", "ARE", "DEU", "a long name of one" }
    if not has[month .. country] then
      has[month .. country] = true
      list[#list + 1] = { month = month, country = country, count = math.random(0, 900),
        possible = math.random(0, 30) }
    end
  end
  return rows.new(list, { keys = { "month", "country" }, measures = { "count" } })
end

function INPUT.network(count)
  local list = {}
  for i = 1, count do
    list[i] = { actor = "Party " .. math.random(60), target = any_text():sub(1, 3) .. "…",
      count = math.random(0, 9) }
  end
  return list
end

local NAMES = {}
for name in pairs(INPUT) do NAMES[#NAMES + 1] = name end
table.sort(NAMES)

-- ---------------------------------------------------------------------------------- Reading them

local function number(text)
  assert.matches("^%-?%d+%.?%d?%d?$", text)
  return tonumber(text)
end

--- The box that a label takes, if its letters are as wide as they are measured.
local function box_of(element)
  local attributes = element.attributes
  local size = number(attributes["font-size"])
  local x, y = number(attributes.x), number(attributes.y)
  local width = lettering.width(element.text, size)
  if attributes.transform then
    return { left = x - size * 0.75, right = x + size * 0.2, top = y - width, bottom = y }
  end
  local anchor = attributes["text-anchor"]
  local left = anchor == "end" and x - width or anchor == "middle" and x - width / 2 or x
  return { left = left, right = left + width, top = y - size * 0.75, bottom = y + size * 0.2 }
end

local function apart(a, b)
  return a.right <= b.left + 0.02 or b.right <= a.left + 0.02 or a.bottom <= b.top + 0.02
    or b.bottom <= a.top + 0.02
end

--- Whether a shape stands inside a pattern, which has measures of its own.
local function is_defined(element)
  while element do
    if element.name == "defs" then return true end
    element = element.parent
  end
  return false
end

local ELEMENTS = { svg = true, title = true, desc = true, style = true, defs = true, rect = true,
  path = true, circle = true, text = true, pattern = true, linearGradient = true, stop = true,
  marker = true }

local function check_elements(elements)
  local ids = {}
  for _, element in ipairs(elements) do
    assert.is_true(ELEMENTS[element.name], element.name)
    local id = element.attributes.id
    if id then
      assert.is_nil(ids[id], id)
      ids[id] = true
    end
  end
  for _, element in ipairs(elements) do
    for name, value in pairs(element.attributes) do
      assert.is_nil(name:find("^on"), name)
      assert.is_nil(name:find("href"), name)
      local reference = value:match("^url%(#(.*)%)$")
      if reference then assert.is_true(ids[reference], reference) end
    end
  end
  return ids
end

local function check_colours(elements)
  for _, element in ipairs(elements) do
    for _, name in ipairs{ "fill", "stroke" } do
      local value = element.attributes[name]
      if value and value ~= "none" and not value:find("^url") then
        local class = " " .. (element.attributes.class or "") .. " "
        local colour = class:match(" " .. name .. "%-(%S+) ")
        assert.equal(colours.hex(colour or ""), value, name)
      end
    end
  end
end

local function check_told(svg, ids)
  assert.equal("img", svg.attributes.role)
  local title, desc = svg.children[1], svg.children[2]
  assert.equal("title", title.name)
  assert.equal("desc", desc.name)
  assert.matches("%S", title.text)
  assert.matches("%S", desc.text)
  assert.equal(title.attributes.id .. " " .. desc.attributes.id, svg.attributes["aria-labelledby"])
  assert.is_true(ids[title.attributes.id] and ids[desc.attributes.id])
end

local function check_shapes(elements, width, height)
  for _, element in ipairs(elements) do
    local a = element.attributes
    local is_paper = a.class == "fill-paper" and a.x == "-12" and a.y == "-12"
    if element.name == "rect" and not is_defined(element) and not is_paper then
      assert.is_true(number(a.x or "0") >= -0.01 and number(a.y or "0") >= -0.01)
      assert.is_true(number(a.width) >= 0 and number(a.height) >= 0)
      assert.is_true(number(a.x or "0") + number(a.width) <= width + 4)
      assert.is_true(number(a.y or "0") + number(a.height) <= height + 0.01)
    elseif element.name == "circle" and not is_defined(element) then
      assert.is_true(number(a.cx) >= 0 and number(a.cx) <= width)
      assert.is_true(number(a.cy) >= 0 and number(a.cy) <= height)
    elseif element.name == "path" then
      for value in a.d:gmatch("[%d.-]+") do number(value) end
    end
  end
end

local function check_labels(elements, width, height)
  local boxes = {}
  for _, element in ipairs(markup.named(elements, "text")) do
    local box = box_of(element)
    assert.is_true(box.left >= -0.1 and box.right <= width + 0.1 and box.top >= -0.1
      and box.bottom <= height + 0.1, "outside: " .. element.text)
    for _, other in ipairs(boxes) do
      assert.is_true(apart(box, other), ("%q covers %q"):format(element.text, other.text))
    end
    box.text = element.text
    boxes[#boxes + 1] = box
  end
end

--- All that holds for any picture.
local function check(svg)
  local elements = markup.elements(svg)
  local left, top, width, height = elements[1].attributes.viewBox:match(
    "^(%S+) (%S+) (%S+) (%S+)$")
  -- What it shows keeps off its edges.
  width, height = number(width) + 2 * number(left), number(height) + 2 * number(top)
  local ids = check_elements(elements)
  check_colours(elements)
  check_told(elements[1], ids)
  check_shapes(elements, width, height)
  check_labels(elements, width, height)
  return elements
end

--- The elements with a class or an attribute that a picture of ours gives to data.
local function with(elements, name, attribute, value)
  local list = {}
  for _, element in ipairs(markup.named(elements, name)) do
    if element.attributes[attribute] == value and not is_defined(element) then
      list[#list + 1] = element
    end
  end
  return list
end

local function texts_of(elements)
  local list = {}
  for i, element in ipairs(markup.named(elements, "text")) do list[i] = element.text end
  return list
end

local function has_text(elements, part)
  for _, text in ipairs(texts_of(elements)) do
    if text:find(part, 1, true) then return true end
  end
  return false
end

-- --------------------------------------------------------------------------------------- All

describe("every picture", function()
  for _, name in ipairs(NAMES) do
    for _, count in ipairs{ 0, 1, 2, 7, 61, 400, 10000 } do
      it(("is whole and readable: %s of %d"):format(name, count), function()
        math.randomseed(count + #name)
        local list = INPUT[name](count)
        for _, width in ipairs(count < 400 and { 240, 350, 720, 1600 } or { 350, 720 }) do
          local svg = chart[name](list, { width = width })
          check(svg)
          assert.equal(svg, chart[name](list, { width = width }))
          assert.is_true(#svg < 400000, #svg)
        end
      end)
    end
  end

  it("is well-formed by an XML parser of others", function()
    if not shell.has("xmllint") then return pending("xmllint is not here (libxml2-utils)") end
    math.randomseed(3)
    local folder = shell.folder()
    for _, name in ipairs(NAMES) do
      for _, count in ipairs{ 0, 3, 400 } do
        stores.write(("%s/%s-%d.svg"):format(folder, name, count), chart[name](INPUT[name](count)))
      end
    end
    shell.must(("xmllint --noout --nonet %s/*.svg"):format(shell.quote(folder)))
    shell.remove(folder)
  end)

  it("has its title and description, or what it is given", function()
    local elements = check(chart.timeline({}, { title = "A & B", description = "Nothing <yet>" }))
    assert.equal("A & B", elements[1].children[1].text)
    assert.equal("Nothing <yet>", elements[1].children[2].text)
    assert.is_true(has_text(elements, "A & B"))
    assert.is_true(has_text(check(chart.timeline({})), "Nothing is on record."))
  end)

  it("has empty paper around it, and is as wide as it is asked to be", function()
    local svg = check(chart.network({ { actor = "a", target = "b" } }, { width = 500 }))[1]
    assert.equal("-12 -12 500", svg.attributes.viewBox:sub(1, 11))
    assert.equal("500", svg.attributes.width)
  end)

  it("inside a page has neither title nor style of its own, and names of its own", function()
    local svg = chart.network({ { actor = "a", target = "b" } }, { inside = true, id = "figure-7" })
    local elements = check(svg)
    assert.equal("0 0 720", elements[1].attributes.viewBox:sub(1, 7))
    assert.equal("720", elements[1].attributes.width)
    assert.equal(0, #markup.named(elements, "style"))
    assert.is_false(has_text(elements, "Who acts on whom"))
    for _, element in ipairs(elements) do
      local id = element.attributes.id
      if id then assert.equal("figure-7-", id:sub(1, 9)) end
    end
  end)

  it("is the same bytes in any locale", function()
    local locale = os.setlocale()
    math.randomseed(4)
    local lists = {}
    for _, name in ipairs(NAMES) do lists[name] = INPUT[name](40) end
    local function all()
      local parts = {}
      for i, name in ipairs(NAMES) do parts[i] = chart[name](lists[name]) end
      return table.concat(parts)
    end
    local expected = all()
    for _, other in ipairs{ "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8" } do
      os.setlocale(other)
      local ok, found = pcall(all)
      os.setlocale(locale)
      assert.is_true(ok, found)
      stores.same_lines(expected, found)
    end
  end)

  it("shows stored text, and obeys none", function()
    local evil = "</text><script>alert(1)</script>]]>&amp;\27[31m\u{202E}\u{FFFF}\0"
    for _, svg in ipairs{
      chart.timeline({ { date = "2019", title = evil, kind = evil } }, { title = evil }),
      chart.network({ { actor = evil, target = "b" } }, { description = evil }),
      chart.heat_map({ { [evil] = evil, z = 1 } }, { row = evil }),
      chart.licences{ { label = evil, periods = {} } },
      chart.lines(rows.new({ { year = 2019, who = evil, n = 1 },
          { year = 2019, who = "b", n = 1 } },
        { keys = { "year", "who" }, measures = { "n" }, unit = evil })),
    } do
      check(svg)
      assert.is_nil(svg:find("[%z\1-\9\11-\31\127]"))
      assert.is_nil(svg:find("\u{202E}", 1, true))
      assert.is_nil(svg:find("\u{FFFF}", 1, true))
      assert.is_nil(svg:find("]]>", 1, true))
      assert.truthy(svg:find("\\x1B[31m", 1, true))
    end
  end)

  it("goes to a file that is whole or not there", function()
    local folder <close> = setmetatable({ path = shell.folder() },
      { __close = function(self) shell.remove(self.path) end })
    local path = folder.path .. "/a.svg"
    local svg = chart.timeline({}, { path = path })
    assert.equal(svg, stores.bytes(path))
    local problem = stores.raised(chart.timeline, { { date = "2019" } }, { path = path })
    assert.equal("io", problem.code)
    assert.equal(svg, stores.bytes(path))
    local other = chart.timeline({ { date = "2019" } }, { path = path, overwrite = true })
    assert.equal(other, stores.bytes(path))
    assert.equal("invalid", stores.raised(chart.timeline, { { date = "July" } },
      { path = folder.path .. "/b.svg" }).code)
    assert.equal("a.svg\n", shell.must("ls -A " .. shell.quote(folder.path)))
  end)

  it("refuses what it cannot draw, at the line of the mistake", function()
    local function refuses(call, code, part)
      local ok, problem = pcall(call)
      assert.is_false(ok)
      stores.check_error(problem, call, { code = code, says = { part } })
    end
    refuses(function() local _ = chart.timeline(3) end, "misuse", "expected a list of tables")
    refuses(function() local _ = chart.timeline({ 1 }) end, "misuse", "got a number at 1")
    refuses(function() local _ = chart.timeline({}, { color = 1 }) end, "misuse", "unknown option")
    refuses(function() local _ = chart.timeline({}, { width = 12 }) end, "invalid", "240 to 4000")
    refuses(function() local _ = chart.timeline({}, { id = "1" }) end, "invalid", "begins with")
    refuses(function() local _ = chart.timeline({}, { overwrite = true }) end, "misuse", "a path")
    refuses(function() local _ = chart.timeline({ { date = "July" } }) end, "invalid", "EDTF")
    refuses(function() local _ = chart.licences{ { label = "x" } } end, "misuse", "no periods")
    refuses(function() local _ = chart.cases_by_year{ {} } end, "misuse", "no period")
    refuses(function() local _ = chart.heat_map({ { a = 1, b = "x" } }, { row = "a" }) end,
      "misuse", "column b")
    refuses(function() local _ = chart.lines{ { n = 1 } } end, "misuse", "x: expected the name")
    refuses(function() local _ = chart.network{ { actor = "a", target = "b", count = -1 } } end,
      "misuse", "0 or more")
  end)
end)

-- ------------------------------------------------------------------------------------ Timeline

describe("a timeline", function()
  it("takes a row with a count for so many", function()
    local alone, together = {}, {}
    for i = 1, 61 do
      together[i] = { date = ("%04d"):format(1900 + i), label = "events", count = 1 + i % 3 }
      for _ = 1, 1 + i % 3 do alone[#alone + 1] = { date = together[i].date, label = "events" } end
    end
    local given = { description = "events" }
    assert.equal(chart.timeline(alone, given), chart.timeline(together, given))
    assert.matches("and 81 more", chart.timeline(together), 1, true)
    together[62] = { count = 7 }
    assert.matches("7 without a date are not shown.", chart.timeline(together), 1, true)
    for _, count in ipairs{ -1, 1.5, "3" } do
      local problem = stores.raised(chart.timeline, { { date = "2019" },
        { date = "2019", count = count } })
      assert.equal("misuse", problem.code)
      assert.matches('integers of 0 or more in column "count", got', problem.message, 1, true)
      assert.matches("in row 2", problem.message, 1, true)
    end
  end)

  it("shows a day as a point, a month as a bar, and fades where an end is not known", function()
    local elements = check(chart.timeline({
      { date = "2019-07-04", title = "a day" }, { date = "2019-06", title = "a month" },
      { date = "2019-05/2019-08", title = "throughout" }, { date = "[..2019-06-03]", title = "by" },
      { date = "2019-06-01/", title = "to an unknown end" }, { title = "undated" },
    }))
    assert.equal(2, #with(elements, "circle", "class", "fill-blue")) -- and one in the legend
    local month = with(elements, "rect", "stroke-dasharray", "3 2")
    assert.equal("0.3", month[1].attributes["fill-opacity"])
    local fades = {}
    for _, gradient in ipairs(markup.named(elements, "linearGradient")) do
      fades[gradient.attributes.id] = true
    end
    assert.is_true(fades["timeline-fade-left-blue"])
    assert.is_true(fades["timeline-fade-right-blue"])
    assert.is_true(has_text(elements, "1 without a date is not shown."))
    assert.is_true(has_text(elements, "at some time in it"))
  end)

  it("puts days where they belong: later ones farther right, each in its month", function()
    math.randomseed(9)
    for _ = 1, 20 do
      local list, days = {}, {}
      for i = 1, 30 do
        days[i] = any_day()
        list[i] = { date = days[i], title = "x" }
      end
      local points = with(check(chart.timeline(list)), "circle", "class", "fill-blue")
      local x = {}
      for i = 1, 30 do x[i] = { day = days[i], x = number(points[i].attributes.cx) } end
      table.sort(x, function(a, b) return a.day < b.day end)
      for i = 2, 30 do
        assert.is_true(x[i].x >= x[i - 1].x, x[i].day)
        assert.is_true(x[i].day == x[i - 1].day or x[i].x > x[i - 1].x)
      end
    end
  end)

  it("gives a crowded time more room, and says that it does", function()
    local list = { { date = "1910/1945", title = "long ago" } }
    for i = 1, 9 do list[#list + 1] = { date = ("2019-07-0%d"):format(i), title = "x" } end
    local elements = check(chart.timeline(list))
    local points = with(elements, "circle", "class", "fill-blue")
    local width = number(points[9].attributes.cx) - number(points[1].attributes.cx)
    assert.is_true(width > 100, width)
    assert.is_true(has_text(elements, "The scale changes at the zigzag lines."))
    local even = {}
    for i = 1, 9 do even[i] = { date = tostring(2000 + i), title = "x" } end
    assert.is_false(has_text(check(chart.timeline(even)), "zigzag"))
  end)

  it("counts where there are too many rows, what is sure apart from what is possible", function()
    local list = {}
    for i = 1, 300 do list[i] = { date = "2019-07-04", title = "x" } end
    for i = 301, 400 do list[i] = { date = "2019", title = "x" } end
    local elements = check(chart.timeline(list))
    assert.is_true(has_text(elements, "the highest: 400 events"))
    local sure, possible = 0, 0
    for _, rect in ipairs(with(elements, "rect", "class", "fill-blue")) do
      if rect.attributes["fill-opacity"] then
        possible = possible + 1
      else
        sure = sure + 1
        assert.near(120 * 300 / 400, number(rect.attributes.height), 0.01)
      end
    end
    assert.equal(1, sure)
    assert.is_true(possible > 20)
  end)

  it("shows what was in the time asked for, and that it goes on beyond it", function()
    local list = { { date = "2018/2020", title = "throughout" }, { date = "2019-07", title = "in" },
      { date = "[2018..2019-07-09]", title = "from before" },
      { date = "2017", title = "before" }, { date = "2019-08-01", title = "after" } }
    local elements = check(chart.timeline(list, { during = "2019-07" }))
    local function arrows(class)
      local count = 0
      for _, path in ipairs(with(elements, "path", "class", class)) do
        if path.attributes["stroke-width"] == "2" then count = count + 1 end
      end
      return count
    end
    assert.equal(3, arrows("stroke-paper")) -- on both sides of the first, and in the legend
    assert.equal(1, arrows("stroke-blue")) -- to the left of the third
    assert.is_true(has_text(elements, "goes on"))
    assert.is_true(has_text(elements, "2 outside this time are not shown."))
    assert.is_false(has_text(elements, "after"))
    assert.is_false(has_text(check(chart.timeline(list)), "goes on"))
  end)

  it("tells what it shows", function()
    local svg = chart.timeline({ { date = "2019-07~", title = "a rumour" }, { title = "undated" } })
    assert.matches("about July 2019: a rumour; 1 without a date", svg)
  end)
end)

-- -------------------------------------------------------------------------------- Cases by year

describe("cases by year", function()
  it("have bars as long as their figures: disclosed, derived, recorded and possible", function()
    local list = {
      { period = "2015", value = 14, least = 14, most = 14, basis = "disclosed", recorded = 3,
        possible = 0 },
      { period = "2016", value = 60, least = 60, most = 60, basis = "derived", recorded = 0,
        possible = 6 },
      { period = "2015/2016", value = 74, least = 74, most = 74, basis = "disclosed", recorded = 3,
        possible = 6 },
      { period = "2017", least = 10, most = 30, basis = "disclosed", recorded = 0, possible = 0 },
    }
    local elements = check(chart.cases_by_year(list))
    local function lengths(attribute, value)
      local found = {}
      for _, rect in ipairs(with(elements, "rect", attribute, value)) do
        if number(rect.attributes.height) > 11 then
          found[#found + 1] = number(rect.attributes.width)
        end
      end
      return found
    end
    local outlines = lengths("class", "stroke-ink")
    -- 2015, 2016 (derived, dashed), 2017 at least, and the two years together last
    local unit = outlines[4] / 74
    assert.near(14, outlines[1] / unit, 0.05)
    assert.near(60, outlines[2] / unit, 0.05)
    assert.near(10, outlines[3] / unit, 0.05)
    assert.near(20, lengths("stroke-dasharray", "2 3")[1] / unit, 0.05)
    local recorded = lengths("class", "fill-blue")
    assert.near(3, recorded[1] / unit, 0.05)
    assert.near(6, lengths("class", "stroke-vermillion")[1] / unit, 0.05)
    assert.is_true(has_text(elements, "Longer periods"))
    assert.is_true(has_text(elements, "60 (derived); possibly 6 on record"))
    assert.is_true(has_text(elements, "10 to 30"))
    assert.is_true(has_text(elements, "74; 3 and possibly 9 on record"))
  end)

  it("stand in the order given, those that hold others last", function()
    -- The twin compares every pair.
    math.randomseed(5)
    for _ = 1, 100 do
      local list, expected = {}, {}
      for i = 1, math.random(1, 8) do
        local first = math.random(2000, 2006)
        local last = first + math.random(0, 3)
        list[i] = { period = first == last and tostring(first) or ("%d/%d"):format(first, last),
          first = first, last = last, number = i }
      end
      for _, holding in ipairs{ false, true } do
        for _, row in ipairs(list) do
          local holds = false
          for _, other in ipairs(list) do
            holds = holds or row.first <= other.first and row.last >= other.last
              and row.last - row.first > other.last - other.first
          end
          if holds == holding then expected[#expected + 1] = row.number end
        end
      end
      local found = {}
      for _, entry in ipairs(require("dualuse.chart.cases_by_year").rows(list)) do
        found[#found + 1] = entry.row and entry.row.number
      end
      assert.same(expected, found)
    end
  end)

  it("of the sample have all that is disclosed, and the 72 that follow", function()
    local store <close> = stores.sample_store()
    local figures = dualuse.reconcile(store, { authority = "KOR.MOTIE" })
    local elements = check(chart.cases_by_year(figures))
    for _, text in ipairs{ "14", "22", "48; possibly 1 on record", "72 (derived)",
        "156; possibly 2", "Unit: case." } do
      assert.is_true(has_text(elements, text), text)
    end
  end)
end)

-- ------------------------------------------------------------------------------------ Licences

describe("licences", function()
  it("change where they change", function()
    local store <close> = stores.sample_store()
    local periods = dualuse.licence.periods(store,
      { from = "JPN", to = "KOR", item = "etching gas" })
    local elements = check(chart.licences(periods))
    assert.is_true(has_text(elements, "bulk licence"))
    assert.is_true(has_text(elements, "not certain"))
    local boxes = {}
    for _, rect in ipairs(markup.named(elements, "rect")) do
      if rect.attributes.height == "20" and rect.attributes.stroke then
        boxes[#boxes + 1] = { left = number(rect.attributes.x),
          right = number(rect.attributes.x) + number(rect.attributes.width) }
      end
    end
    assert.equal(3, #boxes)
    for i = 2, 3 do assert.near(boxes[i - 1].right, boxes[i].left, 1.6) end
    -- 185 days of the bulk licence; 60 after the last change are shown.
    assert.near(185 / 60, (boxes[2].right - boxes[2].left) / (boxes[3].right - boxes[3].left), 0.1)
  end)

  it("differ by pattern as well as by colour", function()
    local patterns = {}
    for _, requirement in ipairs{ "none", "general", "bulk", "individual", "prohibited",
        "unknown" } do
      local elements = check(chart.licences{ { label = "x", periods = { { from = "2018",
        to = "2019", requirement = requirement, certain = true } } } })
      local look = {}
      for _, rect in ipairs(markup.named(elements, "rect")) do
        if rect.attributes.height == "20" then
          local a = rect.attributes
          look[#look + 1] = (a.fill:match("^url%(#licences%-(%a+)") or "plain")
            .. (a["fill-opacity"] or "") .. (a["stroke-dasharray"] or "")
        end
      end
      patterns[table.concat(look, " ")] = requirement
    end
    local count = 0
    for _ in pairs(patterns) do count = count + 1 end
    assert.equal(6, count, stores.show(patterns))
  end)
end)

-- ----------------------------------------------------------------------------------- Heat map

describe("a heat map", function()
  it("is darker where there is more, and writes the figures", function()
    local elements = check(chart.heat_map{
      { who = "a", x = 1, y = 2 }, { who = "b", x = 5, y = 0 }, { who = "c", x = 3 } })
    local shades = {}
    for _, rect in ipairs(markup.named(elements, "rect")) do
      local shade = (rect.attributes.class or ""):match("^fill%-shade%-(%d)$")
      if shade and rect.attributes.height == "22" then shades[#shades + 1] = tonumber(shade) end
    end
    assert.same({ 1, 2, 5, 3 }, shades)
    for _, text in ipairs{ "1", "2", "5", "0", "3", "no figure" } do
      assert.is_true(has_text(elements, text), text)
    end
  end)

  it("draws any pivot", function()
    local store <close> = stores.sample_store()
    local pivot = store.claims:group{ "speaker.country", "stance" }
      :pivot("speaker.country", "stance", "count")
    local elements = check(chart.heat_map(pivot))
    for _, text in ipairs{ "JPN", "KOR", "USA", "asserts", "qualifies", "Unit: claim." } do
      assert.is_true(has_text(elements, text), text)
    end
  end)

  it("writes no figure where most have no room, and has them as tips", function()
    local list = { { name = "a" }, { name = "b" } }
    for c = 1, 14 do list[1]["c" .. c], list[2]["c" .. c] = 1000 + c, 2000 + c end
    list[1].c2, list[2].c3 = 1, 7 -- the first, as the least, is in the legend
    local narrow = check(chart.heat_map(list, { row = "name", width = 350 }))
    for _, text in ipairs(texts_of(narrow)) do assert.not_equal("7", text) end
    assert.is_true(has_text(narrow, "The figures have no room to be written"))
    local tips = {}
    for _, title in ipairs(markup.named(narrow, "title")) do tips[title.text] = true end
    assert.is_true(tips["1,001"] and tips["2,014"] and tips["7"])
    assert.is_true(has_text(check(chart.heat_map(list, { row = "name" })), "1,001"))
  end)

  it("leaves out what has the least, and says how much", function()
    local list = {}
    for i = 1, 100 do list[i] = { name = "row " .. i, n = i } end
    local elements = check(chart.heat_map(list))
    assert.is_true(has_text(elements, "40 more rows, those with the least, are not shown."))
    assert.is_true(has_text(elements, "row 41"))
    assert.is_false(has_text(elements, "row 40"))
  end)
end)

-- --------------------------------------------------------------------------------------- Lines

describe("lines", function()
  it("break where nothing is on record", function()
    local list = { { year = 2010, n = 1 }, { year = 2011, n = 2 }, { year = 2013, n = 3 } }
    local elements = check(chart.lines(rows.new(list, { keys = { "year" }, measures = { "n" } })))
    local lines = with(elements, "path", "class", "stroke-blue")
    assert.equal(1, #lines)
    assert.equal(3, #with(elements, "circle", "class", "fill-blue"))
    assert.is_true(has_text(elements, "Where a line breaks, nothing is on record."))
  end)

  it("stand at heights that go with the figures", function()
    math.randomseed(6)
    for _ = 1, 20 do
      local list = {}
      for i = 1, 10 do list[i] = { year = 2000 + i, n = math.random(0, 50) } end
      local elements = check(chart.lines(rows.new(list, { keys = { "year" }, measures = { "n" } })))
      local points = with(elements, "circle", "class", "fill-blue")
      assert.equal(10, #points)
      local y, by = {}, nil
      for i = 1, 10 do y[i] = number(points[i].attributes.cy) end
      for i = 1, 10 do
        for k = 1, 10 do
          if list[i].n ~= list[k].n then
            local unit = (y[i] - y[k]) / (list[k].n - list[i].n)
            by = by or unit
            assert.near(by, unit, 0.02)
          end
        end
      end
    end
  end)

  it("differ by dashes and by the shapes of their points, and are named", function()
    local list = {}
    for _, who in ipairs{ "a", "b", "c", "d", "e", "f", "g" } do
      for year = 2010, 2012 do list[#list + 1] = { year = year, who = who, n = year - 2000 } end
    end
    local elements = check(chart.lines(rows.new(list, { keys = { "year", "who" },
      measures = { "n" } })))
    local looks = {}
    for _, path in ipairs(markup.named(elements, "path")) do
      if path.attributes["stroke-linejoin"] == "round" then
        looks[path.attributes["stroke-dasharray"] or "whole"] = true
      end
    end
    local count = 0
    for _ in pairs(looks) do count = count + 1 end
    assert.equal(6, count)
    assert.is_true(has_text(elements, "1 more series, those with the least, are not shown."))
  end)

  it("tell what is possible besides, and what has no bucket", function()
    local store <close> = stores.sample_store()
    local elements = check(chart.lines(store.events:group{ "year" }))
    assert.is_true(has_text(elements, "Unit: event."))
    assert.is_true(has_text(elements, "no one bucket of time: not shown."))
  end)

  it("leave out what is only possible, before and after all that certainly was", function()
    local list = {}
    for year = 1901, 2009 do list[#list + 1] = { year = year, count = 0, possible = 1 } end
    for year = 2010, 2012 do
      list[#list + 1] = { year = year, count = year - 2008, possible = 1 }
    end
    local given = { keys = { "year" }, measures = { "count" } }
    local elements = check(chart.lines(rows.new(list, given)))
    assert.equal(3, #with(elements, "circle", "class", "fill-blue"))
    assert.is_true(has_text(elements, "109 rows tell of what is only possible"))
    assert.is_false(has_text(elements, "1910"))
    list[1].possible = 0 -- nothing, and that is certain
    elements = check(chart.lines(rows.new(list, given)))
    assert.is_false(has_text(elements, "only possible"))
    assert.is_true(has_text(elements, "1910"))
  end)

  it("say where possible figures are not shown: in more than three series", function()
    local function of(count)
      local list = {}
      for i = 1, count do
        for year = 2010, 2011 do
          list[#list + 1] = { year = year, who = "s" .. i, count = i, possible = 2 }
        end
      end
      return check(chart.lines(rows.new(list, { keys = { "year", "who" },
        measures = { "count" } })))
    end
    assert.is_true(has_text(of(3), "possibly as many more"))
    assert.is_false(has_text(of(3), "is not shown"))
    assert.is_false(has_text(of(4), "possibly as many more"))
    assert.is_true(has_text(of(4), "What is only possible, beside what certainly was, is not"))
  end)

  it("are drawn of any rows: the values tell what a column of another name is", function()
    for _, values in ipairs{ { 2017, 2018 }, { "2019-Q1", "2019-Q2" }, { "2019-06", "2019-07" },
        { "2019-W26", "2019-W27" }, { "2019-07-03", "2019-07-04" } } do
      local list = { { at = values[2], fines = 3 }, { fines = 9 }, { at = values[1], fines = 1.5 } }
      local elements = check(chart.lines(list, { x = "at", y = "fines" }))
      assert.equal(1, #with(elements, "path", "stroke-linejoin", "round"), values[1])
      assert.truthy(elements[1].children[2].text:find(("fines. %s to %s, from 1.5 in"):format(
        values[1], values[2]), 1, true))
      assert.is_true(has_text(elements, "1 row has no one bucket of time: not shown."))
    end
    for _, values in ipairs{ { "2019-07", 2019 }, { "July", "June" }, {} } do
      local list = { { at = values[1], n = 1 }, { at = values[2], n = 2 } }
      assert.equal("misuse", stores.raised(chart.lines, list, { x = "at", y = "n" }).code)
    end
  end)

  it("have ticks no finer than their buckets", function()
    local function ticks(name, value)
      local elements = check(chart.lines(rows.new({ { [name] = value, n = 1 } },
        { keys = { name }, measures = { "n" } })))
      local list = texts_of(elements)
      return table.concat(list, " ", 4) -- after the title, 0 and 1
    end
    assert.equal("Jul 2019", ticks("month", "2019-07"))
    assert.equal("2019", ticks("year", 2019))
    assert.matches("^4 Jul 2019", ticks("day", "2019-07-04"))
  end)

  it("have a scale that changes where most lies in a small part of the time", function()
    local list = { { month = "1965-06", n = 1 } }
    for i = 1, 9 do list[#list + 1] = { month = ("2019-0%d"):format(i), n = i } end
    local elements = check(chart.lines(rows.new(list, { keys = { "month" }, measures = { "n" } })))
    local points = with(elements, "circle", "class", "fill-blue")
    local width = number(points[10].attributes.cx) - number(points[2].attributes.cx)
    assert.is_true(width > 200, width)
    assert.is_true(has_text(elements, "The scale changes at the zigzag lines."))
  end)
end)

-- ------------------------------------------------------------------------------------- Network

describe("a network", function()
  it("refuses rows that name no column for one of the two", function()
    local counted = rows.new({ { actor = "JPN", count = 2 } }, { keys = { "actor" } })
    local ok, problem = pcall(chart.network, counted)
    assert.is_false(ok)
    assert.equal("misuse", problem.code)
    assert.truthy(problem.message:find("target: no column target: the columns are actor, count",
      1, true))
  end)

  it("has an arrow for each that acts on another, the thicker the more", function()
    local elements = check(chart.network{ { actor = "a", target = "b", count = 9 },
      { actor = "b", target = "a", count = 1 }, { actor = "c", target = "c", count = 4 },
      { actor = "a", count = 2 } })
    local arrows = {}
    for _, path in ipairs(markup.named(elements, "path")) do
      if path.attributes["marker-end"] then
        arrows[path.children[1].text] = number(path.attributes["stroke-width"])
      end
    end
    assert.is_true(arrows["a → b: 9"] > arrows["b → a: 1"])
    assert.is_true(has_text(elements, "4 of a party on itself: not shown."))
    assert.is_true(has_text(elements, "2 without an actor or a target: not shown."))
    for _, name in ipairs{ "a", "b" } do assert.is_true(has_text(elements, name)) end
  end)

  it("writes numbers on few arrows, and shows the greatest of many, with their parties", function()
    local few = check(chart.network{ { actor = "a", target = "b", count = 1234 } })
    assert.is_true(has_text(few, "1,234"))
    local list = {}
    for i = 1, 12 do
      for k = 1, 12 do
        if i ~= k then
          list[#list + 1] = { actor = "p" .. i, target = "p" .. k, count = 1000 - i - k }
        end
      end
    end
    local elements = check(chart.network(list))
    local shown, least = {}, math.huge
    for _, path in ipairs(markup.named(elements, "path")) do
      if path.attributes["marker-end"] then
        local from, to, count = path.children[1].text:match("^(p%d+) → (p%d+): (%d+)$")
        shown[from], shown[to] = true, true
        shown[#shown + 1], least = from .. to, math.min(least, tonumber(count))
      end
    end
    assert.equal(36, #shown)
    local greater = 0
    for _, row in ipairs(list) do
      if row.count > least then greater = greater + 1 end
    end
    assert.is_true(greater < 36)
    for i = 1, 12 do assert.equal(shown["p" .. i] or false, has_text(elements, "p" .. i)) end
    assert.is_true(has_text(elements, "96 more arrows, those of the least acts, are not shown."))
  end)

  it("adds up what is told in several rows, whatever their order", function()
    math.randomseed(8)
    local list = INPUT.network(200)
    local expected = chart.network(list)
    for _ = 1, 5 do
      for i = #list, 2, -1 do
        local k = math.random(i)
        list[i], list[k] = list[k], list[i]
      end
      assert.equal(expected, chart.network(list))
    end
  end)
end)

-- --------------------------------------------------------------------------------- Their parts

describe("labels along a line", function()
  it("never overlap, keep their order, and stay within", function()
    math.randomseed(10)
    for _ = 1, 500 do
      local list, needed = {}, 0
      for i = 1, math.random(1, 12) do
        list[i] = { at = math.random(-50, 350), height = math.random(8, 24) }
        needed = needed + list[i].height
      end
      local fits = labels.spread(list, 0, 200)
      assert.equal(needed <= 200, fits)
      if fits then
        table.sort(list, function(a, b) return a.placed < b.placed end)
        for i, label in ipairs(list) do
          assert.is_true(label.placed - label.height / 2 >= -1e-6)
          assert.is_true(label.placed + label.height / 2 <= 200 + 1e-6)
          local before = list[i - 1]
          if before then
            assert.is_true(label.at >= before.at)
            assert.is_true(label.placed - label.height / 2
              >= before.placed + before.height / 2 - 1e-6)
          end
        end
      end
    end
  end)

  it("stand where they belong if there is room", function()
    local list = { { at = 30, height = 10 }, { at = 100, height = 10 }, { at = 60, height = 10 } }
    assert.is_true(labels.spread(list, 0, 200))
    for _, label in ipairs(list) do assert.equal(label.at, label.placed) end
  end)
end)

describe("an axis of values", function()
  it("has round ticks, as many as there is room for", function()
    math.randomseed(11)
    for _ = 1, 500 do
      local most = math.random(1, 3) == 1 and math.random() * 10
        or math.random(1, 10 ^ math.random(6))
      local least = math.random() < 0.5 and 0 or -most * math.random()
      local axis = ValueAxis.new{ least = least, most = most, from = 0, to = 400, apart = 40,
        whole = math.type(most) == "integer" }
      assert.is_true(#axis.ticks >= 2 and #axis.ticks <= 13, #axis.ticks)
      local step = axis.ticks[2] - axis.ticks[1]
      local lead = step / 10 ^ math.floor(math.log(step, 10) + 1e-9)
      assert.is_true(math.abs(lead - 1) < 1e-6 or math.abs(lead - 2) < 1e-6
        or math.abs(lead - 5) < 1e-6, step)
      assert.is_true(axis.ticks[1] <= least + step * 1e-6)
      assert.is_true(axis.ticks[#axis.ticks] >= most - step * 1e-6)
      if math.type(most) == "integer" then assert.equal(0, step % 1) end
    end
  end)
end)

describe("lettering", function()
  it("cuts and breaks text to a width, and says where it was cut", function()
    math.randomseed(12)
    for _ = 1, 500 do
      local text, most = any_text(), math.random(20, 300)
      local kept, cut = lettering.cut(text, 12, most)
      assert.is_true(lettering.width(kept, 12) <= most + 0.02)
      assert.equal(kept ~= text, cut)
      if cut and kept ~= "" then
        assert.equal("…", kept:sub(-3))
        assert.equal(kept:sub(1, -4), text:sub(1, #kept - 3))
      end
      local lines = lettering.wrap(text, 12, most)
      for _, line in ipairs(lines) do assert.is_true(lettering.width(line, 12) <= most + 0.02) end
      local two = lettering.wrap(text, 12, most, 2)
      assert.is_true(#two <= 2)
    end
  end)
end)
