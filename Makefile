# The face of the launcher in acquiring/local. Only `make` and Python 3.11 or newer are needed.

.DEFAULT_GOAL := help
CANDIDATES := python3.13 python3.12 python3.11 python3
# Asked, not assumed: a version manager's shim may exist for a Python that does not.
PYTHON ?= $(shell for name in $(CANDIDATES); do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; \
	done)
TARGETS := run services stop test lint bench screenshots shell lock clean

.PHONY: help $(TARGETS)

$(TARGETS):
	@if [ -z "$(PYTHON)" ]; then echo "Caravel needs Python 3.11 or newer: install it, or run make PYTHON=/path/to/python3 $@" >&2; exit 1; fi; \
	exec "$(PYTHON)" acquiring/local $@ $(ARGS)

help:
	@echo "make run        everything: install, databases, the platform, demo data (Ctrl-C stops it)"
	@echo "make services   PostgreSQL and Valkey only, with the exports a shell needs"
	@echo "make stop       end what run or services started"
	@echo "make test       all tests on a cluster of their own; ARGS='tests/core -k money' for some"
	@echo "make lint       style, types, import contracts, migrations, configuration"
	@echo "make bench      benchmarks; ARGS chooses"
	@echo "make screenshots a picture of every page of what make run runs, in docs/screenshots"
	@echo "make shell      Django's shell on the local database"
	@echo "make lock       resolve requirements*.in into exact pins"
	@echo "make clean      remove .run and .venv"
