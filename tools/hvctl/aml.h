/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Emitter for the few kinds of ACPI machine language that a DSDT without methods needs.
 *
 * A caller writes the nesting as it is: aml_open_*() and aml_close() around what lies within.
 */
#ifndef HVCTL_AML_H
#define HVCTL_AML_H

#include <stddef.h>
#include <stdint.h>

#define AML_MAX_DEPTH	8

struct aml {
	uint8_t *bytes;
	size_t size;		/* room at bytes */
	size_t len;
	size_t open[AML_MAX_DEPTH];
	unsigned int depth;
};

void aml_init(struct aml *aml, void *bytes, size_t size);

/* Name(@name, ...): the value is what is emitted next. Names have four characters. */
void aml_name(struct aml *aml, const char *name);
void aml_integer(struct aml *aml, uint8_t value);
/* An EISA id such as "PNP0501". */
void aml_eisa_id(struct aml *aml, const char *id);

/* Scope(@path), a path such as "\\_SB_". */
void aml_open_scope(struct aml *aml, const char *path);
void aml_open_device(struct aml *aml, const char *name);
void aml_open_package(struct aml *aml, uint8_t elements);

/* A buffer of resource descriptors; its end tag is the caller's to add. */
void aml_resources(struct aml *aml, const uint8_t *descriptors, uint8_t count);

void aml_close(struct aml *aml);

#endif /* HVCTL_AML_H */
