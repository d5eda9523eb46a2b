# Lectern's commands. Each is a script in scripts/, which says what it does.
.DEFAULT_GOAL := help
.PHONY: help run dev build test soak bench clean-lab

help: ## Show these commands
	@echo "Lectern, a portal for classroom labs."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Set up what is missing, build, and run the portal (ARGS="--help" for its options)
	@scripts/run.sh $(ARGS)

dev: ## Build and run without optimisation, again at every change
	@scripts/dev.sh $(ARGS)

build: ## Build the release only
	@scripts/build.sh release

# scripts/test.sh runs everything; ARGS go to it.
test: ## Run all tests
	@scripts/test.sh $(ARGS)

soak: ## Live through as many random terms of a school as MINUTES allow (default 30)
	@scripts/soak.sh $(MINUTES)

bench: ## Measure
	@scripts/bench.sh $(ARGS)

clean-lab: ## Remove everything that Lectern made in Incus
	@scripts/clean-lab.sh
