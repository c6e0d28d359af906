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
DEBUG    ?= -g
BUILD    ?= build
SANITIZE ?=
# Real traces and captures, beside the checkout; tests that want them are skipped without.
SHARED   ?= $(abspath ../shared)
V        ?=

Q := $(if $(V),,@)

# ---- packages -------------------------------------------------------------------
PACKAGES := gcc libc6-dev make pkg-config libglib2.0-dev libgsl-dev libsqlite3-dev \
            sqlite3 gnuplot-nox
# What only the tests need: a second compiler, the test framework, others' word on packets.
CHECK_PACKAGES := libcriterion-dev clang libclang-rt-14-dev mandoc time tshark radvd iproute2

# ---- flags ------------------------------------------------------------------------
WARN := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes \
        -Wmissing-prototypes -Werror
# Results must not depend on the compiler's freedom with floating point.
BASE := -std=c11 $(OPT) $(DEBUG) -fPIC -fno-semantic-interposition -ffp-contract=off \
        -fno-omit-frame-pointer -MMD -MP
# What each packet passes through is worth more of the compiler's time.
FAST := $(if $(filter file,$(origin OPT)),-O3)
ifneq ($(SANITIZE),)
BASE += -fsanitize=address,undefined -fno-sanitize-recover=all
endif

PKG_CFLAGS  = $(shell pkg-config --cflags glib-2.0 gio-2.0 sqlite3 gsl)
PKG_LIBS    = $(shell pkg-config --libs gio-2.0 glib-2.0 sqlite3 gsl) -lm
TEST_LIBS   = $(shell pkg-config --libs criterion)

PROTO_FLAGS = $(BASE) $(WARN) -Iproto
SIM_FLAGS   = $(BASE) $(WARN) -D_GNU_SOURCE -I. -Iproto -I$(BUILD)/gen $(PKG_CFLAGS)

# What a policy in a shared object may call: the functions that its two headers declare.
EXPORTS := $(filter-out mip6_policy_entry,$(sort $(shell \
    grep -ohP '\bmip6_[a-z0-9_]+(?=\x28)' proto/mip6_policy.h proto/mip6_types.h)))
EXPORT_FLAGS := $(foreach name,$(EXPORTS),-Wl,--export-dynamic-symbol=$(name))

