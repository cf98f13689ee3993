/* SPDX-License-Identifier: Apache-2.0 */
/* The notify protocol of the service manager: one datagram to the socket named in NOTIFY_SOCKET. Without one,
 * nothing happens. Main thread only. */
#ifndef FIRPATH_MAIN_SD_NOTIFY_H
#define FIRPATH_MAIN_SD_NOTIFY_H

#include <stdint.h>

void sd_tell(const char *state); /* "READY=1\nSTATUS=..." */
/* Half of the watchdog's time in ms, or 0 when the manager watches nothing. */
int64_t sd_watchdog_ms(void);

#endif
