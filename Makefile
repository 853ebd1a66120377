# Two commands do everything: `make demo` and `make test`. Each sets up what it needs.
SHELL := /bin/bash
VENV ?= .venv
PYTHON := $(VENV)/bin/python
OPENP4P := $(VENV)/bin/openp4p
DEMO ?= demo
BENEFICIARIES ?= 20000
SEED ?= 1

.PHONY: demo test setup lock clean

$(VENV)/.installed: requirements.lock pyproject.toml
	python3 -m venv $(VENV) || { apt-get update -qq && apt-get install -y -qq python3-venv && python3 -m venv $(VENV); }
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

setup: $(VENV)/.installed

demo: setup  ## A synthetic population, payment year 2017, the summary page.
	$(OPENP4P) synthesize --beneficiaries $(BENEFICIARIES) --seed $(SEED) --out $(DEMO)/population
	$(OPENP4P) run medicare_value_modifier/2017 --input $(DEMO)/population --out $(DEMO)/run-2017

test: setup  ## Everything that is checked: style, types, layers, docs and all tests on both engines.
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) -m pytest

lock:  ## Renew requirements.lock from pyproject.toml (needs uv).
	uv pip compile pyproject.toml --extra spark --group dev --python-version 3.11 --no-annotate \
	  --no-header --no-emit-index-url --quiet --output-file requirements.lock

clean:
	rm -rf $(VENV) $(DEMO) site
