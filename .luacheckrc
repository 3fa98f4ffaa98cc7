std = "lua54"
max_line_length = 100
color = false

files["spec/**/*_spec.lua"].std = "lua54+busted"
files["rockspec/*.rockspec"].std = "rockspec"
