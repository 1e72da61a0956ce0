// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl doctor: is everything there that running a guest needs, and what to do about what is
 * not. Each check looks for itself, so that a "no" further up does not hide one further down.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd.h"
#include "hypervisor.h"
#include "mshv.h"
#include "names.h"
#include "output.h"

enum verdict {
	YES,
	NO,
	NOTE,	/* neither good nor bad, but worth knowing */
};

/* What one check found. */
struct finding {
	enum verdict answer;
	char what[160];
	char todo[320];
};

__attribute__((format(printf, 3, 4)))
static void found(struct finding *f, enum verdict answer, const char *fmt, ...)
{
	va_list args;

	f->answer = answer;
	va_start(args, fmt);
	vsnprintf(f->what, sizeof(f->what), fmt, args);
	va_end(args);
}

static void advise(struct finding *f, const char *text)
{
	snprintf(f->todo, sizeof(f->todo), "%s", text);
}

/* The first line of a small file; "" if it cannot be read. */
static void read_line(const char *path, char *buf, size_t size)
{
	FILE *file = fopen(path, "re");

	*buf = '\0';
	if (!file)
		return;
	if (!fgets(buf, (int)size, file))
		*buf = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	fclose(file);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void check_hypervisor(struct finding *f)
{
	struct hypervisor hv;
	char version[64];

	hypervisor_detect(&hv);
	hypervisor_version(&hv, version, sizeof(version));
	if (hv.microsoft) {
		found(f, YES, "the Microsoft Hypervisor runs below this kernel (%s)", version);
		return;
	}
	found(f, NO, hv.present ? "the hypervisor below this kernel is another"
				: "there is no hypervisor below this kernel");
	advise(f, "This machine must be started under the Microsoft Hypervisor; "
		  "the test hypervisor in selftests/testhv will do for trying things out.");
}

static void check_parent(struct finding *f)
{
	struct hypervisor hv;

	hypervisor_detect(&hv);
	if (hv.create_partitions) {
		found(f, YES, "this partition may create children (%s)", hypervisor_role(&hv));
		return;
	}
	found(f, NO, "this partition may not create children (%s)", hypervisor_role(&hv));
	advise(f, "Only the root partition and L1VH partitions can have guests. "
		  "Ask whoever runs the host, or run hvctl in its root partition.");
}

/* Before 6.15 the VMBus client of such a parent has the only slot for interrupts. */
static bool too_old(const char *release)
{
	unsigned int major = 0, minor = 0;
	struct hypervisor hv;

	hypervisor_detect(&hv);
	if (!hv.create_partitions || (hv.cpu_management && !hv.nested))
		return false;
	return sscanf(release, "%u.%u", &major, &minor) == 2 &&
	       (major < 6 || (major == 6 && minor < 15));
}

static void check_kernel(struct finding *f)
{
	struct utsname uts;

	if (uname(&uts) < 0) {
		found(f, NO, "the kernel does not tell its version: %s", strerror(errno));
		return;
	}
	if (strcmp(uts.machine, "x86_64") != 0) {
		found(f, NO, "kernel %s on %s", uts.release, uts.machine);
		advise(f, "Only x86-64 is supported.");
	} else if (too_old(uts.release)) {
		found(f, NO, "kernel %s on %s: too old for this role", uts.release, uts.machine);
		advise(f, "An L1VH parent or a nested root needs Linux 6.15 or newer, where VMBus "
			  "does not have the only slot for synthetic interrupts.");
	} else {
		found(f, YES, "kernel %s on %s", uts.release, uts.machine);
	}
}

static void check_module(struct finding *f)
{
	if (exists("/sys/module/hv_root"))
		found(f, YES, "the module hv_root is loaded");
	else if (exists("/sys/module/mshv_root"))
		found(f, YES, "the kernel's own mshv_root is loaded");
	else
		found(f, NO, "neither hv_root nor mshv_root is loaded");
	if (f->answer == NO)
		advise(f, "Load it: modprobe hv_root, or insmod hv_root.ko. If that is refused, "
			  "the last line of dmesg says why.");
}

static void check_device(struct finding *f)
{
	struct stat st;

	if (stat(MSHV_DEVICE, &st) == 0 && S_ISCHR(st.st_mode)) {
		found(f, YES, MSHV_DEVICE " exists");
		return;
	}
	found(f, NO, MSHV_DEVICE " does not exist");
	advise(f, "The module creates it when it is loaded. If the module is loaded, /dev is "
		  "not a devtmpfs or udev removed it.");
}

static void check_open(struct finding *f)
{
	int fd = open(MSHV_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		found(f, YES, "I may open it");
		return;
	}
	found(f, NO, "I may not open it: %s (%s)", strerror(errno), errno_name(errno));
	if (errno == EACCES || errno == EPERM)
		advise(f, "Become root, or have yourself added to the group that owns the "
			  "device (ls -l " MSHV_DEVICE ") and log in again.");
	else
		advise(f, "See the checks above.");
}

static void check_driver(struct finding *f)
{
	struct mshv_query_info info;
	int fd = open(MSHV_DEVICE, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : mshv_query_info(fd, &info);

	if (fd >= 0)
		close(fd);
	if (!err && info.abi_version == MSHV_ABI_VERSION)
		found(f, YES, "the driver speaks this tool's ABI: hv_root %.*s",
		      (int)sizeof(info.driver_version), info.driver_version);
	else if (!err)
		found(f, NOTE, "the driver has ABI version %u, this tool was made for %u",
		      info.abi_version, MSHV_ABI_VERSION);
	else if (err == -ENOTTY)
		found(f, NOTE, "the driver is not hv_root; guests run, errors say less");
	else
		found(f, NO, "the driver cannot be asked: %s", strerror(-err));
	if (f->answer == NO)
		advise(f, "See the checks above.");
}

static void check_secure_boot(struct finding *f)
{
	static const char efivar[] =
		"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	char line[8] = "", lockdown[80];
	FILE *file = fopen(efivar, "re");
	bool on;

	/* Four bytes of attributes, then the value. */
	on = file && fread(line, 1, 5, file) == 5 && line[4] == 1;
	if (file)
		fclose(file);
	read_line("/sys/kernel/security/lockdown", lockdown, sizeof(lockdown));
	if (strstr(lockdown, "[integrity]") || strstr(lockdown, "[confidentiality]"))
		on = true;
	found(f, on ? NOTE : YES, "Secure Boot is %s, lockdown: %s",
	      on ? "enforced" : "not enforced", *lockdown ? lockdown : "unknown");
	if (on)
		advise(f, "The kernel loads signed modules only (\"Key was rejected by service\"). "
			  "Sign hv_root.ko with a key enrolled by mokutil --import.");
}

static const struct check {
	const char *name;
	void (*run)(struct finding *f);
	bool device;	/* a "no" means EXIT_DEVICE */
} checks[] = {
	{ "hypervisor", check_hypervisor, false },
	{ "parent", check_parent, false },
	{ "kernel", check_kernel, false },
	{ "module", check_module, false },
	{ "device", check_device, true },
	{ "permission", check_open, true },
	{ "driver", check_driver, false },
	{ "secure_boot", check_secure_boot, false },
};

static const char *const answer_words[] = { [YES] = "yes", [NO] = "no", [NOTE] = "note" };

static void print_finding(const struct finding *f)
{
	if (settings.quiet && f->answer == YES)
		return;
	printf("[%-4s] %s\n", answer_words[f->answer], f->what);
	if (f->todo[0])
		printf("       %s\n", f->todo);
}

static void add_finding(struct json_object *list, const struct check *check,
			const struct finding *f)
{
	struct json_object *one = json_object_new_object();

	json_object_object_add(one, "check", json_object_new_string(check->name));
	json_object_object_add(one, "answer", json_object_new_string(answer_words[f->answer]));
	json_object_object_add(one, "finding", json_object_new_string(f->what));
	json_object_object_add(one, "todo",
			       f->todo[0] ? json_object_new_string(f->todo) : NULL);
	json_object_array_add(list, one);
}

/* A device that cannot be used outranks the rest: it is what a script has to tell apart. */
static int status_after(int status, const struct check *check, const struct finding *f)
{
	if (f->answer != NO || status == EXIT_DEVICE)
		return status;
	return check->device ? EXIT_DEVICE : EXIT_FAILED;
}

static void output_result(struct json_object *list, int status)
{
	struct json_object *result = json_object_new_object();

	json_object_object_add(result, "ready", json_object_new_boolean(status == EXIT_OK));
	json_object_object_add(result, "checks", list);
	output_document("result", result);
}

int cmd_doctor(int count, char **operands)
{
	struct json_object *list = settings.json ? json_object_new_array() : NULL;
	int status = EXIT_OK;
	size_t i;

	(void)count;
	(void)operands;
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct finding f = { 0 };

		checks[i].run(&f);
		status = status_after(status, &checks[i], &f);
		if (list)
			add_finding(list, &checks[i], &f);
		else
			print_finding(&f);
	}
	if (list)
		output_result(list, status);
	return status;
}
