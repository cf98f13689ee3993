# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libbase.a
%C%_libbase_a_SOURCES = \
	%D%/arena.c %D%/arena.h \
	%D%/beneath.c %D%/beneath.h %D%/canon.c %D%/canon.h %D%/cert.c %D%/cert.h %D%/clock.c %D%/clock.h \
	%D%/conf.c %D%/conf.h \
	%D%/digest.c %D%/digest.h \
	%D%/err.c %D%/err.h %D%/err_codes.h \
	%D%/file.c %D%/file.h \
	%D%/json.h %D%/json_decode.c %D%/json_scan.c %D%/json_tree.c %D%/json_write.c \
	%D%/log.c %D%/log.h \
	%D%/mailbox.c %D%/mailbox.h \
	%D%/map.c %D%/map.h \
	%D%/mem.c %D%/mem.h %D%/network.c %D%/network.h \
	%D%/own.h \
	%D%/parse.c %D%/parse.h %D%/parse_time.c \
	%D%/p256.c %D%/p256.h %D%/p256_cert.c %D%/p256_token.c %D%/p256_token.h \
	%D%/rnd.c %D%/rnd.h \
	%D%/sign.c %D%/sign.h %D%/sign_pkcs1.c %D%/sign_pkcs1.h \
	%D%/secret.c %D%/secret.h \
	%D%/str.c %D%/str.h \
	%D%/tree.c %D%/tree.h %D%/tz.c %D%/tz.h \
	%D%/vec.h
