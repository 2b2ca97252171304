PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= test
PYTEST_FLAGS ?=

.PHONY: test demo

$(VENV)/.stamp-$(EXTRAS): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --editable '.[$(EXTRAS)]'
	touch $@

test: $(VENV)/.stamp-$(EXTRAS)
	$(VENV)/bin/python -m pytest $(PYTEST_FLAGS)

demo: $(VENV)/.stamp-$(EXTRAS)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" bash .ci/demo
