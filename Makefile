# Each of these does all the set-up: `make demo` shows a review end to end, `make test` runs every test.
# They need Python 3.11 or newer (with venv), git and make.
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Two more than there are cores: some tests wait for processes of their own.
TESTERS := $(shell expr $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 2)
CODE := bot workers prompts tests
COMPILE := pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock"

# Processes of tests start often: without kept bytecode each compiles all that it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test check format lock check-lock bench clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: $(READY)  ## the environment alone: .venv/bin/ai-review
	@echo "setup: $(BIN)/ai-review --help"

demo: $(READY)  ## a pull request is opened, reviewed and shown, all on this machine
	@$(BIN)/ai-review demo

test: $(READY)  ## all tests
	@$(BIN)/pytest -q -n $(TESTERS) --dist loadgroup

check: $(READY)  ## format, lint, types, floors, lock
	@$(BIN)/ruff format --check --quiet $(CODE) || { echo "check: run 'make format'"; exit 1; }
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(MAKE) --no-print-directory check-lock

format: $(READY)  ## put the code in order
	@$(BIN)/ruff format --quiet $(CODE)
	@$(BIN)/ruff check --quiet --fix $(CODE)

lock: $(READY)  ## write requirements.lock and deploy/requirements.lock again, keeping the pins that still fit
	@$(BIN)/uv $(COMPILE) --all-extras pyproject.toml --output-file requirements.lock
	@$(BIN)/uv $(COMPILE) --constraint requirements.lock pyproject.toml --output-file deploy/requirements.lock

check-lock: $(READY)
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && cp -r pyproject.toml requirements.lock "$$copy" && \
	mkdir "$$copy/deploy" && cp deploy/requirements.lock "$$copy/deploy" && cd "$$copy" && \
	"$(CURDIR)/$(BIN)/uv" $(COMPILE) --all-extras pyproject.toml --output-file requirements.lock >/dev/null && \
	"$(CURDIR)/$(BIN)/uv" $(COMPILE) --constraint requirements.lock pyproject.toml --output-file deploy/requirements.lock >/dev/null && \
	cmp -s requirements.lock "$(CURDIR)/requirements.lock" && cmp -s deploy/requirements.lock "$(CURDIR)/deploy/requirements.lock" || \
	{ echo "check: the lock does not fit pyproject.toml: run 'make lock'"; exit 1; }

bench: $(READY)  ## measure this machine; writes tests/bench/results/
	@$(BIN)/python -m tests.bench

clean:  ## remove the environment and caches
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(READY): requirements.lock pyproject.toml deploy/bootstrap.sh
	@sh deploy/bootstrap.sh $(VENV)
