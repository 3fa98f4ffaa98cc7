-- Runs busted under the Lua that runs this file, whichever Lua the `busted` command belongs to, and
-- in this same process, for valgrind and debuggers: lua5.4 spec/run.lua [busted's arguments]
table.insert(arg, 1, "--ignore-lua") -- .busted names a Lua for the `busted` command
require "busted.runner" { standalone = false }
