# Two commands do everything: `make demo` and `make test`. Each sets up what it needs.
SHELL := /bin/bash
VENV ?= .venv
PYTHON := $(VENV)/bin/python
OPENP4P := $(VENV)/bin/openp4p
DEMO ?= demo
BENEFICIARIES ?= 20000
SEED ?= 1
WORKERS ?= 2
# tests in two parts, so that what whole runs hold in memory is gone when the others begin; files
# in the order of their names: sorted by their number of tests, the few long ones would come last
WHOLE := tests/programs tests/portal tests/samples
PYTEST := $(PYTHON) -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: demo years principles test setup browser postgresql pages lock clean

$(VENV)/.installed: requirements.lock pyproject.toml
	python3 -m venv $(VENV) || { apt-get update -qq && apt-get install -y -qq python3-venv && python3 -m venv $(VENV); }
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

setup: $(VENV)/.installed

demo: setup  ## A synthetic population; payment years 2018 and 2017, compared with the year before; the summary page.
	$(OPENP4P) synthesize --beneficiaries $(BENEFICIARIES) --seed $(SEED) --out $(DEMO)/population
	$(OPENP4P) run medicare_value_modifier/2016 --input $(DEMO)/population --performance-period 2014 --out $(DEMO)/run-before --quiet
	$(OPENP4P) run medicare_value_modifier/2018 --input $(DEMO)/population --performance-period 2015 \
	  --prior-run $(DEMO)/run-before --out $(DEMO)/run-2018 --quiet
	$(OPENP4P) run medicare_value_modifier/2017 --input $(DEMO)/population --prior-run $(DEMO)/run-before --out $(DEMO)/run-2017

years: demo  ## The four payment years on the population of the demo, side by side.
	for year in 2015 2016; do $(OPENP4P) run medicare_value_modifier/$$year --input $(DEMO)/population \
	  --performance-period 2015 --prior-run $(DEMO)/run-before --out $(DEMO)/run-$$year --quiet || exit; done
	$(OPENP4P) compare $(foreach year,2015 2016 2017 2018,$(DEMO)/run-$(year))

principles: years  ## The four years and the model program on one population, held against the principles on one page.
	$(OPENP4P) run vms_model/2017 --input $(DEMO)/population --pool 1000000 --out $(DEMO)/run-model --quiet
	$(OPENP4P) audit medicare_value_modifier/2015 --run $(DEMO)/run-2015 \
	  $(foreach year,2016 2017 2018,--beside medicare_value_modifier/$(year) --run $(DEMO)/run-$(year)) \
	  --beside vms_model/2017 --run $(DEMO)/run-model --truth $(DEMO)/population/true_quality.tab --html $(DEMO)/principles.html

browser:  ## Chromium, in which the tests of pages open them; nothing to do where there is one.
	command -v chromium > /dev/null || { apt-get update -qq && apt-get install -y -qq chromium; }

test: setup browser postgresql  ## Everything that is checked: style, types, layers, docs and all tests on both engines (WORKERS at a time).
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	failed=0; $(PYTEST) $(WHOLE) || failed=1; $(PYTEST) tests $(addprefix --ignore=,$(WHOLE)) || failed=1; exit $$failed

postgresql:  ## Debian's PostgreSQL, which the tests of the portal start for themselves.
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq postgresql; }

pages: setup  ## The rulebook from the spec tests, the parameter tables from the programs.
	$(PYTHON) docs/pages.py

lock:  ## Renew requirements.lock from pyproject.toml (needs uv).
	uv pip compile pyproject.toml --extra spark --extra connect --extra portal --group dev --python-version 3.11 --no-annotate \
	  --no-header --no-emit-index-url --quiet --output-file requirements.lock

clean:
	rm -rf $(VENV) $(DEMO) site
