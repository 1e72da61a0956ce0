#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The unit tests ran when their module was loaded, and left their results in the
# kernel's log, as KTAP.
# The built-in ones, of which there are none, come before them.
dmesg | sed 's/^\[[^]]*\] //' | awk '
	/^KTAP version 1/ { text = "" }
	/^init: test/ { exit }
	{ text = text $0 "\n" }
	END { printf "%s", text }'
