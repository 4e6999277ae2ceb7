# Everything here asks nothing, leaves nothing running (but for `up`), and works twice in a row and in two copies at once.

.DEFAULT_GOAL := help
.PHONY: help demo test bench soak fuzz conformance build up down

help: ## Say what there is
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: ## Show the main job on a real ejabberd: ten VENs register, an event reaches them at once
	@./test/install ejabberd openssl
	@go run ./test/demo

test: ## Run all tests, with the race detector and real servers
	@./test/install
	go test -race -timeout 18m ./test ./... # the longest first

bench: ## Measure the VTN beside a bare component on a real ejabberd, about ten minutes
	@./test/install ejabberd openssl
	@go run ./test/bench $(BENCH)

soak: ## Run the long fault tests for half an hour; VTN_SOAK=0.05 for a twentieth of them
	@./test/install
	go test -tags soak -count=1 -timeout 2h -v -run '^TestSoak' ./test

fuzz: ## Run each fuzz target for 15 seconds
	@./test/fuzz 15s

conformance: ## Write docs/CONFORMANCE.md: which tests prove which rule
	@go run ./test/conformance

build: ## Build ./vtn-xmpp, a static binary
	CGO_ENABLED=0 go build -trimpath -o vtn-xmpp ./cmd/vtn-xmpp

up: ## Start ejabberd and the VTN with Docker and leave them running
	@./ejabberd/make-secrets secrets
	docker compose up --build --detach --wait

down: ## Stop what `up` started; accounts and events stay in its volumes
	docker compose down
