// SPDX-License-Identifier: GPL-2.0
/*
 * Emitter for ACPI machine language. See aml.h.
 *
 * A block begins with its length, which is known at its end only. Two bytes are kept for it,
 * enough for 4095, and filled in by aml_close().
 */
#include <stdlib.h>
#include <string.h>

#include "aml.h"

#define OP_NAME		0x08
#define OP_BYTE		0x0a
#define OP_DWORD	0x0c
#define OP_SCOPE	0x10
#define OP_BUFFER	0x11
#define OP_PACKAGE	0x12
#define OP_EXT		0x5b
#define OP_EXT_DEVICE	0x82

#define LENGTH_BYTES	2

void aml_init(struct aml *aml, void *bytes, size_t size)
{
	*aml = (struct aml){ .bytes = bytes, .size = size };
}

static void emit(struct aml *aml, const void *bytes, size_t count)
{
	/* The tables are of one size for all guests: not fitting is a mistake in this program. */
	if (count > aml->size - aml->len)
		abort();
	memcpy(aml->bytes + aml->len, bytes, count);
	aml->len += count;
}

static void emit_byte(struct aml *aml, uint8_t byte)
{
	emit(aml, &byte, 1);
}

static void open_block(struct aml *aml)
{
	static const uint8_t room[LENGTH_BYTES];

	if (aml->depth == AML_MAX_DEPTH)
		abort();
	aml->open[aml->depth++] = aml->len;
	emit(aml, room, sizeof(room));
}

void aml_close(struct aml *aml)
{
	size_t start = aml->open[--aml->depth];
	size_t len = aml->len - start;

	/* Bits 6 and 7 of the first byte count the bytes that follow; it holds bits 0 to 3. */
	aml->bytes[start] = (uint8_t)((LENGTH_BYTES - 1) << 6 | (len & 0x0f));
	aml->bytes[start + 1] = (uint8_t)(len >> 4);
}

void aml_name(struct aml *aml, const char *name)
{
	emit_byte(aml, OP_NAME);
	emit(aml, name, 4);
}

void aml_integer(struct aml *aml, uint8_t value)
{
	if (value > 1)
		emit_byte(aml, OP_BYTE);
	emit_byte(aml, value);
}

static uint32_t hex_digit(char c)
{
	return (uint32_t)(c <= '9' ? c - '0' : c - 'A' + 10);
}

/* Three letters of five bits each and four hexadecimal digits, most significant byte first. */
void aml_eisa_id(struct aml *aml, const char *id)
{
	uint32_t value = (uint32_t)(id[0] & 0x1f) << 26 | (uint32_t)(id[1] & 0x1f) << 21 |
			 (uint32_t)(id[2] & 0x1f) << 16 | hex_digit(id[3]) << 12 |
			 hex_digit(id[4]) << 8 | hex_digit(id[5]) << 4 | hex_digit(id[6]);

	value = __builtin_bswap32(value);
	emit_byte(aml, OP_DWORD);
	emit(aml, &value, sizeof(value));
}

void aml_open_scope(struct aml *aml, const char *path)
{
	emit_byte(aml, OP_SCOPE);
	open_block(aml);
	emit(aml, path, strlen(path));
}

void aml_open_device(struct aml *aml, const char *name)
{
	emit_byte(aml, OP_EXT);
	emit_byte(aml, OP_EXT_DEVICE);
	open_block(aml);
	emit(aml, name, 4);
}

void aml_open_package(struct aml *aml, uint8_t elements)
{
	emit_byte(aml, OP_PACKAGE);
	open_block(aml);
	emit_byte(aml, elements);
}

void aml_resources(struct aml *aml, const uint8_t *descriptors, uint8_t count)
{
	emit_byte(aml, OP_BUFFER);
	open_block(aml);
	aml_integer(aml, count);
	emit(aml, descriptors, count);
	aml_close(aml);
}
