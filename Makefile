# Everything a newcomer types. Each target sets up what it needs; only Python 3.11+ and make are assumed.

PYTHON ?= python3
DEMO_SECONDS ?= 120
VENV   := .venv
BIN    := $(VENV)/bin
WORKERS := 2
TESTS   = $(VENV)/bin/python -m pytest -n $(WORKERS) --dist loadfile
PLAIN  := "not service and not slow"
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Containers often set it; then each process of the tests compiles all of them, and each server that
# they start all of the program, again.
unexport PYTHONDONTWRITEBYTECODE

# Examples are drawn from it in `make explored`, and again with `make explored SEED=...`.
ifndef SEED
SEED := $(shell date +%s)
endif

.PHONY: demo page test check added pythons here bench lint types imports generated docs explored marked long peers coverage lock sbom dist image clean help

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: ## a site with simulated chargers, connected to its own backend, in one process
	@$(MAKE) --no-print-directory --jobs=2 $(VENV)/.run page
	@if [ -t 0 ]; then $(BIN)/voltyard up --demo; else \
	  echo "no terminal: the demo ends by itself after $(DEMO_SECONDS) s; 'voltyard up --demo' stays"; \
	  $(BIN)/voltyard up --demo --seconds $(DEMO_SECONDS); fi

# It needs Python alone, so that it is built while the packages of the server are installed.
page: | $(BIN)/python ## build the page from web/ into the package, where it changed
	@$(BIN)/python tools/page --install

test: $(VENV)/.dev ## the tests that need Python alone
	$(MEASURED) $(TESTS) -m $(PLAIN)

check: COVERAGE := yes
check: test added ## everything: the tests, lint, types, imports, generated files, slow tests, coverage

# Beside the tests that need Python alone.
added: lint types imports generated docs coverage explored marked

# The other versions that pyproject.toml names, each with an environment of its own: what meets the
# interpreter is put to the test there, which is loops, threads, sockets, processes, types and the
# command line. The protocol and the machines are the same on each: no I/O, no clock.
PYTHONS := 3.12 3.13
PART := $(addprefix tests/,bus cli config events kernel loop network nodes ocpp relay runtimes storage workflows)
pythons: $(PYTHONS:%=python-%) ## the tests that meet the interpreter, on each other version of Python

python-%:
	@found=$$(tools/python.sh $*) && $(MAKE) VENV=$(VENV)-$* PYTHON="$$found" here

here: $(VENV)/.dev
	$(PIP) check
	$(TESTS) -m $(PLAIN)" and not hypothesis" $(PART)

bench: $(VENV)/.dev page ## measure, each figure beside a peer in the same run
	$(BIN)/python -m bench

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev page
	$(BIN)/mypy
	$(BIN)/python tools/page --check

imports: $(VENV)/.dev
	$(BIN)/lint-imports --no-logo

generated: $(VENV)/.dev
	$(BIN)/python tools/generate_messages.py --check
	$(BIN)/python tools/openapi.py --check
	$(BIN)/python tools/charger_tables.py --check
	$(BIN)/python tools/commands_table.py --check
	$(BIN)/python tools/faults_tables.py --check
	$(BIN)/python tools/settings_table.py --check
	$(BIN)/python tools/rooms_table.py --check
	$(BIN)/python tools/flow_diagrams.py --check
	$(BIN)/python tools/reference --check
	$(BIN)/python tools/grafana --check
	$(BIN)/python tools/scenario_schema.py --check
	$(BIN)/python tools/conformance --check
	@echo "generated files are what the code says"

docs: $(VENV)/.dev ## the documentation as a site, in build/site; fails on a dead link
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# OCPP code of other people, and generators of clients, that npm has; without npm their tests are
# skipped, and in CI they fail.
PEERS := tests/foreign/npm
peers:
	@if command -v npm >/dev/null; then \
	  cmp -s $(PEERS)/package-lock.json $(PEERS)/node_modules/.lock \
	  || { npm ci --prefix $(PEERS) --silent --no-audit --no-fund \
	       && cp $(PEERS)/package-lock.json $(PEERS)/node_modules/.lock; }; fi

# Files of tests at a time: these start servers, end them, and wait more than they compute.
marked long: WORKERS := 6
marked: $(VENV)/.chart peers page
	$(TESTS) -m "(service or slow) and not hypothesis" --durations=25 --durations-min=5

long: $(VENV)/.chart peers page ## the slow tests, with all the cases of which `make check` plays a part
	$(TESTS) -m "(service or slow) and not hypothesis" --long --timeout 2400

