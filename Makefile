# Every target sets up what it needs in .venv; only `make test` installs Debian packages unasked.
#
#   make PYTHON=/usr/bin/python3 ...   another interpreter, 3.10 or newer

PYTHON = python3
SANITIZE_SECONDS = 60

# After the crash of a worker that it replaces, pytest-xdist 3.8 waits for ever.
WORKERS = -n 3 --max-worker-restart=0

VENV = .venv
RUN = $(VENV)/bin/python
PIP = $(RUN) -m pip --disable-pip-version-check --quiet
SOURCES = pyproject.toml setup.py $(wildcard aiosounddevice/*/*_build.py \
	aiosounddevice/core/kernel/*.[ch] aiosounddevice/virtual/card/*.[ch])
BUILT = aiosounddevice/core/_portaudio.py aiosounddevice/core/_kernel.abi3.so \
	aiosounddevice/virtual/libportaudio.so.2
# What the tests on real sound systems and in a browser need; none of it needs sound hardware.
PARTS = libportaudio2 jackd2 pulseaudio libasound2-plugins portaudio19-dev \
	chromium chromium-driver

# Also without a change in the sources, if something that was built is gone.
ifneq ($(sort $(wildcard $(BUILT))),$(sort $(BUILT)))
SOURCES += FORCE
endif

.DEFAULT_GOAL = help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test lint types build docs sanitize wheel-check bench bench-gil bench-callback \
	stress parts peers clean FORCE

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/runtime ## play a melody, record it at the same time, account for every frame
	$(RUN) -m aiosounddevice demo

test: parts lint types build docs peers sanitize wheel-check ## all checks, and at last the test suite
	$(RUN) -m pytest $(WORKERS)
	PYTHONASYNCIODEBUG=1 $(RUN) -m pytest $(WORKERS) -k "asyncio and not uvloop" tests/aio

stress: $(VENV)/dev ## what takes too long for every day: 10,000 cancellations, a file of two hours
	AIOSOUNDDEVICE_STRESS=1 $(RUN) -m pytest -s -o faulthandler_timeout=3600 \
		$$(grep -lr --include='test_*.py' '^from stress import' tests)

lint: $(VENV)/dev ## ruff: lint and format
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check

types: $(VENV)/dev ## mypy --strict
	$(RUN) -m mypy

build: $(VENV)/dev ## everything in C anew, with warnings as errors
	AIOSOUNDDEVICE_WERROR=1 $(RUN) setup.py --quiet build_ext --inplace --force

docs: $(VENV)/docs ## the documentation, with warnings as errors: docs/_build/html/index.html
	$(RUN) -m sphinx --fail-on-warning --keep-going --quiet --fresh-env docs docs/_build/html
	$(RUN) docs/check_links.py docs/_build/html

sanitize: ## stress the C code under sanitizers, for SANITIZE_SECONDS
	sh tests/c/sanitize.sh $(SANITIZE_SECONDS)

wheel-check: $(VENV)/dev ## the wheel of the source archive, installed elsewhere, plays the demo
	@set -eu; work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; trap 'exit 130' INT TERM; \
	$(RUN) -m build --outdir "$$work" . >"$$work/log" 2>&1 || { cat "$$work/log"; exit 1; }; \
	$(RUN) -m venv "$$work/venv"; \
	"$$work/venv/bin/python" -m pip --disable-pip-version-check --quiet install "$$work"/*.whl; \
	cd "$$work"; venv/bin/python -m aiosounddevice demo --virtual --seconds 1

bench: $(VENV)/bench ## side by side with its peers, in under 15 minutes: docs/benchmarks.md
	$(RUN) -m benchmarks $(BENCH)

bench-gil: $(VENV)/dev ## frames lost while another thread holds the GIL
	$(RUN) benchmarks/gil.py

bench-callback: ## nanoseconds that a callback takes, alone and with further readers
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	$(CC) -std=c11 -O2 -D_GNU_SOURCE -ffp-contract=off -Iaiosounddevice/core/kernel \
		benchmarks/callback.c aiosounddevice/core/kernel/*.c -lpthread -lm -o "$$work/bench" \
		&& for sizes in "64 2" "256 2" "1024 8"; do "$$work/bench" $$sizes; done

clean: ## remove everything that was made here
	rm -rf $(VENV) build dist docs/_build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f $(BUILT) aiosounddevice/core/_kernel.c demo.wav
	find aiosounddevice tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# ---- set-up

# apt PACKAGE...: install those that are missing if that needs no password, else name them.
define SHELL_APT
set -eu; apt() { \
    absent=; \
    for package in "$$@"; do \
        dpkg-query -W -f '$${db:Status-Status}' "$$package" 2>/dev/null | grep -qx installed \
            || absent="$$absent $$package"; \
    done; \
    [ -n "$$absent" ] || return 0; \
    as=; [ "$$(id -u)" = 0 ] || as='sudo -n'; \
    if ! command -v apt-get >/dev/null || ! $$as true 2>/dev/null; then \
        echo "not installed, and not mine to install:$$absent (sudo apt install$$absent)" >&2; \
        return 1; \
    fi; \
    echo "apt-get install$$absent" >&2; \
    install="$$as env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq"; \
    for try in stored updated; do \
        [ $$try = stored ] || $$install update; \
        ! $$install install --no-install-recommends -y $$absent </dev/null >/dev/null 2>&1 \
            || return 0; \
    done; \
    echo "apt cannot install$$absent" >&2; return 1; \
}
endef

parts: # the tests skip, with a reason, what is missing
	@$(SHELL_APT); apt $(PARTS) || true

# PyAudio has no wheels for Linux; without PortAudio's headers its tests are skipped.
peers: parts $(VENV)/dev
	@$(RUN) -c 'import pyaudio' 2>/dev/null || $(PIP) install PyAudio >/dev/null 2>&1 \
		|| echo 'PyAudio cannot be built here' >&2

$(VENV)/runtime: $(VENV)/made $(SOURCES)
	@$(SHELL_APT); $(RUN) -c "$$HAS_HEADERS" || apt python3-dev
	$(PIP) install --editable .
	@touch $@

$(VENV)/dev: $(VENV)/made $(SOURCES)
	@$(SHELL_APT); $(RUN) -c "$$HAS_HEADERS" || apt python3-dev
	$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/runtime

$(VENV)/bench: $(VENV)/made $(SOURCES)
	@$(SHELL_APT); $(RUN) -c "$$HAS_HEADERS" || apt python3-dev; apt gcc portaudio19-dev
	$(PIP) install --editable '.[bench]'
	@touch $@ $(VENV)/runtime

$(VENV)/docs: $(VENV)/made $(SOURCES)
	@$(SHELL_APT); $(RUN) -c "$$HAS_HEADERS" || apt python3-dev
	$(PIP) install --editable '.[docs]'
	@touch $@ $(VENV)/runtime

# Made anew for another interpreter, and where the checkout has been moved.
$(VENV)/made: FORCE
	@$(SHELL_APT); mark="$(PYTHON) in $(CURDIR)"; \
	! [ "$$(cat $@ 2>/dev/null)" = "$$mark" ] || ! $(RUN) -c '' 2>/dev/null || exit 0; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
		|| { echo "Python 3.10 or newer is needed: make PYTHON=..." >&2; exit 1; }; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || apt python3-venv; \
	echo "$(PYTHON) -m venv $(VENV)"; $(PYTHON) -m venv --clear $(VENV); echo "$$mark" >$@

export HAS_HEADERS = import os, sys, sysconfig; \
	sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))

FORCE:
