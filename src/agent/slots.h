/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two places for images, A and B. The one that runs is never written; the other takes the next image. A
 * slot is complete when its Manifest is there, and valid when its image is what the Manifest says.
 *
 *	DIR/slot-A/image           the Package
 *	DIR/slot-A/manifest.json   what it is: its Manifest, as it came
 *	DIR/slot-A/HASH.part       a download that has not ended; its name says of what, so that it is gone on
 *	                           with only for the same image
 */
#ifndef FIRPATH_AGENT_SLOTS_H
#define FIRPATH_AGENT_SLOTS_H

#include <stdio.h>

#include "agent/memory.h"
#include "base/digest.h"
#include "wire/bbum_message.h"

/* The Manifest of a slot; ERR_NOT_FOUND when it holds nothing complete. Not SLOT_FACTORY. */
int slot_manifest(const char *dir, enum slot_id id, struct bbum_manifest *ret, struct err *e) MUST_USE;
/* Is the stored image what the Manifest says (size, SHA-256)? ERR_INVALID: no. */
int slot_verify(const char *dir, enum slot_id id, const struct bbum_manifest *m, struct err *e) MUST_USE;

/* Take the slot for an image: what it held goes, a part of this very image stays. *ret_fd: opened for
 * appending, *ret_have: bytes of it that are there. */
int slot_take(const char *dir, enum slot_id id, const struct bbum_manifest *m, int *ret_fd, int64_t *ret_have,
	      struct err *e) MUST_USE;
/* Is the part whole and right? ERR_INVALID: no. */
int slot_part_verify(const char *dir, enum slot_id id, const struct bbum_manifest *m, struct err *e) MUST_USE;
void slot_part_drop(const char *dir, enum slot_id id, const struct bbum_manifest *m);
/* The verified part becomes the image, then the Manifest is written. */
int slot_install(const char *dir, enum slot_id id, const struct bbum_manifest *m, bool sync,
		 struct err *e) MUST_USE;
/* For tests of what happens then: change a byte of the part or of the image. */
void slot_damage(const char *dir, enum slot_id id, const struct bbum_manifest *m, bool image);

#endif
