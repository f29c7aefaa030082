# Every target makes its own environment: `make html` and `make test` are all a fresh machine with Python 3.11 needs.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
BUILD  := build
SPHINX  = $(BIN)/sphinx-build -n -c . docs
export PYTHONPATH := $(CURDIR)/src:$(CURDIR)/ext

.PHONY: html doctest eqtest test lint linkcheck clean

$(READY): requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	touch $@

html: $(READY)
	$(SPHINX) -b html $(BUILD)/html -d $(BUILD)/doctrees

doctest eqtest linkcheck: $(READY)
	$(SPHINX) -b $@ $(BUILD)/$@ -d $(BUILD)/doctrees

test: $(READY)
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sphinx-lint docs

clean:
	rm -rf $(BUILD)
