# The commands of the project. `make help` lists them.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help setup lock

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.setup-done ## build .venv/ from the lock, and nothing else
	@:

.venv/.setup-done: requirements.lock pyproject.toml tools/setup.py
	@$(PYTHON) tools/setup.py

lock: setup ## write requirements.lock anew from pyproject.toml (UPGRADE=--upgrade for newer versions)
	@.venv/bin/uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --all-extras --group dev $(UPGRADE) pyproject.toml --output-file requirements.lock
