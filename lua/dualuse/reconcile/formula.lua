--- What a figure follows from, as text: `156 (2015/2019-03) − 14 (2015)`.
--
-- A term is `{ claim=, sign= }` (see `dualuse.differences`), where the claim has its `total`.
-- @module dualuse.reconcile.formula

local part = require "dualuse.reconcile.part"
local period = require "dualuse.period"

local M = {}

local said_of = { about = "about %d", at_least = "at least %d", at_most = "at most %d" }

--- One term in words, such as `14 (2015)`; `side` tells which limit of it is used.
local function term_text(term, times, side, asked)
  local total = term.claim.total
  local value = term.claim.most
  if term.claim.least and (side == "least") == (times > 0) or not value then
    value = term.claim.least
  end
  local words = { period.text(total.first, total.last) }
  if said_of[total.qualifier] then
    words[#words + 1] = said_of[total.qualifier]:format(total.value)
  end
  if total.part.id ~= asked.id then
    words[#words + 1] = part.describe(total.part)
  end
  local factor = math.abs(times) > 1 and math.abs(times) .. " × " or ""
  return ("%s%d (%s)"):format(factor, value, table.concat(words, ", "))
end

--- The claims that do not cancel out, the added before the subtracted, in order of time.
local function net_terms(terms)
  local times, list = {}, {}
  for _, term in ipairs(terms) do
    if not times[term.claim] then
      list[#list + 1] = term
    end
    times[term.claim] = (times[term.claim] or 0) + term.sign
  end
  local left = {}
  for _, term in ipairs(list) do
    if times[term.claim] ~= 0 then
      left[#left + 1] = { claim = term.claim, times = times[term.claim] }
    end
  end
  table.sort(left, function(a, b)
    local x, y = a.claim.total, b.claim.total
    if (a.times > 0) ~= (b.times > 0) then
      return a.times > 0
    elseif x.first ~= y.first then
      return x.first < y.first
    elseif x.last ~= y.last then
      return x.last > y.last
    elseif x.value ~= y.value then
      return x.value < y.value
    end
    return x.id < y.id
  end)
  return left
end

--- Terms as text: totals that say the same stand there once.
-- @tparam {table,...} terms
-- @tparam ?string side "least" or "most" where it is that bound which follows
-- @tparam table asked the part asked for: totals of others say what they are of
-- @treturn string
function M.text(terms, side, asked)
  local texts, said = {}, {}
  for _, term in ipairs(net_terms(terms)) do
    local text = term_text(term, term.times, side, asked)
    local id = (term.times > 0 and "+" or "−") .. text
    if not said[id] then
      said[id] = true
      if #texts == 0 then
        texts[1] = (term.times > 0 and "" or "−") .. text
      else
        texts[#texts + 1] = (term.times > 0 and "+ " or "− ") .. text
      end
    end
  end
  return #texts > 0 and table.concat(texts, " ") or "0"
end

--- The bounds of a difference as text; nil where nothing bounds it.
-- @tparam table known as `between` of a system of differences gives it
-- @tparam table asked the part asked for
-- @treturn ?string
function M.bounds(known, asked)
  local texts = {}
  if #known.least_terms > 0 then
    texts[1] = ("at least %d: "):format(known.least) .. M.text(known.least_terms, "least", asked)
  end
  if known.most then
    texts[#texts + 1] = ("at most %d: "):format(known.most)
      .. M.text(known.most_terms, "most", asked)
  end
  return #texts > 0 and table.concat(texts, "; ") or nil
end

return M
