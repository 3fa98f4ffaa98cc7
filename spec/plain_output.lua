-- busted's own output, with one more line at the very end that programs can read:
--
--   N passed, N failed          or          N passed, N failed, N skipped
--
-- An error counts as a failure, a pending spec as skipped.

return function(options)
  local busted = require "busted"
  local handler = require("busted.outputHandlers." .. options.defaultOutput)(options)

  busted.subscribe({ "exit" }, function()
    local line = ("%d passed, %d failed"):format(
      handler.successesCount, handler.failuresCount + handler.errorsCount)
    if handler.pendingsCount > 0 then
      line = ("%s, %d skipped"):format(line, handler.pendingsCount)
    end
    -- What specs have sent to stderr must not end up behind it.
    io.stderr:flush()
    io.stdout:write("\n", line, "\n")
    io.stdout:flush()
    return nil, true
  end)

  return handler
end
