# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libwire.a
%C%_libwire_a_SOURCES = \
	%D%/adapter.h %D%/adapters.c \
	%D%/bbum_answer.c %D%/bbum_message.c %D%/bbum_message.h %D%/bbum_p.h \
	%D%/dcc.c %D%/dcc.h \
	%D%/duis.h %D%/duis_alert.c %D%/duis_build.c %D%/duis_open.c %D%/duis_p.h %D%/duis_read.c %D%/duis_text.c %D%/xmldsig.c \
	%D%/fake.c %D%/fake.h \
	%D%/fetch.c %D%/fetch.h %D%/fetch_p.h %D%/fetch_rules.c \
	%D%/ocpp.h %D%/ocpp_answer.c %D%/ocpp_calls.c %D%/ocpp_components.c %D%/ocpp_frame.c %D%/ocpp_model.c \
	%D%/ocpp_notice.c %D%/ocpp_p.h %D%/ocpp_put.c %D%/ocpp_put_p.h %D%/ocpp_put_parts.c %D%/ocpp_read.c \
	%D%/ocpp_reply.c %D%/ocpp_shape.c %D%/ocpp_values.c \
	%D%/ws.c %D%/ws.h %D%/ws_p.h \
	%D%/ws_admit.c %D%/ws_conn.c %D%/ws_loop.c %D%/ws_out.c \
	%D%/ws_deflate.c %D%/ws_deflate.h \
	%D%/ws_frame.c %D%/ws_frame.h \
	%D%/ws_head.c %D%/ws_head.h \
	%D%/ws_tls.c %D%/ws_tls.h
