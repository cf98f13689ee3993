/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DUIS, the XML that Service Users and the DCC exchange (DUIS XSD 5.x): requests are built and signed here,
 * responses and alerts are read and their signatures verified. Foreign bytes are hostile: no DOCTYPE, no
 * entities, nothing fetched, DUIS_MAX at most (F13, T20). No sockets, no store.
 *
 * XMLDSig as gb-metering 3.4: enveloped; the Reference has only the enveloped transform, so its digest is
 * over *inclusive* C14N 1.0; SignedInfo is canonicalised exclusively; ecdsa-sha256 as r and s;
 * X509IssuerSerial. What is sent holds no white space and no comments between elements.
 *
 * Threads: all functions are reentrant.
 */
#ifndef FIRPATH_WIRE_DUIS_H
#define FIRPATH_WIRE_DUIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/p256.h"
#include "base/str.h"
#include "base/vec.h"

/* A document from outside: a warning may list 50,000 devices, 1.2 MB. */
#define DUIS_MAX ((size_t)2 << 20)
#define DUIS_BUILD_MAX ((size_t)32 << 20) /* one of ours: 50,000 devices and a 10 MB image */
#define DUIS_DEVICES_MAX 50000
#define DUIS_EUI_SIZE 24 /* "00-DB-12-34-56-78-90-A0" with NUL */

/* EUI-64s: either case is read, upper case is written. */
bool duis_eui_parse(const char *text, uint64_t *ret);
char *duis_eui_text(uint64_t eui, char buf[DUIS_EUI_SIZE]);

struct duis_id { /* RequestID, ResponseID: originator:target:counter */
	uint64_t originator, target, counter;
};
bool duis_id_parse(const char *text, struct duis_id *ret);

/* ---- requests ---- */
#define DUIS_IMAGE_MAX 10240000             /* bytes of a FirmwareImage */
#define DUIS_COMMAND_MAX 65536              /* bytes of a signed Pre-Command */
#define DUIS_CANCEL INT64_C(32535129600000) /* 3000-12-31T00:00:00Z */
enum duis_service { DUIS_11_1, DUIS_11_2, DUIS_11_3, DUIS_11_4, DUIS_8_2, DUIS_SERVICES };
extern const char *const duis_service_text[DUIS_SERVICES + 1]; /* "11.1", ... */
struct duis_request {
	struct duis_id id; /* target of 11.1, 11.4, 8.2: the DCC's EUI */
	enum duis_service service;
	int variant;        /* CommandVariant: 8; 11.2: 1; 11.3: 4, then 5 with command */
	const char *schema; /* schemaVersion; "5.4" */
	/* 11.1, 11.4 */
	const uint8_t *image; /* whole OTA file */
	size_t nimage;
	uint32_t version;
	const uint64_t *device;
	size_t ndevices;
	/* 11.2, 11.3 */
	int64_t at;       /* ExecutionDateTime, UTC ms; -1 = none; DUIS_CANCEL takes a planned 11.3 back */
	uint8_t hash[32]; /* 11.3 CV4 */
	/* 11.3 CV5: signed Pre-Command */
	const uint8_t *command;
	size_t ncommand;
	/* 8.2 */
	uint64_t read_device;
};
/* Appends the document, signed with key; cert gives issuer and serial. ERR_INVALID names what cannot be
 * (50,001 devices, no device, image too large). */
int duis_build(const struct duis_request *r, const struct p256_key *k, const struct p256_cert *cert,
	       struct str *out, struct err *e) MUST_USE;

