# Needs python3.11 or newer, make and a package index; `make kafka` also Java 17 and Maven. CI runs the same commands.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" --extra embedded --extra share --group build
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test bench scale-model quality chaos fuzz audit lint fmt kafka lock schema clean
.DELETE_ON_ERROR:

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime  ## the whole pipeline on a short scenario, on this machine alone
	$(BIN)/stillwatch demo $(ARGS)

test: $(VENV)/.dev  ## all tests (ARGS="tests/models -k sketch" for some); those marked kafka want `make kafka` first
	$(BIN)/pytest $(ARGS)

bench: $(VENV)/.dev build/bench/peers/.installed  ## what an event costs, beside the peers, and all that depends on it (ARGS="all --quick": 90 s)
	$(BIN)/python -m tests.bench $(ARGS)

scale-model: $(VENV)/.dev  ## what saturates first past one machine, simulated with the figures of `make bench`
	$(BIN)/python -m tests.bench.scale

fuzz: $(VENV)/.dev  ## a million hostile inputs to everything that reads bytes (ARGS="--inputs 10000")
	$(BIN)/python -m tests.fuzz $(ARGS)

quality: $(VENV)/.dev  ## verdicts on the shipped scenarios against the truth (ARGS="demo:0.5:51 --ablation")
	$(BIN)/python -m tests.quality $(ARGS)

chaos: $(VENV)/.dev  ## kill workers, broker and store over a million events, and count (ARGS="--events 100000 --kills 5")
	$(BIN)/python -m tests.chaos $(ARGS)

audit: $(VENV)/.dev  ## bills of materials, withdrawn pins, known vulnerabilities (ARGS=--answers-required where there is a network)
	$(BIN)/python -m tests.supply $(ARGS)

lint: $(VENV)/.dev  ## style, types, import rules, and whether the locks fit pyproject.toml
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --quiet tests/house/test_locks.py

fmt: $(VENV)/.dev  ## rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

kafka:  ## the jars of Apache Kafka, for the tests marked kafka
	infra/kafka/fetch.sh

lock: $(VENV)/.dev  ## pin every dependency anew, with hashes (ARGS="--upgrade" for newer versions)
	$(LOCK) --output-file requirements.lock $(ARGS)
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock $(ARGS)

schema: $(VENV)/.runtime  ## write the generated pages of docs/: events, settings, tables, detections, scenarios
	$(BIN)/python -m models.schema > docs/api_event.schema.json
	$(BIN)/python -m streams.settings.reference > docs/settings.md
	$(BIN)/python -m streams.store.dictionary > docs/data-dictionary.md
	$(BIN)/python -m streams.store.listing > infra/clickhouse/README.md
	$(BIN)/python -m models.detections.page > docs/detections.md
	$(BIN)/python -m streams.sources.simulate.reference > docs/scenarios.md

clean:  ## remove everything that `make` made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find models streams tests infra -name __pycache__ -type d -prune -exec rm -rf {} +

build/bench/peers/.installed: pyproject.toml | $(VENV)/.dev
	$(BIN)/python -m venv build/bench/peers
	$(BIN)/uv pip install --python build/bench/peers/bin/python --group bench || \
		echo "the peers cannot be installed here, and are not measured"
	@touch $@

# Stamps: what is installed is as new as the lock and pyproject.toml. The dev lock holds all of the other one.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@if [ ! $(VENV)/.dev -nt requirements.lock ] || [ ! $(VENV)/.dev -nt pyproject.toml ]; then \
		$(call install,requirements.lock); fi
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@$(call install,requirements-dev.lock)
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.version_info < (3, 11) and sys.exit("Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

# The project itself is built by the backend of the lock, so that nothing comes in without a hash.
define install
echo "installing $(1) into $(VENV): minutes, and 1.6 GB, the first time" && $(PIP) --require-hashes -r $(1) && $(PIP) --no-deps --no-build-isolation -e .
endef
