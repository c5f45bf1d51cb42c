# Every command of the project. `make run` and `make test` work from a bare checkout.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := src tests bench examples
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: install run test fix check lint types rooms golden bench hunt lock changelog clean

install: $(VENV)/.installed

$(VENV)/.installed: requirements/develop.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=...)."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes --requirement requirements/develop.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

run: install
	$(BIN)/keyreeve demo

# What the tests call and a machine may lack; only Debian's packages, only as root.
DEBIAN := curl wget node npm chromium
debian:
	@missing=""; for tool in $(DEBIAN); do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	missing="$$(echo "$$missing" | sed 's/\bnode\b/nodejs/')"; \
	if [ -n "$$missing" ]; then \
		[ "$$(id -u)" = 0 ] || { echo "The tests need:$$missing (apt-get install$$missing)"; exit 1; }; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	fi
.PHONY: debian

# Other people's clients, unmodified from their registries, apart from what we are made of.
clients: .venv-clients/.installed tests/doors/npm/node_modules/.installed
.PHONY: clients

.venv-clients/.installed: requirements/clients.txt
	$(PYTHON) -m venv .venv-clients
	.venv-clients/bin/pip install --quiet --require-hashes --requirement requirements/clients.txt
	@touch $@

tests/doors/npm/node_modules/.installed: tests/doors/npm/package-lock.json | debian
	cd tests/doors/npm && npm ci --omit=dev --ignore-scripts --silent
	@touch $@

test: install debian clients
	$(MAKE) --jobs=2 --output-sync=target --no-print-directory test-outside test-inside

# Two halves at once: doors and console mostly wait for servers, proxies and browsers.
OUTSIDE := tests/console tests/doors
INSIDE := $(filter-out $(OUTSIDE),$(sort $(patsubst %/,%,$(dir $(wildcard tests/*/test_*.py))))) $(wildcard tests/test_*.py)
test-outside:
	$(BIN)/pytest -m "not hunt" $(OUTSIDE)

test-inside:
	$(BIN)/pytest -m "not hunt" $(INSIDE)
.PHONY: test-outside test-inside

fix: install
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

lint: install
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)

types: install
	$(BIN)/mypy
	$(BIN)/mypy examples/clusters/*.py

rooms: install
	$(BIN)/lint-imports

check: lint types rooms test

# The policy, the API's document and the pages are text files that a change must show.
golden: install
	$(BIN)/python tests/domain/golden.py --write
	cd tests && ../$(BIN)/python -m api.matrix --write
	$(BIN)/python tests/architecture/settings_page.py --write
	cd tests && ../$(BIN)/python -m api.api_document --write
	cd tests && ../$(BIN)/python -m api.pages --write
	cd tests && ../$(BIN)/python -m doors.path_table --write
	cd tests && ../$(BIN)/python -m doors.test_faults --write

bench: install
	$(BIN)/python bench/decision.py
	$(BIN)/python bench/gate.py
	$(BIN)/python bench/behind_nginx.py
	$(BIN)/python bench/middleware.py

hunt: install debian clients
	$(BIN)/pytest -m hunt --timeout 3600

# `uv` is needed for this one only. The lock names no index.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command 'make lock' pyproject.toml --output-file requirements/runtime.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command 'make lock' --constraint requirements/runtime.txt \
		pyproject.toml requirements/develop.in --output-file requirements/develop.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command 'make lock' --constraint requirements/develop.txt \
		requirements/build.in --output-file requirements/build.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command 'make lock' requirements/clients.in --output-file requirements/clients.txt

wheel: install
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
.PHONY: wheel

changelog: install
	$(BIN)/towncrier build --draft --version next

clean:
	rm -rf $(VENV) .venv-clients tests/doors/npm/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
