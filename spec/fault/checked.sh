#!/bin/sh
# Lua and SQLite with their assertions on, from Debian's source packages, for `make check-deep`.
#
# usage: spec/fault/checked.sh FOLDER
#   FOLDER/lua               Lua with LUA_USE_APICHECK and lua_assert
#   FOLDER/libsqlite3.so.0   SQLite with SQLITE_DEBUG and SQLITE_ENABLE_API_ARMOR, and the options that the SQLite
#                            of this system was built with
#   FOLDER/lua.sh            that Lua, with that SQLite
# What is there is kept, so that it is made once; FOLDER is wholly its own. MIRROR is where the packages come from.
set -eu

LUA=${LUA:-lua5.4}
MIRROR=${MIRROR:-http://deb.debian.org/debian}
folder=$(mkdir -p "$1" && cd "$1" && pwd)

# fetch PACKAGE: its source, with Debian's patches, in FOLDER/PACKAGE. apt is told of the sources for this once.
fetch() {
  [ ! -d "$folder/$1" ] || return 0
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  apt=$folder/apt
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/$1"
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $MIRROR $codename main" >"$apt/sources.list"
  set -- "$1" -qq -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root
  package=$1
  shift
  apt-get "$@" update
  (cd "$apt/$package" && apt-get "$@" source --download-only "$package" && dpkg-source -q -x ./*.dsc source >/dev/null)
  mv "$apt/$package/source" "$folder/$package"
}

# Modules are found where the Lua of this system finds them. Lines are edited as there, where readline can be had.
build_lua() {
  fetch lua5.4
  cd "$folder/lua5.4/src"
  # shellcheck disable=SC2016
  env -u LUA_PATH -u LUA_CPATH -u LUA_PATH_5_4 -u LUA_CPATH_5_4 "$LUA" -e '
    print(("#define LUA_PATH_DEFAULT %q\n#define LUA_CPATH_DEFAULT %q"):format(package.path, package.cpath))' >paths.h
  rm -f luac.c
  readline=
  printf '#include <stdio.h>\n#include <readline/readline.h>\n' | gcc -E - >/dev/null 2>&1 &&
    readline='-DLUA_USE_READLINE -lreadline'
  # shellcheck disable=SC2086
  gcc -std=gnu99 -O1 -g -DLUA_USE_LINUX -DLUA_COMPAT_5_3 -DLUA_USE_APICHECK -DLUAI_ASSERT -include paths.h -I../debian \
    -o "$folder/lua.new" ./*.c -Wl,-E -lm -ldl $readline
  mv "$folder/lua.new" "$folder/lua"
}

# ENABLE_UPDATE_DELETE_LIMIT needs a parser of its own; COMPILER and ATOMIC_INTRINSICS are told, not chosen.
build_sqlite() {
  fetch sqlite3
  options=$(sqlite3 -init /dev/null -batch :memory: 'PRAGMA compile_options' |
    sed '/^COMPILER=/d; /^ATOMIC_/d; /^MUTEX_/d; /^ENABLE_UPDATE_DELETE_LIMIT/d; s/^/-DSQLITE_/')
  cd "$folder/sqlite3"
  [ -e Makefile ] || ./configure --disable-tcl >configured 2>&1
  make sqlite3.c >made 2>&1 || { tail made >&2; exit 1; }
  # shellcheck disable=SC2086
  gcc -O1 -g -fPIC -shared -Wl,-soname,libsqlite3.so.0 $options -DSQLITE_DEBUG -DSQLITE_ENABLE_API_ARMOR \
    -o "$folder/libsqlite3.new" sqlite3.c -lm -lpthread -ldl
  mv "$folder/libsqlite3.new" "$folder/libsqlite3.so.0"
}

# lua-zlib breaks the rules of luaL_Buffer (1.2, as Debian has it), so it is as if it were not there: told by a variable,
# since Lua with -e would not be one to type at.
cat >"$folder/lua.sh" <<END
#!/bin/sh
LD_LIBRARY_PATH=$folder LUA_INIT_5_4='package.preload.zlib = function() error("lua-zlib does not keep to the API", 0) end' \
exec $folder/lua "\$@"
END
chmod +x "$folder/lua.sh"
[ -x "$folder/lua" ] || (build_lua)
[ -e "$folder/libsqlite3.so.0" ] || (build_sqlite)
