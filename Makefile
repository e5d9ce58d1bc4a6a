# make demo    install, index, search and score a small collection (the main job)
# make test    install and run the tests
#
# PYTHON chooses the interpreter (3.11 to 3.13), VENV the folder of the environment, TESTS what is tested (all).

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && command -v $$p && break; done)
VENV ?= .venv

.PHONY: demo test lint clean

demo: $(VENV)/installed
	$(VENV)/bin/pyserini-optical demo

test: $(VENV)/installed-test
	$(VENV)/bin/python -m pytest $(TESTS)

lint: $(VENV)/installed-test
	$(VENV)/bin/pip install -q -c constraints.txt -e '.[dev]'
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

$(VENV)/bin/python:
	@test -n '$(PYTHON)' || { echo 'error: no Python 3.11 to 3.13 on PATH; install one, or name it: make PYTHON=...'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python setup.cfg pyproject.toml constraints.txt
	$(VENV)/bin/pip install -q -c constraints.txt -e .
	touch $@

$(VENV)/installed-test: $(VENV)/bin/python setup.cfg pyproject.toml constraints.txt
	$(VENV)/bin/pip install -q -c constraints.txt -e '.[test]'
	touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) .demo build *.egg-info
