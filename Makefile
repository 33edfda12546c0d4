# Two commands do everything on a machine with Python 3.11 to 3.13 and make: `make lessons` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= 2
# Two lessons run side by side: one thread of linear algebra each is faster than two that fight over the cores.
export OPENBLAS_NUM_THREADS ?= 1
export PYTHONHASHSEED := 0

.PHONY: help lessons lab test test-jax check ranges mutants bench bench-torch format constraints clean

help:
	@echo "make lessons   set up, run every lesson, build the book and say where it is"
	@echo "make lab       set up and open JupyterLab on your own copies of the lessons, my_lessons/"
	@echo "make test      set up and test everything: units, doctests, every lesson (nbval and papermill)"
	@echo "make test-jax  run the tests of the networks on JAX, which is set up beside the environment"
	@echo "make check     the part of the tests that takes under two minutes"
	@echo "make ranges    the same tests with the newest and with the oldest versions that pyproject.toml allows"
	@echo "make mutants   change the package in one place at a time and see whether the tests notice: make mutants ROOM=fusion"
	@echo "make bench     measure the budgets, as ratios against peers"
	@echo "make format    let ruff format and fix the Python files"

# The environment is rebuilt when the list of dependencies changes, and half-made environments are never used:
# the stamp is written last.
$(VENV)/.stamp: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "mmseg_edu needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is %d.%d: run make PYTHON=python3.12" % sys.version_info[:2])'
	@echo "Setting up $(VENV): about 3 GB on disk and a few minutes the first time."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,book]'
	@$(BIN)/python -c 'from mmseg_edu import segment; segment.warm()'
	@touch $@

lessons: $(VENV)/.stamp
	$(BIN)/mmseg-edu run notebooks/*.ipynb --out build/lessons --jobs $(JOBS)
	$(BIN)/mmseg-edu book notebooks --out build/book

lab: $(VENV)/.stamp
	$(BIN)/mmseg-edu lab

test: $(VENV)/.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy mmseg_edu
	$(BIN)/python -m pytest -n $(JOBS) --dist loadscope

# JAX is optional and stays out of the environment: it is laid beside it, in a folder that only this command looks into.
# Keras asks NumPy for a copy in a way that NumPy 2 warns of.
build/jax/.stamp: $(VENV)/.stamp constraints-jax.txt
	rm -rf build/jax
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target build/jax -r constraints-jax.txt
	@touch $@

test-jax: build/jax/.stamp
	KERAS_BACKEND=jax PYTHONPATH=$(CURDIR)/build/jax $(BIN)/python -m pytest -n $(JOBS) --dist loadscope -m "not slow" \
		-W "ignore:__array__ implementation:DeprecationWarning" tests/models tests/explain tests/test_backend.py

check: $(VENV)/.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy mmseg_edu
	$(BIN)/python -m pytest -n $(JOBS) --dist loadscope -m "not lessons and not slow"

# A range of versions says what was tried, so its two ends are: each in an environment of its own, which goes once its
# tests passed; the list of what was installed stays. The oldest have wheels for the oldest Python only, and what they
# call in newer company (Matplotlib in pyparsing) has been deprecated since, which is not for this package to mend.
OLDEST_PYTHON ?= python3.11
ranges:
	rm -rf build/ranges
	$(MAKE) --keep-going build/ranges/newest.tried build/ranges/oldest.tried

build/ranges/newest.txt:
	@mkdir -p $(@D)
	: > $@

build/ranges/oldest.txt: pyproject.toml
	@mkdir -p $(@D)
	$(PYTHON) tests/oldest_versions.py > $@

build/ranges/newest.tried: INSTALLED_BY = $(PYTHON)
build/ranges/oldest.tried: INSTALLED_BY = $(OLDEST_PYTHON)
build/ranges/oldest.tried: FORGIVEN = -W ignore::DeprecationWarning
build/ranges/%.tried: build/ranges/%.txt
	$(INSTALLED_BY) -m venv build/ranges/$*
	build/ranges/$*/bin/python -m pip install --quiet --disable-pip-version-check -c $< -e '.[test,book]'
	build/ranges/$*/bin/python -m pytest -n $(JOBS) --dist loadscope -m "not lessons and not slow" $(FORGIVEN)
	build/ranges/$*/bin/python -m pip freeze --exclude mmseg-edu > $@
	rm -rf build/ranges/$*

# Not for CI: a mutant takes as long as the tests of its room. What was tried is kept in build/mutants.csv.
ROOM  ?= preprocess clip features fusion segment metrics scenes experts explain show play studies datasets course
COUNT ?= 20
mutants: $(VENV)/.stamp
	$(BIN)/python -m tests.mutants $(ROOM) --count $(COUNT)

bench: $(VENV)/.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --target build/peers --no-deps -r benchmarks/requirements.txt || echo "No peers to compare with: own times only."
	$(BIN)/python -m benchmarks

# PyTorch with all it wants is 5 GB: only who compares the training step with it installs it, beside the environment.
bench-torch: $(VENV)/.stamp
	[ -d build/torch ] || $(BIN)/python -m pip install --quiet --disable-pip-version-check --target build/torch torch
	$(BIN)/python -m benchmarks bench_training

format: $(VENV)/.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

constraints:
	rm -rf build/constraints
	$(PYTHON) -m venv build/constraints
	build/constraints/bin/python -m pip install --quiet '.[test,book]'
	build/constraints/bin/python -m pip freeze --exclude mmseg-edu | cat constraints.in - > constraints.txt

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache
