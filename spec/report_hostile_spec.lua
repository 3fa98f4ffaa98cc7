-- Hostile text, anywhere in a store, is shown as text in every format.

local core = require "dualuse.core"
local dualuse = require "dualuse"
local hostile = require "spec.hostile"
local layout = require "dualuse.layout"
local markup = require "spec.markup"
local shell = require "spec.shell"
local stores = require "spec.stores"

local report = dualuse.report

local function told(text)
  return ("%q"):format(text:sub(1, 60))
end

local function is_in_picture(element)
  while element do
    if element.name == "svg" then return true end
    element = element.parent
  end
  return false
end

--- How many elements of each kind a page has, each with its attributes, but for the labels of
-- pictures: these may be cut, broken or left out. Then these, and the links.
local function skeleton(html)
  local count, labels, hrefs = {}, {}, {}
  for _, element in ipairs(markup.elements(html)) do
    local names = {}
    for name, value in pairs(element.attributes) do
      names[#names + 1] = name
      if name == "href" then hrefs[#hrefs + 1] = value end
    end
    table.sort(names)
    local name = element.name .. " " .. table.concat(names, " ")
    if is_in_picture(element) then
      labels[element.name] = true
    elseif name ~= "cite lang" and name ~= "br " and not name:find("^span class") then
      count[name] = (count[name] or 0) + 1
    end
  end
  return count, hrefs, labels
end

--- All the text of a page, without what its elements are.
local function words_of(html)
  local parts = {}
  for _, element in ipairs(markup.elements(html)) do
    if element.name ~= "style" then parts[#parts + 1] = element.text end
  end
  return table.concat(parts, "\n"):gsub("\u{A0}", " ")
end

--- A text as it is to be read: what is no character of a line is shown as an escape.
local function shown(text)
  return (layout.cell(text):gsub("^ +", ""):gsub(" +$", ""))
end

local function is_page(text)
  return text:find("^https?://") ~= nil
end

describe("hostile text", function()
  local plain_html, plain_count, plain_labels

  setup(function()
    local store <close> = hostile.store(hostile.plain)
    plain_html = report(store, { dispute = "dispute", to = "html" })
    local _
    plain_count, _, plain_labels = skeleton(plain_html)
  end)

  for number, text in ipairs(hostile.corpus) do
    local name = ("%d: %s"):format(number, told(text))

    it("is text in HTML, " .. name, function()
      local store <close> = hostile.store(text)
      if not store then return end
      local html = report(store, { dispute = "dispute", to = "html" })
      local found, hrefs, labels = skeleton(html)
      found["a href rel"] = nil -- the links to a source that has a page
      found["cite "] = plain_count["cite "] -- of which language it is
      assert.same(plain_count, found)
      for element in pairs(labels) do assert.is_true(plain_labels[element], element) end
      for _, href in ipairs(hrefs) do
        assert.is_true(href:sub(1, 1) == "#" or is_page(text) and href == text, href)
      end
      assert.is_nil(html:find("[%z\1-\9\11-\31\127]"))
      assert.is_nil(html:find("\u{202E}", 1, true))
      assert.truthy(words_of(html):find(shown(text), 1, true))
    end)

    it("is text in plain text, " .. name, function()
      local store <close> = hostile.store(text)
      if not store then return end
      for _, ascii in ipairs{ false, true } do
        local page = report(store, { dispute = "dispute", ascii = ascii })
        assert.is_nil(page:find("[%z\1-\9\11-\31\127]"))
        for _, code in ipairs{ 0x9B, 0x202E, 0x2066, 0x200F, 0x061C, 0x2028 } do
          assert.is_nil(page:find(utf8.char(code), 1, true))
        end
        for line in page:gmatch("[^\n]+") do assert.is_true(layout.width(line) <= 100, line) end
        if not ascii then
          local joined, wanted = page:gsub("%s+", ""), shown(text):gsub("%s+", "")
          assert.truthy(joined:find(wanted, 1, true))
        end
      end
    end)

    it("is text in JSON, " .. name, function()
      local store <close> = hostile.store(text)
      if not store then return end
      for _, to in ipairs{ "json", "timelinejs" } do
        local json = report(store, { dispute = "dispute", to = to })
        assert.is_nil(json:gsub("\n$", ""):find("[%z\1-\31\127<>&]"))
        assert.is_nil(json:find("\u{202E}", 1, true))
        local found = assert(core.decode(store, json))
        if to == "json" then
          assert.equal(text, found.sources[1].title)
          assert.equal(text, found.sources[1].url)
        else
          for _, event in ipairs(found.events) do
            for _, html in ipairs{ event.text.headline, event.text.text } do
              for _, element in ipairs(markup.elements("<p>" .. html .. "</p>")) do
                assert.equal("p", element.name)
                assert.is_nil(next(element.attributes))
              end
            end
          end
        end
      end
    end)
  end

  it("is text in Markdown, when a forge reads it", function()
    if not shell.has("cmark-gfm") then return pending("cmark-gfm is not here") end
    local folder = shell.folder()
    local links = 0
    local function render(text)
      local store <close> = hostile.store(text)
      if not store then return nil end
      local path = folder .. "/a.md"
      stores.write(path, report(store, { dispute = "dispute", to = "markdown" }))
      return shell.must(("cmark-gfm --unsafe -e table -e autolink -e strikethrough -e tasklist "
        .. "-e footnotes %s"):format(shell.quote(path)))
    end
    local function counts(html)
      local count = {}
      for element in html:gmatch("<([%a!][%w]*)") do count[element] = (count[element] or 0) + 1 end
      return count
    end
    local expected = counts(render(hostile.plain))
    for _, text in ipairs(hostile.corpus) do
      local html = render(text)
      local found = html and counts(html) or expected
      if is_page(text) then found.a = expected.a end -- the source has a page
      assert.same(expected, found, told(text))
      for href in (html or ""):gmatch('href="([^"]*)"') do
        links = links + 1
        assert.is_true(href == "#sources" or is_page(text) and href:find("^https?://evil") ~= nil,
          href .. " of " .. told(text))
      end
      if html then
        local words = html:gsub("<[^>]*>", ""):gsub("&lt;", "<"):gsub("&gt;", ">")
          :gsub("&quot;", '"'):gsub("&amp;", "&")
        local wanted = shown(text):gsub(" +", " ")
        assert.truthy(words:gsub(" +", " "):find(wanted, 1, true), told(text))
      end
    end
    shell.remove(folder)
    assert.is_true(links > 1000)
  end)

  it("is no other report: what is plain stays so", function()
    assert.truthy(words_of(plain_html):find("plain words", 1, true))
  end)
end)
