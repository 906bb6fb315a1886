# make demo    the whole shop on this machine, no accounts
# make test    every test; installs what they need where it may
# make check   before you push: format, vet, lint, race, known vulnerabilities, tests
# make bench   the benchmarks and their table; bench-full takes longer and more orders
# make bench-console  the console over HTTP in a shop of a million orders, while others are placed
# make sim     ten thousand schedules of the whole shop under attack; sim-full is the nightly run; mutants plants faults
# make kills   serve killed 200 times under load, its disk full, its disk failing; make fuzz; make screenshots

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

GOTESTSUM := gotest.tools/gotestsum@v1.13.0
GOLANGCI  := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# Everything but the binary: its scripts start processes of their own, which the
# race detector does not see.
RACE = $(shell go list ./... | grep -v '^boxoffice/cmd/')

.PHONY: build demo test check lint race vuln bench bench-full bench-console sim sim-full mutants kills storm outages load screenshots fuzz fuzz-quick clean

build:
	CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags "-s -w -X main.version=$(VERSION)" -o bin/boxoffice ./cmd/boxoffice

# The binary itself: "go run" calls a Ctrl-C an error.
demo: build
	@bin/boxoffice demo

test:
	.ci/deps
	go run $(GOTESTSUM) --format pkgname --post-run-command .ci/tally -- -shuffle=on ./...

check: lint race vuln test

lint:
	@files=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$files" ]; then echo "run gofmt -w on:"; echo "$$files"; exit 1; fi
	go vet ./...
	go run $(GOLANGCI) run ./...

race:
	.ci/deps race
	go test -race -short -shuffle=on -timeout 12m $(RACE)

# VULNDB: a folder of OSV files, instead of the network.
vuln:
	.ci/vuln $(VULNDB)

# Placing orders beside what the disk and bbolt can do at best, with the goals; then the QR picture.
bench:
	go test -run '^$$' -bench BenchmarkPlace -benchtime 1x -timeout 20m ./storage/bolt
	go test -run '^$$' -bench . -benchmem ./tickets/qr

# Also with a million orders there already.
bench-full:
	go test -run '^$$' -bench BenchmarkPlace -benchtime 1x -timeout 60m ./storage/bolt -full
	go test -run '^$$' -bench . -benchmem ./tickets/qr

# The merchant's questions in a shop of a million orders while 500 a second are placed: to the store alone, with what
# placing loses by them, and then over HTTP. ORDERS=100000 is quicker; BOXOFFICE_ORDERS_FILE keeps the shop of the second.
ORDERS ?= 1000000
bench-console:
	go test -run '^$$' -bench BenchmarkConsole -benchtime 1x -timeout 60m ./storage/bolt -full
	BOXOFFICE_ORDERS=$(ORDERS) go test -run TestAMillionOrders -count=1 -v -timeout 60m ./web/console

# serve killed, its disk full and its disk broken under load, and everything found again.
kills:
	.ci/deps
	BOXOFFICE_KILLS=200 BOXOFFICE_FULL_DISKS=20 BOXOFFICE_FAULTS=200 go test ./cmd/boxoffice \
	  -run 'TestKilledUnderLoad|TestFullDisk|TestFailingDisk' -parallel 1 -count=1 -v -timeout 90m

# 10,000 schedules of the whole shop under attack: no violation, enough of everything met, 200 seeds that repeat themselves.
SIM = GOGC=400 go test ./checkout/checkouttest/sim -count=1 -v
sim:
	$(SIM) -run 'TestSchedules|TestSameSeed' -schedules 10000 -same 200 -gate -timeout 60m

# What a night has time for: more schedules, histories of real goroutines, and longer runs of rapid's machines.
sim-full:
	$(SIM) -run 'TestSchedules|TestSameSeed' -schedules 200000 -same 1000 -gate -timeout 12h
	go test ./checkout -run 'Linearizab' -histories 1000 -count=1 -v -timeout 60m
	go test ./tickets -run 'Split|Policy|Refunds|Stock' -rapid.checks=100000 -count=1 -timeout 60m

# Faults planted in the product, one at a time: the schedules must find each.
mutants:
	go test -tags mutant ./checkout/checkouttest/sim -run TestPlantedFaultsAreFound -count=1 -v -timeout 6h

# 100,000 deliveries of 10,000 payments; 1,000 payments in an hour without any.
storm:
	BOXOFFICE_STORM=10000 BOXOFFICE_SILENT=1000 go test ./checkout -run 'TestStorm|TestSilent' -count=1 -v -timeout 30m

# Stripe down for ten minutes in each of six ways; takes more than an hour.
outages:
	BOXOFFICE_OUTAGE=10m go test ./cmd/boxoffice -run TestProviderDown -count=1 -v -timeout 2h

# 20,000 updates at concurrency 64 through the whole service.
load:
	BOXOFFICE_UPDATES=20000 go test ./cmd/boxoffice -run TestManyUpdatesAreAnsweredInOrder -count=1 -v -timeout 10m

# The pictures in docs/images, taken by the browser tests.
screenshots:
	BOXOFFICE_SCREENSHOTS=$(CURDIR)/docs/images go test ./cmd/boxoffice -run 'TestDemo' -count=1
	BOXOFFICE_SCREENSHOTS=$(CURDIR)/docs/images go test ./web/console -run 'TestScreenshots' -count=1

# A million inputs for each parser (a tenth for the catalog), and their table; fuzz-quick is ten seconds each.
fuzz:
	.ci/fuzz 1000000

fuzz-quick:
	.ci/fuzz 10s

clean:
	rm -rf bin boxoffice-demo
