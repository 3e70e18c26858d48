# A fresh machine has Debian, python3 and make; everything else is fetched here.
#   make run     set up, make demo data, serve
#   make test    set up, run all tests

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
.DEFAULT_GOAL := help

.PHONY: help run test check bench campaign frontend lock clean

help:
	@sed -n 's/^#   //p' Makefile

$(READY): requirements.lock pyproject.toml scripts/setup.sh
	bash scripts/setup.sh $(VENV)
	@touch $@

run: $(READY)
	@$(BIN)/weiyou up

test: $(READY)
	bash scripts/debian.sh chromium:chromium fonts-noto-cjk: libatomic1: nginx:/usr/sbin/nginx
	$(BIN)/ruff format --check lib tests bench deploy
	$(BIN)/ruff check lib tests bench deploy
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m pytest -m "not browser" --cov --cov-report=term:skip-covered --durations=12
	$(BIN)/python -m pytest -m browser

check: $(READY)
	$(BIN)/ruff format --check lib tests bench deploy
	$(BIN)/ruff check lib tests bench deploy
	$(BIN)/lint-imports
	$(BIN)/mypy
	WEIYOU_TEST_DATABASES=sqlite $(BIN)/python -m pytest -q -m "not slow and not browser"

bench: $(READY)
	bash scripts/debian.sh wrk:wrk
	$(BIN)/python -m bench

campaign: $(READY)
	$(BIN)/python -m bench.campaign

frontend:
	cd frontend && npm ci --ignore-scripts && npm run build

lock: $(READY)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
