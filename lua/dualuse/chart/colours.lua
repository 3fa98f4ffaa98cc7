--- The colours of pictures, on light paper and on dark.
--
-- The six that tell things apart are of the palette of Okabe and Ito, which people with any of the
-- usual kinds of colour blindness can tell apart. On light paper orange and sky are darker than
-- theirs, so that each has a contrast of at least 3 to 1; on dark paper all are lighter. No picture
-- relies on them alone: a pattern, a shape or a word tells the same.
-- @module dualuse.chart.colours

local M = {}

-- name, on light paper, on dark
local COLOURS = {
  { "ink", "#1b1f24", "#e8eaed" },
  { "soft", "#59636e", "#a3adb8" },
  { "rule", "#d5dae0", "#3a424c" },
  { "paper", "#ffffff", "#14181d" },
  { "blue", "#0072b2", "#56a8dc" },
  { "vermillion", "#d55e00", "#ff8a3d" },
  { "green", "#009e73", "#35c79c" },
  { "purple", "#b85f93", "#e3a3c9" },
  { "orange", "#c08000", "#f4bc40" },
  { "sky", "#3a97cd", "#9bd6f7" },
}

--- Those that tell things apart, in the order in which they are used.
M.series = { "blue", "vermillion", "green", "purple", "orange", "sky" }

-- From little to much: one hue, ever darker on light paper and ever lighter on dark, so that it
-- can be read in black and white. The third says whether text upon it is light, on each paper.
local SHADES = {
  { "shade-1", "#e3eef6", "#1c2c3a", "ink" },
  { "shade-2", "#b5d3e7", "#244a66", "ink" },
  { "shade-3", "#7fb2d4", "#2f6e9b", "ink" },
  { "shade-4", "#2f7fb5", "#5da3d3", "paper" },
  { "shade-5", "#0b4f80", "#a9d5f3", "paper" },
}

--- Shades from little to much, by their names.
M.shades = {}

--- In which colour text stands upon each shade.
M.upon = {}

local hexes = {}
for _, list in ipairs{ COLOURS, SHADES } do
  for _, colour in ipairs(list) do hexes[colour[1]] = colour[2] end
end
for i, shade in ipairs(SHADES) do
  M.shades[i] = shade[1]
  M.upon[shade[1]] = shade[4]
end

--- The value of a colour on light paper.
-- @tparam string name
-- @treturn ?string such as "#0072b2"; nil for what is no name of a colour
function M.hex(name)
  return hexes[name]
end

local PROPERTIES = { "fill", "stroke", "stop-color" }

--- The rules of a style sheet that turn pictures dark where the reader's screen is. What is printed
-- stays light.
-- @treturn string CSS
function M.dark()
  local lines = { "@media screen and (prefers-color-scheme: dark) {" }
  for _, list in ipairs{ COLOURS, SHADES } do
    for _, colour in ipairs(list) do
      for _, property in ipairs(PROPERTIES) do
        lines[#lines + 1] = ("  .dualuse-chart .%s-%s { %s: %s }"):format(property, colour[1],
          property, colour[3])
      end
    end
  end
  lines[#lines + 1] = "}"
  return table.concat(lines, "\n") .. "\n"
end

return M
