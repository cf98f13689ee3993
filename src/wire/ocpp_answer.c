/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of ours that need only a form. What firpath does not do (tokens, tariffs, certificates) is answered
 * so that stations go on. */
#include "wire/ocpp_p.h"

static void put_token(enum ocpp_version v, struct jw *w, bool accepted)
{
	jw_key(w, v == OCPP_16 ? "idTagInfo" : "idTokenInfo");
	jw_obj(w);
	jw_kstr(w, "status", accepted ? "Accepted" : "Invalid");
	jw_end(w);
}

static void put_transaction(enum ocpp_version v, const struct ocpp_frame *f, const struct ocpp_answer_ask *a,
			    struct jw *w)
{
	if (v == OCPP_16 && strcmp(f->action, "StartTransaction") == 0) {
		put_token(v, w, a->authorize);
		jw_kint(w, "transactionId", a->transaction_id);
	} else if (json_get(f->payload, v == OCPP_16 ? "idTag" : "idToken")) {
		put_token(v, w, a->authorize);
	}
}

void ocpp_answer(enum ocpp_version v, enum ocpp_in in, const struct ocpp_frame *f,
		 const struct ocpp_answer_ask *a, struct str *out)
{
	static const struct ocpp_answer_ask nothing;
	static const struct ocpp_frame none;
	struct jw w = jw_start(out);

	a = a ? a : &nothing;
	f = f ? f : &none;
	jw_obj(&w);
	switch ((int)in) {
	case OCPP_IN_BOOT:
		jw_ktime(&w, "currentTime", a->now);
		jw_kint(&w, "interval", a->interval_s);
		jw_kstr(&w, "status", a->registration ? a->registration : "Rejected");
		break;
	case OCPP_IN_HEARTBEAT:
		jw_ktime(&w, "currentTime", a->now);
		break;
	case OCPP_IN_AUTHORIZE:
		put_token(v, &w, a->authorize);
		break;
	case OCPP_IN_TRANSACTION:
		put_transaction(v, f, a, &w);
		break;
	case OCPP_IN_COMPONENT:
		if (strcmp(f->action, "DataTransfer") == 0)
			jw_kstr(&w, "status", "Accepted");
		break;
	case OCPP_IN_DATA:
		jw_kstr(&w, "status", "UnknownVendorId");
		break;
	case OCPP_IN_SIGN_CERTIFICATE:
		jw_kstr(&w, "status", "Rejected");
		break;
	default:
		break;
	}
	jw_end(&w);
}
