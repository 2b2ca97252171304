PYTHON ?= python3
VENV ?= .venv
# What is installed beside helmlite: `test` for the tests, `dev` for linters and types too.
EXTRAS ?= test
# Such as --kubeconfig FILE, which runs the tests that need a cluster on that, not on a sandbox.
PYTEST_FLAGS ?=
# HELMLITE_TESTS=nightly tries all hostile texts in all positions, and 10,000 new examples of each of their properties.
# How many processes run the tests.
WORKERS ?= auto

.DEFAULT_GOAL := test
.PHONY: test demo repo-index venv

$(VENV)/.stamp-$(EXTRAS): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "helmlite needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]'
	$(VENV)/bin/python -m compileall -q helmlite
	@touch $@

venv: $(VENV)/.stamp-$(EXTRAS)

test: venv
	$(VENV)/bin/python -m pytest tests --numprocesses $(WORKERS) --dist worksteal $(PYTEST_FLAGS)

demo: venv
	@PATH="$(abspath $(VENV))/bin:$$PATH" bash .ci/demo

# The example charts as a repository; a test says when it is out of date.
repo-index: venv
	rm -f repo-index/*.tgz
	$(VENV)/bin/python -m helmlite package charts/* --destination repo-index
	$(VENV)/bin/python -m helmlite repo index repo-index
