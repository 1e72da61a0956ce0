// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that does what no kernel must: it deposits a page of its own for
 * the root's partition and then reads and writes it.  The test hypervisor has
 * taken the page out of the root's address space, reports each touch, and
 * gives the root a general protection fault, over which the kernel's
 * exception table steps here.  The page is withdrawn again, so that nothing
 * remains but the reports.
 *
 * What was done is in the module's parameters, for the test to compare.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>

#include <asm/asm.h>

#include <hvabi/hvabi.h>

#define OFFSET	0x128	/* inside the page, as good as any */
#define POISON	0x600dcafe600dcafeUL

static unsigned long address, read_rip, write_rip, read_value = POISON;
static int deposit_status = -1, withdraw_status = -1;
static bool same_page, zeroed;

module_param(address, ulong, 0444);
module_param(read_rip, ulong, 0444);
module_param(write_rip, ulong, 0444);
module_param(read_value, ulong, 0444);
module_param(deposit_status, int, 0444);
module_param(withdraw_status, int, 0444);
module_param(same_page, bool, 0444);
module_param(zeroed, bool, 0444);

static u64 hypercall(u64 control, void *in, void *out)
{
	register u64 r8 asm("r8") = out ? virt_to_phys(out) : 0;
	u64 rdx = virt_to_phys(in), result;

	asm volatile("vmmcall"
		     : "=a" (result), "+r" (r8), "+c" (control), "+d" (rdx)
		     :
		     : "memory", "cc", "r9", "r10", "r11");
	return result;
}

static int one_rep(u16 code, void *in, void *out)
{
	return hypercall(code | HV_HYPERCALL_REP_COMP_1, in, out) & HV_HYPERCALL_RESULT_MASK;
}

/* Each of the two says where its instruction is, and goes on behind it whatever happens. */
static void touch_read(const unsigned long *target)
{
	asm volatile("lea 1f(%%rip), %[rip]\n"
		     "1: movq (%[target]), %[value]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : [rip] "=&r" (read_rip), [value] "+&r" (read_value)
		     : [target] "r" (target)
		     : "memory");
}

static void touch_write(unsigned long *target)
{
	asm volatile("lea 1f(%%rip), %[rip]\n"
		     "1: movq %[value], (%[target])\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : [rip] "=&r" (write_rip)
		     : [target] "r" (target), [value] "r" (POISON)
		     : "memory");
}

/* @in and @out are the hypercalls' pages, @victim the one that is given away. */
static void experiment(u64 *in, u64 *out, void *victim)
{
	unsigned long *target = victim + OFFSET;

	address = virt_to_phys(target);
	memset(victim, 0x5a, PAGE_SIZE);
	in[0] = HV_PARTITION_ID_SELF;
	in[1] = virt_to_phys(victim) >> PAGE_SHIFT;
	deposit_status = one_rep(HVCALL_DEPOSIT_MEMORY, in, NULL);
	if (deposit_status)
		return;
	touch_read(target);
	touch_write(target);
	in[1] = 0;
	withdraw_status = one_rep(HVCALL_WITHDRAW_MEMORY, in, out);
	same_page = !withdraw_status && out[0] == virt_to_phys(victim) >> PAGE_SHIFT;
	zeroed = same_page && !memchr_inv(victim, 0, PAGE_SIZE);
}

static int __init touch_deposit_init(void)
{
	u64 *in = (u64 *)get_zeroed_page(GFP_KERNEL);
	u64 *out = (u64 *)get_zeroed_page(GFP_KERNEL);
	void *victim = (void *)get_zeroed_page(GFP_KERNEL);

	if (in && out && victim)
		experiment(in, out, victim);
	/* A page that did not come back is not ours to free. */
	if (deposit_status || same_page)
		free_page((unsigned long)victim);
	free_page((unsigned long)in);
	free_page((unsigned long)out);
	return 0;
}

static void __exit touch_deposit_exit(void)
{
}

module_init(touch_deposit_init);
module_exit(touch_deposit_exit);

MODULE_DESCRIPTION("Touches a deposited page, to see that it is noticed");
MODULE_LICENSE("GPL");
