# The main targets are `make run` (the default sweep, its curves and tables) and `make test`; `make help` lists all of them.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RESULTS ?= results
DATA ?=
QUICK ?=
SETTING2 ?=
COVERAGE ?=
GROWTH ?=
# Processes that test at the same time: one more than there are cores, because tests wait for other processes.
WORKERS ?= $(shell expr 1 + $$(getconf _NPROCESSORS_ONLN))
# A process takes one file after the other, in the order of tests/conftest.py, and makes what its tests share once.
XDIST := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help run deep reproduce-paper batch-full fidelity bench docs tutorial test-faults test test-quick test-lowest test-data lint clean

help:
	@echo "make run               the default sweep on the embedded sample, with curves and tables"
	@echo "make reproduce-paper   the paper's experiments; DATA=d: folder of the authors' files (else stand-ins); QUICK=1: a first impression; SETTING2=full: whole networks on a GPU, none: no networks"
	@echo "make batch-full        the batch comparison (Setting 1), four code lengths, 3 trials; DATA=d: on CIFAR-10, else on the sample; QUICK=1: 12 bits, one trial"
	@echo "make fidelity          measures each difference from the authors' release into docs/fidelity.md; DATA=d: folder of the authors' files"
	@echo "make bench             measures the speed into results/bench; DATA=d: on CIFAR-10 and into docs/performance.md, else on the sample; GROWTH=1: also 20 million rows, which takes 8 GB of disk"
	@echo "make docs              builds the site of the documentation into build/site; also writes docs/options.md from the code"
	@echo "make deep              installs the extra deep, with the build of PyTorch for CPUs; make test then runs its tests too"
	@echo "make tutorial          types the tutorial's commands in a fresh environment with the built package"
	@echo "make test              the test suite; COVERAGE=1: with a coverage report; WORKERS=n: in n processes"
	@echo "make test-quick        the test suite without its slow tests"
	@echo "make test-lowest       the test suite with the lowest versions of the dependencies that pyproject.toml allows"
	@echo "make test-faults       the complete fault suite (sweeps killed at random moments, damaged files), which takes minutes"
	@echo "make test-data DATA=d  the test suite, including the tests that need the authors' files, in folder d"
	@echo "make lint              ruff and mypy"
	@echo "make clean             removes the virtual environments and caches, never results"

run: $(BIN)/.installed
	$(BIN)/mihash-bench run -o $(RESULTS)
	$(BIN)/mihash-bench plot $(RESULTS)

reproduce-paper: $(BIN)/.installed
	$(BIN)/mihash-bench reproduce-paper --data-dir "$(or $(DATA),datasets)" -o $(RESULTS) $(if $(filter-out 0 no false,$(QUICK)),--quick) $(if $(SETTING2),--setting-2 $(SETTING2))

batch-full: $(BIN)/.installed
	$(BIN)/mihash-bench run --preset batch-1 $(if $(DATA),--data-dir "$(DATA)",--dataset sample) $(if $(filter-out 0 no false,$(QUICK)),--bits 12 --trials 1) -o $(RESULTS)
	$(BIN)/mihash-bench plot $(RESULTS)

fidelity: $(BIN)/.installed
	$(BIN)/python benchmarks/fidelity.py --data-dir "$(or $(DATA),datasets)"

bench: $(BIN)/.installed-bench
	$(BIN)/python benchmarks/speed.py -o $(RESULTS)/bench --places \
		$(if $(DATA),--dataset cifar10 --data-dir "$(DATA)" --page docs/performance.md)
	$(BIN)/python benchmarks/results_folder.py $(if $(DATA),--page docs/performance.md)
	$(if $(filter-out 0 no false,$(GROWTH)),$(BIN)/python benchmarks/growth.py $(if $(DATA),--page docs/performance.md))

deep: $(BIN)/.installed-deep

docs: $(BIN)/.installed-docs
	mkdir -p build
	# Moved, so that a test that reads the page never finds half of it.
	$(BIN)/python -m mihash_bench.cli.reference > build/options.md && mv build/options.md docs/options.md
	cd docs && $(abspath $(BIN))/python -m making
	$(BIN)/python -m sphinx -q -n -W --keep-going -E -d build/doctrees docs build/site
	@echo "The site is build/site/index.html"

tutorial:
	rm -rf build/tutorial build/lib
	$(PYTHON) -m venv build/tutorial/venv
	build/tutorial/venv/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps -w build/tutorial .
	build/tutorial/venv/bin/python -m pip install --quiet --disable-pip-version-check build/tutorial/*.whl
	$(PYTHON) -m tests.tutorial build/tutorial/venv/bin

test-faults: $(BIN)/.installed-test
	$(BIN)/python -m tests.faults

test: $(BIN)/.installed-test
	$(BIN)/python -m pytest $(XDIST) $(if $(filter-out 0 no false,$(COVERAGE)),--cov --cov-report=term:skip-covered)

test-quick: $(BIN)/.installed-test
	$(BIN)/python -m pytest $(XDIST) -m "not slow"

test-lowest:
	$(PYTHON) -m venv $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(VENV)-lowest/bin/uv pip install --quiet --python $(VENV)-lowest/bin/python --resolution lowest-direct -e '.[test]'
	# Old releases use functions that were deprecated after them.
	$(VENV)-lowest/bin/python -m pytest $(XDIST) -W ignore::DeprecationWarning

test-data: $(BIN)/.installed-test
	@test -d "$(DATA)" || { echo "make test-data: set DATA to the folder with the feature files (see datasets/README.md)"; exit 2; }
	MIHASH_BENCH_DATA="$(abspath $(DATA))" $(BIN)/python -m pytest $(XDIST)

lint: $(BIN)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) $(VENV)-lowest build dist docs/made *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find mihash_bench tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mihash-bench needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)

$(BIN)/.installed: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(BIN)/.installed-bench: $(BIN)/.installed pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	@touch $@

$(BIN)/.installed-deep: $(BIN)/.installed pyproject.toml constraints-cpu.txt
	# One retry: where the second index cannot be reached, each package would otherwise wait for five of them.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 1 -c constraints-cpu.txt \
		--extra-index-url https://download.pytorch.org/whl/cpu -e '.[deep]'
	@touch $@

$(BIN)/.installed-docs: $(BIN)/.installed pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@

$(BIN)/.installed-test: $(BIN)/.installed pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,lint]'
	@touch $@
