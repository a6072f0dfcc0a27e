# What a newcomer types. `make help` lists it.

.PHONY: help run test lint format proto-gen bench clean build
.DEFAULT_GOAL := help

help:
	@echo "make run        build and run examples/myservice in the foreground, on port 50051"
	@echo "make test       build everything with sanitizers and run every test"
	@echo "make build      the optimised programs, in build/release/bin"
	@echo "make bench      compare with grpc++ and a bare nghttp2 loop, side by side"
	@echo "make lint       layers, formatting, clang-tidy"
	@echo "make format     format the sources"
	@echo "make proto-gen  generate C++ from protos/ into build/generated, to look at"
	@echo "make clean      remove build/"

build:
	@tools/bootstrap build
	@tools/build release

run:
	@tools/bootstrap build
	@tools/build release myservice
	@exec build/release/bin/myservice

test:
	@tools/bootstrap test
	@tools/test

lint:
	@tools/bootstrap lint
	@tools/lint

format:
	@tools/bootstrap lint
	@tools/sources | xargs clang-format-19 -i

proto-gen:
	@tools/bootstrap build
	@tools/proto-gen

bench:
	@tools/bootstrap bench
	@tools/build release all -DPLINTH_BUILD_BENCH=ON
	@bench/run --check; missed=$$?; bench/run --chain && bench/clients && build/release/bin/bench-overload && \
	bench/compare/header_time --check && exit $$missed

clean:
	rm -rf build
