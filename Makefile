# Everything that is done with the book. `make` lists it.
# Python comes from .venv, which is made here; its packages from the sections of requirements.txt.

PYTHON ?= python3
PORT ?= 8000

BIN = .venv/bin
INSTALL = $(BIN)/python -m pip install --disable-pip-version-check --no-compile # Python compiles what it uses
# The packages of some sections of requirements.txt: $(call packages,site test)
packages = $(foreach part,$(1),$(shell sed -n '/^\# \[$(part)\]/,/^\# \[/ s/^\([a-z][^ ]*\).*/\1/p' requirements.txt))
BUILD = $(BIN)/python -m website.build
say = printf '\n== %s\n' "$(1)"

.DELETE_ON_ERROR:
unexport PYTHONDONTWRITEBYTECODE # where it is set, each kernel would compile PyTorch anew
.PHONY: help audit axe book pdf playground proof read check mutants test lab execute student accept bench system clean

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1#/p' Makefile | awk -F'#' '{printf "%-16s %s\n", $$1, $$2}'

book: $(BIN)/has-site ## build the website in _build/html; warnings are errors
	@$(call say,Building the site from the notebooks' stored outputs)
	@# What Sphinx remembers of a failed build would hide the warning from the next one.
	$(BUILD) || { rm -rf _build; exit 1; }
	@$(call say,Read it: open _build/html/index.html or run 'make read')

pdf: $(BIN)/has-pdf ## print the whole book as a PDF beside the site, and link to it
	@WITH_PDF=yes $(MAKE) --no-print-directory book
	@$(call say,Printing the book, once to number its pages and again with the numbers)
	$(BIN)/python -m website.pdf

playground: $(BIN)/has-playground book ## build the website with a page on which readers run the engine (from then on, in every build)

proof: $(BIN)/has-test pdf ## check the PDF: nothing cut off, nothing missing, every link leads somewhere
	$(BIN)/python -m pytest tests/test_pdf.py

read: book ## build the website and serve it on this machine
	@$(call say,Serving http://127.0.0.1:$(PORT)/ until Ctrl-C)
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

check: $(BIN)/has-test ## check every equation of the book, and say what does not hold
	@$(BIN)/python -m linalg_grads check

mutants: $(BIN)/has-test ## change every equation in every way that an author could get wrong; all must be refused
	@$(BIN)/python -m website.mutants

test: $(BIN)/has-test ## check everything: the package, the notebooks, the site
	@$(call say,1/5 The installed packages fit together)
	$(BIN)/python -m pip check
	@$(call say,2/5 The package keeps its promises and its docstrings' examples; the notebooks hide nothing)
	$(BIN)/python -m pytest tests --doctest-modules linalg_grads website --ignore=tests/test_site.py --ignore=tests/test_interactive.py --ignore=tests/test_refused_builds.py --ignore=tests/test_playground.py --ignore=tests/test_accessibility.py --ignore=tests/test_pdf.py -n 2
	@$(call say,3/5 Every notebook runs and prints what is stored in it)
	$(BIN)/python -m pytest --nbval chapters/ -n 2
	@$(call say,4/5 The site builds from nothing without a warning)
	@rm -rf _build
	$(BUILD) || { rm -rf _build; exit 1; }
	@$(call say,5/5 The site works: links and equations; and in Chromium)
	$(BIN)/python -m pytest tests/test_site.py tests/test_interactive.py tests/test_playground.py tests/test_refused_builds.py -n 2
	@$(call say,All of it holds)

axe: book $(BIN)/has-test ## look at every page as a screen reader does (minutes)
	$(BIN)/python -m pytest tests/test_accessibility.py -n 2 --dist=load

audit: axe $(BIN)/has-audit ## the same, then Lighthouse three times on every page, as on a slow phone (half an hour)
	$(BIN)/python -m benchmarks.audit

lab: $(BIN)/has-lab ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) chapters

execute: $(BIN)/has-test ## run the notebooks and store their outputs
	$(BIN)/python -m website.execute_notebooks

student: $(BIN)/has-test ## write the notebooks without solutions, and the answer key, to _build/student
	@$(BIN)/python -m website.student

accept: $(BIN)/has-test ## record what the notebooks hold and what the engine derives, for the review of its changes
	$(BIN)/python -m website.accept
	$(BIN)/python -m tests.accept_derivations

ONLY =
bench: .venv-bench/has-bench $(BIN)/has-test ## measure speed beside peers for the page chapters/speed.md; ONLY=gradients measures one part
	.venv-bench/bin/python -m benchmarks $(ONLY)
	@$(call say,Stored in benchmarks/results; 'make book' shows it)

# A browser that can start without a screen, a font with Greek letters, and the letters of the printed book.
system: ## install Debian's packages for the tests in a browser, and for the PDF (as root)
	apt-get update
	DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium fonts-dejavu-core fonts-lmodern

clean: ## remove what was built; 'rm -rf .venv' removes the packages too
	rm -rf _build .pytest_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -r {} +

# ---------------------------------------------------------------- what is installed in .venv

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, and '$(PYTHON)' isn't one. Name yours: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(call say,Making the virtual environment .venv)
	$(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "On Debian and Ubuntu, 'apt-get install python3-venv' first." >&2; exit 1; }

# Each of these files is empty: its date says when the sections were last installed.
$(BIN)/has-site: $(BIN)/pip requirements.txt pyproject.toml
	$(call install,site)
	@touch $@

$(BIN)/has-pdf: $(BIN)/pip requirements.txt pyproject.toml
	$(call install,site pdf)
	@touch $(BIN)/has-site $@

$(BIN)/has-test: $(BIN)/pip requirements.txt pyproject.toml
	$(call install,site pdf test)
	@touch $(BIN)/has-site $(BIN)/has-pdf $@

$(BIN)/has-audit: $(BIN)/pip requirements.txt pyproject.toml
	$(call install,site pdf test node)
	@touch $(BIN)/has-site $(BIN)/has-pdf $(BIN)/has-test $@

$(BIN)/has-lab: $(BIN)/pip requirements.txt pyproject.toml
	$(call install,site pdf test lab)
	@touch $(BIN)/has-site $(BIN)/has-pdf $(BIN)/has-test $@

# Python for the reader's browser, from npm, beside the packages: its version stands here since pip can't install it.
$(BIN)/has-playground: $(BIN)/pip requirements.txt pyproject.toml
	$(call install,site node)
	$(BIN)/python -m website.fetch_pyodide 314.0.7 .venv/pyodide
	@touch $(BIN)/has-site $@

# The peers, in an environment of their own: about 1 GB.
.venv-bench/has-bench: benchmarks/requirements.txt
	@$(call say,Making the virtual environment .venv-bench for the peers)
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --disable-pip-version-check --no-compile -r $<
	@touch $@

# All sections in one run of the resolver, then this package, which needs nothing.
define install
@$(call say,Installing what $(notdir $@) needs: $(1))
$(INSTALL) -c requirements.txt $(call packages,$(1))
$(INSTALL) --no-deps --no-build-isolation --editable .
endef
