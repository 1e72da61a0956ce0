/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Model of the time-of-day half of an MC146818: seconds to century in UTC, no alarm, no
 * interrupts, no memory. A guest without one takes a second at boot to find that out, and then
 * believes it is 1970.
 */
#ifndef HVCTL_RTC_H
#define HVCTL_RTC_H

#include <stdint.h>
#include <time.h>

#define RTC_PORT	0x70
#define RTC_PORTS	2

struct rtc {
	uint8_t index;
};

/* Guest access to port RTC_PORT + @reg at time @now. */
uint8_t rtc_read(const struct rtc *rtc, unsigned int reg, time_t now);
void rtc_write(struct rtc *rtc, unsigned int reg, uint8_t value);

#endif /* HVCTL_RTC_H */
