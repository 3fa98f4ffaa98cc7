-- Reports as a browser shows them. Chromium is driven by playwright-core; `make look` brings both,
-- and runs this. Without them, nothing of this is checked. The screenshots are left in
-- build/screenshots.

local core = require "dualuse.core"
local dualuse = require "dualuse"
local hostile = require "spec.hostile"
local lettering = require "dualuse.chart.lettering"
local shell = require "spec.shell"
local stores = require "spec.stores"

local MODULES = shell.root .. "/build/node_modules"
local SCREENSHOTS = shell.root .. "/build/screenshots"
local PHONE, DESK, A4 = 375, 1280, 673

--- What is missing; and where Chromium is.
local function missing()
  if not shell.has("node") then return "node is not here (make look installs it)" end
  if (shell.run("test -d " .. shell.quote(MODULES .. "/playwright-core"))) ~= 0 then
    return "playwright-core is not here (make look fetches it)"
  end
  for _, name in ipairs{ os.getenv("CHROMIUM") or "chromium", "chromium-browser",
      "google-chrome" } do
    if shell.has(name) then
      return nil, shell.must("command -v " .. shell.quote(name)):match("[^\n]+")
    end
  end
  return "Chromium is not here (make look installs it, or CHROMIUM=path)"
end

local why, browser = missing()

