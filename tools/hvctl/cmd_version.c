// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl version: of this tool, the kernel, the driver and the hypervisor. What is not there has
 * no version, which is no error; `hvctl doctor` is for that.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd.h"
#include "hypervisor.h"
#include "mshv.h"
#include "output.h"
#include "version.h"

struct versions {
	char kernel[sizeof(((struct utsname *)0)->release)];
	char driver[64];
	char hypervisor[64];
};

/* A driver that does not know the question is one that this tool was not made with. */
static void driver_version(char *buf, size_t size)
{
	struct mshv_query_info info;
	int fd = open(MSHV_DEVICE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (mshv_query_info(fd, &info) == 0)
		snprintf(buf, size, "hv_root %.*s, ABI %u", (int)sizeof(info.driver_version),
			 info.driver_version, info.abi_version);
	else
		snprintf(buf, size, "another driver, which does not say");
	close(fd);
}

static void collect(struct versions *v)
{
	struct hypervisor hv;
	struct utsname uts;

	memset(v, 0, sizeof(*v));
	if (uname(&uts) == 0)
		snprintf(v->kernel, sizeof(v->kernel), "%s", uts.release);
	driver_version(v->driver, sizeof(v->driver));
	hypervisor_detect(&hv);
	hypervisor_version(&hv, v->hypervisor, sizeof(v->hypervisor));
}

static void add(struct json_object *result, const char *name, const char *value)
{
	json_object_object_add(result, name, *value ? json_object_new_string(value) : NULL);
}

static void print_line(const char *name, const char *value)
{
	printf("%-12s %s\n", name, *value ? value : "-");
}

int cmd_version(int count, char **operands)
{
	struct json_object *result;
	struct versions v;

	(void)count;
	(void)operands;
	collect(&v);
	if (!settings.json) {
		print_line("hvctl", HVCTL_VERSION);
		print_line("kernel", v.kernel);
		print_line("driver", v.driver);
		print_line("hypervisor", v.hypervisor);
		return EXIT_OK;
	}
	result = json_object_new_object();
	add(result, "hvctl", HVCTL_VERSION);
	add(result, "kernel", v.kernel);
	add(result, "driver", v.driver);
	add(result, "hypervisor", v.hypervisor);
	output_document("result", result);
	return EXIT_OK;
}
