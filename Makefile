# dualuse: `make demo` shows it at work, `make test` runs its specs; `make help` names the rest.
# GNU make and a POSIX shell are all that this file asks for; .ci/setup brings what else a target needs.

.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: all help setup demo test look picture bench fault fuzz sanitize races coverage check-deep mutants valgrind \
  lint format doc install uninstall rock states casefold types clean FORCE
.DEFAULT_GOAL := all

# ---- What a user may set -------------------------------------------------------------------------------------------
# CC LUA CFLAGS LDFLAGS PKG_CONFIG LUA_CFLAGS LUA_LIBS SQLITE_CFLAGS SQLITE_LIBS SHARED PREFIX DESTDIR BUSTED_ARGS
# ROWS RUNS PEERS DATE (of `make bench`: see spec/bench/run.lua)

CFLAGS ?= -O2 -g
PKG_CONFIG ?= pkg-config
SHARED ?= -shared
PREFIX ?= /usr/local

ifeq ($(strip $(LUA)),)
LUA := $(shell for lua in lua5.4 lua; do \
  $$lua -e 'os.exit(_VERSION == "Lua 5.4")' 2>/dev/null && echo $$lua && exit; \
  done; echo lua5.4)
endif
export CC LUA PKG_CONFIG

# These ask pkg-config when they are first used, which is in a recipe, after the setup may have installed it; the
# answer then replaces the question.
ifeq ($(origin LUA_CFLAGS),undefined)
LUA_CFLAGS = $(eval LUA_CFLAGS := $(shell \
  for name in lua5.4 lua-5.4 lua54 'lua >= 5.4 lua < 5.5'; do \
    $(PKG_CONFIG) --exists "$$name" && exec $(PKG_CONFIG) --cflags "$$name"; \
  done))$(LUA_CFLAGS)
endif
ifeq ($(origin LUA_LIBS),undefined)
LUA_LIBS = $(eval LUA_LIBS := $(shell \
  for name in lua5.4 lua-5.4 lua54 'lua >= 5.4 lua < 5.5'; do \
    $(PKG_CONFIG) --exists "$$name" && exec $(PKG_CONFIG) --libs "$$name"; \
  done))$(LUA_LIBS)
endif
ifeq ($(origin SQLITE_CFLAGS),undefined)
SQLITE_CFLAGS = $(eval SQLITE_CFLAGS := $(shell $(PKG_CONFIG) --cflags sqlite3))$(SQLITE_CFLAGS)
endif
ifeq ($(origin SQLITE_LIBS),undefined)
SQLITE_LIBS = $(eval SQLITE_LIBS := $(shell $(PKG_CONFIG) --libs sqlite3))$(SQLITE_LIBS)
endif

# ---- Files and commands --------------------------------------------------------------------------------------------

