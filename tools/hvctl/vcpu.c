// SPDX-License-Identifier: GPL-2.0
/*
 * The run loop of a virtual processor.
 *
 * MSHV_RUN_VP returns with a message that says why the VP stopped. What the hypervisor handles
 * by itself never gets here: local APIC, HLT, CPUID, MSRs, synthetic devices. What is left is
 * the devices of devices.c, and the end.
 *
 * VPs other than the first start in the state of a processor that waits for INIT and SIPI, so
 * their threads just run them; the hypervisor lets the call return when there is something to
 * say.
 *
 * To stop a thread that is inside MSHV_RUN_VP it is sent KICK_SIGNAL, which makes the ioctl
 * return EINTR. A signal that comes just before the ioctl is lost on it, so vcpu_join() sends
 * another until the thread is gone.
 */
#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "cpu_state.h"
#include "failure.h"
#include "insn.h"
#include "mshv.h"
#include "pause.h"
#include "vcpu.h"

#define KICK_SIGNAL	SIGUSR1
#define KICK_PERIOD_NS	(20 * 1000 * 1000)

static const void *payload(const struct hv_message *message)
{
	return message->u.payload;
}

/* The bits of RAX that an IN of @size bytes replaces; a 32-bit result clears the upper half. */
static uint64_t merge_rax(uint64_t rax, uint32_t value, unsigned int size)
{
	if (size == 4)
		return value;
	return (rax & ~0ULL << (8 * size)) | value;
}

static void write_port(struct vm *vm, uint16_t port, unsigned int size, uint32_t value)
{
	bool output;

	pthread_mutex_lock(&vm->lock);
	ports_write(vm, port, size, value);
	output = vm->output_count;
	pthread_mutex_unlock(&vm->lock);
	if (output)
		devices_flush(vm);
}

static uint32_t read_port(struct vm *vm, uint16_t port, unsigned int size)
{
	uint32_t value;

	pthread_mutex_lock(&vm->lock);
	value = ports_read(vm, port, size);
	pthread_mutex_unlock(&vm->lock);
	return value;
}

static int handle_io_port(struct vcpu *vcpu, const struct hv_message *message)
{
	const struct hv_x64_io_port_intercept_message *io = payload(message);
	uint64_t rip = io->header.rip + io->header.instruction_length;
	unsigned int size = io->access_info.access_size;
	struct vm *vm = vcpu->vm;
	uint32_t value;

	if (io->access_info.string_op)
		return fail("the guest uses string I/O on port 0x%x, which no device here needs",
			    io->port_number);
	if (size != 1 && size != 2 && size != 4)
		return fail("the hypervisor reports an access of %u bytes to port 0x%x", size,
			    io->port_number);

	if (io->header.intercept_access_type == HV_INTERCEPT_ACCESS_WRITE) {
		write_port(vm, io->port_number, size, (uint32_t)io->rax);
		return cpu_state_set_rip(vcpu, rip);
	}
	value = read_port(vm, io->port_number, size);
	return cpu_state_set_rip_rax(vcpu, rip, merge_rax(io->rax, value, size));
}

static enum insn_mode mode_of(const struct hv_x64_intercept_message_header *header)
{
	if (header->execution_state.efer_lma && header->cs_segment._long)
		return INSN_MODE_64;
	return header->cs_segment._default ? INSN_MODE_32 : INSN_MODE_16;
}

static int fail_decode(const struct hv_x64_memory_intercept_message *mem,
		       enum insn_status status)
{
	static const char *const why[] = {
		[INSN_TRUNCATED] = "cut short",
		[INSN_UNSUPPORTED] = "not one this VMM knows",
		[INSN_NO_MEMORY] = "without a memory operand",
	};
	char hex[2 * sizeof(mem->instruction_bytes) + 1] = "";
	unsigned int i;

