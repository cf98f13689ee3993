/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCPP-J of three versions, read and written: the envelope (CALL, CALLRESULT, CALLERROR, 2.1: CALLRESULTERROR
 * and SEND) and the messages that firmware management needs, as structs that know no version. What an
 * optional field left out is "" or -1 (numbers), never a null in JSON. Unknown members are taken and ignored;
 * fields over their size or of the wrong type are FormationViolation / FormatViolation /
 * TypeConstraintViolation with the field named. Both spellings of error codes are understood. OCPP 1.6 Ed.
 * 2, 1.6 security whitepaper Ed. 3, OCPP 2.0.1 Part 2 L and Part 4, OCPP 2.1 (schemas). Pure: text in, text
 * out.
 */
#ifndef FIRPATH_WIRE_OCPP_H
#define FIRPATH_WIRE_OCPP_H

#include "base/json.h"
#include "base/str.h"
#include "model/ocpp_job.h"

enum ocpp_version { OCPP_16, OCPP_201, OCPP_21, OCPP_VERSIONS };
extern const char *const ocpp_version_text[OCPP_VERSIONS + 1]; /* "ocpp1.6", ... */

#define OCPP_ID_MAX 36
#define OCPP_TEXT_MAX ((size_t)64 << 10)

enum ocpp_kind { OCPP_CALL, OCPP_RESULT, OCPP_ERROR, OCPP_RESULT_ERROR, OCPP_SEND };
/* The envelope. json owns the payload; texts are borrowed from it. */
struct ocpp_frame {
	enum ocpp_kind kind;
	char id[OCPP_ID_MAX + 1];
	char action[51];            /* CALL, SEND */
	char code[40], text[256];   /* ERROR, RESULT_ERROR; code in the 2.x spelling */
	struct json *json;          /* owned: the whole array */
	const struct json *payload; /* borrowed from json */
};
void ocpp_frame_done(struct ocpp_frame *f);
DEFINE_OWN_VAL(struct ocpp_frame, ocpp_frame_done)
/* ERR_JSON, ERR_JSON_FIELD, ERR_TOO_LARGE: not readable; then reply (may stay empty) holds what to
 * answer. 2.x: CALLERROR with the id or "-1"; 1.6: CALLERROR to a CALL whose id could be read, else nothing.
 * What is itself an answer is never answered. */
int ocpp_read(enum ocpp_version v, const char *text, size_t len, struct ocpp_frame *ret, struct str *reply,
	      struct err *e) MUST_USE;
void ocpp_put_result(struct str *out, const char *id, const char *payload);
/* code in the 2.x spelling; written as the version spells it. */
void ocpp_put_error(enum ocpp_version v, struct str *out, const char *id, const char *code, const char *text);
void ocpp_put_call(struct str *out, const char *id, const char *action, const char *payload);
/* A Heartbeat CALL, found without building a tree (the common message of a fleet): its id, or false. */
bool ocpp_is_heartbeat(const char *text, size_t len, char ret_id[OCPP_ID_MAX + 1]);

/* ---- what stations say ---- */
enum ocpp_in {
	OCPP_IN_BOOT,
	OCPP_IN_HEARTBEAT,
	OCPP_IN_STATUS,
	OCPP_IN_FIRMWARE,
	OCPP_IN_COMPONENT,
	OCPP_IN_PUBLISH,
	OCPP_IN_SECURITY,
	OCPP_IN_LOG,
	OCPP_IN_REPORT,
	OCPP_IN_TRANSACTION,
	OCPP_IN_AUTHORIZE,
	OCPP_IN_METER,
	OCPP_IN_RESERVATION,
	OCPP_IN_EVENT,
	OCPP_IN_DATA,
	OCPP_IN_SIGN_CERTIFICATE,
	OCPP_IN_OTHER,
	OCPP_INS
};
struct ocpp_boot {
	char vendor[51], model[51], serial[51], firmware[51], iccid[21], imsi[21], reason[21];
};
struct ocpp_notice { /* FirmwareStatusNotification of all kinds, component status, publish, log, security
			event */
	enum ocpp_status status; /* model/ocpp_job.h; OCPP_STATUSES = a word we do not know */
	char status_text[51];
	int64_t request_id; /* -1 = none */
	char tracking[37], component[51], version[51];
	char reason_code[21], detail[256]; /* statusInfo, techInfo */
	char event[51];                    /* security event type */
	int64_t at;                        /* UTC ms, -1 */
	char locations[2048];              /* Published: URIs, blanks between */
};
struct ocpp_transaction {
	enum { OCPP_TX_BEGAN, OCPP_TX_GOES_ON, OCPP_TX_ENDED } what;
	char id[37];      /* 1.6 start: "" (we give it) */
	int64_t evse;     /* connector in 1.6; -1 */
	bool wants_token; /* the answer must say something about the idToken */
};
/* One value of the device model or one 1.6 key. */
struct ocpp_value {
	char component[51], instance[51], variable[51], variable_instance[51], status[40], value[2501];
	int64_t evse;
	bool has; /* a value was given */
};
typedef void (*ocpp_value_fn)(void *ctx, const struct ocpp_value *v);

