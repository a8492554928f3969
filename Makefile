# GNU make.  "make help" lists the targets.

# release: the module for Debian's nginx
# sanitize: an nginx with the module inside, under ASan and UBSan
BUILD ?= release

name   := ngx_http_oauth_token_module
module := build/$(name).so

# a space-separated choice of test files; all when empty
TESTS ?=

# headers and configure of the installed nginx, from the package nginx-dev
NGX_SRC ?= /usr/share/nginx/src

sources := config $(wildcard src/*.c src/*.h)

# the sources that are plain C, without nginx
plain := $(wildcard $(patsubst %,src/ngx_http_oauth_token_%.c, \
             date duration hash json form tree segment lifetime place granted zone \
             lock error field result captured response backoff lookup room outage \
             store signer jose))

ifeq ($(BUILD),release)
target := $(module)
else ifeq ($(BUILD),sanitize)
target := build/sanitize/nginx
else
$(error BUILD is "$(BUILD)", it must be release or sanitize)
endif


.DELETE_ON_ERROR:
.PHONY: all deps test test-long unit bench check demo install clean help

all: $(target)  ## build the module (BUILD=sanitize: an nginx that checks memory)

deps:  ## install what build, demo and tests need (Debian 12, root)
	@tools/deps

# sub-makes, since deps may bring the very files that the rules below look for

test:  ## run all tests (TESTS="t/x.t" for some, BUILD=sanitize for the checked nginx)
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory all unit
	@tools/run-tests $(BUILD) $(TESTS)

test-long:  ## run the long forms of some tests, which take minutes (TESTS, BUILD as for test)
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory all
	@tools/run-tests $(BUILD) $(or $(TESTS),t/long)

unit: $(patsubst t/unit/%.c,build/unit/%,$(wildcard t/unit/*_test.c))  ## run the plain-C unit tests
	@tools/run-unit $^

bench:  ## count the instructions of a hit among few keys and among many
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory build/bench/store
	@bench/run build/bench/store

check:  ## check layout, layers and documentation of the sources
	@tools/check

demo:  ## show the module at work, in this terminal
	@$(MAKE) --no-print-directory deps
	@echo "building the module, see build/demo.log"
	@$(MAKE) --no-print-directory BUILD=release all > build/demo.log 2>&1 \
	    || { cat build/demo.log; exit 1; }
	@tools/demo $(abspath $(module))

install: $(module)  ## copy the module to nginx's modules (DESTDIR is honoured)
	tools/install $< "$(DESTDIR)"

clean:  ## remove all that was built
	rm -rf build

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*  ## /\1	/p' Makefile | expand -t 10


# the module; a new version of nginx-dev gets a folder of its own

dev_version := $(shell dpkg-query -W -f '$${Version}' nginx-dev 2>/dev/null)
dev         := build/nginx-dev-$(dev_version)

$(module): $(dev)/objs/Makefile $(sources)
	+$(MAKE) --no-print-directory -C $(dev) -f objs/Makefile modules
	install -m 644 $(dev)/objs/$(name).so $@

$(dev)/objs/Makefile: config tools/configure-module
	tools/configure-module $(NGX_SRC) $(dev)


# the checked nginx, from the installed nginx's own source package

nginx_version := $(shell dpkg-query -W -f '$${Version}' nginx 2>/dev/null)
checked       := build/sanitize/nginx-$(nginx_version)

build/sanitize/nginx: $(checked)/objs/Makefile $(sources) \
        $(wildcard tools/sanitize/*)
	+$(MAKE) --no-print-directory -C $(checked) -f objs/Makefile binary
	install -m 755 $(checked)/objs/nginx $@

$(checked)/objs/Makefile: $(checked)/configure config tools/sanitize/config \
        tools/configure-sanitize
	tools/configure-sanitize $(checked)

$(checked)/configure:
	tools/nginx-source "$(nginx_version)" $(checked)


# unit tests, always under the sanitizers

unit_flags := -g -O1 -Wall -Wextra -Werror -fno-omit-frame-pointer \
    -fsanitize=address,undefined -fno-sanitize-recover=all -pthread -I src

build/unit/%: t/unit/%.c $(plain) $(wildcard src/*.h t/unit/*.h)
	@mkdir -p $(@D)
	$(CC) $(unit_flags) -o $@ $< $(plain) -ljansson -lcrypto


# what is measured is built as nginx is, without sanitizers

build/bench/%: bench/%.c $(plain) $(wildcard src/*.h)
	@mkdir -p $(@D)
	$(CC) -g -O2 -Wall -Wextra -Werror -I src -o $@ $< $(plain) -ljansson \
	    -lcrypto