describe("in a browser, a report #process #slow", function()
  if why then
    it("is not looked at", function() pending(why) end)
    return
  end

  local folder, store

  setup(function()
    folder = shell.folder()
    store = stores.sample_store()
    shell.must("mkdir -p " .. shell.quote(SCREENSHOTS))
  end)
  teardown(function()
    store:close()
    shell.remove(folder)
  end)

  --- What Chromium finds.
  local function look(job)
    job.browser = browser
    local path = folder .. "/job.json"
    stores.write(path, core.encode(job))
    local command = ("node spec/fixtures/look.js %s %s 2>/dev/null"):format(shell.quote(MODULES),
      shell.quote(path))
    local found = shell.must(command)
    return assert(core.decode(store, found:match("{.*}")))
  end

  local function page(html, more)
    local path = ("%s/%d.html"):format(folder, #html)
    stores.write(path, html)
    local asked = { file = path }
    for name, value in pairs(more) do asked[name] = value end
    return asked
  end

  local function check(found, name)
    assert.same({}, found.overflow, name)
    assert.same({}, found.overlaps, name)
    assert.same({}, found.outside, name)
    assert.same({}, found.told, name)
    assert.is_true(found.width <= found.wide, name)
    assert.equal(1, found.requests, name)
  end

  it("fits a phone, a desk and paper, with no label upon another, and no complaint", function()
    local html = dualuse.report(store, { dispute = "japan-korea-2019", to = "html" })
    local pages, names = {}, {}
    for _, scheme in ipairs{ "light", "dark" } do
      for name, width in pairs{ phone = PHONE, desk = DESK } do
        names[#names + 1] = ("%s-%s"):format(name, scheme)
        pages[#pages + 1] = page(html, { width = width, scheme = scheme,
          screenshot = ("%s/%s.png"):format(SCREENSHOTS, names[#names]) })
      end
    end
    names[#names + 1] = "paper"
    pages[#pages + 1] = page(html, { width = A4, media = "print", scheme = "dark",
      screenshot = SCREENSHOTS .. "/paper.png" })
    names[#names + 1] = "small phone"
    pages[#pages + 1] = page(html, { width = 320 })
    for i, found in ipairs(look{ pages = pages }.pages) do
      check(found, names[i])
      assert.is_true(found.labels > 60, names[i])
    end
  end)

  it("keeps to its policy: nothing runs, and nothing is fetched", function()
    local html = dualuse.report(store, { dispute = "japan-korea-2019", to = "html" })
    local found = look{ pages = { page(html, { width = DESK, attack = true }) } }.pages[1]
    assert.is_false(found.attacked)
    local directives = table.concat(found.violations, " ")
    for _, directive in ipairs{ "script%-src", "img%-src", "frame%-src" } do
      assert.matches(directive, directives)
    end
    assert.is_nil(found.elements.script)
  end)

  it("sorts its tables without a script", function()
    local html = dualuse.report.cases_by_year(store, { dispute = "japan-korea-2019", to = "html" })
    local found = look{ pages = {
      page(html, { width = DESK, sort = "cases" }), page(html, { width = PHONE, sort = "cases" }),
      page(html, { width = DESK, sort = "period" }),
    } }.pages
    local by_size = { "from 2015 to March 2019", "from 2018 to March 2019", "2017", "2016", "2015" }
    assert.same(by_size, found[1].order)
    assert.same(by_size, found[2].order)
    assert.same({ "2015", "from 2015 to March 2019", "2016", "2017", "from 2018 to March 2019" },
      found[3].order)
  end)

  it("shows hostile text as text: it makes no element of its own", function()
    local pages, texts = {}, {}
    local function add(text)
      local own <close> = hostile.store(text)
      texts[#texts + 1] = text
      pages[#pages + 1] = page(dualuse.report(own, { dispute = "dispute", to = "html" })
        .. (" "):rep(#pages), { width = PHONE })
    end
    add(hostile.plain)
    for _, text in ipairs(hostile.corpus) do add(text) end
    local found = look{ pages = pages }.pages
    local function counts(elements)
      local kept = {}
      for _, name in ipairs{ "section", "h1", "h2", "h3", "p", "ul", "li", "dl", "dt", "dd",
          "table", "tr", "td", "th", "strong", "em", "q", "figure", "svg", "script", "img", "b",
          "iframe", "style", "base", "form", "object", "embed", "link", "meta" } do
        kept[name] = elements[name] or 0
      end
      return kept
    end
    for i, result in ipairs(found) do
      assert.same(counts(found[1].elements), counts(result.elements), texts[i])
      check(result, texts[i])
    end
  end)

  it("of ten thousand events fits as well", function()
    local own <close> = assert(dualuse.open())
    own.disputes:add{ key = "d", title = "A large dispute", parties = { "JPN", "KOR" } }
    own:transaction(function()
      math.randomseed(14)
      for i = 1, 10000 do
        own.events:add{ date = ("%d-%02d-%02d"):format(math.random(2010, 2019), math.random(12),
          math.random(28)), kind = "accuse", title = "Event " .. i, dispute = "d",
          actor = ("JPN KOR USA CHN"):sub(4 * (i % 4) + 1):match("%a+"),
          target = ("VNM ARE DEU"):sub(4 * (i % 3) + 1):match("%a+") }
      end
    end)
    local html = dualuse.report(own, { dispute = "d", to = "html" })
    local found = look{ pages = { page(html, { width = PHONE }), page(html, { width = DESK,
      screenshot = SCREENSHOTS .. "/large.png" }) } }.pages
    check(found[1], "phone")
    check(found[2], "desk")
  end)

  it("is measured rightly: no text is wider in common fonts than it is taken for", function()
    local texts = {}
    for text in ([[South Korea back on contract-by-contract screening|WWWW MMMM iiii|0123456789,.|
      “Preferential treatment” – the white list…|Trade ministry of Japan → South Korea|fluorinated
      polyimide, photoresist and hydrogen fluoride|ÄÖÜ éèê ñ ß Łódź|Москва Ключ|Αθήνα|日本と韓国]])
      :gsub("\n%s*", " "):gmatch("[^|]+") do
      texts[#texts + 1] = { text = text, size = 12 }
    end
    local widths = look{ pages = {}, texts = texts,
      fonts = { "DejaVu Sans", "Liberation Sans", "Arial" } }.widths
    for i, text in ipairs(texts) do
      for _, width in ipairs(widths[i]) do
        assert.is_true(width <= lettering.width(text.text, 12) * 1.01 + 0.5, text.text)
      end
    end
  end)
end)
