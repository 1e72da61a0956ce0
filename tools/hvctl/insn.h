/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Decoder for the few x86 instructions that touch device memory.
 *
 * The hypervisor reports a memory intercept with the guest physical address and the bytes of
 * the instruction, and leaves the rest to whoever models the device: how wide the access is,
 * which register takes part, what the flags become, how far RIP moves. This is that rest. It
 * knows the plain moves, the arithmetic that drivers apply to registers in memory, and nothing
 * else; an instruction outside that set is refused, never guessed.
 *
 * Freestanding: no libc, no allocation, no state. A VMM and a hypervisor may both include it.
 */
#ifndef HVCTL_INSN_H
#define HVCTL_INSN_H

#include <stdbool.h>
#include <stdint.h>

/* The architecture caps an instruction at 15 bytes. */
#define INSN_MAX_LEN	15

/**
 * enum insn_mode - default operand and address size of the code segment
 * @INSN_MODE_16: real mode, or a code segment with D=0
 * @INSN_MODE_32: a code segment with D=1
 * @INSN_MODE_64: long mode, code segment with L=1
 */
enum insn_mode {
	INSN_MODE_16,
	INSN_MODE_32,
	INSN_MODE_64,
};

/**
 * enum insn_status - result of insn_decode()
 * @INSN_OK: decoded
 * @INSN_TRUNCATED: the bytes end before the instruction does
 * @INSN_UNSUPPORTED: not one of the instructions known here, or an invalid encoding of one
 * @INSN_NO_MEMORY: a known instruction, but both operands are registers
 */
enum insn_status {
	INSN_OK,
	INSN_TRUNCATED,
	INSN_UNSUPPORTED,
	INSN_NO_MEMORY,
};

/* What the instruction does with its two operands. */
enum insn_op {
	INSN_MOV,
	INSN_XCHG,
	INSN_ADD,
	INSN_OR,
	INSN_AND,
	INSN_SUB,
	INSN_XOR,
	INSN_CMP,
	INSN_TEST,
};

/**
 * struct insn - one decoded instruction
 * @op: what it does
 * @len: bytes from the first prefix to the end, 1 to 15
 * @size: width of the memory operand in bytes: 1, 2, 4 or 8
 * @reg_size: width of the register operand; larger than @size for movzx and movsx only
 * @reg: number of the register operand, 0 (RAX) to 15 (R15), meaningless if @has_imm
 * @high_byte: the register operand is bits 8 to 15 of @reg (AH, CH, DH, BH)
 * @dest_mem: memory is the destination (for CMP and TEST: the first operand)
 * @sign_extend: the value read is sign-extended from @size to @reg_size, else zero-extended
 * @has_imm: the second operand is @imm and not a register
 * @imm: immediate, sign-extended to 64 bits
 */
struct insn {
	enum insn_op op;
	uint8_t len;
	uint8_t size;
	uint8_t reg_size;
	uint8_t reg;
	bool high_byte;
	bool dest_mem;
	bool sign_extend;
	bool has_imm;
	uint64_t imm;
};

/**
 * insn_decode - decode one instruction that has a memory operand
 * @insn: filled on INSN_OK, undefined otherwise
 * @mode: mode of the code segment
 * @bytes: the instruction bytes
 * @count: number of bytes available; more than 15 are not looked at
 *
 * Return: INSN_OK or why not.
 */
enum insn_status insn_decode(struct insn *insn, enum insn_mode mode, const uint8_t *bytes,
			     unsigned int count);

/* Must memory be read before insn_apply()? True for all but the plain store. */
bool insn_reads_memory(const struct insn *insn);

/* Does the result of insn_apply() go to memory? */
bool insn_writes_memory(const struct insn *insn);

/**
 * insn_apply - carry out a decoded instruction on the registers
 * @insn: from insn_decode()
 * @mem: value of the memory operand, @insn->size bytes; ignored unless insn_reads_memory()
 * @gprs: the sixteen general registers in encoding order (RAX, RCX, RDX, RBX, RSP, ...)
 * @rflags: updated by arithmetic (CF, PF, AF, ZF, SF, OF), untouched by moves
 *
 * RIP is left to the caller, who adds @insn->len.
 *
 * Return: the value to store to memory if insn_writes_memory(), truncated to @insn->size.
 */
uint64_t insn_apply(const struct insn *insn, uint64_t mem, uint64_t *gprs, uint64_t *rflags);

#endif /* HVCTL_INSN_H */
