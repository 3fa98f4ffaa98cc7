-- A line that waited until the end of a dossier took the first record alike but for what it had
-- waited for, also one that another line stood for: read again, a link that refers to itself was
-- laid over another link.

local dossiers = require "spec.dossiers"

describe("a record that refers to itself, among others alike but for that", function()
  it("is the same when its dossier is read again", function()
    local store <close> = dossiers.store_of(dossiers.lines(
      '{"record":"link","from":"KOR","relation":"causes","to":"JPN"}',
      '{"record":"link","as":"x","from":{"as":"x"},"relation":"causes","to":{"as":"x"}}',
      '{"record":"link","from":"JPN","relation":"causes","to":"KOR"}'))
    local again = store:import(dossiers.giver(dossiers.text_of(store)))
    assert.equal("3 0 0 3 0", dossiers.counts(again))
    assert.equal(1, store:revision())
    local links = store.links:all()
    assert.same({ "KOR", links[2].id, "JPN" }, { links[1].from, links[2].from, links[3].from })
  end)
end)
