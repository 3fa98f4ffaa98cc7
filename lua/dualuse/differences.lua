--- Systems of totals, each the difference of a growing quantity between two points in time.
--
-- Two points that exact totals connect have a known difference; a loop of totals that does not
-- close is a contradiction. Totals that are not exact, and the fact that nothing counted is less
-- than none, bound the other differences.
--
-- Nothing is chosen among totals that contradict each other: all of them are disputed, nothing is
-- derived from them, and they bound nothing.
--
-- A claim is `{ from=, to=, least=, most=, terms= }`: between the points `from` and `to` (integers)
-- lie at least `least` and at most `most` (either may be missing; exact where they are equal);
-- `terms` is a list of `{ claim=, sign= }` where the claim follows from others, and is left out
-- where it stands for itself. Answers name the claims they rest on as such terms.
-- @module dualuse.differences

local M = {}

-- How many different values of one disputed difference are looked for, and in how large a tangle
-- each total gets a contradiction of its own.
local most_values = 6
local most_tangled = 300

--- Claims by what they say: those that say the same are one edge, in order of time and value.
local function edges_of(claims)
  local edges, found = {}, {}
  for _, claim in ipairs(claims) do
    local id = ("%d %d %s %s"):format(claim.from, claim.to, claim.least, claim.most)
    if not found[id] then
      found[id] = { from = claim.from, to = claim.to, least = claim.least, most = claim.most,
        claims = {}, place = #edges }
      edges[#edges + 1] = found[id]
      found[id].value = claim.least == claim.most and claim.least or nil
    end
    table.insert(found[id].claims, claim)
  end
  table.sort(edges, function(a, b)
    for _, name in ipairs{ "from", "to", "least", "most" } do
      local x, y = a[name] or -1, b[name] or -1
      if x ~= y then
        return x < y
      end
    end
    return a.place < b.place
  end)
  for i, edge in ipairs(edges) do
    edge.index = i
  end
  return edges
end

local function exact_edges(edges)
  local exact = {}
  for _, edge in ipairs(edges) do
    if edge.value then
      exact[#exact + 1] = edge
    end
  end
  return exact
end

local function dispute(edge)
  edge.disputed = true
  for _, claim in ipairs(edge.claims) do
    claim.disputed = true
  end
end

local function terms_of(edge, sign, terms)
  for _, claim in ipairs(edge.claims) do
    if not claim.terms then
      terms[#terms + 1] = { claim = claim, sign = sign }
    end
    for _, term in ipairs(claim.terms or {}) do
      terms[#terms + 1] = { claim = term.claim, sign = term.sign * sign }
    end
  end
  return terms
end

-- ----------------------------------------------------------------------------- Exact totals

--- The edges at each point: lists of { edge, the other end, what is added on the way }.
local function adjacency(edges)
  local at = {}
  for _, edge in ipairs(edges) do
    at[edge.from], at[edge.to] = at[edge.from] or {}, at[edge.to] or {}
    table.insert(at[edge.from], { edge = edge, to = edge.to, value = edge.value })
    table.insert(at[edge.to], { edge = edge, to = edge.from, value = -edge.value })
  end
  return at
end

local forest = {}
forest.__index = forest

--- A union-find that knows the difference between each point and its root.
local function new_forest()
  return setmetatable({ parent = {}, offset = {}, size = {} }, forest)
end

--- The root of a point, and by how much the point exceeds it.
function forest:find(point)
  local path, root = {}, point
  while self.parent[root] do
    path[#path + 1], root = root, self.parent[root]
  end
  local total = 0
  for i = #path, 1, -1 do
    total = total + self.offset[path[i]]
    self.parent[path[i]], self.offset[path[i]] = root, total
  end
  return root, total
end

--- Connects two points; false where that contradicts what is known.
function forest:connect(from, to, value)
  local root, below = self:find(from)
  local other, above = self:find(to)
  if root == other then
    return above - below == value
  end
  local size, other_size = self.size[root] or 1, self.size[other] or 1
  local difference = below + value - above -- of the other root to this
  if size < other_size then
    root, other, difference = other, root, -difference
  end
  self.parent[other], self.offset[other] = root, difference
  self.size[root] = size + other_size
  return true
end

local function connected(edges)
  local known, closed = new_forest(), true
  for _, edge in ipairs(edges) do
    if not edge.disputed then
      closed = known:connect(edge.from, edge.to, edge.value) and closed
    end
  end
  return known, closed
end

-- ----------------------------------------------------- Loops that do not close, and their tangles

--- The blocks of the graph: any two edges of one lie on a common loop (Tarjan).
local function blocks_of(edges)
  local at = adjacency(edges)
  local order, low, count, stack, blocks = {}, {}, 0, {}, {}
  local function visit(point, came_by)
    count = count + 1
    order[point], low[point] = count, count
    for _, step in ipairs(at[point]) do
      if step.edge ~= came_by and not order[step.to] then
        local depth = #stack
        stack[depth + 1] = step.edge
        visit(step.to, step.edge)
        low[point] = math.min(low[point], low[step.to])
        if low[step.to] >= order[point] then
          blocks[#blocks + 1] = table.move(stack, depth + 1, #stack, 1, {})
          for i = #stack, depth + 1, -1 do
            stack[i] = nil
          end
        end
      elseif step.edge ~= came_by and order[step.to] < order[point] then
        stack[#stack + 1] = step.edge
        low[point] = math.min(low[point], order[step.to])
      end
    end
  end
  for _, edge in ipairs(edges) do
    if not order[edge.from] then
      visit(edge.from, nil)
    end
  end
  return blocks
end

local function passes(label, point)
  while label do
    if label.point == point then
      return true
    end
    label = label.before
  end
  return false
end

local function has_value(labels, value)
  for _, label in ipairs(labels) do
    if label.value == value then
      return true
    end
  end
  return false
end

--- The ways from a point, the shortest first, without going in circles: by end, up to so many with
-- different values. `without` is an edge not to be used; with a target, only the first way to it.
local function ways_from(at, start, without, target)
  local queue, head, found = { { point = start, value = 0 } }, 1, { [start] = {} }
  while queue[head] do
    local label = queue[head]
    head = head + 1
    for _, step in ipairs(at[label.point] or {}) do
      local value = label.value + step.value
      found[step.to] = found[step.to] or {}
      local labels = found[step.to]
      local fresh = #labels == 0 and step.to ~= start
      if step.edge ~= without and #labels < most_values and not has_value(labels, value)
        and (fresh or not passes(label, step.to)) then
        local new = { point = step.to, value = value, before = label, step = step }
        labels[#labels + 1], queue[#queue + 1] = new, new
        if step.to == target then
          return found
        end
      end
    end
  end
  return found
end

--- The steps of a way, from its start.
local function steps_of(label)
  local steps = {}
  while label.before do
    table.insert(steps, 1, label.step)
    label = label.before
  end
  return steps
end

local function terms_of_steps(steps, sign)
  local terms = {}
  for _, step in ipairs(steps) do
    terms_of(step.edge, step.to == step.edge.to and sign or -sign, terms)
  end
  return terms
end

--- The two sides of a loop: from its earliest point to its latest. `loop` is a list of steps, each
-- with the point it goes to.
local function sides_of(loop)
  local first, last = 1, 1
  for i, step in ipairs(loop) do
    first = step.to < loop[first].to and i or first
    last = step.to > loop[last].to and i or last
  end
  local there, back = {}, {}
  local i = first
  while i ~= last do
    i = i % #loop + 1
    there[#there + 1] = loop[i]
  end
  while i ~= first do
    i = i % #loop + 1
    back[#back + 1] = loop[i]
  end
  return loop[first].to, loop[last].to, there, back
end

local function total_of(steps)
  local total = 0
  for _, step in ipairs(steps) do
    total = total + step.value
  end
  return total
end

local function loop_conflict(loop)
  local from, to, there, back = sides_of(loop)
  return {
    from = from, to = to,
    sides = {
      { value = total_of(there), terms = terms_of_steps(there, 1) },
      { value = -total_of(back), terms = terms_of_steps(back, -1) },
    },
  }
end

--- The shortest loop through an edge that does not close; nil where none is found.
local function loop_through(at, edge)
  local labels = ways_from(at, edge.from, edge)[edge.to] or {}
  for _, label in ipairs(labels) do
    if label.value ~= edge.value then
      local loop = steps_of(label)
      loop[#loop + 1] = { edge = edge, to = edge.from, value = -edge.value }
      return loop
    end
  end
  return nil
end

local function loop_id(loop)
  local indexes = {}
  for i, step in ipairs(loop) do
    indexes[i] = step.edge.index
  end
  table.sort(indexes)
  return table.concat(indexes, " ")
end

--- Whether all loops of a block close.
local function closes(block)
  local known = new_forest()
  for _, edge in ipairs(block) do
    if not known:connect(edge.from, edge.to, edge.value) then
      return false
    end
  end
  return true
end

--- A loop that does not close, made of the first edge that contradicts those before it: there is
-- always one, where the shortest through each edge was not found.
local function any_loop(block)
  local known, before = new_forest(), {}
  for _, edge in ipairs(block) do
    if not known:connect(edge.from, edge.to, edge.value) then
      return loop_through(adjacency(before), edge)
    end
    before[#before + 1] = edge
  end
  return nil
end

local function add_loops(block, conflicts)
  local at, found = adjacency(block), {}
  local function add(loop)
    local id = loop and loop_id(loop)
    if id and not found[id] then
      found[id] = true
      conflicts[#conflicts + 1] = loop_conflict(loop)
    end
  end
  for i = 1, math.min(#block, most_tangled) do
    add(loop_through(at, block[i]))
  end
  if next(found) == nil then
    add(any_loop(block))
  end
end

--- Marks the edges of every block with a loop that does not close, and tells of such loops.
local function dispute_loops(edges, conflicts)
  for _, block in ipairs(blocks_of(edges)) do
    if not closes(block) then
      table.sort(block, function(a, b) return a.index < b.index end)
      add_loops(block, conflicts)
      for _, edge in ipairs(block) do
        dispute(edge)
      end
    end
  end
end

-- ------------------------------------------------------------------------------------ Bounds

--- An arc says: the quantity at `to` exceeds that at `from` by at most `value`.
local function arcs_of(system)
  local arcs = {}
  for i = 2, #system.points do
    arcs[#arcs + 1] = { from = system.points[i], to = system.points[i - 1], value = 0 }
  end
  for _, edge in ipairs(system.edges) do
    if edge.most and not edge.disputed then
      arcs[#arcs + 1] = { from = edge.from, to = edge.to, value = edge.most, edge = edge, sign = 1 }
    end
    if edge.least and not edge.disputed and system.additive then
      arcs[#arcs + 1] = { from = edge.to, to = edge.from, value = -edge.least, edge = edge,
        sign = -1 }
    end
  end
  return arcs
end

--- A loop of arcs whose values sum to less than nothing, as a list of arcs; nil where there is none
-- (Bellman and Ford).
local function negative_loop(points, arcs)
  local least, by, changed = {}, {}, nil
  for _, point in ipairs(points) do
    least[point] = 0
  end
  for _ = 1, #points + 1 do
    changed = nil
    for _, arc in ipairs(arcs) do
      if least[arc.from] + arc.value < least[arc.to] then
        least[arc.to], by[arc.to], changed = least[arc.from] + arc.value, arc, arc.to
      end
    end
    if not changed then
      return nil
    end
  end
  local point = changed
  for _ = 1, #points do
    point = by[point].from
  end
  local loop, start = {}, point
  repeat
    table.insert(loop, 1, by[point])
    point = by[point].from
  until point == start
  return loop
end

local function terms_of_arcs(arcs)
  local terms = {}
  for _, arc in ipairs(arcs) do
    if arc.edge then
      terms_of(arc.edge, arc.sign, terms)
    end
  end
  return terms
end

local function negated(terms)
  for _, term in ipairs(terms) do
    term.sign = -term.sign
  end
  return terms
end

--- Takes out claims until no bounds contradict each other, and tells of each contradiction.
local function dispute_bounds(system)
  while true do
    local loop = negative_loop(system.points, arcs_of(system))
    if not loop then
      return
    end
    local from, to, there, back = sides_of(loop)
    table.insert(system.conflicts, {
      from = from, to = to,
      sides = {
        { value = total_of(there), limit = "most", terms = terms_of_arcs(there) },
        { value = -total_of(back), limit = "least", terms = negated(terms_of_arcs(back)) },
      },
    })
    for _, arc in ipairs(loop) do
      if arc.edge then
        dispute(arc.edge)
      end
    end
  end
end

--- The tightest upper bound from a point to every other, by the fewest claims.
local function reach_from(system, start)
  local known = system.reach[start]
  if known then
    return known
  end
  local value, used, by = { [start] = 0 }, { [start] = 0 }, {}
  local queue, head, tail, queued = { start }, 1, 1, { [start] = true }
  while queue[head] do
    local point = queue[head]
    queue[head], queued[point] = nil, nil
    head = head + 1
    for _, arc in ipairs(system.arcs[point] or {}) do
      local total = value[point] + arc.value
      local claims = used[point] + (arc.edge and 1 or 0)
      local best = value[arc.to]
      if not best or total < best or total == best and claims < used[arc.to] then
        value[arc.to], used[arc.to], by[arc.to] = total, claims, arc
        if not queued[arc.to] then
          tail = tail + 1
          queue[tail], queued[arc.to] = arc.to, true
        end
      end
    end
  end
  known = { value = value, by = by }
  system.reach[start] = known
  return known
end

local function arcs_to(reached, start, point)
  local arcs = {}
  while point ~= start do
    table.insert(arcs, 1, reached.by[point])
    point = reached.by[point].from
  end
  return arcs
end

-- ------------------------------------------------------------------------------------ Systems

--- Totals that do not add up, as numbers of different companies: one for the whole is at least the
-- greatest of a part, and at most the sum of all parts.
local function dispute_separate(system)
  local disputed = {}
  for _, edge in ipairs(system.edges) do
    local reached = reach_from(system, edge.from)
    local most = reached.value[edge.to]
    if edge.least and most and most < edge.least then
      local arcs = arcs_to(reached, edge.from, edge.to)
      table.insert(system.conflicts, {
        from = edge.from, to = edge.to,
        sides = {
          { value = most, limit = "most", terms = terms_of_arcs(arcs) },
          { value = edge.least, limit = "least", terms = terms_of(edge, 1, {}) },
        },
      })
      disputed[#disputed + 1] = edge
      for _, arc in ipairs(arcs) do
        disputed[#disputed + 1] = arc.edge
      end
    end
  end
  for _, edge in ipairs(disputed) do
    dispute(edge)
  end
end

local function index_arcs(system)
  system.arcs, system.reach = {}, {}
  for _, arc in ipairs(arcs_of(system)) do
    system.arcs[arc.from] = system.arcs[arc.from] or {}
    table.insert(system.arcs[arc.from], arc)
  end
end

local function points_of(claims, more)
  local points, found = {}, {}
  local function add(point)
    if not found[point] then
      found[point], points[#points + 1] = true, point
    end
  end
  for _, claim in ipairs(claims) do
    add(claim.from)
    add(claim.to)
  end
  for _, point in ipairs(more or {}) do
    add(point)
  end
  table.sort(points)
  return points
end

local function sort_conflicts(conflicts)
  for i, conflict in ipairs(conflicts) do
    conflict.place = i
    table.sort(conflict.sides, function(a, b) return a.value < b.value end)
  end
  table.sort(conflicts, function(a, b)
    if a.from ~= b.from then
      return a.from < b.from
    elseif a.to ~= b.to then
      return a.to < b.to
    end
    return a.place < b.place
  end)
end

local function sure_edges(edges)
  local sure = {}
  for _, edge in ipairs(edges) do
    if not edge.disputed then
      sure[#sure + 1] = edge
    end
  end
  return sure
end

local system_methods = {}
system_methods.__index = system_methods

--- Solves a system of claims. The claims get a field `disputed` where they contradict others.
-- @tparam {table,...} claims see above, in an order that does not depend on chance
-- @tparam[opt] table options `points`, further points to ask about; `separate = true` for totals
--   that do not add up over time, as numbers of different companies
-- @treturn table a system: `points`, sorted; `conflicts`, each with `from`, `to` and its two
--   `sides` (`value`, `terms`, and `limit`, "least" or "most", where it is a bound); and the method
--   `between`
function M.solve(claims, options)
  options = options or {}
  local system = setmetatable({
    additive = not options.separate, conflicts = {},
    points = points_of(claims, options.points), edges = edges_of(claims),
  }, system_methods)
  local edges = system.additive and exact_edges(system.edges) or {}
  if system.additive then
    local _, closed = connected(edges)
    if not closed then
      dispute_loops(edges, system.conflicts)
    end
    dispute_bounds(system)
  else
    index_arcs(system)
    dispute_separate(system)
  end
  index_arcs(system)
  system.known = connected(edges)
  system.at, system.sure_at = adjacency(edges), adjacency(sure_edges(edges))
  sort_conflicts(system.conflicts)
  return system
end

--- The difference that exact totals make known, by the fewest of them.
local function exact(system, from, to)
  local root, below = system.known:find(from)
  local other, above = system.known:find(to)
  if root ~= other then
    return nil
  end
  local way = ways_from(system.sure_at, from, nil, to)[to][1]
  return above - below, terms_of_steps(steps_of(way), 1)
end

--- The different values that disputed totals give a difference, sorted; nil where they give none.
local function disputed_values(system, from, to)
  local labels = ways_from(system.at, from)[to]
  if not labels or #labels == 0 then
    return nil
  end
  local values, terms = {}, {}
  for i, label in ipairs(labels) do
    values[i] = label.value
    for _, term in ipairs(terms_of_steps(steps_of(label), 1)) do
      terms[#terms + 1] = term
    end
  end
  table.sort(values)
  return values, terms
end

--- The greatest least of the claims within a period: for totals that do not add up.
local function greatest_within(system, from, to)
  local least, terms = 0, {}
  for _, edge in ipairs(system.edges) do
    if not edge.disputed and edge.least and edge.least > least and edge.from >= from
      and edge.to <= to then
      least, terms = edge.least, terms_of(edge, 1, {})
    end
  end
  return least, terms
end

--- What is known of the difference between two points.
-- @tparam integer from a point of the system
-- @tparam integer to a later one
-- @treturn table `value` and its `terms` where it is known; `least` and `most` (nil: no bound) with
--   `least_terms` and `most_terms`; `values`, where disputed totals give some, with their `terms`
function system_methods:between(from, to)
  local answer = {}
  answer.value, answer.terms = exact(self, from, to)
  if not answer.value then
    answer.values, answer.terms = disputed_values(self, from, to)
  end
  local reached = reach_from(self, from)
  answer.most = reached.value[to]
  answer.most_terms = answer.most and terms_of_arcs(arcs_to(reached, from, to)) or {}
  if self.additive then
    local back = reach_from(self, to)
    answer.least = -back.value[from]
    answer.least_terms = negated(terms_of_arcs(arcs_to(back, to, from)))
  else
    answer.least, answer.least_terms = greatest_within(self, from, to)
  end
  return answer
end

return M
