# Everything a newcomer needs: `make demo`, `make test`, `make serve`. Nothing but Python 3.11+ and make.
PYTHON ?= python3
PY := .venv/bin/python
YB := .venv/bin/yb
DEMO := data/demo
export PYTHONDONTWRITEBYTECODE :=
export MPLBACKEND := Agg
export TZ := Asia/Shanghai

.PHONY: help install demo test soak check serve lab bench pictures lock clean

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

install: .venv/.ready  ## the virtual environment, from the lock, hashes checked

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Set PYTHON=python3.11")'
	@echo "Installing into .venv (a minute or two, once) …"
	@test -x $(PY) || $(PYTHON) -m venv .venv || { echo "python3 -m venv failed: install the Debian package python3-venv"; exit 8; }
	@$(PY) -m pip install -q --disable-pip-version-check uv==0.13.9
	@VIRTUAL_ENV=.venv .venv/bin/uv pip sync -q --require-hashes --compile-bytecode requirements.lock
	@VIRTUAL_ENV=.venv .venv/bin/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $@

demo: install  ## city → warehouse → findings → evaluation → two reports
	@$(YB) demo $(DEMO)

test: install  ## all tests
	@$(PY) -m pytest -n 2 --dist loadfile

soak: install  ## the reliability tests in their large figures (hours)
	@YB_SOAK=1 $(PY) -m pytest -n 2 --dist loadfile -m soak

check: install  ## style, types, arrows
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

serve: install  ## dashboards on http://127.0.0.1:5006
	@$(YB) serve $(DEMO)/warehouse

lab: install  ## JupyterLab on the notebooks
	@YB_WAREHOUSE=$(DEMO)/warehouse .venv/bin/jupyter lab notebooks

bench: install  ## benchmarks; the table goes to reports/bench/
	@$(PY) -m pytest tests/bench -q -s -p no:xdist --benchmarks

pictures: install  ## the pictures of the README, from the demo city
	@$(PY) -m tests.pictures $(DEMO)

lock:  ## renew requirements.lock and environment.yml from pyproject.toml
	@$(PY) -m tests.pins

clean:  ## everything that was made
	rm -rf .venv build dist data/demo .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find reports -mindepth 1 -not -name README.md -delete
