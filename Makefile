# `make` alone lists the targets. Everything runs in .venv, which is made when it is missing.
.DEFAULT_GOAL := help
PYTHON ?=
BIN := .venv/bin
export PYTHON
# Without its cache of compiled modules, every command would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

.venv/ready: requirements.lock pyproject.toml scripts/setup.sh
	@./scripts/setup.sh requirements.lock
	@touch $@

.venv/ready-dev: requirements-dev.lock pyproject.toml scripts/setup.sh
	@./scripts/setup.sh requirements-dev.lock
	@touch .venv/ready $@

.PHONY: help demo test coverage check fix docs pictures golden bench fleet bounce-loop crash probe quality lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: .venv/ready ## set up, and run the main job on a sample issue
	@./scripts/demo.sh

test: .venv/ready-dev ## set up, and run every test and check
	@./scripts/need.sh
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 3 --dist worksteal

coverage: .venv/ready-dev ## run the tests thrice as slowly, and say which lines none of them passes
	@./scripts/need.sh
	@$(BIN)/python -m pytest -n 2 --dist worksteal --cov=composer --cov-report=term

check: .venv/ready-dev ## format, lint, types, import floors
	@$(BIN)/ruff format --check --quiet . || { echo "hint: make fix"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports >.import-floors.log 2>&1 || { cat .import-floors.log; exit 1; }

fix: .venv/ready-dev ## format, and mend what can be mended by itself
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

docs: .venv/ready-dev ## write the pages that are made from the code
	@$(BIN)/python -m scripts.write_docs

pictures: .venv/ready-dev ## take the pictures of docs/pictures again, in Chromium
	@$(BIN)/python -m benchmarks.take_pictures

golden: .venv/ready-dev ## approve the golden files as they now are (read the diff!)
	@$(BIN)/newsletter snapshot --update
	@$(BIN)/python -m pytest tests/golden --approve -q
	@git diff --stat -- tests/golden issues

# A sender that compiles its libraries anew at every start pays 70 ms that no installed one pays.
bench: .venv/ready-dev ## measure, and print ratios of this run
	@$(BIN)/python -m compileall -q composer benchmarks "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" || true
	@for bench in benchmarks/bench_*.py; do echo "== $$bench"; $(BIN)/python -m benchmarks.$$(basename $$bench .py) || exit 1; done

probe: .venv/ready-dev ## let Schemathesis ask the readers' pages for longer than the tests do
	@$(BIN)/python -m scripts.probe_pages 150

crash: .venv/ready-dev ## kill a sender at every moment, break everything around it, and count
	@./scripts/need.sh
	@$(BIN)/python -m benchmarks.crash_matrix --keep

fleet: .venv/ready-dev ## three workers, 200,000 readers; one killed, PostgreSQL restarted (long)
	@$(BIN)/python -m benchmarks.fleet

bounce-loop: .venv/ready-dev ## send through a Postfix on this machine, and read what comes home (root)
	@$(BIN)/python -m tests.external.bounce_loop

quality: .venv/ready-dev ## let SpamAssassin, axe-core and an HTML checker judge letters and preview
	@$(BIN)/python -m benchmarks.letter_quality --readme
	@$(BIN)/python -m benchmarks.app_quality
	@$(BIN)/python -m benchmarks.pages_quality

lock: .venv/ready-dev ## pin the newest dependencies that fit, with hashes (needs uv)
	@./scripts/lock.sh --upgrade

clean: ## remove what was built; never .newsletter/
	@rm -rf build dist .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
