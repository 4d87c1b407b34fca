# Aliases; the work is in scripts/.
.PHONY: build demo test lint bench

build:
	@scripts/build.sh

demo:
	@scripts/demo.sh

test:
	@scripts/test.sh

lint:
	@scripts/lint.sh

bench:
	@scripts/bench.sh
