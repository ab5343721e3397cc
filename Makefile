# Baton. `make help` lists what there is. Needs Python 3.11+ and nothing else.

PORT ?= 8000
ARGS ?=
WORKERS ?= 3
PY := .venv/bin/python
LOCAL := $(PY) -m oms.local

# Half a dozen processes start at once: without compiled files each would compile every module again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check bench screenshots bootstrap lock clean

help: ## List these commands
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: ## Run the whole product with demonstration data (PORT=8000, BATON_HOME=.baton)
	@scripts/bootstrap demo
	@$(LOCAL) demo --port $(PORT)

test: ## Run every test (ARGS="tests/orders -x" for some)
	@scripts/bootstrap dev
	@$(LOCAL) run --test -- $(PY) -m pytest --numprocesses=$(WORKERS) --dist=loadgroup $(ARGS)

check: ## Lint, types, layers, migrations, translations
	@scripts/bootstrap dev
	@$(PY) scripts/check.py $(ARGS)

bench: ## Run the benchmarks and print each beside its budget
	@scripts/bootstrap dev
	@$(LOCAL) run -- $(PY) -m bench $(ARGS)

screenshots: ## Take a picture of every screen of a running demo, both languages and themes, into screenshots/
	@scripts/bootstrap dev
	@$(PY) scripts/screenshots.py $(ARGS)

bootstrap: ## Prepare .venv, browser libraries and translations for development
	@scripts/bootstrap dev

lock: ## Pin the dependencies of pyproject.toml again (needs uv)
	@scripts/lock

clean: ## Remove what the other commands made, data included (.venv and node_modules stay)
	@if [ -x $(PY) ]; then $(LOCAL) down; $(LOCAL) down --test; fi
	@rm -rf .baton build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
