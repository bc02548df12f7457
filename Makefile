# Every target works from nothing but Python 3.11+, make and git.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=

# Installed once per lock file: the stamp is newer than what it was made from.
RUNTIME := $(VENV)/.runtime
DEV     := $(VENV)/.dev
ENGINES := $(VENV)/.engines

.PHONY: help setup demo load build app test test-slow test-faults test-engines check check-python check-sql bench prices lock clean

help: ## Show this list
	@echo "Usage vs Revenue - what an AI company really earns"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(RUNTIME) ## Install into .venv from the lock file

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, $(PYTHON) is older: try make PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked packages into $(VENV) (once; a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked packages for development into $(VENV) (once; a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(RUNTIME)

$(ENGINES): requirements-engines.lock | $(DEV)
	@echo "Installing Spark into $(VENV) (once; 400 MB)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation -r requirements-engines.lock
	@touch $@

prices: setup ## Refresh the price seeds from genai-prices and LiteLLM, print what changed
	@$(BIN)/python -m scripts.prices

demo: setup ## The demo company from nothing to the dashboard (ARGS=--no-app stops before it)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m demo run $(ARGS)

load: setup ## dlt pipeline run: load all configured sources
	@$(BIN)/dlt pipeline run $(ARGS)

build: setup ## dbt build: seeds, models, tests; publishes if all is green
	@$(BIN)/dbt build $(ARGS)

app: setup ## The dashboard on the last published build
	@$(BIN)/streamlit run dashboards/app.py $(ARGS)

test: $(DEV) ## Install what tests need, then run the tests (longer ones: the next three)
	@sh scripts/install_chromium.sh
	@$(BIN)/python -m pytest $(ARGS)

test-slow: $(DEV) ## The long comparisons: ledgers, random lives and bills, switches of MRR, vendors' examples, tours of pages
	@$(BIN)/python -m pytest -m slow $(ARGS)

test-faults: $(DEV) ## The long fault loops
	@$(BIN)/python -m pytest -m faults $(ARGS)

test-engines: $(DEV) $(ENGINES) ## The same project on PostgreSQL and Spark, compared with DuckDB cell by cell
	@sh scripts/install_engines.sh
	@$(BIN)/python -m pytest -m engines -n 0 $(ARGS)

check: check-python check-sql ## Style and types of Python, style of SQL, offline compile of all dbt targets

check-python: $(DEV) ## The half of `make check` that takes seconds: ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

check-sql: $(DEV) ## The half that takes minutes: sqlfluff, offline compile of all dbt targets
	@$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 models tests/dbt
	@$(BIN)/python scripts/compile_targets.py

bench: $(DEV) ## Speed and memory as ratios against a named alternative
	@$(BIN)/python -m benchmarks $(ARGS)

lock: $(DEV) ## Make the lock files anew from pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements-dev.lock

clean: ## Remove the environment, the demo and everything built (asks nothing)
	rm -rf $(VENV) target logs data/demo
