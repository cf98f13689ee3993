/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inner signature of software (OCORA-TWS15-060 annex, section 4; readings Z46, D6): the format belongs to
 * the device's maker, so a program of the maker looks. It gets the path of the Archive and "software" as its
 * arguments; exit status 0 = its signature is good. It is waited for, at most FIRMWARE_LIMIT_MS: this happens
 * at the start, and between verification and installation.
 */
#ifndef FIRPATH_AGENT_FIRMWARE_H
#define FIRPATH_AGENT_FIRMWARE_H

#include "base/err.h"

#define FIRMWARE_LIMIT_MS 20000

/* program "" = there is none, and everything is good. ERR_INVALID: its signature is not good, or it could not
 * be looked at. */
int firmware_check(const char *program, const char *path, struct err *e) MUST_USE;

#endif
