# 印记 Yinji. A machine needs make and Python 3.11 or newer; everything else is set up by itself.

.DEFAULT_GOAL := help
PY := .venv/bin/python

##@ Run

.PHONY: up
up: setup ## 启动整个系统并打印地址,Ctrl-C 停止 · start everything, print the address; Ctrl-C stops
	@YINJI_DIE_WITH_PARENT=1 exec .venv/bin/yinji up

##@ Check

.PHONY: test
test: setup-dev ## 全部检查与测试 · every check and every test
	@tools/test

.PHONY: check
check: setup-dev ## 只看源码的检查 · only the checks that read the source
	@tools/test fast

.PHONY: fmt
fmt: setup-dev ## 整理代码格式 · format the code
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

.PHONY: bench
bench: setup-dev ## 与同类软件并排测量 · measure side by side with peers
	@$(PY) -m bench

.PHONY: faults
faults: setup-dev ## 大规模故障试验 · the fault cases at larger sizes
	@$(PY) -m tests.faults

.PHONY: planted
planted: setup-dev ## 埋入错误,测试必须发现 · planted errors, which the tests must find
	@$(PY) -m tests.planted

##@ Build

.PHONY: contracts
contracts: setup-dev ## 重新编译合约并更新 chain/abi · compile the contract into chain/abi
	@$(PY) contracts/build.py

.PHONY: web
web: setup-dev ## 构建网页(有改动时)· build the web pages (when they have changed)

.PHONY: setup
setup: ## 安装运行所需 · install what running needs (up does this by itself)
	@tools/bootstrap runtime

.PHONY: setup-dev
setup-dev: ## 安装开发所需 · install what developing needs (test does this by itself)
	@tools/bootstrap dev

.PHONY: help
help: ## 显示这些说明 · show this help
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
