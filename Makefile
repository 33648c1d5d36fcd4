# Shortcuts for what CONTRIBUTING describes. Nothing here is needed to use callqa.
.PHONY: setup test check docs bench demo

setup:  ## make the environment
	python3 -m venv .venv
	.venv/bin/pip install -q -c constraints.txt -e '.[test]'

test:  ## run all tests, in as many processes as there are cores
	.venv/bin/python -m pytest -n auto --dist loadfile

check:  ## run everything else a change must pass
	tools/check.sh

docs:  ## check the documents against the code
	.venv/bin/python -m pytest -q tests/docs

bench:  ## measure detection, which needs no model and no data
	.venv/bin/python benchmarks/detection.py

demo:  ## score the sample calls
	.venv/bin/callqa demo
