# Every verb does all it needs by itself on a Debian machine with a Swift toolchain.
#   make demo    install libraries and three real parts, build, run the Contoso move on loopback
#   make test    install libraries and the real peers, lint, build (the program as it is installed, too), run every test
PREFIX ?= /usr/local
SWIFT ?= swift
JOBS ?= $(shell nproc)
RELEASE = $(SWIFT) build -c release --static-swift-stdlib --product cutover -j $(JOBS)

.PHONY: all deps test-deps build test lint format soak bench demo install clean
all: build

deps:
	@.ci/deps build

test-deps:
	@.ci/deps test

build: deps
	$(RELEASE)

lint:
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests

format:
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

test: test-deps lint build
	$(SWIFT) build --build-tests -j $(JOBS)
	$(SWIFT) test --skip-build --parallel

# The long matrices: hours, seeded, one suite after the other; SOAK_SECONDS bounds each fuzz target.
# Suites that are longer here than in `make test` are named: a test holds the list.
# SOAK=SandboxSoak runs just that one.
SOAK_SECONDS ?= 120
SOAK ?= Soak|MishapTests|CrashSnapshotTests|UpdateCrashTests|RestOfAMoveTests|RehearsalTests\.RehearsalTests|UpdateDifferentialTests|HostilePacketTests|HostileBytesTests|RoundTripTests
soak: test-deps build
	$(SWIFT) build --build-tests -j $(JOBS)
	CUTOVER_SOAK=1 $(SWIFT) test --skip-build --no-parallel --filter '$(SOAK)'
	CUTOVER_SOAK=1 CUTOVER_SUITES=MigrationTests $(SWIFT) test -c release -Xswiftc -enable-testing \
	  --scratch-path .build/optimised -j $(JOBS) --filter RandomMovesSoak
	@if [ -x Tests/Fuzz/run.sh ]; then Tests/Fuzz/run.sh $(SOAK_SECONDS); fi

# Medians and ratios beside the peers, in one run. BENCH=answers runs just that one.
BENCH ?= *
bench: test-deps build
	@for script in Tests/Bench/$(BENCH).sh; do echo "== $$script"; "$$script" || exit 1; done

# The whole story on loopback in two to three minutes; the report goes to out/demo.
demo:
	@.ci/deps demo
	$(RELEASE)
	@.ci/demo .build/release/cutover out/demo

install: build
	install -D -m 0755 .build/release/cutover $(DESTDIR)$(PREFIX)/bin/cutover

clean:
	rm -rf .build
