# make run    the workbench on the digits sample          make lint   ruff, mypy, import-linter
# make test   every test                                  make bench  the speeds the README reports
# make bench CSV_MB=2000: with a CSV of 2 GB in place of 500 MB
#
# Everything is installed into .venv, in the versions of constraints.txt. Another Python: make PYTHON=python3.12 run

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROJECT := pyproject.toml constraints.txt
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable
OLD := $(PYTHON) does not run or is older than Python 3.11; name a newer one: make PYTHON=python3.12 run

.PHONY: run test lint bench clean

run: $(VENV)/installed
	@$(BIN)/asanai-tui samples/digits/project.toml

test: $(VENV)/installed-dev
	$(BIN)/pytest -n 2 --dist loadgroup

lint: $(VENV)/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/installed-bench
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf $(VENV) build dist

# pip comes last into a new environment: where it lies, the environment is whole.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "$(OLD)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)

# A stamp is newer than pyproject.toml and constraints.txt when nothing has to be installed.
$(VENV)/installed: $(PROJECT) | $(BIN)/pip
	@echo "Installing into $(VENV); the first time this takes a few minutes."
	$(INSTALL) .
	@touch $@

$(VENV)/installed-dev: $(PROJECT) | $(BIN)/pip
	@echo "Installing into $(VENV); the first time this takes a few minutes."
	$(INSTALL) '.[dev]'
	@touch $@ $(VENV)/installed

$(VENV)/installed-bench: $(PROJECT) | $(BIN)/pip
	@echo "Installing into $(VENV); the first time this takes a few minutes."
	$(INSTALL) '.[dev,bench]'
	@touch $@ $(VENV)/installed $(VENV)/installed-dev
