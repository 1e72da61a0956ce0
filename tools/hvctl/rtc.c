// SPDX-License-Identifier: GPL-2.0
/*
 * Model of a real-time clock. See rtc.h.
 */
#include "rtc.h"

#define REG_A		0x0a
#define REG_B		0x0b
#define REG_C		0x0c
#define REG_D		0x0d
#define REG_CENTURY	0x32

#define A_32KHZ_1024HZ	0x26	/* the divider every PC sets; update-in-progress is never seen */
#define B_24_HOURS	0x02	/* and BCD, since the binary bit is clear */
#define D_VALID		0x80

static uint8_t bcd(int value)
{
	return (uint8_t)(value / 10 << 4 | value % 10);
}

static uint8_t read_time(unsigned int index, time_t now)
{
	struct tm tm;

	gmtime_r(&now, &tm);
	switch (index) {
	case 0:
		return bcd(tm.tm_sec);
	case 2:
		return bcd(tm.tm_min);
	case 4:
		return bcd(tm.tm_hour);
	case 6:
		return bcd(tm.tm_wday + 1);
	case 7:
		return bcd(tm.tm_mday);
	case 8:
		return bcd(tm.tm_mon + 1);
	case 9:
		return bcd(tm.tm_year % 100);
	case REG_CENTURY:
		return bcd(tm.tm_year / 100 + 19);
	default:
		return 0;
	}
}

uint8_t rtc_read(const struct rtc *rtc, unsigned int reg, time_t now)
{
	if (reg == 0)
		return rtc->index;
	switch (rtc->index) {
	case REG_A:
		return A_32KHZ_1024HZ;
	case REG_B:
		return B_24_HOURS;
	case REG_C:
		return 0;
	case REG_D:
		return D_VALID;
	default:
		return read_time(rtc->index, now);
	}
}

/* Bit 7 of the index masks NMIs on a real machine. The clock itself cannot be set. */
void rtc_write(struct rtc *rtc, unsigned int reg, uint8_t value)
{
	if (reg == 0)
		rtc->index = value & 0x7f;
}

void rtc_save(const struct rtc *rtc, struct rtc_state *state)
{
	*state = (struct rtc_state){ .index = rtc->index };
}

int rtc_restore(struct rtc *rtc, const struct rtc_state *state)
{
	if (state->index > 0x7f)
		return -1;
	rtc->index = state->index;
	return 0;
}
