# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
demo_main() { die "no demo yet"; }