/* vendorId of what carries components in 1.6 and of customData. From stations any vendorId is taken: the
 * messageId says enough. */
#define OCPP_COMPONENTS_VENDOR "firpath"

/* Which message is it? A FirmwareStatusNotification with customData{componentName} and a DataTransfer of a
 * FirmwareComponentStatusNotification are OCPP_IN_COMPONENT. */
enum ocpp_in ocpp_in_of(enum ocpp_version v, const struct ocpp_frame *f);
/* For OCPP_IN_OTHER: "NotSupported" when the version has such an action, else "NotImplemented". */
const char *ocpp_refusal(enum ocpp_version v, const char *action);
/* Any CALL of stations against its shape, also those that have no reader here; OCPP_IN_OTHER passes. */
int ocpp_call_check(enum ocpp_version v, const struct ocpp_frame *f, const char **ret_code,
		    struct err *e) MUST_USE;
/* Each returns ERR_JSON_FIELD with the pointer; *ret_code gets the OCPP error code to answer with (2.x
 * spelling). Texts over their room in bytes (not ASCII) are cut between characters; versions and names are
 * left out instead: unknown is better than wrong. */
int ocpp_boot_read(enum ocpp_version v, const struct json *p, struct ocpp_boot *ret, const char **ret_code,
		   struct err *e) MUST_USE;
int ocpp_notice_read(enum ocpp_version v, enum ocpp_in in, const struct json *p, struct ocpp_notice *ret,
		     const char **ret_code, struct err *e) MUST_USE;
int ocpp_transaction_read(enum ocpp_version v, const struct ocpp_frame *f, struct ocpp_transaction *ret,
			  const char **ret_code, struct err *e) MUST_USE;
/* StatusNotification of a connector, ReservationStatusUpdate: what bars an update. */
struct ocpp_connector {
	int64_t evse, connector; /* 1.6: evse = connector; 0 = the station */
	char status[21];         /* "Available", "Reserved", "Charging", "Occupied", ... */
};
int ocpp_connector_read(enum ocpp_version v, const struct json *p, struct ocpp_connector *ret,
			const char **ret_code, struct err *e) MUST_USE;
struct ocpp_reservation {
	int64_t id;
	char status[21]; /* "Expired", "Removed", "NoTransaction" */
};
int ocpp_reservation_read(enum ocpp_version v, const struct json *p, struct ocpp_reservation *ret,
			  const char **ret_code, struct err *e) MUST_USE;
/* NotifyReport payload, GetVariables / GetConfiguration answer: calls fn for each value; *ret_more: tbc. */
int ocpp_values_read(enum ocpp_version v, const struct json *p, ocpp_value_fn fn, void *ctx, bool *ret_more,
		     struct err *e) MUST_USE;
/* Does this value of the device model announce the component extension (CustomizationCtrlr
 * .CustomImplementationEnabled of OCPP_COMPONENTS_VENDOR)? */
bool ocpp_value_announces(const struct ocpp_value *v);
/* An answer of ours to a CALL that needs only a form: "{}" or what the version asks for (currentTime,
 * idTokenInfo, transactionId ...). now UTC ms. NULL-safe. */
struct ocpp_answer_ask {
	int64_t now, interval_s;  /* boot, heartbeat */
	const char *registration; /* boot: "Accepted", "Pending", "Rejected" */
	bool authorize;           /* is a token accepted? */
	int64_t transaction_id;   /* 1.6 StartTransaction */
};
void ocpp_answer(enum ocpp_version v, enum ocpp_in in, const struct ocpp_frame *f,
		 const struct ocpp_answer_ask *a, struct str *out_payload);

/* ---- what we say ---- */
/* One firmware as all requests need it. */
struct ocpp_firmware {
	const char *location;                /* length is checked against the version (512, 2000) */
	int64_t retrieve_at, install_at;     /* UTC ms; install_at -1 = at once */
	const char *certificate, *signature; /* PEM, base64; NULL = unsigned */
};
struct ocpp_part {                                    /* of UpdateFirmwareComponents */
	const char *name, *version, *expected, *hash; /* hash: SHA-256 hex */
	struct ocpp_firmware firmware;
	const char *const *depends_on; /* NULL-terminated or NULL */
};
/* Appends payload, and the action into ret_action. ERR_TOO_LARGE names the field. 1.6: signed says which
 * message. */
