# Two commands do everything: `make demo` and `make test`. Both install what is missing first.
export PKG_CONFIG_PATH := $(CURDIR)/.libtorch/pkgconfig:$(PKG_CONFIG_PATH)

SWIFT_BUILD = swift build -c release
ATELIER = .build/release/atelier

.PHONY: help demo test build bootstrap proofs leak-check fuzz bench clean

help:
	@echo "make demo     draw a picture with the embedded model and sample photos"
	@echo "make test     build and run all tests"
	@echo "make build    build $(ATELIER)"
	@echo "make proofs   the slow proofs: full width, leaks, fuzzing"
	@echo "make bench    a denoising step against PyTorch with diffusers, pair by pair"

bootstrap:
	@scripts/bootstrap

build: bootstrap
	$(SWIFT_BUILD) --product atelier

demo: build
	@mkdir -p outputs
	$(ATELIER) generate --prompt "a box toy to the right of a moon toy on the beach" \
		--ref Models/mini/references/07_a.png --ref Models/mini/references/07_b.png --seed 0 -o outputs/demo.png
	@echo "The picture is $(CURDIR)/outputs/demo.png"

test: bootstrap
	$(SWIFT_BUILD) --build-tests
	scripts/test

proofs: build leak-check fuzz
	$(ATELIER) bench full-width

leak-check: build
	scripts/leak-check

fuzz: bootstrap
	Fuzz/run

bench: build
	Benchmarks/compare

clean:
	rm -rf .build outputs
