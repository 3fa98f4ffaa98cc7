--- Asks everything of a store and writes to it: what may be damaged or a stranger's. Whatever it
-- raises has to be an error of ours (or that memory ran out).
local M = {}

local function is_ours(problem)
  return type(problem) == "table" and type(problem.code) == "string" and
    type(problem.message) == "string" or problem == "not enough memory"
end

--- Uses a store.
-- @param store an open one
-- @tparam function describe that of the core
-- @treturn {[string]=integer} how often each code was raised, and under "ok" how often none was
-- @raise where an error is none of ours
function M.use(store, describe)
  local codes = {}
  local function try(what, call, ...)
    local ok, problem = pcall(call, ...)
    if not ok and not is_ours(problem) then
      error(what .. ": " .. tostring(problem), 0)
    end
    local code = ok and "ok" or type(problem) == "table" and problem.code or "nomem"
    codes[code] = (codes[code] or 0) + 1
    return ok and problem
  end
  for _, kind in ipairs(describe()) do
    kind = kind.kind
    local all = store[kind]
    try("count", all.count, all)
    try("each", function()
      for record in all:each() do
        if type(record) ~= "table" then error("no record") end
      end
    end)
    try("first", all.first, all)
    try("get", all.get, all, 300)
    try("get", all.get, all, "KOR")
    try("history", all.history, all, 300)
    try("past", function() return store:as_of(0)[kind]:count() end)
    try("order", function() return #all:order("-id"):limit(3):all() end)
  end
  try("date", function() return store.cases:where{ date = "2015/2019" }:all() end)
  try("name", function() return store.cases:where{ destination = "Vietnam" }:all() end)
  try("list", function() return store.events:where{ items = { within = "chemicals" } }:all() end)
  try("tree", function() return store.parties:where{ parent = { within = "KOR" } }:all() end)
  try("group", function() return store.cases:group{ "year", "items" } end)
  try("group", function() return store.cases:group{ "month", "destination", n = "count" } end)
  try("sum", function() return store.cases:sum("fine") end)
  try("columns", function()
    return store.events:group{ "month", "kind", tone = { "mean", "goldstein" } }
  end)
  try("once", function()
    return store.events:once{ "day", "actor", "code" }:group{ "contexts", "year" }
  end)
  try("kept", function()
    return store.events:where{ goldstein = { gt = 1 } }:values("goldstein")()
  end)
  try("median", function() return store.events:median("goldstein") end)
  try("search", function() return store.sources:search("fluor* controls"):all() end)
  try("match", function() return store.parties:match("Acme Chemicals") end)
  try("check", store.check, store)
  try("add", function() store.items:add{ key = "new", name = "new", parent = "chemicals" } end)
  try("update", function() store.items:update("chemicals", { note = "new" }) end)
  try("retract", function() store.claims:retract("claim") end)
  try("text", function() store.sources:add{ key = "t", title = "t", text = "a text" } end)
  try("transaction", function()
    store:transaction(function() store.cases:add{ authority = "KOR", fine = 1 } end)
  end)
  return codes
end

return M
