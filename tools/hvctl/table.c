// SPDX-License-Identifier: GPL-2.0
/*
 * The commands and options of hvctl, once and for all. See cmd.h.
 */
#include <limits.h>
#include <stddef.h>

#include "cmd.h"

const struct option_desc common_options[] = {
	{ 'j', "json", NULL, "print one JSON document, for results and for errors" },
	{ 'p', "pretty", NULL, "the same, indented" },
	{ 'q', "quiet", NULL, "print nothing but errors and the guest's console" },
	{ 'v', "verbose", NULL, "print more" },
	{ 'h', "help", NULL, "print help on hvctl or on the command, and exit" },
	{ 'V', "version", NULL, "print the version of hvctl, and exit" },
	{ 0, NULL, NULL, NULL },
};

static const struct option_desc run_options[] = {
	{ 'k', "kernel", "FILE", "its kernel: a bzImage, a vmlinux with PVH entry, or multiboot" },
	{ 'i', "initrd", "FILE", "its initial RAM disk" },
	{ 'c', "cmdline", "STRING", "its command line [console=ttyS0]" },
	{ 'm', "memory", "SIZE", "its memory, with suffix K, M or G [256M]" },
	{ 'n', "cpus", "COUNT", "its virtual processors [1]" },
	{ 't', "timeout", "SECONDS", "end the guest after this time, with exit status 4" },
	{ OPT_PLAIN, "plain", NULL, "offer it nothing of Hyper-V, as not all kernels know that" },
	{ OPT_SAVE, "save", "FILE", "on SIGUSR2, save the guest to this file and end" },
	{ OPT_RESTORE, "restore", "FILE", "go on with a saved guest instead of booting one" },
	{ OPT_CONTROL, "control", "SOCKET", "make a socket for 'hvctl control' and 'console'" },
	{ OPT_REPORT, "report", NULL, "print at the end what the guest's exits were" },
	{ 0, NULL, NULL, NULL },
};

static const struct option_desc stats_options[] = {
	{ 'i', "interval", "SECONDS", "print every so often what the counters moved by" },
	{ 'c', "count", "NUMBER", "so many times, instead of until it is ended" },
	{ 0, NULL, NULL, NULL },
};

static const struct option_desc no_options[] = {
	{ 0, NULL, NULL, NULL },
};

const struct command commands[] = {
	{ "run", "", 0,
	  "boot a Linux guest in a child partition, with its console here",
	  run_options, run_set_option, cmd_run },
	{ "control", "SOCKET status|pause|resume|save FILE|quit", 3,
	  "pause a guest that runs, let it go on, save it, or end it",
	  no_options, NULL, cmd_control },
	{ "console", "SOCKET", 1,
	  "attach to the console of a guest that runs",
	  no_options, NULL, cmd_console },
	{ "partition", "[list | show ID]", 2,
	  "print which partitions there are, with VPs, memory and deposit",
	  no_options, NULL, cmd_partition },
	{ "vp", "[list [ID]]", 2,
	  "print the virtual processors of all partitions or of one",
	  no_options, NULL, cmd_vp },
	{ "stats", "[hypervisor | lp N | partition ID | vp ID N]", 3,
	  "print what the hypervisor counts",
	  stats_options, stats_set_option, cmd_stats },
	{ "doctor", "", 0,
	  "check what running guests needs, and say what to do about each \"no\"",
	  no_options, NULL, cmd_doctor },
	{ "version", "", 0,
	  "print the versions of hvctl, kernel, driver and hypervisor",
	  no_options, NULL, cmd_version },
	{ "explain", "[STATUS...]", INT_MAX,
	  "say what a status of the hypervisor means, by number or name",
	  no_options, NULL, cmd_explain },
	{ "help", "[COMMAND]", 1,
	  "print help on hvctl or on a command",
	  no_options, NULL, cmd_help },
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
