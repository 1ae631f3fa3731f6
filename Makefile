# The front door: each target is one line of `make help`. What is behind it are
# the presets of CMakePresets.json and the scripts of tools/.

SHELL := /bin/sh
.DEFAULT_GOAL := programs
MAKEFLAGS += --no-print-directory

INPUT ?=
SEEDS ?= 200
SECONDS ?= 10
PREFIX ?= /usr/local
DESTDIR ?=

jobs := $(shell nproc 2>/dev/null || echo 2)
ccache := $(shell command -v ccache 2>/dev/null)
launcher := $(if $(ccache),-DCMAKE_C_COMPILER_LAUNCHER=ccache)
configure = cmake --preset $(1) $(launcher) -DCMAKE_INSTALL_PREFIX=$(PREFIX) \
    --log-level=WARNING >/dev/null
# Progress is for people; a log wants only what went wrong.
quiet := $(shell [ -t 2 ] || echo -- --quiet)
build = cmake --build --preset $(1) -j $(jobs) $(if $(2),--target $(2)) \
    $(quiet)

.PHONY: programs demo test check asan fuzz sim bench install clean help \
    build-deps full-deps release compose-test

programs: build-deps ## build the programs, optimized, into build/bin/
	@$(call configure,release)
	@$(call build,release,programs)

demo: programs ## show it at work: make demo [INPUT=FILE]
	@build/bin/dalv-demo $(INPUT)

test: release ## run all tests but the long ones
	@tools/run_tests.sh build -LE soak

check: full-deps ## run every check, cheapest first, up to the first failure
	@tools/run_checks.sh

asan: full-deps ## run the tests with address and undefined-behaviour sanitizers
	@$(call configure,asan)
	@$(call build,asan)
	@tools/run_tests.sh build/asan -LE 'soak|integration'

fuzz: full-deps ## let each fuzz harness search for SECONDS=10
	@$(call configure,fuzz)
	@$(call build,fuzz)
	@tools/run_fuzz.sh build/fuzz $(SECONDS)

sim: release ## simulate whole clusters under faults, SEEDS=200 of them
	@if [ -x build/bin/dalv-sim ]; then \
	    build/bin/dalv-sim --seeds $(SEEDS); \
	else \
	    echo "There is no simulator in this version." >&2; exit 1; \
	fi

bench: release ## measure, on this machine
	@if [ -x build/bin/dalv-bench ]; then \
	    build/bin/dalv-bench; \
	else \
	    echo "There is no benchmark in this version." >&2; exit 1; \
	fi

compose-test: ## try docker/compose.yaml in an engine of containers
	@tools/compose_test.sh

install: programs ## install below PREFIX=/usr/local (DESTDIR is respected)
	@DESTDIR=$(DESTDIR) cmake --install build --prefix $(PREFIX)
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" -eq 0 ]; then ldconfig; fi

clean: ## remove everything that was built
	@rm -rf build

help: ## show this list
	@if [ -t 1 ]; then bold=$$(printf '\033[1m'); plain=$$(printf '\033[0m'); fi; \
	sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1 \2/p' Makefile | \
	while read -r name text; do \
	    printf '%smake %-13s%s %s\n' "$$bold" "$$name" "$$plain" "$$text"; \
	done

release: full-deps
	@$(call configure,release)
	@$(call build,release)

build-deps:
	@tools/install_deps.sh --build

full-deps:
	@tools/install_deps.sh --full
