#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Leaks, and leaves it to the runner to find out at the end of the run.
insmod ./leak.ko && rmmod leak
