# GNU make.  "make help" lists the targets.

# release: the module for Debian's nginx
# sanitize: an nginx with the module inside, under ASan and UBSan
# valgrind: the same for valgrind's memcheck
# coverage: the same, which counts what runs
BUILD ?= release

# a build that is not the release has a folder, see tools/configure-nginx
builds := release $(patsubst tools/%/flags,%,$(wildcard tools/*/flags))

name   := ngx_http_oauth_token_module
module := build/$(name).so

# a space-separated choice of test files; all when empty
TESTS ?=

# another release of Debian to test on, "trixie" or "sid"
DEBIAN ?=
releases := trixie sid

# headers and configure of the installed nginx, from the package nginx-dev
NGX_SRC ?= /usr/share/nginx/src

# fuzz targets, and for how long each of them runs
TARGETS ?= $(basename $(notdir $(wildcard t/fuzz/*.c)))
SECONDS ?= 60

# those without nginx
plain_targets := $(filter-out config,$(TARGETS))

# parts of the benchmark; all when empty
PARTS ?=

sources := config $(wildcard src/*.c src/*.h src/*.map)

# the sources that are plain C, without nginx
plain := $(wildcard $(patsubst %,src/ngx_http_oauth_token_%.c, \
             secret stats date digest duration hash json form tree segment lifetime place granted \
             zone lock error field result captured response backoff lookup room outage \
             store clear survey pkey signer jose))

ifeq ($(filter $(BUILD),$(builds)),)
$(error BUILD is "$(BUILD)", it must be one of: $(builds))
endif

# programs of the unit tests: under ASan and UBSan, under TSan, counted
units    := $(patsubst t/unit/%.c,build/unit/%,$(wildcard t/unit/*_test.c))
threaded := $(patsubst build/unit/%,build/unit-threads/%, \
                $(filter %_threads_test,$(units)))
counted  := $(patsubst build/unit/%,build/coverage/unit/%,$(units))

target := $(if $(filter release,$(BUILD)),$(module),build/$(BUILD)/nginx)


.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all deps test test-versions test-long unit lint lint-sources coverage \
        fuzz fuzz-corpus fuzz-coverage bench bench-plot check demo screenshot \
        install clean help

all: $(target)  ## build the module (BUILD=sanitize: an nginx that checks memory)

deps:  ## install what build, demo and tests need (Debian 12, root)
	@tools/deps

# sub-makes, since deps may bring the very files that the rules below look for

test: $(addprefix test-on-,$(DEBIAN))  ## run all tests (TESTS="t/x.t" for some, BUILD=sanitize for the checked nginx, DEBIAN=trixie for another one)
ifeq ($(DEBIAN),)
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory all unit
	@tools/run-tests $(BUILD) $(TESTS)
endif

test-versions: $(addprefix test-on-,$(releases))  ## run all tests with the nginx of later Debians (root; TESTS, BUILD as for test)

test-on-%:
	@tools/deps versions
	@env -u MAKEFLAGS tools/in-debian $* make --no-print-directory test \
	    DEBIAN= BUILD=$(BUILD) TESTS="$(TESTS)"

test-long:  ## run the long forms of some tests, which take minutes (TESTS, BUILD as for test)
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory all
	@tools/run-tests $(BUILD) $(or $(TESTS),t/long)

unit: $(units) $(threaded)  ## run the plain-C unit tests
	@tools/run-unit $^

lint:  ## look for faults with compilers and analyzers
	@tools/deps lint
	@$(MAKE) --no-print-directory lint-sources

coverage:  ## tell how much of src the tests run (TESTS as for test)
	@tools/deps coverage
	@$(MAKE) --no-print-directory BUILD=coverage all $(counted)
	@tools/run-tests coverage $(TESTS)
	@tools/run-unit $(counted)
	@tools/coverage/report

fuzz:  ## run the fuzz targets (SECONDS=60 for each, TARGETS="headers" for some)
	@tools/deps fuzz
	@$(MAKE) --no-print-directory $(TARGETS:%=build/fuzz/%)
	@tools/fuzz run $(SECONDS) $(TARGETS)

fuzz-corpus:  ## keep in t/fuzz/corpus what runs of fuzz have found new, minimised
	@tools/deps fuzz
	@$(MAKE) --no-print-directory $(TARGETS:%=build/fuzz/%)
	@tools/fuzz keep $(TARGETS)

fuzz-coverage:  ## show how much of src the corpus of the fuzz targets reaches
	@tools/deps fuzz
	@$(MAKE) --no-print-directory FUZZ_BUILD=fuzz-coverage \
	    $(plain_targets:%=build/fuzz-coverage/%)
	@tools/fuzz cover $(plain_targets)

bench:  ## compare with other ways to send a token (PARTS="instructions" for some)
	@tools/deps bench
	@$(MAKE) --no-print-directory BUILD=release all build/bench/store \
	    build/bench/clients
	@bench/run $(PARTS)

bench-plot:  ## draw bench/bench.svg of what bench has measured
	@bench/plot build/bench/result.json bench/bench.svg

check:  ## check layout, layers and documentation of the sources
	@tools/check

demo:  ## show the module at work, in this terminal
	@$(MAKE) --no-print-directory deps
	@echo "building the module, see build/demo.log"
	@$(MAKE) --no-print-directory BUILD=release all > build/demo.log 2>&1 \
	    || { cat build/demo.log; exit 1; }
	@tools/demo $(abspath $(module))

screenshot:  ## draw docs/status.png: the page of oauth_token_status html
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory BUILD=release all
	@tools/screenshot docs/status.png

install: $(module)  ## copy the module to nginx's modules (DESTDIR is honoured)
	tools/install $< "$(DESTDIR)"

clean:  ## remove all that was built
	rm -rf build

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*  ## /\1	/p' Makefile | expand -t 15


# the module; a new version of nginx-dev gets a folder of its own

dev_version := $(shell dpkg-query -W -f '$${Version}' nginx-dev 2>/dev/null)
dev         := build/nginx-dev-$(dev_version)

$(module): $(dev)/objs/Makefile $(sources)
	+$(MAKE) --no-print-directory -C $(dev) -f objs/Makefile modules
	install -m 644 $(dev)/objs/$(name).so $@

$(dev)/objs/Makefile: config tools/configure-module
	tools/configure-module $(NGX_SRC) $(dev)

lint-sources: $(dev)/objs/Makefile
	@tools/lint $(dev)


# an nginx with the module inside, from the installed nginx's source package

nginx_version := $(shell dpkg-query -W -f '$${Version}' nginx 2>/dev/null)
nginx_source  := build/nginx-$(nginx_version)
inside        := build/$(BUILD)/nginx-$(nginx_version)

build/$(BUILD)/nginx: $(inside)/objs/Makefile $(sources) \
        $(wildcard tools/$(BUILD)/*.c)
	+$(MAKE) --no-print-directory -C $(inside) -f objs/Makefile binary
	install -m 755 $(inside)/objs/nginx $@

$(inside)/objs/Makefile: $(nginx_source)/configure config \
        tools/configure-nginx $(wildcard tools/$(BUILD)/config) \
        $(wildcard tools/$(BUILD)/flags)
	rm -rf $(inside)
	mkdir -p build/$(BUILD)
	cp -r $(nginx_source) $(inside)
	tools/configure-nginx $(BUILD) $(inside)

$(nginx_source)/configure:
	tools/nginx-source "$(nginx_version)" $(nginx_source)


# unit tests, always under the sanitizers; those with threads under TSan, too

unit_flags := -g -O1 -Wall -Wextra -Werror -fno-omit-frame-pointer -pthread \
    -I src

# a test that has allocations of secrets fail

build/unit/response_error_test build/coverage/unit/response_error_test: \
        unit_link := -Wl,--wrap=ngx_http_oauth_token_secret_alloc

build/unit/%: t/unit/%.c $(plain) $(wildcard src/*.h t/unit/*.h)
	@mkdir -p $(@D)
	$(CC) $(unit_flags) -fsanitize=address,undefined \
	    -fno-sanitize-recover=all -o $@ $< $(plain) $(unit_link) -ljansson -lcrypto

# TSan does not know fences: what is ordered by one is not proved by it, that
# every access is an atomic one is

build/unit-threads/%: t/unit/%.c $(plain) $(wildcard src/*.h t/unit/*.h)
	@mkdir -p $(@D)
	$(CC) $(unit_flags) -fsanitize=thread -Wno-tsan -o $@ $< $(plain) \
	    -ljansson -lcrypto

# and they are counted

build/coverage/unit/%.o: src/%.c $(wildcard src/*.h)
	@mkdir -p $(@D)
	$(CC) -g -O0 --coverage -fprofile-abs-path -fprofile-update=atomic \
	    -I src -c -o $@ $<

build/coverage/unit/%: t/unit/%.c $(wildcard t/unit/*.h) \
        $(patsubst src/%.c,build/coverage/unit/%.o,$(plain))
	$(CC) -g -O0 -pthread -I src -o $@ $< $(filter %.o,$^) --coverage \
	    $(unit_link) -ljansson -lcrypto


# what is measured is built as nginx is, without sanitizers

build/bench/%: bench/%.c $(plain) $(wildcard src/*.h)
	@mkdir -p $(@D)
	$(CC) -g -O2 -Wall -Wextra -Werror -I src -o $@ $< $(plain) -ljansson \
	    -lcrypto

build/bench/clients: bench/clients.c
	@mkdir -p $(@D)
	$(CC) -g -O2 -Wall -Wextra -Werror -o $@ $<


# fuzz targets; another build of them counts the lines that they reach

FUZZ_BUILD ?= fuzz
FUZZ_CC    ?= clang-14

fuzz_dir   := build/$(FUZZ_BUILD)
fuzz_store := $(patsubst %,$(fuzz_dir)/store/%.o, \
                  zone lock lookup room outage store clear)
fuzz_plain := $(patsubst src/ngx_http_oauth_token_%.c,$(fuzz_dir)/plain/%.o, \
                  $(plain))

fuzz_checks-fuzz          := -fsanitize=address,undefined \
                             -fno-sanitize-recover=all
fuzz_checks-fuzz-coverage := -fprofile-instr-generate -fcoverage-mapping

fuzz_flags := -g -O2 -Wall -Wextra -Werror -I src -I t/fuzz \
    -fno-omit-frame-pointer $(fuzz_checks-$(FUZZ_BUILD))

# see t/fuzz/store_world.h
fuzz_world := -fsanitize-coverage=trace-loads,trace-stores \
    -Dkill=store_kill -Dgetpid=store_getpid \
    -Dclock_gettime=store_clock_gettime -Dsched_yield=store_sched_yield

.SECONDARY: $(fuzz_store) $(fuzz_plain)

$(fuzz_dir)/plain/%.o: src/ngx_http_oauth_token_%.c $(wildcard src/*.h)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(fuzz_flags) -fsanitize=fuzzer-no-link -c -o $@ $<

$(fuzz_dir)/store/%.o: src/ngx_http_oauth_token_%.c $(wildcard src/*.h)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(fuzz_flags) -fsanitize=fuzzer-no-link $(fuzz_world) -c \
	    -o $@ $<

$(fuzz_dir)/store_ops: t/fuzz/store_ops.c $(fuzz_store) $(wildcard t/fuzz/*.h)
	$(FUZZ_CC) $(fuzz_flags) -fsanitize=fuzzer -o $@ $< $(fuzz_store)

$(fuzz_dir)/%: t/fuzz/%.c $(fuzz_plain) $(wildcard t/fuzz/*.h)
	$(FUZZ_CC) $(fuzz_flags) -fsanitize=fuzzer -o $@ $< $(fuzz_plain) \
	    -ljansson -lcrypto -lm


# the configuration, with an nginx around it

fuzz_nginx  := $(fuzz_dir)/nginx-$(nginx_version)
fuzz_module := -fsanitize=undefined,fuzzer-no-link -fno-sanitize-recover=all \
    -fno-sanitize=alignment,nonnull-attribute

$(fuzz_dir)/config: t/fuzz/config.c t/fuzz/fuzz.h $(fuzz_nginx)/objs/Makefile \
        $(sources)
	+$(MAKE) --no-print-directory -C $(fuzz_nginx) -f objs/Makefile \
	    FUZZ_FLAGS="$(fuzz_module)" binary > $(fuzz_dir)/nginx.log 2>&1 \
	    || { tail -n 20 $(fuzz_dir)/nginx.log; exit 1; }
	tools/link-fuzz $(FUZZ_CC) $(fuzz_nginx) $< $@

$(fuzz_nginx)/objs/Makefile: $(fuzz_nginx)/configure config tools/configure-fuzz
	tools/configure-fuzz $(FUZZ_CC) $(fuzz_nginx)

$(fuzz_nginx)/configure:
	tools/nginx-source "$(nginx_version)" $(fuzz_nginx)
