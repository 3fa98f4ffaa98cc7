-- Answers the questions from a store: ask_dualuse.lua STORE
local dualuse = require "dualuse"
local questions = require "spec.bench.questions"

local store <close> = assert(dualuse.open((...), { readonly = true }))

local function ask(question)
  print("? " .. question.name)
  -- processor time: one thread that waits for nothing
  local start = os.clock()
  local rows = question.dualuse(store)
  local seconds = os.clock() - start
  for _, row in ipairs(rows) do print(table.concat(row, "\t")) end
  print(("= %.6f"):format(seconds))
end

for _, question in ipairs(questions.list) do
  for _ = 1, questions.times do ask(question) end
end
