# make run | test | bench | lint. Needs Python 3.11 or newer; everything else goes into .venv.

PYTHON ?= python3
BIN := .venv/bin
export OMP_NUM_THREADS ?= 1

.PHONY: run test bench lint clean

run: .venv/app
	$(BIN)/streamlit run app.py

test: .venv/tests lint
	$(BIN)/python -m pytest

bench: .venv/tests
	$(BIN)/python -m tests.bench

lint: .venv/tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf .venv

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "ELBO Room needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/app: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	@touch $@

.venv/tests: tests/requirements.txt .venv/app
	$(BIN)/python -m pip install --quiet --requirement tests/requirements.txt
	@touch $@
