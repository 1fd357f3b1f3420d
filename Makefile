# Everything a person or a machine does with this checkout. `make help` lists it.
#
# What you need: Python 3.11+ (with its venv module) and make. The rest is set up in .venv,
# from lock files with hashes, by the first command that needs it.

BIN := .venv/bin
INSTALL := requirements/install.sh
# Whoever edits here wants fast starts too: compiled modules are kept.
export PYTHONDONTWRITEBYTECODE :=
# Its notice about another program is no finding about our pages.
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help run setup test check format lock words docs bench clean
# One thing at a time, also under `make -j`: every target starts from the same .venv.
.NOTPARALLEL:

help: ## List what can be done here
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: ## Start Recado on http://127.0.0.1:8080 (ARGS="--port 9000 --data DIR")
	@$(INSTALL) runtime
	@exec $(BIN)/recado up $(ARGS)

setup: ## Install what is missing into .venv, tools included (PYTHON=python3.12 to choose one)
	@$(INSTALL) dev

# The real processes' tests come apart from the others: they fill the machine, one or two at a time.
# Status 5 says that PYTEST_ARGS chose none of a part.
test: setup ## Run the whole test suite (PYTEST_ARGS="-k burst"; "-n 0" for one process)
	@$(BIN)/pytest -n 5 --dist worksteal --ignore tests/acceptance $(PYTEST_ARGS) || [ $$? -eq 5 ]
	@$(BIN)/pytest -n 2 --dist worksteal tests/acceptance $(PYTEST_ARGS) || [ $$? -eq 5 ]

check: setup ## Check format, lint, types, layers, expressions, lock files and documentation
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python .ci/floor_plan.py check
	$(BIN)/python .ci/handover_states.py check
	$(BIN)/python .ci/locks.py check
	$(BIN)/python .ci/patterns.py
	$(BIN)/mkdocs build --strict

format: setup ## Format the code, mend what lint can mend, draw the floor plan
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format
	$(BIN)/python .ci/floor_plan.py
	$(BIN)/python .ci/handover_states.py

lock: setup ## Resolve requirements/*.txt anew from pyproject.toml (UPGRADE=1 takes new versions)
	$(BIN)/python .ci/locks.py write $(if $(UPGRADE),--upgrade)
	@$(INSTALL) dev

words: setup ## Bring the catalogues of the desk's texts to what the code says
	@$(BIN)/python .ci/words.py write

docs: setup ## Show the documentation on http://127.0.0.1:8000, following your edits
	$(BIN)/mkdocs serve

bench: setup ## Measure speed (ARGS="--help")
	@exec $(BIN)/recado bench $(ARGS)

clean: ## Remove what was built or cached; keeps .venv and data
	rm -rf site build dist .mypy_cache .import_linter_cache .pytest_cache .ruff_cache .hypothesis test-results
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
