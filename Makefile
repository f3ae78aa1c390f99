.DEFAULT_GOAL := help
.PHONY: help setup run test check format lint build docs bench validate crash acceptance clean

help: ## Show this list
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what the build and the tests need (Debian; on macOS it says the brew line)
	@scripts/setup

run: ## Build, start the server on SQLite and watch three simulated experiments being decided
	@scripts/run

test: ## Run all tests, with a temporary PostgreSQL
	@scripts/test

check: ## Format, lint, build, test and docs: what a change must pass
	@scripts/check

format: ## Format all Swift files
	swift format --in-place --recursive Sources Tests Benchmarks Package.swift

lint: ## Check the format
	swift format lint --strict --recursive Sources Tests Benchmarks Package.swift

build: ## Build the release binary .build/release/hookline
	swift build -c release --product hookline

docs: ## Build the documentation of the public modules, warnings as errors
	@scripts/docs

bench: ## Measure, as ratios against a ceiling measured in the same run
	@scripts/bench

validate: build ## Hold the statistics against simulations: false alarms, power, coverage (some ten minutes)
	@.build/release/hookline experiments validate

crash: build ## Kill the server at random moments under load and count: lost = 0, folded = recount, in order
	@for script in crash crash_webhooks; do \
		scripts/acceptance/venv scripts/acceptance/$$script.py --database sqlite --runs $${CRASH_RUNS:-20} && \
		scripts/with-postgres scripts/acceptance/venv scripts/acceptance/$$script.py \
			--database postgres --runs $${CRASH_RUNS:-20} || exit 1; \
	done

acceptance: build ## Everything that is checked against a live server, PostgreSQL and independent oracles
	@scripts/with-postgres scripts/acceptance/run

clean: ## Remove what was built
	swift package clean