# ---- sources, by layer ---------------------------------------------------------
PROTO_C   := $(sort $(wildcard proto/*/*.c))
ENGINE_C  := $(sort $(wildcard sim/engine/*.c))
MODELS_C  := $(sort $(wildcard models/*.c models/*/*.c))
SCEN_C    := $(sort $(wildcard sim/scenario/*.c))
RECORD_C  := $(sort $(wildcard sim/record/*.c))
ANALYS_C  := $(sort $(wildcard analysis/*.c))
CLI_C     := $(sort $(wildcard sim/cli/*.c))
UNIT_C    := $(sort $(wildcard tests/unit/*.c))
VALID_C   := $(sort $(wildcard tests/validation/*.c))

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
$(call obj,$(PROTO_C) $(ENGINE_C) $(MODELS_C)): BASE += $(FAST)
LIBMIP6  := $(BUILD)/libmip6.a
LIBSIM   := $(BUILD)/libsim.a
BINARY   := $(BUILD)/mip6sim
UNIT     := $(BUILD)/tests/unit
VALIDATE := $(BUILD)/tests/validate

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

# A unit test takes longer to optimise than to run; what it tests is optimised.
UNIT_OPT ?= -O0
$(BUILD)/obj/tests/unit/%.o: tests/unit/%.c | $(BUILD)/gen/version.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(SIM_FLAGS) $(UNIT_OPT) -c $< -o $@

$(LIBMIP6): $(call obj,$(PROTO_C))
	$(Q)rm -f $@ && ar rcs $@ $^

$(LIBSIM): $(call obj,$(ENGINE_C) $(MODELS_C) $(SCEN_C) $(RECORD_C) $(ANALYS_C) \
                      $(filter-out sim/cli/main.c,$(CLI_C)))
	$(Q)rm -f $@ && ar rcs $@ $^

$(BINARY): $(BUILD)/obj/sim/cli/main.o $(LIBSIM) $(LIBMIP6)
	$(Q)$(CC) $(BASE) $(EXPORT_FLAGS) -o $@ $^ $(PKG_LIBS)

# ---- what is missing -------------------------------------------------------------
# Installs only what is not there; as root, or through sudo.
.PHONY: deps deps-check
deps:
	@tests/install.sh $(PACKAGES)
deps-check:
	@tests/install.sh $(PACKAGES) $(CHECK_PACKAGES)

# ---- the two commands --------------------------------------------------------------
.PHONY: demo check
demo: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)rm -f results/demo.db
	$(Q)$(BINARY) run scenarios/hotspot.ini --policy static-dhaad --policy hybrid:safe \
	    --policy hybrid:tuned --out results/demo.db

# README's picture, from the results of the demo.
.PHONY: picture
picture: demo
	$(Q)$(BINARY) plot results/demo.db --figure queue --out results/demo-figures
	$(Q)cp results/demo-figures/queue.svg analysis/demo.svg

# The draft's claim, answered: results/paper/report.html. QUICK=1 runs a part of it, in minutes;
# what is there of either is not run again.
QUICK ?=
.PHONY: paper
paper: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)scenarios/paper/run.sh $(BINARY) results/paper $(if $(QUICK),quick,full)
	$(Q)analysis/paper.sh $(BINARY) results/paper

# Every policy on the same hour and the same failure: results/field/field.md and field.svg. QUICK=1
# has fewer pairs of runs; what is there of either is not run again.
.PHONY: field
field: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)analysis/field.sh $(BINARY) results/field $(if $(QUICK),quick,full)

# What the draft says of other systems, sentence by sentence, with figures: results/claims/claims.md.
.PHONY: claims
claims: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)analysis/claims.sh $(BINARY) results/claims $(if $(QUICK),quick,full)

# Everything that must hold, in this order: the build, the rules of the source, unit tests
# with and without sanitizers, whole scenarios, theory, one fingerprint from every compiler,
# README.
check: deps-check
	$(Q)tests/check.sh

# ---- tests ----------------------------------------------------------------------
# Each test is a process of its own. At a fixed address its 450,000 pointers of the sanitizers need no
# relocation; the symbol is tests/unit/no_certificates.c.
TEST_FLAGS := -no-pie -Wl,--export-dynamic-symbol=mbedtls_x509_crt_parse_file
$(UNIT): $(call obj,$(UNIT_C) tests/bench/peers_judge.c) $(LIBSIM) $(LIBMIP6)
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE) $(EXPORT_FLAGS) $(TEST_FLAGS) -o $@ $^ $(TEST_LIBS) $(PKG_LIBS)

# Criterion runs each test in a child and takes a leak found at its end for a pass: the
# sanitizers' reports go to files, and any such file is a failure.
.PHONY: unit
unit: $(UNIT)
	$(Q)rm -f $(BUILD)/tests/asan.*
	$(Q)ASAN_OPTIONS=log_path=$(abspath $(BUILD))/tests/asan:detect_leaks=1 \
	    UBSAN_OPTIONS=print_stacktrace=1 MIP6SIM=$(BINARY) MIP6_SHARED=$(SHARED) \
	    $(UNIT) -j2 $(if $(T),--filter '$(T)') 2>&1 | tee $(BUILD)/tests/unit.log; \
	    exit $${PIPESTATUS[0]}
	$(Q)if ls $(BUILD)/tests/asan.* >/dev/null 2>&1; then \
	    echo 'sanitizer reports:'; cat $(BUILD)/tests/asan.*; exit 1; fi
	$(Q)if grep -q 'Tested: .*0.* | Passing: .*0.* | Failing: .*0.* | Crashing: .*0' $(BUILD)/tests/unit.log && \
	    ! grep -qE 'Tested: [^|]*[1-9]' $(BUILD)/tests/unit.log; then echo 'no test ran'; exit 1; fi
	$(Q)[ -d $(SHARED)/captures ] || echo 'skipped: captures and real traces, there is no $(SHARED)'

# Captures of whole runs, against tshark; advertisements of a real radvd.
WIRE := $(patsubst tests/wire/%.c,$(BUILD)/wire/%,$(wildcard tests/wire/*.c))
$(BUILD)/wire/%: tests/wire/%.c $(call obj,tests/unit/wire_samples.c) $(LIBSIM) $(LIBMIP6)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SIM_FLAGS) -Itests/unit -o $@ $^ $(TEST_LIBS) $(PKG_LIBS)

.PHONY: wire
wire: $(BINARY) $(WIRE)
	$(Q)MIP6_SHARED=$(SHARED) tests/wire/run.sh $(BINARY) $(BUILD)/wire $(T)

# The longest step of a failure, counted in a build of its own: none may cost all nodes.
STEPS_OBJ := $(patsubst %.c,$(BUILD)/steps/%.o,$(PROTO_C) $(MODELS_C))
$(BUILD)/steps/%.o: %.c | $(BUILD)/gen/version.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(SIM_FLAGS) -fsanitize-coverage=trace-pc -c $< -o $@
$(BUILD)/steps/steps: $(call obj,tests/steps/steps.c) $(STEPS_OBJ) $(LIBSIM)
	$(Q)$(CC) $(BASE) -o $@ $^ $(PKG_LIBS)
.PHONY: steps
steps: $(BUILD)/steps/steps
	$(Q)$< tests/steps | xargs -P2 -n1 $< tests/steps

# Rules about the source and proof of the library's isolation.
.PHONY: tidy
tidy: $(LIBMIP6)
	$(Q)tests/tidy.sh $(LIBMIP6)

# Scenario files, whole runs, bad input, from the command line.
.PHONY: scenario
scenario: $(BINARY)
	$(Q)tests/scenario/run.sh $(BINARY) $(T)

# Simulator against theory: all of it, or the quick cases. ONLY=text picks by name.
$(VALIDATE): $(call obj,$(VALID_C)) $(LIBSIM) $(LIBMIP6)
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE) -o $@ $^ $(PKG_LIBS)
.PHONY: validate validate-fast
validate: deps
	$(Q)$(MAKE) --no-print-directory $(BINARY) $(VALIDATE)
	@mkdir -p $(BUILD)/validation
	$(Q)$(VALIDATE) $(if $(ONLY),--only='$(ONLY)') $(BINARY) $(BUILD)/validation
validate-fast: $(BINARY) $(VALIDATE)
	@mkdir -p $(BUILD)/validation
	$(Q)$(VALIDATE) --fast $(BINARY) $(BUILD)/validation

# Message charts: what each scenario of tests/trace must say on the wire, line by line.
.PHONY: trace
trace: $(BINARY)
	$(Q)tests/trace/run.sh $(BINARY) $(T)

# Random loops, many seeds and the unit tests without a short cut, for twenty minutes, under the
# sanitizers; and that no step of a failure costs all nodes.
.PHONY: check-long
check-long: deps-check
	$(Q)$(MAKE) --no-print-directory steps
	$(Q)$(MAKE) --no-print-directory all SANITIZE=1 BUILD=build/asan OPT=-O1
	$(Q)tests/scenario/run.sh build/asan/mip6sim long/$(T)
	$(Q)$(if $(T),,THOROUGH=1 $(MAKE) --no-print-directory unit SANITIZE=1 BUILD=build/asan OPT=-O1)

# One fingerprint whatever the compiler and optimisation.
.PHONY: determinism determinism-quick
determinism:
	$(Q)tests/determinism.sh full
determinism-quick:
	$(Q)tests/determinism.sh quick

# Every scenario against its baseline: what changed, and for better or worse. Three minutes.
.PHONY: regress
regress: $(BINARY)
	$(Q)$(BINARY) regress

# ---- longer suites, not part of check -----------------------------------------------
# Both commands on a minimal Debian 12 made for the purpose; needs root.
.PHONY: fresh-check
fresh-check:
	$(Q)tests/fresh-check.sh

FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
$(BUILD)/fuzz/%: tests/fuzz/%.c $(PROTO_C) $(wildcard proto/*.h proto/*/*.h)
	@mkdir -p $(@D)
	$(Q)clang -std=c11 -O1 -g -Iproto -I. -fsanitize=fuzzer,address,undefined \
	    -fno-sanitize-recover=all -o $@ $< $(PROTO_C)

# Each fuzzer for FUZZ_SECONDS, from the samples of tests/unit/wire_samples.c on: without them it
# does not get as far as the mobility options.
FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: deps-check
	$(Q)$(MAKE) --no-print-directory $(FUZZERS)
	$(Q)for f in $(FUZZERS); do mkdir -p $$f.corpus; \
	    $$f -max_total_time=$(FUZZ_SECONDS) -max_len=1400 -artifact_prefix=$$f. \
	        $$f.corpus tests/fuzz/corpus || exit 1; done

BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/bench_*.c))
$(BUILD)/bench/%: tests/bench/%.c $(LIBSIM) $(LIBMIP6)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SIM_FLAGS) -o $@ $^ $(PKG_LIBS)

