-- The types for editors are held against what there is: the methods and functions that can be
-- called, the kinds with their fields and words.
local dualuse = require "dualuse"
local shell = require "spec.shell"

local path = "lua/dualuse/types.lua"

local function read()
  local file <close> = assert(io.open(path))
  return file:read("a")
end

-- What the file says: classes by name, each with its parents, fields and functions; aliases; and
-- all the names of ours that it uses.
local function parse(text)
  local types = { classes = {}, aliases = {}, used = {} }
  local class
  for line in text:gmatch("[^\n]+") do
    local tag, rest = line:match("^%-%-%-@(%a+)%s+(.*)$")
    local kind = (rest or ""):gsub(" # .*$", "")
    if tag == "class" then
      local name, parents = kind:match("^([%w_.]+):?%s*(.*)$")
      class = { parents = {}, fields = {}, functions = {}, overload = false }
      for parent in parents:gmatch("dualuse[%w_.]+") do
        class.parents[#class.parents + 1] = parent
      end
      assert(not types.classes[name], name .. " is defined twice")
      types.classes[name] = class
    elseif tag == "field" then
      local name, optional, of = kind:match("^([%w_%[%]]+)(%??)%s+(.*)$")
      class.fields[name] = { optional = optional == "?", type = of }
    elseif tag == "alias" then
      local name, of = kind:match("^([%w_.]+)%s+(.*)$")
      types.aliases[name] = of
    elseif tag == "overload" then
      class.overload = true
    end
    if tag then
      for name in kind:gmatch("dualuse%.[%w_.]*[%w_]") do types.used[name] = line end
    end
    local name = line:match("^function [%w_]+[.:]([%w_]+)%(")
    if name then class.functions[name] = true end
  end
  return types
end

local function sorted(set, wanted)
  local names = {}
  for name, value in pairs(set) do
    if not wanted or wanted(value) then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- The methods of a class of the core: the first upvalue of its __index is the table of them.
local function methods_of(object)
  local _, methods = debug.getupvalue(debug.getmetatable(object).__index, 1)
  return methods
end

-- Until a module in Lua is there, so is its method only by name.
local function is_there(method)
  for number = 1, 9 do
    local name, value = debug.getupvalue(method, number)
    if name == "module" then
      return package.searchpath("dualuse." .. value, package.path) ~= nil
    end
  end
  return true
end

describe("the types for editors", function()
  local types = parse(read())
  local store = assert(dualuse.open())

  teardown(function() store:close() end)

  it("are what `make types` writes #process", function()
    local status, output = shell.run(("LUA_PATH=%s LUA_CPATH=%s %s csrc/types.lua"):format(
      shell.quote(package.path), shell.quote(package.cpath), shell.lua))
    assert.equal(0, status, output)
    assert.is_true(output == read(), "run `make types`")
  end)

  it("are Lua that does nothing, and that nothing loads", function()
    assert.is_function(load(read()))
    assert.is_nil(package.loaded["dualuse.types"])
  end)

  it("define every type that they name", function()
    for name, line in pairs(types.used) do
      assert.is_true(types.classes[name] ~= nil or types.aliases[name] ~= nil, line)
    end
  end)

  for class, object in pairs{ store = store, collection = store.cases,
    query = store.cases:limit(1) } do
    it(("have the methods of a %s, and no others"):format(class), function()
      assert.same(sorted(methods_of(object), is_there),
        sorted(types.classes["dualuse." .. class].functions))
    end)
  end

  it("have the functions for dates", function()
    assert.same(sorted(dualuse.edtf), sorted(types.classes["dualuse.edtf"].functions))
  end)

  it("have the methods of rows", function()
    local methods = getmetatable(store.cases:group{ "year" }).__index
    assert.same(sorted(methods), sorted(types.classes["dualuse.rows"].functions))
  end)

  it("have a collection of each kind in a store", function()
    local kinds = {}
    for _, kind in ipairs(dualuse.describe()) do
      kinds[#kinds + 1] = kind.kind
      assert.equal("dualuse.collection." .. kind.kind,
        types.classes["dualuse.store"].fields[kind.kind].type)
    end
    assert.equal(#kinds, #sorted(types.classes["dualuse.store"].fields))
    assert.equal('"' .. table.concat(kinds, '"|"') .. '"', types.aliases["dualuse.kind"])
  end)

  for _, described in ipairs(dualuse.describe()) do
    it(("have the fields and words of %s"):format(described.kind), function()
      local kind = dualuse.describe(described.kind)
      local name = "dualuse." .. kind.singular
      local fields, required, names = {}, {}, {}
      for i, field in ipairs(kind.fields) do
        names[i] = field.name
        fields[field.name] = true
        if field.required then required[field.name] = true end
        if field.words then
          assert.equal('"' .. table.concat(field.words, '"|"') .. '"',
            types.aliases[name .. "." .. field.name])
        end
      end
      assert.same(sorted(fields), sorted(types.classes[name .. ".where"].fields))
      assert.equal('"' .. table.concat(names, '"|"') .. '"', types.aliases[name .. ".field"])
      for _, given in ipairs{ "id", "revision", "recorded" } do fields[given] = nil end
      local changes = types.classes[name .. ".changes"].fields
      assert.same(sorted(fields), sorted(changes))
      assert.same(sorted(fields), sorted(changes, function(field) return field.optional end))
      assert.same(sorted(required), sorted(types.classes[name .. ".values"].fields))
      assert.same({ name .. ".values", "dualuse.record" }, types.classes[name].parents)
    end)
  end

  it("tell a list, a date, a reference and a number apart", function()
    local fields = types.classes["dualuse.case.changes"].fields
    assert.equal("dualuse.reference[]", fields.items.type)
    assert.equal("dualuse.reference", fields.authority.type)
    assert.equal("dualuse.date", fields.exported.type)
    assert.equal("number", fields.quantity.type)
    assert.equal("integer", fields.fine.type)
    assert.equal("dualuse.case.offences[]", fields.offences.type)
    assert.equal("boolean", fields.publicised.type)
  end)

  it("give a query the records of its kind", function()
    local query = types.classes["dualuse.query.cases"].fields
    assert.equal("fun(self: dualuse.query.cases): dualuse.case?", query.first.type)
    assert.equal("fun(self: dualuse.query.cases, conditions: dualuse.case.where): "
      .. "dualuse.query.cases", query.where.type)
  end)

  it("have what require gives, each module with its functions", function()
    local facade = types.classes.dualuse
    for _, name in ipairs{ "open", "describe", "raise" } do
      assert.is_function(dualuse[name])
      assert.is_true(facade.functions[name])
    end
    for name in pairs(facade.functions) do assert.is_function(dualuse[name]) end
    for name, field in pairs(facade.fields) do
      local class = types.classes[field.type]
      if name ~= "explore" and name ~= "edtf" and class then
        local module = dualuse[name]
        local functions = sorted(module, function(value) return type(value) == "function" end)
        assert.same(functions, sorted(class.functions), name)
        local call = (getmetatable(module) or {}).__call
        assert.equal(call ~= nil, class.overload, name)
      end
    end
  end)

  it("have every module that answers for a store", function()
    for _, name in ipairs{ "applications", "audit", "chronology", "licence", "positions",
      "reconcile", "screen", "transparency" } do
      assert.is_truthy(types.classes.dualuse.fields[name], name)
    end
  end)

  it("name the codes of errors", function()
    for code in types.classes["dualuse.error"].fields.code.type:gmatch('"(%a+)"') do
      local _, problem = pcall(dualuse.raise, { code = code, message = "m" })
      assert.equal(code, problem.code)
    end
  end)
end)
