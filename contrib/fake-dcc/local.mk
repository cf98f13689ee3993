# SPDX-License-Identifier: Apache-2.0
# Plays the DCC and the meters behind it; for tests and for trying things out. Shares no code with src/. Not installed.
noinst_PROGRAMS += firpath-fakedcc
firpath_fakedcc_SOURCES = %D%/control.c %D%/device.c %D%/fake.h %D%/fault.c %D%/fleet.c %D%/gbcs.c %D%/main.c %D%/net.c %D%/request.c \
	%D%/say.c %D%/service.c %D%/sign.c %D%/util.c
firpath_fakedcc_CPPFLAGS = $(AM_CPPFLAGS) $(XML_CFLAGS) $(JSONC_CFLAGS)
firpath_fakedcc_LDADD = $(XML_LIBS) $(CRYPTO_LIBS) $(JSONC_LIBS)
EXTRA_DIST += %D%/certificate %D%/ota