.PHONY: bench
bench: deps
	$(Q)$(MAKE) --no-print-directory $(BINARY) $(BENCHES)
	$(Q)tests/bench/run.sh $(BINARY) $(BENCHES)

# The same in ns-3, which is Debian's libns3-dev, and ratios; ten minutes, QUICK=1 three.
$(BUILD)/bench/peers: $(call obj,tests/bench/peers.c tests/bench/peers_judge.c) $(LIBSIM)
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE) -o $@ $^ $(PKG_LIBS)
.PHONY: bench-peers
bench-peers: deps
	$(Q)$(MAKE) --no-print-directory $(BINARY) $(BUILD)/bench/peers
	$(Q)tests/bench/peers.sh $(BINARY) $(BUILD)/bench $(if $(QUICK),quick,full)

# ---- installation -----------------------------------------------------------------
PREFIX  ?= /usr/local
DESTDIR ?=
.PHONY: install
install: $(BINARY) $(LIBMIP6)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/include/mip6 \
	    $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/mip6sim
	install -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/mip6sim
	install -m 644 $(LIBMIP6) $(DESTDIR)$(PREFIX)/lib/libmip6.a
	install -m 644 proto/*.h $(DESTDIR)$(PREFIX)/include/mip6/
	install -m 644 sim/cli/mip6sim.1 $(DESTDIR)$(PREFIX)/share/man/man1/mip6sim.1
	cp -r scenarios analysis/wireshark $(DESTDIR)$(PREFIX)/share/mip6sim/

.PHONY: clean
clean:
	rm -rf build

.PHONY: help
help:
	@echo 'make demo         install what is missing, build, compare three policies on one scenario'
	@echo 'make picture      draw the picture of README anew'
	@echo 'make paper        the draft, judged: results/paper/report.html; an hour, QUICK=1 minutes'
	@echo 'make field        all policies side by side: results/field/; QUICK=1 in minutes'
	@echo 'make claims       what the draft says of other systems, tried: results/claims/; QUICK=1 in minutes'
	@echo 'make check        install, build, run all tests (under ten minutes)'
	@echo 'make              build $(BINARY)'
	@echo 'make unit         unit tests; T=suite/name picks, SANITIZE=1 BUILD=build/asan under ASan'
	@echo 'make scenario     scenario tests; T=name picks'
	@echo 'make trace        message charts; T=name picks'
	@echo 'make check-long   random loops and many seeds under the sanitizers; not part of check'
	@echo 'make validate     queues, links, movement and traffic against theory; ONLY=text picks'
	@echo 'make steps        no step of a failure costs all nodes, counted with 100,000 of them'
	@echo 'make wire         captures against tshark, real advertisements of radvd; T=name picks'
	@echo 'make tidy         rules about the source, isolation of the protocol library'
	@echo 'make regress      did behaviour change against results/baselines; three minutes'
	@echo 'make determinism  one fingerprint from every compiler and optimisation'
	@echo 'make bench        speed and memory; ten minutes'
	@echo 'make bench-peers  against ns-3: the same models in both, ratios; ten minutes, QUICK=1 three'
	@echo 'make fuzz         fuzzers, FUZZ_SECONDS=60 each'
	@echo 'make install      program, man page, library and scenarios under PREFIX=/usr/local'
	@echo 'make fresh-check  both commands in a minimal Debian 12 (root, debootstrap)'

-include $(shell find $(BUILD)/obj $(BUILD)/steps -name '*.d' 2>/dev/null)
