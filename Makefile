# make demo   see everything work, on rendered faces       make test   check everything
# make lint   style only                                 make bench  measure every speed claim
# make test-diffusion   check generation and place networks with torch, in a virtual environment of its own
# make test-beam      check building on Apache Beam, on its local runner
# make test-browser   look at the report in Chromium, found in the path or as CHROMIUM, with AXE_JS=axe.min.js
VENV := .venv
BIN := $(VENV)/bin
EDGE := .venv-edge
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: demo test test-diffusion test-browser test-beam lint bench clean install

install: $(VENV)/installed

# The lock is installed without the resolver, which cannot solve it (BUILD_NOTES.md).
$(VENV)/installed: requirements.lock setup.cfg
	@python=$$(sh tools/find_python.sh) || exit 1; \
	echo "creating $(VENV) with $$python (a few minutes the first time)"; \
	"$$python" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

test: install lint $(EDGE)/installed
	$(BIN)/python -m pytest

# A small device's environment, without TensorFlow, in which the tests run fer_tf.predict.
$(EDGE)/installed: requirements-edge.lock setup.cfg
	@python=$$(sh tools/find_python.sh) || exit 1; "$$python" -m venv $(EDGE)
	$(EDGE)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-edge.lock
	$(EDGE)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

# Imported first: tests that need what cannot be imported would be skipped.
test-diffusion:
	$(MAKE) install VENV=.venv-diffusion
	.venv-diffusion/bin/python -m pip install --quiet --disable-pip-version-check \
		--constraint requirements.lock -r requirements-diffusion.lock
	.venv-diffusion/bin/python -c "import torch, transformers, diffusers"
	.venv-diffusion/bin/python -m pytest -n 0 tests/synthesis/generate/diffusion tests/models/test_places_torch.py

test-browser: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --target .browser playwright
	PYTHONPATH=.browser $(BIN)/python -m pytest -n 0 -rs tests/pages

# Beside the other packages: with the same versions of those that both need.
test-beam: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target .beam -r requirements-beam.lock
	PYTHONPATH=.beam $(BIN)/python -c "import apache_beam"
	PYTHONPATH=.beam $(BIN)/python -m pytest -n 0 tfds_builders/source/beam_test.py

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

demo: install
	$(BIN)/python -m fer_tf.demo

bench: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r benchmarks/requirements.lock
	$(BIN)/python -m benchmarks.augmentation --record=results/augmentation.json
	$(BIN)/python -m benchmarks.training_step --record=results/training_step.json

clean:
	rm -rf $(VENV) $(EDGE) .venv-diffusion .browser .beam demo .pytest_cache .ruff_cache