/* ---- what comes back ---- */
enum duis_kind { DUIS_RESPONSE, DUIS_DEVICE_ALERT, DUIS_DCC_ALERT, DUIS_REQUEST /* `firpath duis verify` */ };
enum duis_payload {
	DUIS_NOTHING, /* an acknowledgement, or a body that is not ours */
	DUIS_GBCS,
	DUIS_PRE_COMMAND,
	DUIS_INVENTORY,
	DUIS_FIRMWARE_WARNING,
	DUIS_FUTURE_ALERT,        /* FutureDatedDeviceAlertMessage: gbcs and alert_code */
	DUIS_DELIVERY,            /* CSPFirmwareDeliveryStatus */
	DUIS_DISTRIBUTION_FAILED, /* FirmwareDistributionFailure: devices in list[0] */
	DUIS_TRANSFER,            /* CommsHubAlert with FirmwareTransferAlert */
	DUIS_QUARANTINED,
	DUIS_VERSION_MISMATCH, /* FirmwareVersionMismatch */
	DUIS_SUPPLIER_CHANGED, /* ChangeOfSupplier, DeviceChangeOfSupplier */
	DUIS_STATUS_CHANGED,   /* DeviceStatusChangeEvent */
	DUIS_HUB_ACTIVATED,    /* CommsHubFirmwareActivation */
	DUIS_COMMAND_FAILED,   /* CommandFailure */
	DUIS_PPMID_UPGRADED,   /* PPMIDAlert: alert_code; with PPMIDFirmwareUpgradeAlert has_version,
				  transfer_ok */
	DUIS_PAYLOADS
};
extern const char *const duis_payload_text[DUIS_PAYLOADS + 1]; /* for people; "" of DUIS_NOTHING */
enum duis_list {
	DUIS_LIST_INVALID, /* InvalidDeviceIDList; of a distribution failure: MeterIDs */
	DUIS_LIST_NOT_COMMISSIONED,
	DUIS_LIST_NOT_APPLICABLE,
	DUIS_LIST_BUSY, /* OtherRequestInProgressList */
	DUIS_LIST_GBCS, /* InvalidGBCSVersionList */
	DUIS_LISTS
};
enum duis_transfer {
	DUIS_TRANSFER_OK,
	DUIS_TRANSFER_DISCARDED,
	DUIS_TRANSFER_HARDWARE,
	DUIS_TRANSFER_FAILED
};
struct duis_device {       /* of an inventory */
	uint64_t eui, hub; /* hub 0 = not said; DUIS names no hub: it is the one CHF of the same inventory */
	char type[8];      /* "ESME" ... */
	char status[24], variant[8], han_variant[32], region[24], smets[24], mpxn[16], uprn[16];
	char gbcs[16]; /* DeviceGBCSVersion */
	char manufacturer[5],
	    model[9];    /* 4 and 8 upper hex digits as the CPL (model and hardware); "" = not said */
	char version[9]; /* 8 upper hex digits; "" = not said */
};
struct duis_message {
	enum duis_kind kind;
	char schema[8];
	bool has_id, has_response_id;
	struct duis_id id, response_id;
	char code[16];    /* "I0", "I99", "E110101", "W110101"; of a DCC alert "N60" */
	int64_t at;       /* ResponseDateTime, UTC ms; of a request ExecutionDateTime, -1 = none */
	char service[12]; /* ServiceReference; "" = none */
	int variant;      /* of a request: CommandVariant */
	enum duis_payload payload;
	uint8_t *gbcs; /* owned; of a request: image or signed Pre-Command */
	size_t ngbcs;
	char gbcs_version[16];
	uint16_t alert_code; /* device alerts */
	VEC(uint64_t) list[DUIS_LISTS];
	struct duis_device device[17];
	size_t ndevices;
	struct duis_id of; /* UpdateFirmwareRequestID */
	bool has_of;
	uint64_t about, hub;                 /* device that an alert is about, its hub; 0 = not said */
	uint32_t version, version_inventory; /* version: of the delivery, of the device */
	bool has_version, has_hash;
	uint8_t hash[32]; /* of an 11.3 */
	bool transfer_ok; /* of a delivery, of an upgrade of a PPMID */
	enum duis_transfer transfer;
	char status[24];  /* new DeviceStatus */
	char detail[200]; /* what else it says, for people */
};
void duis_message_done(struct duis_message *m);
DEFINE_OWN_VAL(struct duis_message, duis_message_done)

/* Whom we believe: certificates of the DCC (OU 89), found by issuer and serial. */
struct duis_trust {
	struct p256_cert *const *cert;
	size_t n;
	int64_t now; /* UTC ms */
};
enum duis_signed {
	DUIS_UNSIGNED, /* a refusal of a request without a signature; anything else without one is DUIS_BAD */
	DUIS_GOOD,
	DUIS_BAD, /* digest or signature wrong, algorithms other than stated, more than one reference ... */
	DUIS_STRANGER /* signed by somebody who is not trusted */
};
extern const char *const duis_signed_text[]; /* "unsigned", "good", "bad", "stranger" */
/* Reads one document and judges its signature. ERR_INVALID (line, column): no DUIS, DOCTYPE, too deep;
 * ERR_TOO_LARGE. trust NULL: the signature is not looked at (DUIS_UNSIGNED or DUIS_STRANGER). Requests are
 * believed when OU 87 and the EUI of the certificate fit the originator. */
int duis_read(const char *p, size_t n, const struct duis_trust *trust, struct duis_message *ret,
	      enum duis_signed *ret_signed, struct err *e) MUST_USE;

/* The same for people (`firpath duis verify`), up to DUIS_BUILD_MAX: what about the document makes others
 * refuse it. */
enum duis_trap {
	DUIS_TRAP_SPACE = 1,      /* white space between elements: verifies, but the DCC refuses it */
	DUIS_TRAP_COMMENT = 2,    /* comments: the same */
	DUIS_TRAP_EXCLUSIVE = 4,  /* the digest is over exclusive C14N */
	DUIS_TRAP_DER = 8,        /* the signature is DER, not r and s */
	DUIS_TRAP_LOWER_CASE = 16 /* an EUI in lower case: valid, but some compare bytes */
};
struct duis_finding {
	bool has_signature, digest_good;
	unsigned traps; /* enum duis_trap */
	char issuer[P256_ISSUER_SIZE], serial[P256_SERIAL_SIZE];
	char why[160]; /* why the signature is not good */
};
int duis_inspect(const char *p, size_t n, const struct duis_trust *trust, struct duis_message *ret,
		 enum duis_signed *ret_signed, struct duis_finding *ret_finding, struct err *e) MUST_USE;

#endif