SOURCES := $(sort $(wildcard csrc/*.c))
OBJECTS := $(SOURCES:csrc/%.c=build/obj/%.o)
SPEC_C := $(sort $(shell find spec -name '*.c'))
LUA_FILES := $(sort $(shell find lua -name '*.lua'))
FORMATTED = $(SOURCES) $(sort $(wildcard csrc/*.h)) $(sort $(shell find spec -name '*.[ch]'))

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion
LANGUAGE = -std=c11 $(WARNINGS) -Icsrc $(LUA_CFLAGS) $(SQLITE_CFLAGS)
COMPILE = $(CC) $(LANGUAGE) -fPIC -fvisibility=hidden $(CFLAGS)
LINK = $(CC) $(CFLAGS) $(LDFLAGS) $(SHARED) -o build/dualuse/core.so $(OBJECTS) $(SQLITE_LIBS) -lm -lpthread
ROCKSPEC := rockspec/dualuse-scm-1.rockspec

# $(call quote,TEXT) is one word for the shell.
quote = '$(subst ','\'',$1)'

# $(call stamp,TEXT) writes TEXT to the target only where it changes, so that what depends on the target is made anew
# when a flag or the list of files has changed, and only then.
stamp = @mkdir -p $(@D); printf '%s\n' $(call quote,$1) | cmp -s - $@ || printf '%s\n' $(call quote,$1) >$@

# ---- Setup ---------------------------------------------------------------------------------------------------------
# One run for all that the goals need, so that no two apt-get meet under -j. Goals that only build for somebody else to
# install (`make`, `make install`) say what is missing and leave the system alone.

GOALS := $(or $(MAKECMDGOALS),all)
GROUPS := $(sort \
  $(if $(filter all demo test look picture bench fault fuzz% sanitize races coverage check-deep mutants valgrind install types build/%,$(GOALS)),build) \
  $(if $(filter test look fault sanitize races coverage check-deep mutants valgrind,$(GOALS)),test) \
  $(if $(filter check-deep,$(GOALS)),source) \
  $(if $(filter bench,$(GOALS)),bench) \
  $(if $(filter rock,$(GOALS)),build rock) \
  $(if $(filter setup,$(GOALS)),build test lint) \
  $(if $(filter fuzz%,$(GOALS)),fuzz) \
  $(filter look lint format doc states casefold,$(GOALS)))
CHECK := $(if $(filter setup demo test look picture bench fault fuzz% sanitize races coverage check-deep mutants valgrind rock lint format doc states casefold types,$(GOALS)),,--check)

setup:
	@sh .ci/setup $(CHECK) $(GROUPS)

# ---- Building ------------------------------------------------------------------------------------------------------

all: build/dualuse/core.so build/libdualuse.a build/compile_commands.json

build/obj/flags: FORCE | setup
	$(call stamp,$(COMPILE))

build/obj/link: FORCE | setup
	$(call stamp,$(LINK))

build/obj/commands: FORCE | setup
	$(call stamp,$(CURDIR) $(COMPILE) $(SOURCES) $(SPEC_C))

build/obj/%.o: csrc/%.c build/obj/flags
	$(COMPILE) -MMD -MP -c -o $@ $<

build/dualuse/core.so: $(OBJECTS) build/obj/link
	@mkdir -p $(@D)
	$(LINK)

build/libdualuse.a: $(OBJECTS) build/obj/link
	@rm -f $@
	$(AR) rcs $@ $(OBJECTS)

# clangd looks for it here, in build/ beside the sources.
build/compile_commands.json: build/obj/commands
	@json() { printf '"%s"' "$$(printf '%s' "$$1" | sed 's/[\\"]/\\&/g')"; }; \
	directory=$(call quote,$(CURDIR)); command=$(call quote,$(COMPILE)); separator='['; \
	{ for file in $(SOURCES) $(SPEC_C); do \
	  printf '%s\n{ "directory": ' "$$separator"; json "$$directory"; \
	  printf ', "file": '; json "$$file"; \
	  printf ', "command": '; json "$$command -c $$file"; \
	  printf ' }'; separator=,; \
	done; printf '\n]\n'; } >$@

-include $(OBJECTS:.o=.d)

# ---- Running -------------------------------------------------------------------------------------------------------

demo: all
	@rm -f build/demo.db build/demo.db-wal build/demo.db-shm
	LUA_PATH="lua/?.lua;lua/?/init.lua;;" LUA_CPATH="build/?.so;;" \
	$(LUA) -e 'require "dualuse.sample.japan_korea_2019".demo("build/demo.db")'

# BUSTED_ARGS narrows the run: make test BUSTED_ARGS="--filter=transaction spec/record_spec.lua"
# All of them on all cores; what BUSTED_ARGS chooses, in one process.
test: all
	$(LUA) $(if $(strip $(BUSTED_ARGS)),spec/run.lua $(BUSTED_ARGS),spec/all.lua)

# Reports as a browser shows them: checked, and left as pictures in build/screenshots.
PLAYWRIGHT := 1.65.1
PLAYWRIGHT_FOLDER := build/node_modules/playwright-core

$(PLAYWRIGHT_FOLDER)/package.json: | setup
	npm install --no-audit --no-fund --no-save --loglevel=error --prefix build playwright-core@$(PLAYWRIGHT)

look: all $(PLAYWRIGHT_FOLDER)/package.json
	$(LUA) spec/run.lua spec/report_browser_spec.lua

# Whoever changes how cases by year are drawn, draws the picture in the README anew: a spec says when.
picture: all
	LUA_PATH="lua/?.lua;lua/?/init.lua;;" LUA_CPATH="build/?.so;;" $(LUA) spec/picture.lua

build/bench/%: spec/bench/%.c build/obj/flags
	@mkdir -p $(@D)
	$(CC) -std=c11 $(WARNINGS) $(CFLAGS) -o $@ $<

build/bench/generate: spec/bench/lists.h

# Both use SQLite as itself; the second is a module of Lua, and stands in for one that may not be there.
build/bench/insert: spec/bench/insert.c build/obj/flags
	@mkdir -p $(@D)
	$(CC) -std=c11 $(WARNINGS) $(SQLITE_CFLAGS) $(CFLAGS) -o $@ $< $(SQLITE_LIBS)

build/bench/lsqlite3.so: spec/bench/lsqlite3.c build/obj/flags
	@mkdir -p $(@D)
	$(CC) $(LANGUAGE) -fPIC $(CFLAGS) $(SHARED) -o $@ $< $(SQLITE_LIBS)

# make bench ROWS="100000 1000000 5000000" RUNS=5; the results stay in build/bench/results.txt.
bench: all build/bench/generate build/bench/measure build/bench/insert build/bench/lsqlite3.so
	@LUA_PATH="lua/?.lua;lua/?/init.lua;;" LUA_CPATH="build/?.so;;build/bench/?.so" $(LUA) spec/bench/run.lua

# Faults on purpose (spec/fault/README.md). `make test` does a few of each; this does all.
FAULT_PROGRAMS := build/fault/allocations build/fault/disk

$(FAULT_PROGRAMS): build/fault/%: spec/fault/%.c spec/fault/trial.c spec/fault/trial.h spec/fault/shim.c \
  spec/fault/shim.h build/libdualuse.a
	@mkdir -p $(@D)
	$(CC) $(LANGUAGE) $(CFLAGS) $(LDFLAGS) -o $@ spec/fault/$*.c spec/fault/trial.c spec/fault/shim.c \
	  build/libdualuse.a $(LUA_LIBS) $(SQLITE_LIBS) -lm -lpthread

# libFuzzer on all that reads what a stranger may have written; each for SECONDS, from the corpus of its name, with
# inputs of at most so many bytes.
FUZZERS := delimited edtf segment elements query damage
.PHONY: $(FUZZERS:%=fuzz-%)
fuzz-delimited: MOST := 4096
fuzz-edtf: MOST := 80
fuzz-segment: MOST := 4000
fuzz-elements: MOST := 200
fuzz-query: MOST := 400
fuzz-damage: MOST := 100

FUZZ = clang -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
  -fno-omit-frame-pointer -Icsrc $(LUA_CFLAGS) $(SQLITE_CFLAGS)

# These need one file of the core, or four, and segment.c without the sum that no fuzzer would guess.
build/fault/fuzz_segment: csrc/narrow.c csrc/narrow.h csrc/brief.c csrc/brief.h \
  csrc/months.c csrc/months.h
$(addprefix build/fault/fuzz_,delimited edtf segment elements): build/fault/fuzz_%: \
  spec/fault/fuzz_%.c csrc/%.c csrc/%.h | setup
	@mkdir -p $(@D)
	$(FUZZ) -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION -o $@ $(filter %.c,$^)

# Objects of the core for both, compiled once.
build/fault/fuzz/%.o: csrc/%.c $(wildcard csrc/*.h) | setup
	@mkdir -p $(@D)
	$(FUZZ) -c -o $@ $<

build/fault/fuzz_query build/fault/fuzz_damage: build/fault/fuzz_%: spec/fault/fuzz_store.c \
  $(SOURCES:csrc/%.c=build/fault/fuzz/%.o)
	$(FUZZ) -DSCRIPT='"spec/fault/fuzz_$*.lua"' -o $@ $^ $(LUA_LIBS) $(SQLITE_LIBS) -lm

SECONDS ?= 60

fuzz: $(FUZZERS:%=fuzz-%)

$(FUZZERS:%=fuzz-%): fuzz-%: build/fault/fuzz_%
	@log=build/fault/fuzz_$*.log; mkdir -p build/fault/corpus/$*; \
	LUA_PATH="lua/?.lua;lua/?/init.lua;./?.lua;;" build/fault/fuzz_$* -max_total_time=$(SECONDS) -max_len=$(MOST) \
	  -timeout=30 -print_final_stats=1 -artifact_prefix=build/fault/ build/fault/corpus/$* spec/fault/corpus/$* \
	  >$$log 2>&1 || { tail -n 60 $$log; exit 1; }; \
	echo "fuzz_$*: $$(sed -n 's/.*number_of_executed_units: //p' $$log) inputs"

# A copy of the checkout, to be built with other flags.
COPY = rm -rf $(1) && mkdir -p $(1) && cp -R csrc lua spec rockspec LICENSE README.md .ci .busted Makefile $(1)

# The specs under the address and undefined-behaviour sanitizers, leaks included. The interpreter has neither, so the
# libraries come in before it. Leaks are looked for with ptrace, which a container has to allow.
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

sanitize: | setup
	@$(call COPY,build/sanitize)
	@{ echo '#!/bin/sh'; \
	  echo "LD_PRELOAD='$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)' \\"; \
	  echo "ASAN_OPTIONS=detect_leaks=1:exitcode=99:allocator_may_return_null=1 exec $(LUA) \"\$$@\""; } >build/sanitize/lua.sh
	@chmod +x build/sanitize/lua.sh
	$(MAKE) -C build/sanitize -s CC=gcc CFLAGS='-O1 -g $(SANITIZERS)' LDFLAGS='-Wl,-z,nodelete' all
	cd build/sanitize && LUA="$$PWD/lua.sh" ./lua.sh spec/run.lua --exclude-tags=process,slow $(BUSTED_ARGS)

# Imports by two threads under the sanitizer of threads, which sees what both touch with no lock between. It has to
# see it where the first thread does not wait for the connection.
RACES = cd build/races && LUA_PATH="lua/?.lua;lua/?/init.lua;;" LUA_CPATH="build/?.so;;" TSAN_OPTIONS=exitcode=66 \
  LD_PRELOAD="$$(gcc -print-file-name=libtsan.so)" setarch -R $(LUA) spec/fault/races.lua
BUILD_RACES = $(MAKE) -C build/races -s CC=gcc CFLAGS='-O1 -g -fsanitize=thread' LDFLAGS='-Wl,-z,nodelete' all

races: | setup
	@$(call COPY,build/races)
	$(BUILD_RACES)
	$(RACES)
	sed -i 's/sql->take_back(sql->lender)/true/' build/races/csrc/sql.c
	$(BUILD_RACES)
	! { $(RACES); } >build/races/control.txt 2>&1
	grep -c 'data race' build/races/control.txt

# What of the C core the specs and a sample of all faults run, line by line and branch by branch. What they build by
# themselves is counted, too. Left out are two that see the counting itself: its symbols, and its complaint where it may
# not write.
coverage: export CC := gcc
coverage: export CFLAGS := -O0 -g --coverage -DDUALUSE_COVERAGE
coverage: | setup
	@$(call COPY,build/coverage)
	$(MAKE) -C build/coverage -s all $(FAULT_PROGRAMS)
	cd build/coverage && $(LUA) spec/run.lua --exclude-tags=slow --filter-out='exports one symbol' \
	  --filter-out='30, a file that cannot be written' $(BUSTED_ARGS)
	cd build/coverage && EVERY=$(or $(EVERY),1999) KILLS=1 SECONDS=1 $(LUA) spec/fault/run.lua >/dev/null
	$(LUA) spec/fault/coverage.lua build/coverage build/uncovered.txt

# The specs on a Lua and an SQLite that look at how they are used: Debian's sources with assertions on, kept in
# build/checked.
check-deep: all
	sh spec/fault/checked.sh build/checked
	LUA="$$PWD/build/checked/lua.sh" build/checked/lua.sh spec/run.lua --exclude-tags=slow $(BUSTED_ARGS)

mutants: all
	@LUA_PATH="lua/?.lua;lua/?/init.lua;./?.lua;;" LUA_CPATH="build/?.so;;" $(LUA) spec/fault/mutants.lua

fault: $(FAULT_PROGRAMS) all
	$(LUA) spec/fault/run.lua

# Specs that only start other programs are left out: valgrind would watch busted wait.
valgrind: all
	valgrind -q --keep-debuginfo=yes --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99 \
	$(LUA) spec/run.lua --exclude-tags=process,slow $(BUSTED_ARGS)

# A warning of LDoc's is an error: it is for documentation what a compiler is for code.
define DOCUMENT
@rm -rf build/doc build/manual && mkdir -p build/manual
$(LUA) csrc/manual.lua build/manual
ldoc -c .ldoc --fatalwarnings --testing . >build/manual/said 2>&1 || { cat build/manual/said; exit 1; }
endef

# The manual is then in build/doc/index.html.
doc: | setup
	$(DOCUMENT)

# $(call each,FILES,COMMAND) runs the command for every file, {}, on all cores; one that is content says nothing.
each = @printf '%s\n' $1 | xargs -P "$$(getconf _NPROCESSORS_ONLN)" -I{} sh -c \
  'said=$$($2 2>&1) || { printf "%s\n" "$$said"; exit 1; }'

# gcc sees some mistakes only while it optimises, so it compiles in earnest. Of clang-tidy's checks, .clang-tidy tells.
lint: | setup
	$(call each,$(SOURCES) $(SPEC_C),gcc $(LANGUAGE) -O2 -fPIC -Werror -c -o /dev/null {})
	sh .ci/vectorised '$(LANGUAGE)' $(SOURCES)
	clang $(LANGUAGE) -Werror -fsyntax-only $(SOURCES) $(SPEC_C)
	$(call each,$(SOURCES) $(SPEC_C),clang-tidy --quiet {} -- $(LANGUAGE))
	@# with one job it looks across files, too, and takes what raises for what goes on
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --error-exitcode=1 --template=gcc \
	  -j 4 -Icsrc $(SOURCES) $(SPEC_C)
	clang-format --dry-run -Werror $(FORMATTED)
	luacheck -q lua spec .busted $(wildcard csrc/*.lua)
	luacheck -q --filename=$(ROCKSPEC) - <$(ROCKSPEC)
	$(DOCUMENT)

format: | setup
	clang-format -i $(FORMATTED)

# ---- Installing ----------------------------------------------------------------------------------------------------

LUA_DIR = $(DESTDIR)$(PREFIX)/share/lua/5.4
LIB_DIR = $(DESTDIR)$(PREFIX)/lib/lua/5.4

install: all
	install -d "$(LIB_DIR)/dualuse"
	install -m 755 build/dualuse/core.so "$(LIB_DIR)/dualuse/core.so"
	@for file in $(LUA_FILES:lua/%=%); do \
	  install -d "$(LUA_DIR)/$${file%/*}" && install -m 644 "lua/$$file" "$(LUA_DIR)/$$file" || exit 1; \
	done
	@echo "$(words $(LUA_FILES)) Lua files are in $(LUA_DIR)/dualuse"

# Both folders hold nothing but what `make install` put there.
uninstall:
	rm -rf "$(LIB_DIR)/dualuse" "$(LUA_DIR)/dualuse"

# LuaRocks writes object files beside the sources, so it gets a copy of them. What it installs must then work by
# itself: neither lua/ nor build/ is on the paths of the check.
rock: | setup
	rm -rf build/rock build/rock-source
	mkdir -p build/rock-source
	cp -R csrc lua rockspec LICENSE build/rock-source
	cd build/rock-source && luarocks --lua-version=5.4 make --tree=../rock $(ROCKSPEC) CC="$(CC)" LD="$(CC)"
	$(LUA) spec/fixtures/installed.lua build/rock/share/lua/5.4 build/rock/lib/lua/5.4

# ---- Generated sources ---------------------------------------------------------------------------------------------
# They are kept in the repository, so that a build needs neither the lists nor the tools.

states: | setup
	@mkdir -p build
	sqlite3 -init /dev/null -batch -bail -list -noheader :memory: <csrc/states.sql >build/states.inc
	mv build/states.inc csrc/states.inc

casefold: | setup
	@mkdir -p build
	$(LUA) csrc/casefold.lua /usr/share/unicode/CaseFolding.txt >build/casefold.inc
	mv build/casefold.inc csrc/casefold.inc
	$(LUA) csrc/decompose.lua /usr/share/unicode/UnicodeData.txt >build/decompose.inc
	mv build/decompose.inc csrc/decompose.inc

# Whoever adds a field, a method, or a function that answers, makes them anew: a spec says when.
types: all
	LUA_PATH="lua/?.lua;lua/?/init.lua;;" LUA_CPATH="build/?.so;;" $(LUA) csrc/types.lua >build/types.lua
	mv build/types.lua lua/dualuse/types.lua

clean:
	rm -rf build

help:
	@echo 'make            build/dualuse/core.so, build/libdualuse.a, build/compile_commands.json'
	@echo 'make demo       show the dispute of 2019, and leave it in build/demo.db and build/demo.html'
	@echo 'make test       run every spec (BUSTED_ARGS=... to choose)'
	@echo 'make look       look at reports in Chromium, and leave pictures in build/screenshots'
	@echo 'make picture    draw the picture in the README anew'
	@echo 'make bench      load and ask millions of events, beside SQLite, luasql and DuckDB'
	@echo 'make fault      fail every allocation and every call to the disk, cut the power, kill writers (long)'
	@echo 'make fuzz       libFuzzer on the reader, dates, columns, lists, queries and damaged files, SECONDS=60 each'
	@echo 'make sanitize   run the specs under the address and undefined-behaviour sanitizers'
	@echo 'make races      run imports by two threads under the sanitizer of threads'
	@echo 'make coverage   tell what of the C core the specs run'
	@echo 'make check-deep run the specs on a Lua and an SQLite that were built with their assertions on'
	@echo 'make mutants    put mistakes into the code, and tell which harness sees each'
	@echo 'make valgrind   run the specs under valgrind'
	@echo 'make lint       gcc, clang, clang-tidy, cppcheck, clang-format, luacheck and LDoc'
	@echo 'make format     format the C files'
	@echo 'make doc        the manual, in build/doc/index.html'
	@echo 'make install    into PREFIX=/usr/local, below DESTDIR; make uninstall takes it away'
	@echo 'make rock       build and try the LuaRocks package in build/rock'
	@echo 'make setup      install what building, specs and lint need'
	@echo 'make states     rebuild csrc/states.inc from iso-codes'
	@echo 'make casefold   rebuild csrc/casefold.inc and csrc/decompose.inc from Unicode'
	@echo 'make types      rebuild lua/dualuse/types.lua from the docstrings and the kinds'
	@echo 'make clean      remove build/'
	@echo 'LUA, CC, CFLAGS, LDFLAGS, LUA_CFLAGS, SQLITE_CFLAGS and SQLITE_LIBS can be set.'
