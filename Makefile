# The verbs of the project. `make run` and `make test` do everything on a fresh machine.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# PyTorch's plain Linux build brings gigabytes of CUDA. Its own index has CPU builds: used when it answers.
# TORCH_INDEX=none skips it, TORCH_INDEX=URL names another one.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
extra_index = $(shell [ "$(TORCH_INDEX)" != none ] && curl -sfI -m 4 -o /dev/null "$(TORCH_INDEX)/torch/" \
	&& echo "--extra-index-url $(TORCH_INDEX)")

# Where `make eval` keeps its run; name the folder of an interrupted one to go on with it: make eval RUN=runs/…
RUN ?= runs/$(shell date +%Y%m%d-%H%M%S)

.DEFAULT_GOAL := help
.PHONY: help run test lint fix bench eval

help:
	@echo "make run    cài đặt, tải mô hình, nạp bài minh họa, mở trang hỏi đáp (install, fetch models, index, open the chat)"
	@echo "make test   cài đặt và chạy mọi kiểm thử (install, all tests)"
	@echo "make lint | fix | eval | bench"

$(BIN)/hoibao: pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit("Cần Python 3.11 trở lên: make run PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -c requirements.lock $(extra_index) torch
	$(BIN)/pip install --disable-pip-version-check -c requirements.lock -e .
	@touch $@

$(BIN)/pytest: $(BIN)/hoibao
	$(BIN)/pip install -q --disable-pip-version-check -c requirements.lock -e '.[dev]'
	@touch $@

# One of the rivals that benchmarks measure us against; it comes with a command.
$(BIN)/underthesea: $(BIN)/hoibao
	$(BIN)/pip install -q --disable-pip-version-check -c requirements.lock -e '.[bench]'
	@touch $@

run: $(BIN)/hoibao
	$(BIN)/hoibao setup
	$(BIN)/hoibao index add rag/demo/articles
	$(BIN)/hoibao serve --open

test: lint
	$(BIN)/hoibao setup
	$(BIN)/pytest

lint: $(BIN)/pytest
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(BIN)/pytest
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

eval: $(BIN)/hoibao
	$(BIN)/hoibao setup
	$(BIN)/hoibao eval tests/eval/demo.jsonl --corpus rag/demo/articles \
		--out $(RUN) --compare tests/eval/baseline.json

bench: $(BIN)/underthesea
	$(BIN)/hoibao setup
	$(BIN)/python -m benchmarks.results
