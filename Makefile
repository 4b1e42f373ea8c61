# make        the environment, then the flagship: checked, drawn, generated, run
# make test   every test and checker
# make bench  measurements
# make fuzz   hostile peers, coverage-guided, for SECONDS=60
# make hunt   what breaking says against what generated receivers do, for SECONDS=60
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v "$$p" && break; done)
BIN := .venv/bin
READY := .venv/.ready
SECONDS ?= 60
INJECTED := README.md examples/rust/destination.rs

.PHONY: all build test bench fuzz hunt clean help
.DELETE_ON_ERROR:

all: build
	$(BIN)/python examples/replay_migration.py

build: $(READY)
	$(BIN)/wirechart build
	$(BIN)/wirechart render --inject $(INJECTED)

test: $(READY)
	$(BIN)/pytest -n 2
	$(BIN)/wirechart mutate spec/ch-migration.yaml
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright

bench: $(READY)
	$(BIN)/python -m bench

fuzz: .venv/.fuzz
	$(BIN)/python -m fuzz -max_total_time=$(SECONDS)

hunt: $(READY)
	PYTHONPATH=tests $(BIN)/python -m hunt $(SECONDS)

clean:
	rm -rf .venv tests/mermaid/node_modules tests/github/node_modules
	find . -name __pycache__ -prune -exec rm -rf {} +

help:
	@sed -n 's/^# make/make/p' Makefile

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "wirechart needs Python 3.11 or newer; none found (set PYTHON=…)" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@

.venv/.fuzz: $(READY)
	$(BIN)/python -m pip install --quiet --group fuzz || { \
	  echo "make fuzz needs atheris, which is made for Python 3.11 to 3.13 on x86-64 Linux" >&2; \
	  echo "the same invariants without it: $(BIN)/pytest tests/test_fuzz.py" >&2; exit 2; }
	touch $@