int ocpp_update_put(enum ocpp_version v, bool signed_request, int64_t request_id, int64_t retries,
		    int64_t retry_s, const struct ocpp_firmware *f, const char **ret_action, struct str *out,
		    struct err *e) MUST_USE;
int ocpp_parts_put(enum ocpp_version v, int64_t request_id, bool all_or_nothing, int64_t retries,
		   int64_t retry_s, const struct ocpp_part *parts, size_t n, const char **ret_action,
		   struct str *out, struct err *e) MUST_USE;
/* In 1.6 the component requests ride in DataTransfer. offset, limit -1 = left out. filter: {componentName,
 * legalStatus, regulatoryClassification, functionalRole, versionBelow, hasUpdatePolicy}, NULL = all. */
int ocpp_components_put(enum ocpp_version v, int64_t request_id, int64_t offset, int64_t limit,
			const struct json *filter, const char **ret_action, struct str *out,
			struct err *e) MUST_USE;
int ocpp_version_put(enum ocpp_version v, const char **ret_action,
		     struct str *out); /* GetVariables / GetConfiguration */
int ocpp_report_put(enum ocpp_version v, int64_t request_id, const char **ret_action,
		    struct str *out); /* GetBaseReport; ERR_INVALID in 1.6 */
int ocpp_trigger_put(enum ocpp_version v, enum ocpp_in what, bool extended, const char **ret_action,
		     struct str *out);
int ocpp_log_put(enum ocpp_version v, bool security, int64_t request_id, const char *location,
		 const char **ret_action, struct str *out, struct err *e) MUST_USE;
int ocpp_publish_put(enum ocpp_version v, int64_t request_id, const char *location, const char *md5,
		     int64_t retries, const char **ret_action, struct str *out, struct err *e) MUST_USE;
int ocpp_unpublish_put(enum ocpp_version v, const char *md5, const char **ret_action, struct str *out,
		       struct err *e) MUST_USE;
void ocpp_reset_put(enum ocpp_version v, bool on_idle, const char **ret_action, struct str *out);

/* ---- answers of stations ---- */
struct ocpp_reply {      /* to any request of ours */
	bool error;      /* CALLERROR */
	char status[40]; /* "" when the answer has none (1.6 UpdateFirmware) */
	char code[40];   /* of an error */
	char reason_code[21], detail[512];
	char tracking[37], file[256];
};
int ocpp_reply_read(enum ocpp_version v, const char *action, const struct ocpp_frame *f,
		    struct ocpp_reply *ret, struct err *e) MUST_USE;

/* Components: a checked list, each with its document as RFC 8785 JSON (all members kept). */
#define OCPP_COMPONENTS_MAX 64 /* of one station */
struct ocpp_component {
	char name[51], version[51], role[51], legal[16]; /* role, legal: "" = not said (device model only) */
	char *document;                                  /* owned */
	char digest[65];                                 /* SHA-256 of document, upper hex */
};
struct ocpp_components {
	struct ocpp_component *v; /* owned */
	size_t n;
	int64_t total;   /* -1 = not said */
	char status[24]; /* Accepted, Rejected, NotSupported, EmptyResultSet */
};
void ocpp_components_done(struct ocpp_components *c);
DEFINE_OWN_VAL(struct ocpp_components, ocpp_components_done)
/* The answer to GetFirmwareComponents; 1.6: of the DataTransfer that carried it (a vendor or message that the
 * station does not know is NotSupported). Checks shapes and sizes: ERR_JSON_FIELD with the pointer. Names
 * that stand twice, `default` beside others: ERR_INVALID, the station goes into quarantine. */
int ocpp_components_read(enum ocpp_version v, const struct json *payload, struct ocpp_components *ret,
			 struct err *e) MUST_USE;
/* Several pages of one list: appends `more` (left empty) and checks the names again; ERR_INVALID as above. */
int ocpp_components_join(struct ocpp_components *c, struct ocpp_components *more, struct err *e) MUST_USE;
/* A list assembled from the device model (FirmwareComponentCtrlr, instance = component): start zeroed, add
 * each value of a report (others are let pass; true when it was one of a component), then check: components
 * without a version or with values that make no sense are ERR_JSON_FIELD, `default` beside others
 * ERR_INVALID. */
bool ocpp_components_add(struct ocpp_components *c, const struct ocpp_value *v);
int ocpp_components_check(struct ocpp_components *c, struct err *e) MUST_USE;

#endif
