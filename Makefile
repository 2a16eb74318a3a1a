# Everything a contributor runs. Each target installs what it needs into .venv first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
SIZE ?= 10000
BIN := .venv/bin

.PHONY: install demo test check serve bench models prior lock diagnoses clean

install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: install
	$(BIN)/claimwright demo

test: install
	$(BIN)/python -m pytest

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

serve: install
	$(BIN)/claimwright serve

bench: install
	$(BIN)/python -m benchmarks --size $(SIZE)

# The shipped models that read notes and suggest codes, rebuilt from invented notes and from the
# sentences written for them.
models: install
	$(BIN)/python -m data.synthetic.corpus build/notes/train --notes 16000 --seed 1
	$(BIN)/python -m training.notes --notes build/notes/train
	$(BIN)/python -m data.synthetic.corpus build/notes/held-out --notes 7000 --seed 2 --held-out
	$(BIN)/python -m training.coding --train build/notes/train --held-out build/notes/held-out \
	    --out models/weights

# The shipped prior for small practices, from two invented ones. Judge it on other worlds only.
prior: install
	for world in additive cells; do \
	    $(BIN)/claimwright synth build/prior/$$world --clients 75 --months 10 --seed 71 --world $$world && \
	    mkdir -p build/prior/home-$$world && \
	    $(BIN)/claimwright --home build/prior/home-$$world ingest build/prior/$$world; done
	$(BIN)/python -m training.prior build/prior/home-additive build/prior/home-cells --out models/weights

# One lock for Linux (x86-64, arm64) and macOS: hashes of every wheel, no addresses.
lock: install
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --no-annotate --custom-compile-command "make lock" \
	    --python-version 3.11 --extra dev --upgrade \
	    pyproject.toml --output-file requirements.lock

# Needs simple-icd-10-cm of the release wanted; the table at hand gives the days of older codes.
diagnoses: install
	$(BIN)/python -m tools.diagnoses

clean:
	rm -rf .venv build *.egg-info
