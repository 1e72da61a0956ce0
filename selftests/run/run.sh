#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The runner's entry: run.sh COMMAND, as the top Makefile calls it.  Each
# subject has a file of its own beside this one; Documentation/testing.rst
# says how they work together.
# shellcheck source-path=SCRIPTDIR
set -u -o pipefail

here=$(dirname "${BASH_SOURCE[0]}")
. "$here/env.sh"
. "$here/host.sh"
. "$here/deb.sh"
. "$here/kernel.sh"
. "$here/kernel-image.sh"
. "$here/kernel-build.sh"
. "$here/module.sh"
. "$here/program.sh"
. "$here/crate.sh"
. "$here/image.sh"
. "$here/userland.sh"
. "$here/bootdisk.sh"
. "$here/given.sh"
. "$here/device.sh"
. "$here/qemu.sh"
. "$here/ktap.sh"
. "$here/upstream.sh"
. "$here/test.sh"
. "$here/check.sh"

usage() {
	cat <<-EOF
	usage: run.sh COMMAND
	  check      run the tests (SUITE= TEST= KERNEL= CPUS= choose by glob; LIST=1 lists)
	  shell      boot the root with everything loaded, and give it this terminal
	  demo       boot a stock guest in a child partition
	  conformance  compare with the kernel's own driver, and write the document
  lint       the static checks
	  bench      time the stock kernels' boots, with and without the hypervisor
	  modules    build the modules for KERNEL of the matrix
	  tools      build the hypervisor and the programs
	  setup      install and fetch what the others need
	EOF
}

# Everything that needs the network or a long time, for a machine that will
# have neither later.
setup_main() {
	local kernel list
	busybox_get
	for kernel in $STOCK_KERNELS $HEADER_KERNELS $BUILT_KERNELS; do
		kernel_image_prepare "$kernel"
	done
	for list in "$TOP"/selftests/suites/*/crates; do
		crates_build "$(basename "$(dirname "$list")")"
	done
	userland_prepare
	bootdisk_prepare
}

case ${1:-} in
check) host_setup; check_all ;;
conformance) host_setup; conformance_main ;;
shell) host_setup; . "$here/shell.sh"; shell_main ;;
demo) . "$here/demo.sh"; demo_main ;;
lint) host_setup; . "$here/lint.sh"; lint_main ;;
bench) host_setup; . "$here/bench.sh"; bench_main ;;
modules) host_setup; modules_main ;;
tools) host_setup; programs_main ;;
setup) host_setup; setup_main ;;
clean) rm -rf "$CACHE/build" "$LOGS" ;;
*) usage; exit 2 ;;
esac