	for (i = 0; i < mem->instruction_byte_count && i < sizeof(mem->instruction_bytes); i++) {
		hex[2 * i] = "0123456789abcdef"[mem->instruction_bytes[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[mem->instruction_bytes[i] & 15];
		hex[2 * i + 2] = '\0';
	}
	return fail("the guest at RIP 0x%llx accesses 0x%llx by an instruction that is %s: [%s]",
		    (unsigned long long)mem->header.rip,
		    (unsigned long long)mem->guest_physical_address, why[status], hex);
}

static void access_device(struct vm *vm, uint64_t gpa, const struct insn *insn,
			  struct cpu_gprs *gprs)
{
	uint64_t value = 0;

	pthread_mutex_lock(&vm->lock);
	if (insn_reads_memory(insn))
		value = mmio_read(vm, gpa, insn->size);
	value = insn_apply(insn, value, gprs->gpr, &gprs->rflags);
	if (insn_writes_memory(insn))
		mmio_write(vm, gpa, insn->size, value);
	pthread_mutex_unlock(&vm->lock);
}

static int handle_memory(struct vcpu *vcpu, const struct hv_message *message)
{
	const struct hv_x64_memory_intercept_message *mem = payload(message);
	uint64_t gpa = mem->guest_physical_address;
	unsigned int count = mem->instruction_byte_count;
	enum insn_status status;
	struct cpu_gprs gprs;
	struct insn insn;

	if (mem->header.intercept_access_type == HV_INTERCEPT_ACCESS_EXECUTE)
		return fail("the guest jumped to 0x%llx, where there is no memory",
			    (unsigned long long)gpa);
	if (memory_contains(&vcpu->vm->memory, gpa))
		return fail("the hypervisor refused the guest access to its RAM at 0x%llx",
			    (unsigned long long)gpa);
	if (count > sizeof(mem->instruction_bytes))
		count = sizeof(mem->instruction_bytes);
	status = insn_decode(&insn, mode_of(&mem->header), mem->instruction_bytes, count);
	if (status != INSN_OK)
		return fail_decode(mem, status);
	if (cpu_state_get_gprs(vcpu, &gprs) < 0)
		return -1;
	access_device(vcpu->vm, gpa, &insn, &gprs);
	return cpu_state_set_gprs(vcpu, &gprs, mem->header.rip + insn.len);
}

static int handle_eoi(struct vcpu *vcpu, const struct hv_message *message)
{
	const struct hv_x64_apic_eoi_message *eoi = payload(message);

	pthread_mutex_lock(&vcpu->vm->lock);
	ioapic_eoi(&vcpu->vm->ioapic, (uint8_t)eoi->interrupt_vector);
	pthread_mutex_unlock(&vcpu->vm->lock);
	return 0;
}

static int handle_unrecoverable(struct vcpu *vcpu, const struct hv_message *message)
{
	(void)message;
	vm_stop(vcpu->vm, VM_TRIPLE_FAULT);
	return 0;
}

static const struct exit_kind {
	uint32_t type;		/* HVMSG_* */
	const char *name;
	int (*handle)(struct vcpu *vcpu, const struct hv_message *message);
} exit_kinds[EXIT_KINDS] = {
	[EXIT_IO_PORT] = { HVMSG_X64_IO_PORT_INTERCEPT, "io_port", handle_io_port },
	[EXIT_UNMAPPED_GPA] = { HVMSG_UNMAPPED_GPA, "unmapped_gpa", handle_memory },
	[EXIT_GPA_INTERCEPT] = { HVMSG_GPA_INTERCEPT, "gpa_intercept", handle_memory },
	[EXIT_APIC_EOI] = { HVMSG_X64_APIC_EOI, "apic_eoi", handle_eoi },
	[EXIT_UNRECOVERABLE] = { HVMSG_UNRECOVERABLE_EXCEPTION, "unrecoverable_exception",
				 handle_unrecoverable },
	[EXIT_SIGNAL] = { HVMSG_NONE, "signal", NULL },
};

const char *vcpu_exit_name(unsigned int kind)
{
	return exit_kinds[kind].name;
}

static int handle_message(struct vcpu *vcpu, const struct hv_message *message)
{
	unsigned int i;

	for (i = 0; i < EXIT_KINDS; i++) {
		if (!exit_kinds[i].handle || exit_kinds[i].type != message->header.message_type)
			continue;
		vcpu->exits[i]++;
		return exit_kinds[i].handle(vcpu, message);
	}
	return fail("VP %u stopped with message 0x%x, which this VMM does not expect", vcpu->index,
		    message->header.message_type);
}

/* One round. Returns 0 to go on. */
static int run_once(struct vcpu *vcpu)
{
	struct hv_message message;

	if (ioctl(vcpu->fd, MSHV_RUN_VP, &message) == 0)
		return handle_message(vcpu, &message);
	if (errno == EINTR || errno == EAGAIN || errno == ECANCELED) {
		vcpu->exits[EXIT_SIGNAL]++;
		return 0;
	}
	return mshv_fail_ioctl(vcpu->fd, errno, "run a VP");
}

static void *run_thread(void *arg)
{
	struct vcpu *vcpu = arg;

	while (!vm_stopped(vcpu->vm)) {
		if (atomic_load(&vcpu->vm->pausing))
			vm_park(vcpu->vm);
		else if (run_once(vcpu) < 0)
			vm_stop(vcpu->vm, VM_FAILED);
	}
	return NULL;
}

static void ignore_signal(int sig)
{
	(void)sig;
}

/* Without SA_RESTART, so that the ioctl returns. Inherited by the thread: not blocked. */
static int unblock_kick(sigset_t *old)
{
	struct sigaction action = { .sa_handler = ignore_signal };
	sigset_t kick;

	sigemptyset(&kick);
	sigaddset(&kick, KICK_SIGNAL);
	if (sigaction(KICK_SIGNAL, &action, NULL) < 0)
		return errno;
	return pthread_sigmask(SIG_UNBLOCK, &kick, old);
}

int vcpu_start(struct vcpu *vcpu)
{
	sigset_t old;
	int err = unblock_kick(&old);

	if (!err) {
		err = pthread_create(&vcpu->thread, NULL, run_thread, vcpu);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	if (err)
		return fail_errno(err, "cannot start a thread for VP %u", vcpu->index);
	vcpu->started = true;
	return 0;
}

void vcpu_kick(struct vcpu *vcpu)
{
	if (ioctl(vcpu->fd, MSHV_CANCEL_RUN_VP) < 0)
		pthread_kill(vcpu->thread, KICK_SIGNAL);
}

void vcpu_in_a_moment(struct timespec *when)
{
	clock_gettime(CLOCK_REALTIME, when);
	when->tv_nsec += KICK_PERIOD_NS;
	if (when->tv_nsec >= 1000000000) {
		when->tv_nsec -= 1000000000;
		when->tv_sec++;
	}
}

void vcpu_join(struct vcpu *vcpu)
{
	struct timespec when;

	if (!vcpu->started)
		return;
	do {
		pthread_kill(vcpu->thread, KICK_SIGNAL);
		vcpu_in_a_moment(&when);
	} while (pthread_timedjoin_np(vcpu->thread, NULL, &when) == ETIMEDOUT);
	vcpu->started = false;
}

/* ENODEV says that there is no such page, not that something is wrong. */
static int map_register_page(struct vcpu *vcpu)
{
	void *page = mmap(NULL, MSHV_HV_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd,
			  MSHV_VP_MMAP_OFFSET_REGISTERS * sysconf(_SC_PAGESIZE));

	if (page != MAP_FAILED)
		vcpu->page = page;
	else if (errno != ENODEV)
		return fail_errno(errno, "cannot map the register page of VP %u", vcpu->index);
	return 0;
}

int vcpu_create(struct vm *vm, struct vcpu *vcpu, uint32_t index)
{
	struct mshv_create_vp create = { .vp_index = index };

	vcpu->vm = vm;
	vcpu->index = index;
	vcpu->fd = mshv_ioctl(vm->fd, MSHV_CREATE_VP, &create, "create a VP");
	if (vcpu->fd < 0)
		return -1;
	if (map_register_page(vcpu) < 0)
		return -1;
	return cpu_state_common(vcpu);
}

void vcpu_destroy(struct vcpu *vcpu)
{
	if (vcpu->page)
		munmap(vcpu->page, MSHV_HV_PAGE_SIZE);
	if (vcpu->fd >= 0)
		close(vcpu->fd);
	vcpu->page = NULL;
	vcpu->fd = -1;
}
