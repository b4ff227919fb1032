# The few verbs of this project; `make` alone lists them.
.DEFAULT_GOAL := help
PATH_OF_TOOLS := $(CURDIR)/.venv/bin:$(CURDIR)/.pulumi-cli/bin
# Bytecode is kept even where the environment says otherwise: else each program that a test starts compiles the package.
run = PYTHONDONTWRITEBYTECODE= PATH="$(PATH_OF_TOOLS):$$PATH"
on_all_cores := -n auto

.PHONY: help setup demo lint quick test check format emulator bench soak fuzz mutants dist ends pythons acceptance picture record requirements

help: ## List the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: ## Make .venv and find or build the Pulumi CLI
	@python3 tools/setup.py

demo: setup ## Take a stack through its life against the emulator
	@$(run) python tools/demo.py

lint: setup ## Format, ruff, types, the contract of imports
	@$(run) ruff format --check .
	@$(run) ruff check .
	@$(run) mypy
	@$(run) lint-imports

quick: setup ## Every test that needs no engine
	@$(run) pytest -q $(on_all_cores) --ignore=tests/engine

test: setup ## Every test, the real engine included, and how much of the code they reach
	@$(run) coverage erase
	@$(run) coverage run -m pytest $(on_all_cores)
	@$(run) coverage combine --quiet
	@$(run) coverage report

check: lint test ## All that CI asks

format: setup ## Format and mend what can be mended
	@$(run) ruff format .
	@$(run) ruff check --fix .

emulator: setup ## Serve the emulator, keeping presets in .emulator-state.json
	@$(run) python -m pulumi_volcengine_live.emulator --port 8899 --state .emulator-state.json

record: setup ## Record the engine's calls to the plugin in tests/sequences
	@$(run) RECORD=1 pytest -q $(on_all_cores) tests/engine/test_sequences.py

soak: setup ## Random changes against the provider: SOAK_EXAMPLES runs of 50 steps, from the seed SOAK_SEED (long)
	@seed="$${SOAK_SEED:-$$(date +%s)}"; $(run) SOAK_EXAMPLES="$${SOAK_EXAMPLES:-600}" GRPC_VERBOSITY=NONE \
	    pytest -q -s tests/service/test_any_order.py --hypothesis-seed="$$seed" && echo "seed $$seed"

fuzz: setup ## Random programs on the real engine: COMMANDS commands from SEED (1,000 take about an hour)
	@$(run) PYTHONPATH=tests GRPC_VERBOSITY=NONE python -m fuzz

mutants: setup ## Break the riskiest modules in 120 small ways, and show which test notices each (long)
	@$(run) python tools/mutants.py

bench: setup ## Calls and seconds beside an obvious provider, into docs/contributing/performance.md (about 3 minutes)
	@$(run) python benchmarks/compare.py

dist: setup ## Build wheel and sdist into dist/, and try the wheel on each Python outside the checkout
	@$(run) python tools/dist.py

ends: setup ## The lowest and the newest dependencies that pyproject.toml allows, and the oldest engine (long)
	@$(run) python tools/ends.py

pythons: setup ## Every test that needs no engine, on each Python that the package is for
	@$(run) python tools/pythons.py

acceptance: setup ## The whole life on a real account, in an app of your own; first says what it needs
	@$(run) PYTHONPATH=tests python -m acceptance

picture: setup ## Draw docs/run.svg: what the demo prints
	@$(run) python tools/run_picture.py

requirements: setup ## Pin the development dependencies anew, with hashes
	@$(run) uv pip compile --quiet pyproject.toml --group dev --universal --generate-hashes --python-version 3.10 --no-header \
	    --upgrade -o tools/requirements.txt