explored: $(VENV)/.dev
	@echo "explored again by: make explored SEED=$(SEED)"
	$(TESTS) -m "hypothesis" --hypothesis-profile explore --hypothesis-seed $(SEED) \
	|| { echo "explored again by: make explored SEED=$(SEED)"; exit 1; }

# With COVERAGE set, `make test` keeps how much of the protocol and the two machines their own tests
# reach (tests/measured.py), and this judges it.
MEASURED = $(if $(COVERAGE),$(BIN)/coverage erase; COVERAGE_PROCESS_START=$(CURDIR)/pyproject.toml)
coverage: $(VENV)/.dev
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95 --include='src/voltyard/ocpp/*,src/voltyard/catalogue/*,src/voltyard/charger/*,src/voltyard/csms/*'

NEEDED := "import sys; v = sys.version_info; \
	sys.exit('Python %d.%d is too old, 3.11 is needed: make PYTHON=...' % v[:2] if v < (3, 11) else 0)"

# Nothing is installed but the very files that were locked.
LOCKED := $(PIP) install --no-deps --require-hashes

# The two environments are one: `run` is enough for the demo, `dev` adds the tools on top.
$(BIN)/python:
	@$(PYTHON) -c $(NEEDED)
	$(PYTHON) -m venv $(VENV)

# What is imported is compiled when it is: most of it never.
$(VENV)/.run: requirements/run.lock requirements/build.lock pyproject.toml | $(BIN)/python
	$(LOCKED) --no-compile -r requirements/run.lock -r requirements/build.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements/dev.lock requirements/later.lock $(VENV)/.run
	$(LOCKED) -r requirements/dev.lock -r requirements/later.lock
	touch $@

$(VENV)/.chart: requirements/chart.lock $(VENV)/.dev
	$(LOCKED) --no-compile -r requirements/chart.lock
	touch $@

# From PyPI alone, whatever this machine's pip is told, with the hashes of all files of a release:
# they are good on every platform.
COMPILE := env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null \
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --no-annotate --no-header \
	--index-url https://pypi.org/simple \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --allow-unsafe
LIKE_DEV := $(COMPILE) -c requirements/dev.lock

lock: $(VENV)/.dev ## renew the locked versions
	$(COMPILE) --upgrade -o requirements/dev.lock --all-extras pyproject.toml requirements/build.in
	$(LIKE_DEV) -o requirements/run.lock --extra nats pyproject.toml
	$(LIKE_DEV) -o requirements/cloud.lock --extra aws --extra kubernetes --extra nats --extra otel pyproject.toml
	$(LIKE_DEV) -o requirements/build.lock requirements/build.in
	$(COMPILE) --upgrade -o requirements/sbom.lock requirements/sbom.in
	$(COMPILE) --upgrade -o requirements/page.lock requirements/page.in

# What is in the image, as CycloneDX. Made by cyclonedx-bom, in an environment of its own.
SBOM := $(VENV)-sbom
sbom: ## a list of all that a server is made of (CycloneDX), in dist/sbom.json
	test -x $(SBOM)/bin/python || $(PYTHON) -m venv $(SBOM)
	$(SBOM)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps \
	  --require-hashes -r requirements/sbom.lock
	mkdir -p dist
	$(SBOM)/bin/cyclonedx-py requirements requirements/cloud.lock --pyproject pyproject.toml \
	  --mc-type application --output-reproducible --of JSON -o dist/sbom.json

# The files that a release is made of. The list of an environment's contents is `make sbom`.
dist: $(VENV)/.dev ## the wheel and the source distribution, in dist/, checked
	rm -f dist/voltyard-*
	$(BIN)/python -m hatchling build -d dist
	$(BIN)/python tools/documents/distribution.py dist

# Without a Docker that answers there is nothing to build with, and it says so.
image: ## the images of server and worker, where Docker is; the server is started and asked
	@docker version --format '{{.Server.Version}}' >/dev/null 2>&1 \
	  || { echo "no Docker daemon answers here: the images are not built" >&2; exit 1; }
	docker build --tag voltyard .
	docker build --target worker --tag voltyard-worker .
	@id=$$(docker run --rm -d -e VOLTYARD_TOKEN=image-check voltyard); \
	for _ in $$(seq 60); do \
	  if docker exec $$id python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/health')" \
	    2>/dev/null; then echo "the image answers"; docker stop $$id >/dev/null; exit 0; fi; sleep 1; \
	done; docker logs $$id; docker stop $$id >/dev/null; exit 1

clean: ## forget the environment and what was built
	rm -rf $(VENV) $(PYTHONS:%=$(VENV)-%) $(VENV)-sbom $(PEERS)/node_modules web/node_modules web/build src/voltyard/dashboard/page src/voltyard/reports/html/viewer src/voltyard/traces/viewer .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* htmlcov dist build
