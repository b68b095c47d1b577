# Everything a person needs after cloning. Each target sets up what it needs in .venv; a second call is quick.

VENV ?= .venv
BIN := $(VENV)/bin
# The first of these that is 3.11 or newer makes the environment; PYTHON=/path/to/python chooses another.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help install demo test check bench docs clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## set up .venv with the package

demo: $(VENV)/.installed ## answer questions about photographs and rendered scenes, with a report for each in demo-out/
	$(BIN)/sightline demo --out demo-out

test: $(VENV)/.installed-test ## run all tests
	$(BIN)/python -m pytest

check: $(VENV)/.installed-test ## lint, type check and the quick tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -m "not slow"

bench: $(VENV)/.installed-bench ## measure prompts, planning and overhead
	$(BIN)/python benchmarks/ask.py

docs: $(VENV)/.installed-test ## write the generated pages of docs/ again
	$(BIN)/python -m sightline.tools.experts.reference docs/experts.md

clean: ## remove what the other targets made
	rm -rf $(VENV) build dist demo-out .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -exec rm -rf {} +

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found. Try: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(PIP) install --quiet -e .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(VENV)/bin/python
	$(PIP) install --quiet -e '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-bench: pyproject.toml | $(VENV)/bin/python
	$(PIP) install --quiet -e '.[test,bench]'
	@touch $@ $(VENV)/.installed-test $(VENV)/.installed
