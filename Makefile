# SPDX-License-Identifier: GPL-2.0-only
#
# Targets for people; the work is done by kbuild (Kbuild) and by the runner
# (selftests/run/).  "make help" lists them.

RUN := selftests/run/run.sh
KDIR ?= /lib/modules/$(shell uname -r)/build
export SUITE TEST KERNEL CPUS LIST JOBS REFRESH
export CH IMAGE
export SUITE TEST KERNEL CPUS DRIVER LIST JOBS REFRESH

.PHONY: help
help:
	@echo 'make demo              boot a stock guest in a child partition, from nothing'
	@echo 'make check             all tests; SUITE= TEST= KERNEL= CPUS= DRIVER= choose by glob, LIST=1 lists'
	@echo 'make shell             a root partition with everything loaded; KERNEL= CPUS='
	@echo 'make conformance       compare with the kernel'"'"'s own driver, write Documentation/conformance.rst'
	@echo 'make lint              static checks'
	@echo 'make bench             boot times of the stock kernels, with and without the hypervisor'
	@echo 'make modules           the kernel modules, for the running kernel, KDIR= for another;'
	@echo '                       KERNEL= for one of the matrix, built aside'
	@echo 'make modules_install   puts them where modprobe finds them'
	@echo 'make tools             hvctl, the test hypervisor and its control program'
	@echo 'make clean             removes what was built; fetched packages and kernels stay'

.PHONY: check shell demo lint bench tools setup conformance
check shell demo lint bench tools setup conformance:
	@$(RUN) $@

.PHONY: modules
modules:
ifdef KERNEL
	@$(RUN) $@
else
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules
endif

.PHONY: modules_install
modules_install:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install

.PHONY: clean
clean:
	@$(RUN) $@
	$(MAKE) -s -C tools/hvctl clean
	[ ! -d $(KDIR) ] || $(MAKE) -C $(KDIR) M=$(CURDIR) clean
