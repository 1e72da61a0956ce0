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

/* What a guest that is saved finds again; the time is that of the day on which it is. */
struct rtc_state {
	uint8_t index;
	uint8_t reserved[7];
};
void rtc_save(const struct rtc *rtc, struct rtc_state *state);
int rtc_restore(struct rtc *rtc, const struct rtc_state *state);

#endif /* HVCTL_RTC_H */
