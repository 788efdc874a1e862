# The things to do here. Each installs what it needs first (packaging/bootstrap) and does nothing twice.

PYTHON3 := $(shell for p in python3 /usr/bin/python3 python3.13 python3.12 python3.11; do \
             $$p -c 'import sys; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1 && echo $$p && break; done)
BOOTSTRAP = @$(if $(PYTHON3),$(PYTHON3),$(error No python3 of version 3.11 or later was found)) packaging/bootstrap
IN = .venv/bin

.PHONY: help demo test faults lint format golden bench package relay-package lock sbom audit clean

help:
	@echo "make demo     start a relay and a desk, scan a sample order   (ONCE=1 ends after the scan)"
	@echo "make test     everything that must hold: rules, types, tests"
	@echo "make lint     the rules and types alone"
	@echo "make format   let ruff write the code in its form"
	@echo "make golden   write the golden samples of the wire anew, to be reviewed as a diff"
	@echo "make faults   break a real relay and real desks, and judge what is left (FULL=1: over 1,000 kills; SEED=n)"
	@echo "make bench    measure the relay beside its peers (QUICK=1: seconds, no figures; PROFILE=1: py-spy)"
	@echo "make soak     run days of a screen in a browser, 10,000 navigations in some 40 minutes (SOAK='--nights 4')"
	@echo "make relay-package  run the relay's container, service, tunnel and metrics for real   (root; minutes; ENGINE=docker)"
	@echo "make package  build the desktop bundle and its .deb into dist/ (WEB=1: with web pages)"
	@echo "make lock     resolve the pinned environments anew (needs the network)"
	@echo "make sbom     write what the relay and the app are made of (CycloneDX), after make lock"
	@echo "make audit    look all that up among the known vulnerabilities (asks a service of the network)"
	@echo "make clean    remove what these made"

demo:
	$(BOOTSTRAP) demo
	@exec $(IN)/python packaging/demo

test:
	$(BOOTSTRAP) test
	@$(if $(PYTEST),$(MAKE) --no-print-directory check && exec $(IN)/python -m pytest $(PYTEST),exec $(IN)/python packaging/suite)

lint:
	$(BOOTSTRAP) lint
	@$(MAKE) --no-print-directory check

.PHONY: check
check:
	@$(IN)/ruff check --quiet
	@$(IN)/ruff format --check --quiet || { echo "Not in ruff's form; make format writes it so."; exit 1; }
	@PATH="$(CURDIR)/$(IN):$$PATH" PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(IN)/pyright --warnings
	@$(IN)/lint-imports --no-logo 2>/dev/null || $(IN)/lint-imports

format:
	$(BOOTSTRAP) lint
	@$(IN)/ruff format
	@$(IN)/ruff check --fix

golden:
	$(BOOTSTRAP) test
	@$(IN)/python tests/contract/golden_files.py

# Two runs: one with every kind of fault, one on a disk that forgets at every kill what was not synced.
SEED ?= 1
faults:
	$(BOOTSTRAP) test
	@$(IN)/python tests/faults/run.py --seed $(SEED) $(if $(FULL),--kills 700 --others 10,--kills 40 --others 1)
	@$(IN)/python tests/faults/run.py --seed $(SEED) $(if $(FULL),--kills 400 --others 10,--kills 20 --others 1) --unsynced

bench:
	$(BOOTSTRAP) bench
	@exec $(IN)/python tests/bench $(if $(QUICK),--quick) $(if $(PROFILE),--profile) $(BENCH)

soak:
	$(BOOTSTRAP) test
	@exec $(IN)/python tests/bench/browser_soak.py $(SOAK)

package:
	$(BOOTSTRAP) package
	@exec $(IN)/python packaging/app $(if $(WEB),--web) $(PACKAGE)

# The container is built and run with Docker and with podman (ENGINE=docker: with that one alone), the unit is started by
# a systemd in a box, a phone scans through a tunnel, a Prometheus asks every query. Needs root, and Debian's packages for
# it, some of which start services of theirs: a machine of its own is the place for it.
relay-package:
	$(BOOTSTRAP) relay-package
	@exec $(if $(ENGINE),env ENGINE="$(ENGINE)") $(IN)/python -m pytest tests/deployment $(PYTEST)

UV = UV_PYTHON_DOWNLOADS=never .tools/bin/uv
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
RUNTIME = --extra relay --extra desktop --extra web --extra build
lock:
	$(BOOTSTRAP) uv
	@$(COMPILE) $(UPGRADE) pyproject.toml $(RUNTIME) --extra test --extra package --output-file packaging/requirements-test.txt
	@$(COMPILE) pyproject.toml $(RUNTIME) --constraint packaging/requirements-test.txt --output-file packaging/requirements.txt
	@$(COMPILE) pyproject.toml --extra relay --extra build --constraint packaging/requirements-test.txt --output-file packaging/relay/requirements.txt
	@$(COMPILE) pyproject.toml --extra desktop --extra web --extra serial --constraint packaging/requirements-test.txt --output-file packaging/app/requirements.txt
	@$(COMPILE) pyproject.toml $(RUNTIME) --extra test --extra package --extra bench --constraint packaging/requirements-test.txt --output-file packaging/requirements-bench.txt
	@for peer in tests/js tests/bench/peers; do (cd $$peer && npm install --package-lock-only --ignore-scripts --no-audit --no-fund); done

sbom:
	$(BOOTSTRAP) lint
	@exec $(IN)/python packaging/sbom

audit:
	$(BOOTSTRAP) test
	@exec $(IN)/python packaging/audit

clean:
	@rm -rf .venv .tools .pytest_cache .ruff_cache .hypothesis .import_linter_cache tests/js/node_modules tests/bench/peers/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
