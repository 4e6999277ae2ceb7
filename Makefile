# Everything here asks nothing, leaves nothing running (but for `up`), and works twice in a row and in two copies at once.

.DEFAULT_GOAL := help
# What is run against ejabberd 24.12, too: the specification's rules, registration, pushes, answers, opts, reports, catching up, discovery, restarts.
SCENARIOS = ^Test(Certification|Spec|E1|N8|N9|N10|P1|X|R10|G3|G5|Event|Outcome|Offline|VENThatCame|ServerRestart|RegistrationOpen|Settle)

# SQLite is C translated to Go: the race detector cannot judge its memory, which is not Go's, and makes it several times slower.
# It watches everything else, the driver included.
test test-24.12: export GOFLAGS += -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc/...=-race=false

COMPOSE = go -C test/compose # a module of its own, which keeps Docker's modules out of ours

.PHONY: help demo lint check test test-24.12 bench soak fuzz conformance schema build containers up down

help: ## Say what there is
	@sed -n 's/^\([a-z0-9.-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: ## Show the main job on a real ejabberd: ten VENs register over XMPP and HTTPS, an event reaches them at once
	@./test/install ejabberd openssl
	@go run ./test/demo

lint: ## Build everything and check it without running it
	go build ./...
	@files=$$(gofmt -l .); [ -z "$$files" ] || { echo "run: gofmt -w" $$files; exit 1; }
	go vet ./...
	go vet -tags soak ./test
	$(COMPOSE) vet ./...
	go tool staticcheck ./...
	go mod tidy -diff
	$(COMPOSE) mod tidy -diff
	go run ./test/conformance -check

check: lint ## Check the code and run the tests that need no server, without the race detector: 90 seconds
	go test -short -vet=off ./core ./... # the longest first
	$(COMPOSE) test ./...

test: ## Run all tests, with the race detector and real servers: 16 minutes
	@./test/install
	go test -race -parallel 4 -timeout 30m ./test # nothing beside it: its tests wait for real servers
	go test -race -parallel 4 -timeout 18m $$(go list ./... | grep -v '/test$$')
	$(COMPOSE) test ./...

test-24.12: ## Run the main scenarios against ejabberd 24.12, Debian 13's, where it can be had
	@./test/install
	./test/ejabberd-24.12 go test -race -parallel 4 -timeout 18m -count=1 -run '$(SCENARIOS)' ./test

bench: ## Measure the VTN beside a bare component on a real ejabberd, and beside bare net/http, about 15 minutes
	@./test/install ejabberd openssl
	@go run ./test/bench $(BENCH)

soak: ## Run the long fault tests for half an hour; VTN_SOAK=0.05 for a twentieth of them
	@./test/install
	go test -tags soak -count=1 -timeout 2h -v -run '^TestSoak' ./test

fuzz: ## Run each fuzz target for 8 seconds
	@./test/fuzz 8s

conformance: ## Write docs/CONFORMANCE.md: which tests prove which rule
	@go run ./test/conformance

schema: ## Write registry/schema.sql, the schema that the migrations make
	@go test -count=1 -run '^TestSchemaFile$$' ./registry/database -schema

build: ## Build ./vtn-xmpp, a static binary
	CGO_ENABLED=0 go build -trimpath -ldflags="-X main.built=$$(git describe --tags --always --dirty 2>/dev/null)" -o vtn-xmpp ./cmd/vtn-xmpp

containers: ## Build and run the containers and test them, ten minutes; where no Docker answers, with an engine made in build/engine (4 GB)
	@if docker info >/dev/null 2>&1; then engine=; else engine='./test/engine build/engine'; fi; \
	VTN_CONTAINERS=1 $$engine go test -count=1 -v -timeout 60m ./test/containers

# PostgreSQL stays where its profile was taken away: compose looks at what is chosen now.
up: ## Start ejabberd and the VTN with Docker and leave them running
	@./ejabberd/make-secrets secrets
	VERSION="$$(git describe --tags --always --dirty 2>/dev/null || echo unknown)" docker compose up --build --detach --wait --remove-orphans
	@docker compose config --services | grep -qx postgres || docker compose --profile postgres rm --stop --force postgres 2>/dev/null

down: ## Stop what `up` started; accounts and events stay in its volumes
	docker compose --profile postgres down --remove-orphans
