// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mshv, and the front of all ioctls.
 *
 * Every kind of file has a table of its ioctls.  The front finds the entry, reads the argument
 * and checks that what is reserved is zero, so that a handler sees only what it must judge
 * itself.  A number that is not in the table is ENOTTY, without a word in the log: programs
 * probe for ioctls that way.
 *
 * Locking: none here; handlers take what they need.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "hv_root.h"

static const struct mshv_ioctl *find_ioctl(const struct mshv_ioctl *table,
					   unsigned int entries, unsigned int cmd)
{
	unsigned int i;

	for (i = 0; i < entries; i++)
		if (table[i].cmd == cmd)
			return &table[i];
	return NULL;
}

static bool reserved_is_zero(const struct mshv_ioctl *ioctl, const u8 *args)
{
	return !memchr_inv(args + ioctl->zero_from, 0, ioctl->zero_to - ioctl->zero_from);
}

/**
 * mshv_ioctl() - check an ioctl and call its handler
 * @table: those of this kind of file
 * @entries: of @table
 * @object: what the handler is given
 * @cmd: the ioctl's number
 * @arg: the user's argument
 *
 * Return: -ENOTTY if there is none of that number, -EFAULT, -EINVAL, -ESHUTDOWN, or what the
 * handler returns.
 */
long mshv_ioctl(const struct mshv_ioctl *table, unsigned int entries, void *object,
		unsigned int cmd, unsigned long arg)
{
	const struct mshv_ioctl *ioctl = find_ioctl(table, entries, cmd);
	void __user *user_args = (void __user *)arg;
	u64 args[MSHV_MAX_ARGS / sizeof(u64)];
	long ret;

	if (!ioctl)
		return -ENOTTY;
	if (copy_from_user(args, user_args, ioctl->size))
		return -EFAULT;
	if (!reserved_is_zero(ioctl, (u8 *)args))
		return -EINVAL;
	if (!shutdown_enter())
		return -ESHUTDOWN;
	ret = ioctl->handler(object, args, user_args);
	shutdown_leave();
	return ret;
}

/* What the argument says of the processor; without the longer one the guest gets everything. */
static int read_features(struct hv_partition_creation_properties *properties,
			 const void __user *user_args, u64 flags)
{
	struct mshv_create_partition_v2 args;

	if (!(flags & BIT_ULL(MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES)))
		return 0;
	if (copy_from_user(&args, user_args, sizeof(args)))
		return -EFAULT;
	if (args.pt_num_cpu_fbanks != MSHV_NUM_CPU_FEATURES_BANKS ||
	    memchr_inv(args.pt_rsvd, 0, sizeof(args.pt_rsvd)) ||
	    memchr_inv(args.pt_rsvd1, 0, sizeof(args.pt_rsvd1)))
		return -EINVAL;
	memcpy(properties->disabled_processor_features.as_uint64, args.pt_cpu_fbanks,
	       sizeof(args.pt_cpu_fbanks));
	properties->disabled_processor_xsave_features.as_uint64 = args.pt_disabled_xsave;
	return 0;
}

static u64 creation_flags(u64 flags)
{
	static const u64 bits[] = {
		[MSHV_PT_BIT_LAPIC] = HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED,
		[MSHV_PT_BIT_X2APIC] = HV_PARTITION_CREATION_FLAG_X2APIC_CAPABLE,
		[MSHV_PT_BIT_GPA_SUPER_PAGES] = HV_PARTITION_CREATION_FLAG_GPA_SUPER_PAGES_ENABLED,
		[MSHV_PT_BIT_NESTED_VIRTUALIZATION] =
			HV_PARTITION_CREATION_FLAG_NESTED_VIRTUALIZATION_CAPABLE,
		[MSHV_PT_BIT_SMT_ENABLED_GUEST] = HV_PARTITION_CREATION_FLAG_SMT_ENABLED_GUEST,
	};
	u64 result = HV_PARTITION_CREATION_FLAG_EXO_PARTITION |
		     HV_PARTITION_CREATION_FLAG_INTERCEPT_MESSAGE_PAGE_ENABLED;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++)
		if (flags & BIT_ULL(i))
			result |= bits[i];
	return result;
}

static long create_partition(void *object, void *args, void __user *user_args)
{
	const struct mshv_create_partition *create = args;
	struct hv_input_create_partition in = {
		.compatibility_version = HV_COMPATIBILITY_21_H2,
	};
	int ret;

	if ((create->pt_flags & ~(u64)MSHV_PT_FLAGS_MASK) ||
	    create->pt_isolation != MSHV_PT_ISOLATION_NONE)
		return -EINVAL;
	in.flags = creation_flags(create->pt_flags);
	in.isolation_properties.isolation_type = HV_PARTITION_ISOLATION_TYPE_NONE;
	ret = read_features(&in.partition_creation_properties, user_args, create->pt_flags);
	if (ret)
		return ret;
	return partition_create(&in, object);
}

static long device_hvcall(void *object, void *args, void __user *user_args)
{
	return passthru_hvcall(object, NULL, NULL, args, user_args);
}

static long device_query_info(void *object, void *args, void __user *user_args)
{
	return info_query(object, HV_ANY_VP, user_args);
}

static long device_last_error(void *object, void *args, void __user *user_args)
{
	return info_last_error(object, user_args);
}

static const struct mshv_ioctl device_ioctls[] = {
	{
		.cmd = MSHV_CREATE_PARTITION,
		.size = MSHV_ARGS_SIZE(struct mshv_create_partition),
		.handler = create_partition,
	}, {
		.cmd = MSHV_ROOT_HVCALL,
		.size = MSHV_ARGS_SIZE(struct mshv_root_hvcall),
		.zero_from = offsetof(struct mshv_root_hvcall, status),
		.zero_to = offsetofend(struct mshv_root_hvcall, rsvd),
		.handler = device_hvcall,
	}, {
		.cmd = MSHV_QUERY_INFO,
		.handler = device_query_info,
	}, {
		.cmd = MSHV_GET_LAST_ERROR,
		.handler = device_last_error,
	},
};

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return mshv_ioctl(device_ioctls, ARRAY_SIZE(device_ioctls), file->private_data, cmd, arg);
}

static int device_open(struct inode *inode, struct file *file)
{
	struct hv_target *target = kzalloc(sizeof(*target), GFP_KERNEL_ACCOUNT);

	if (!target)
		return -ENOMEM;
	hv_target_init(target, HV_PARTITION_ID_SELF, &hv_root_ledger);
	file->private_data = target;
	return 0;
}

static int device_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.unlocked_ioctl = device_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mshv",
	.fops = &device_fops,
	.mode = 0600,
};

/*
 * Registering a second device of a name makes the kernel dump its stack, and whoever has the
 * name, upstream's driver, also has the interrupts that we are about to take.  Where sysfs is
 * not mounted there is nothing to see; then SINT 0 still tells, on this CPU (synic.c).
 */
int device_check_name(void)
{
	struct path path;

	if (kern_path("/sys/class/misc/mshv", 0, &path))
		return 0;
	path_put(&path);
	pr_err("not loading: /dev/mshv belongs to another driver (mshv_root?)\n");
	return -EBUSY;
}

int device_init(void)
{
	return misc_register(&device);
}

void device_exit(void)
{
	misc_deregister(&device);
}
