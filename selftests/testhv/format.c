// SPDX-License-Identifier: GPL-2.0
/*
 * A printf of the few conversions that testhv uses.
 */
#include "log.h"
#include "string.h"

struct out {
	char *buf;
	size_t size, len;
};

static void put(struct out *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len++] = c;
}

static void put_padded(struct out *out, const char *s, size_t len, u32 width, bool left, char pad)
{
	for (; !left && width > len; width--)
		put(out, pad);
	for (size_t i = 0; i < len; i++)
		put(out, s[i]);
	for (; left && width > len; width--)
		put(out, ' ');
}

/* Digits of `value`, at the end of a buffer of 24; returns how many. */
static size_t digits(char *end, u64 value, u32 base, bool negative)
{
	char *p = end;

	do {
		*--p = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (negative)
		*--p = '-';
	return end - p;
}

struct spec {
	bool left;
	char pad;
	u32 width, longs;
};

static const char *parse_spec(const char *fmt, struct spec *spec)
{
	*spec = (struct spec){ .pad = ' ' };
	for (; *fmt == '-' || *fmt == '0'; fmt++) {
		if (*fmt == '-')
			spec->left = true;
		else
			spec->pad = '0';
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		spec->width = spec->width * 10 + (*fmt - '0');
	for (; *fmt == 'l' || *fmt == 'z'; fmt++)
		spec->longs++;
	return fmt;
}

static void put_number(struct out *out, const struct spec *spec, u64 value, u32 base, bool sign)
{
	bool negative = sign && (s64)value < 0;
	char buf[24];
	size_t n = digits(buf + sizeof(buf), negative ? -value : value, base, negative);

	put_padded(out, buf + sizeof(buf) - n, n, spec->width, spec->left, spec->pad);
}

size_t format(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out out = { buf, size, 0 };
	struct spec spec;
	const char *s;
	char c;

	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(&out, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &spec);
		switch (*fmt) {
		case 'd':
			put_number(&out, &spec, spec.longs ? va_arg(args, s64) :
				   (u64)(s64)va_arg(args, int), 10, true);
			break;
		case 'u':
		case 'x':
			put_number(&out, &spec, spec.longs ? va_arg(args, u64) :
				   va_arg(args, unsigned int), *fmt == 'u' ? 10 : 16, false);
			break;
		case 's':
			s = va_arg(args, const char *);
			put_padded(&out, s, strlen(s), spec.width, spec.left, ' ');
			break;
		case 'c':
			c = va_arg(args, int);
			put(&out, c);
			break;
		default:
			put(&out, *fmt);
			break;
		}
	}
	if (size)
		buf[out.len] = 0;
	return out.len;
}
