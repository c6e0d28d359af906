# mip6sim. The two commands: `make demo` and `make check`. `make help` lists the rest.

.DEFAULT_GOAL := all
.SUFFIXES:
SHELL := /bin/bash

# ---- settings a person may change ---------------------------------------------
CC       ?= gcc
ifeq ($(origin CC),default)
CC       := gcc
endif
OPT      ?= -O2
BUILD    ?= build
SANITIZE ?=
V        ?=

Q := $(if $(V),,@)

# ---- packages -------------------------------------------------------------------
PACKAGES := gcc libc6-dev make pkg-config libglib2.0-dev libgsl-dev libsqlite3-dev \
            sqlite3 gnuplot-nox libcriterion-dev tshark man-db

# ---- flags ------------------------------------------------------------------------
WARN := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes \
        -Wmissing-prototypes -Werror
# Results must not depend on the compiler's freedom with floating point.
BASE := -std=c11 $(OPT) -g -fPIC -ffp-contract=off -fno-omit-frame-pointer -MMD -MP
ifneq ($(SANITIZE),)
BASE += -fsanitize=address,undefined -fno-sanitize-recover=all
endif

PKG_CFLAGS  = $(shell pkg-config --cflags glib-2.0 gio-2.0 sqlite3 gsl)
PKG_LIBS    = $(shell pkg-config --libs gio-2.0 glib-2.0 sqlite3 gsl) -lm
TEST_LIBS   = $(shell pkg-config --libs criterion)

PROTO_FLAGS = $(BASE) $(WARN) -Iproto
SIM_FLAGS   = $(BASE) $(WARN) -D_GNU_SOURCE -I. -Iproto -I$(BUILD)/gen $(PKG_CFLAGS)

# ---- sources, by layer ---------------------------------------------------------
PROTO_C   := $(sort $(wildcard proto/*/*.c))
ENGINE_C  := $(sort $(wildcard sim/engine/*.c))
MODELS_C  := $(sort $(wildcard models/*.c models/*/*.c))
SCEN_C    := $(sort $(wildcard sim/scenario/*.c))
RECORD_C  := $(sort $(wildcard sim/record/*.c))
ANALYS_C  := $(sort $(wildcard analysis/*.c))
CLI_C     := $(sort $(wildcard sim/cli/*.c))
UNIT_C    := $(sort $(wildcard tests/unit/*.c))

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
LIBMIP6  := $(BUILD)/libmip6.a
LIBSIM   := $(BUILD)/libsim.a
BINARY   := $(BUILD)/mip6sim
UNIT     := $(BUILD)/tests/unit

.PHONY: all
all: $(BINARY)

# Sources of which results depend, hashed into every results file: independent of
# compiler and version control.
VERSION_SRC = $(sort $(wildcard proto/*.h proto/*/*.[ch] models/*.[ch] models/*/*.[ch] \
              sim/engine/*.[ch] sim/scenario/*.[ch]))
$(BUILD)/gen/version.h: $(VERSION_SRC)
	@mkdir -p $(@D)
	$(Q)hash() { for f in "$$@"; do printf '%s\n' "$$f"; cat "$$f"; done | sha256sum | cut -c1-64; }; \
	{ printf '#define SIM_CODE_VERSION "%s"\n' "$$(hash $(VERSION_SRC))"; \
	  printf '#define SIM_PROTOCOL_SHA256 "%s"\n' "$$(hash $(filter proto/%,$(VERSION_SRC)))"; } > $@

$(BUILD)/obj/proto/%.o: proto/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(PROTO_FLAGS) -c $< -o $@

$(BUILD)/obj/%.o: %.c | $(BUILD)/gen/version.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(SIM_FLAGS) -c $< -o $@

$(LIBMIP6): $(call obj,$(PROTO_C))
	$(Q)rm -f $@ && ar rcs $@ $^

$(LIBSIM): $(call obj,$(ENGINE_C) $(MODELS_C) $(SCEN_C) $(RECORD_C) $(ANALYS_C) \
                      $(filter-out sim/cli/main.c,$(CLI_C)))
	$(Q)rm -f $@ && ar rcs $@ $^

$(BINARY): $(BUILD)/obj/sim/cli/main.o $(LIBSIM) $(LIBMIP6)
	$(Q)$(CC) $(BASE) -o $@ $^ $(PKG_LIBS)

# ---- tests ----------------------------------------------------------------------
$(UNIT): $(call obj,$(UNIT_C)) $(LIBSIM) $(LIBMIP6)
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE) -o $@ $^ $(TEST_LIBS) $(PKG_LIBS)

# Criterion runs each test in a child and takes a leak found at its end for a pass:
# the sanitizers' reports go to files, and any such file is a failure.
.PHONY: unit
unit: $(UNIT)
	$(Q)rm -f $(BUILD)/tests/asan.*
	$(Q)ASAN_OPTIONS=log_path=$(abspath $(BUILD))/tests/asan:detect_leaks=1 \
	    UBSAN_OPTIONS=print_stacktrace=1 $(UNIT) -j2 --quiet $(if $(T),--filter '$(T)')
	$(Q)if ls $(BUILD)/tests/asan.* >/dev/null 2>&1; then \
	    echo 'sanitizer reports:'; cat $(BUILD)/tests/asan.*; exit 1; fi

.PHONY: clean
clean:
	rm -rf build

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
