.DEFAULT_GOAL := help
.PHONY: help demo test static units check sbom format bench faults mutants lock docs clean
BIN := .venv/bin
UNITS := core service worker store words dws
unexport PYTHONDONTWRITEBYTECODE  # else each of the processes that collect the tests would compile all of them again

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo:  ## play the whole story with a simulated cloud and a sandbox Slack (ARGS='--help' for its options)
	@scripts/setup run
	$(if $(findstring --replicas,$(ARGS)),@scripts/setup server)
	@$(BIN)/snapshot-bot demo $(ARGS)

test:  ## install what is needed, check the code and run every test (ARGS='-k name': some tests, and nothing else)
	@scripts/setup tests
ifdef ARGS
	@$(BIN)/python -m pytest $(ARGS)
else
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target static units
	@$(BIN)/python -m pytest tests $(UNITS:%=--ignore=tests/%) --numprocesses=8  # most of them wait for processes
endif

# The packages that decide, keep and ask the cloud, by the tests that mirror them: the floor is just under what is there.
units:  ## the tests of the bot's inner packages, with their branch coverage and its floor
	@$(BIN)/python -m pytest $(UNITS:%=tests/%) $(UNITS:%=--cov=bot.%) --cov-branch --cov-report=term:skip-covered --cov-fail-under=97.5

static:  ## format, lint, types, import rules; the page's scripts, too
	@scripts/setup dev
	@scripts/setup page
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	scripts/npm run --silent check

check: static  ## the same, and the dependency audit
	$(BIN)/python scripts/audit.py

sbom:  ## write sbom.cdx.json: every package that the bot is installed with, its version, licence and hashes
	@scripts/setup dev
	$(BIN)/python scripts/sbom.py sbom.cdx.json

format:  ## format the code
	@scripts/setup page
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	scripts/npm run --silent format

docs:  ## write the generated parts of README.md and the manifest again (settings, states, commands)
	@scripts/setup dev
	$(BIN)/python scripts/docs.py

LIVES ?= 100
faults:  ## break it off at every call, kill it LIVES times, let both far ends fail, on both engines; print the table: two hours (LIVES=1000: two nights; ARGS='kills': some; ARGS='--into docs/faults.md')
	@scripts/setup tests
	@$(BIN)/python scripts/faults.py --lives $(LIVES) $(ARGS)

mutants:  ## change the code a little, place by place: does a test fail? (an hour or more; ARGS='bot.core.approval*': some; ARGS='--draw 30 --seed 7': so many)
	@scripts/setup dev
	@scripts/setup mutants
	@$(BIN)/python scripts/mutants.py $(ARGS)

bench:  ## measure the bot against what a user would take instead (QUICK=1: smaller; ARGS='ack': some figures)
	@scripts/setup bench
	@.bench/bin/python -m benchmarks $(if $(QUICK),--quick) $(ARGS)

lock:  ## lock the newest versions of the dependencies (needs uv, and what `make static` installs)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-strip-extras --upgrade pyproject.toml --extra postgres -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-strip-extras --upgrade pyproject.toml --extra postgres -c requirements.txt --group dev -o requirements-dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-strip-extras --upgrade -c requirements-dev.txt --group mutants -o requirements-mutants.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-strip-extras --upgrade pyproject.toml --extra postgres -c requirements-dev.txt --group bench -o requirements-bench.txt
	scripts/npm install --package-lock-only --save-exact oxlint@latest prettier@latest typescript@latest

clean:  ## remove what was installed and generated
	rm -rf .venv .bench node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants sbom.cdx.json
