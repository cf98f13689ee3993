/* SPDX-License-Identifier: Apache-2.0 */
/* Every cell of the life of a meter's firmware job, written by state; the table in src/model/meter_job.c is
 * written by event. What is not here moves nothing.
 *
 *	event [ "[" word {"," word} "]" ] ">" state [":" deed] ["=" told] ["+"]
 *
 * The words in brackets are conditions, all of which hold: meter ppmid none some spare spent now future
 * clear mixed (dated, and the second), told-NAME, no-told, any-told. "+": the tries begin anew. */
#ifndef FIRPATH_TESTS_METER_JOB_CELLS_H
#define FIRPATH_TESTS_METER_JOB_CELLS_H

#include "model/meter_job.h"

#define ALWAYS "authority-lost>lost runs-new>proven "
#define LIST                                                                                                 \
	"taken>distributed+ busy>ready:distribute busy-last>refused refused>refused not-applicable>refused " \
	"not-commissioned>refused invalid-id>refused gbcs-version>refused held[meter]>ready "
#define PUSHED                                                                                               \
	"not-delivered>failed hardware>failed image-bad>failed cancel[meter]>canceled runs-other>other "
#define PPMID_TOLD                                                                                           \
	"done[ppmid]>reading:read=success+ no-image[ppmid]>reading:read=no-image+ "                          \
	"hash[ppmid]>reading:read=hash+ not-activated[ppmid]>reading:read=failed+ "
#define TOLD_NOW                                                                                             \
	"done>reading:read=success+ no-image[clear]>reading:read=no-image+ "                                 \
	"hash[clear]>reading:read=hash+ not-activated[clear]>reading:read=failed+ "
#define IMAGE_GONE "image-other>failed image-bad>failed "
#define BEFORE_OR_AGAIN                                                                                      \
	"done[some]>reading:read=success+ no-image[some]>reading:read=no-image+ "                            \
	"hash[some]>reading:read=hash+ not-activated[some]>reading:read=failed+ "                            \
	"runs-other[none]>other runs-other[some]>taking-back:take-back+ "                                    \
	"cancel[none]>canceled cancel[some]>taking-back:take-back+ "

static const struct {
	enum meter_job in;
	const char *cells;
} want[] = {
	{ METER_JOB_READY, ALWAYS LIST
	  "due>ready:distribute due-last>silent sent>sent delivered>delivered+ image-good[meter]>verified+ "
	  "done>ready:read runs-other>other cancel>canceled" },
	{ METER_JOB_SENT, ALWAYS LIST PUSHED PPMID_TOLD
	  "not-sent>ready:distribute delivered>delivered+ image-good[meter]>verified+ done[meter]>sent:read "
	  "answer-lost[meter]>ready:distribute due[meter]>ready:distribute due-last[meter]>silent "
	  "answer-lost[ppmid]>distributed+ due[ppmid]>distributed+ due-last[ppmid]>distributed+ "
	  "held[ppmid]>distributed+" },
	{ METER_JOB_DISTRIBUTED, ALWAYS PUSHED PPMID_TOLD
	  "delivered>delivered+ image-good[meter]>verified+ image-other>failed done[meter]>distributed:read "
	  "due[meter]>failed due-last[meter]>failed due[ppmid]>reading:read+ due-last[ppmid]>reading:read+" },
	{ METER_JOB_DELIVERED, ALWAYS PUSHED PPMID_TOLD
	  "image-good[meter]>verified+ image-other>failed done[meter]>delivered:read "
	  "due[meter]>failed due-last[meter]>failed due[ppmid]>reading:read+ due-last[ppmid]>reading:read+" },
	{ METER_JOB_VERIFIED, ALWAYS IMAGE_GONE BEFORE_OR_AGAIN
	  "go[meter]>asked:transform due-last>silent done[none]>verified:read" },
	{ METER_JOB_ASKED, ALWAYS IMAGE_GONE BEFORE_OR_AGAIN
	  "command-ok>activating:activate+ command-bad>refused:alarm refused>refused held>verified "
	  "answer-lost>verified not-sent>verified due>verified due-last>silent done[none]>asked:read" },
	{ METER_JOB_ACTIVATING, ALWAYS TOLD_NOW
	  "ack>activating answer-lost>activating held>activating not-sent>verified scheduled>scheduled+ "
	  "refused[now]>reading:read=refused+ refused[future]>scheduled=refused+ due[now]>reading:read+ "
	  "due-last[now]>reading:read+ "
	  "due[future]>scheduled+ due-last[future]>scheduled+ cancel[future]>taking-back:take-back+ "
	  "runs-other>taking-back:take-back+" },
	{ METER_JOB_SCHEDULED,
	  ALWAYS TOLD_NOW "due>reading:read+ due-last>reading:read+ cancel>taking-back:take-back+ "
			  "runs-other>taking-back:take-back+" },
	{ METER_JOB_TAKING_BACK,
	  ALWAYS TOLD_NOW "command-ok>taking-back:send-back command-bad>taking-back:alarm ack>taking-back "
			  "answer-lost>taking-back:take-back due>taking-back:take-back due-last>silent:alarm "
			  "taken-back>reading:read=taken-back+" },
	{ METER_JOB_READING, ALWAYS
	  "ack>reading due>reading:read due-last[told-old-version]>unchanged "
	  "due-last[no-told-old-version]>silent "
	  "done>reading:read=success no-image>reading:read=no-image hash>reading:read=hash "
	  "not-activated>reading:read=failed "
	  "runs-old[meter,no-told,spare]>verified+ runs-old[meter,no-told,spent]>unchanged "
	  "runs-old[ppmid,no-told]>unchanged runs-old[told-success]>reading=old-version "
	  "runs-old[told-old-version]>unchanged runs-old[told-no-image]>failed runs-old[told-hash]>failed "
	  "runs-old[told-failed]>failed runs-old[told-refused]>refused runs-old[told-taken-back]>canceled "
	  "runs-other[meter,no-told]>taking-back:take-back+ runs-other[ppmid,no-told]>other "
	  "runs-other[any-told]>other cancel[meter,no-told]>taking-back:take-back+" },
};

#endif
