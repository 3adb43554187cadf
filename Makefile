# Everything a user or a developer does, by name. Each target makes what it needs; a second call starts at once.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# the quickest one there is: they differ by a quarter (make PYTHON=... names another)
PYTHON ?= $(eval PYTHON := $$(or $$(shell tools/quickest_python.sh),python3.11))$(PYTHON)
PROJECT := TomKingAlgorithm
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
JOBS ?= 2
# LEAN's own sample data, for backtest-sample and the tests on real quotes
LEAN_DATA ?= $(if $(wildcard ../shared/lean-data),../shared/lean-data,data)
ARGS ?=
# how many times longer than in `make test` the suites that draw their own examples run
STRESS ?= 20
# crash points of `make stress`, and the number of its first story
POINTS ?= 1000000
FIRST ?= 0

.PHONY: help backtest backtest-years backtest-sample backtest-crash test check format bench stress sabotage report replay push sandbox-check lean-cli stubs lean-backtest data clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  \033[1mmake %-16s\033[0m %s\n", $$1, $$2}' Makefile

## -- use ------------------------------------------------------------------------------------------------------------

backtest: .venv/run ## backtest TomKingAlgorithm on this machine, nothing but Python needed (ARGS="--parameter KEY VALUE")
	@$(BIN)/leansim backtest $(PROJECT) $(ARGS)

backtest-years: .venv/run ## all strategies through the five years 2014 to 2018 (samples/years.json)
	@$(BIN)/leansim backtest $(PROJECT) --config samples/years.json $(ARGS)

backtest-sample: .venv/run ## the same algorithm on LEAN's real sample quotes: GOOG condor, SPXW vertical, ES strangle
	@for sample in goog-condor spxw-vertical es-strangle; do \
	  $(BIN)/leansim backtest $(PROJECT) --config samples/$$sample.json --data-folder $(LEAN_DATA) \
	    --output $(PROJECT)/backtests/$$sample $(ARGS); \
	done

backtest-crash: .venv/run ## the same algorithm through six crashes, real and synthetic, in one table (ARGS="--scenario NAME")
	@PYTHONPATH=. $(BIN)/python tools/crash_runs.py $(PROJECT) $(ARGS)

report: .venv/run ## write the newest run's report again and say where it is
	@$(BIN)/leansim report $(PROJECT)

replay: .venv/run ## replay the newest run's journal and compare it with the state the run ended in
	@PYTHONPATH=$(PROJECT) $(BIN)/python -m tomking.journal replay storage

data: .venv/run ## write the modelled data of the default year into data/ now instead of on demand
	@$(BIN)/leansim data generate --data-folder data --seed 7 --start 2018-01-01 --end 2018-12-31 --root spx --root vix --root spxw

push: ## upload the project, and nothing else, to QuantConnect's cloud
	lean cloud push --project $(PROJECT)

sandbox-check: .venv/test ## ask Tastytrade's sandbox whether this login can trade; one far order is placed and cancelled (docs/live.md)
	@PYTHONPATH=$(PROJECT) $(BIN)/python tools/sandbox_check.py $(ARGS)

lean-backtest: data ## the same backtest in LEAN itself, on the same data as files (needs Docker and the lean CLI)
	lean backtest $(PROJECT)

## -- develop --------------------------------------------------------------------------------------------------------

test: .venv/test ## all tests, on $(JOBS) cores
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(ARGS)

check: .venv/check ## format, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=$(PROJECT) $(BIN)/lint-imports --no-cache

format: .venv/check ## put the code in shape
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/test ## the benchmarks: ratios beside the machine's own floor
	@PYTHONPATH=$(PROJECT):tests $(BIN)/python -m benchmarks $(ARGS)

stress: .venv/test ## a million crash points (POINTS=1000000 FIRST=0) and the long version of the stateful tests
	@PYTHONPATH=$(PROJECT):tests $(BIN)/python -m crash --points $(POINTS) --first $(FIRST) --jobs $(JOBS)
	@TOMKING_STRESS=$(STRESS) $(BIN)/python -m pytest -n $(JOBS) tests/stateful tests/crash/test_boundaries_on_tastytrade.py $(ARGS)

sabotage: .venv/test ## break a copy of the framework in every known way and see that the tests notice
	@PYTHONPATH=tests JOBS=$(JOBS) $(BIN)/python -m sabotage $(ARGS)

lean-cli: .venv-lean/installed ## the lean CLI in an environment of its own, for push, lean-backtest and the test that uses it

stubs: .venv-stubs/installed ## QuantConnect's API stubs in an environment of their own, for the test of the API's shape

clean: ## remove everything that was made, keep what was written
	rm -rf .venv .venv-lean .venv-stubs build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf $(PROJECT)/backtests storage
	git clean -fdqX data leansim $(PROJECT) tests benchmarks

## -- environments ---------------------------------------------------------------------------------------------------

.venv/run: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed and $(PYTHON) is not on the PATH; name yours with make PYTHON=..." >&2; exit 1; }
	@echo "setting up .venv with $$(command -v $(PYTHON)) (once; about half a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

.venv/test: .venv/run
	@echo "installing the test tools (once)"
	@$(PIP) install --constraint constraints.txt --editable ".[test,live,cluster]"
	@touch $@

.venv/check: .venv/test
	@echo "installing the checkers (once)"
	@$(PIP) install --constraint constraints.txt --editable ".[check]"
	@touch $@

.venv-lean/installed:
	@$(PYTHON) -m venv .venv-lean
	@.venv-lean/bin/python -m pip --disable-pip-version-check --quiet install "lean==1.0.230" setuptools
	@touch $@

.venv-stubs/installed:
	@$(PYTHON) -m venv .venv-stubs
	@.venv-stubs/bin/python -m pip --disable-pip-version-check --quiet install --no-deps "quantconnect-stubs==18211"
	@touch $@
