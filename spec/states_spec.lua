local shell = require "spec.shell"

describe("csrc/states.inc", function()
  local function read()
    local file <close> = assert(io.open("csrc/states.inc"))
    return file:read("a")
  end

  it("has a line for each state, sorted by its key", function()
    local count, last = 0, ""
    for key in read():gmatch('\nSTATE%("(%u%u%u)", ') do
      assert.is_true(last < key)
      count, last = count + 1, key
    end
    assert.equal(249, count)
  end)

  it("gives a state its common name, and its other names as aliases", function()
    local text = read()
    for _, line in ipairs{
      [[STATE("KOR", "South Korea", "[\"Korea, Republic of\",\"KR\"]")]],
      [[STATE("JPN", "Japan", "[\"JP\"]")]],
      [[STATE("VNM", "Vietnam", "[\"Socialist Republic of Viet Nam\",\"Viet Nam\",\"VN\"]")]],
    } do
      assert.truthy(text:find(line, 1, true), line)
    end
  end)

  it("is what the generator writes from iso-codes #process", function()
    local text = read()
    local status, version = shell.run(
      "sed -n 's/^Version: //p' /usr/share/pkgconfig/iso-codes.pc")
    if status ~= 0 or not shell.has("sqlite3") then
      pending("iso-codes or sqlite3 is not here")
      return
    end
    version = version:match("^%S+")
    local ours = text:match("from iso%-codes ([%d.]+)%.")
    if version ~= ours then
      pending(("made from iso-codes %s, and %s is here"):format(ours, version))
      return
    end
    assert.equal(text, shell.must(
      "sqlite3 -init /dev/null -batch -bail -list -noheader :memory: <csrc/states.sql"))
  end)
end)
