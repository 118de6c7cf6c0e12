# The commands of the project. `make help` lists them.
PYTHON ?= python3
PORT ?= 8400
# What pytest is told: `make test ARGS=tests/login`, `make test ARGS='-k ban -x'`.
ARGS ?= --numprocesses 2 --dist loadfile
# What the benchmarks are told.
BENCH ?=
BIN = .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup run run-membership test lint fmt bench audit lock catalogue reference

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.setup-done ## build .venv/ from the lock, and nothing else
	@:

.venv/.setup-done: requirements.lock pyproject.toml tools/setup.py
	@$(PYTHON) tools/setup.py

run: setup ## serve the provider, a demonstration application and a mailbox (PORT=8400)
	@PORT=$(PORT) exec $(BIN)/idp demo

run-membership: setup ## serve a sample membership service on :8403 (docs/eligibility.md)
	@exec $(BIN)/python -m examples.membership_service.app

test: setup ## run every test (ARGS=… instead of the whole suite)
	@$(BIN)/python -m pytest $(ARGS)

lint: setup ## check format, style, types, imports, templates, spelling and the house rules
	@$(MAKE) --no-print-directory --keep-going --jobs 2 --output-sync=target $(CHECKS)

CHECKS = check-types check-format check-style check-rules check-floors check-imports check-templates check-spelling
.PHONY: $(CHECKS)
check-format:
	@$(BIN)/ruff format --quiet --check --output-format concise
check-style:
	@$(BIN)/ruff check --quiet --output-format concise
check-rules:
	@$(BIN)/python -m tools.house_rules
check-floors:
	@$(BIN)/python -m tools.floors
check-imports:
	@$(BIN)/lint-imports --no-logo
check-templates:
	@$(BIN)/djlint --lint --quiet --allow-empty-input idp/templates
check-spelling:
	@$(BIN)/codespell
check-types:
	@$(BIN)/mypy

fmt: setup ## write Python as the formatter wants it, and mend what ruff can mend
	@$(BIN)/ruff check --quiet --fix --exit-zero
	@$(BIN)/ruff format

bench: setup ## measure the hot paths (BENCH='--help' for the choices)
	@$(BIN)/python -m bench $(BENCH)

audit: setup ## look the locked packages up in the advisories; the floors in any case
	@$(BIN)/python -m tools.audit

lock: setup ## write requirements.lock anew from pyproject.toml (UPGRADE=--upgrade for newer versions)
	@$(BIN)/uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --all-extras --group dev $(UPGRADE) pyproject.toml --output-file requirements.lock
	@$(BIN)/python -m tools.floors

catalogue: setup ## gather the templates' sentences, update the catalogues and compile them
	@$(BIN)/python -m tools.catalogue

reference: setup ## write docs/settings.md and config.example.toml anew from the code
	@$(BIN)/python -m tools.settings_reference
