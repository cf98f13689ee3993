# SPDX-License-Identifier: Apache-2.0
# Plays charging stations; for tests and for trying things out. Not installed.
noinst_PROGRAMS += firpath-station
firpath_station_SOURCES = %D%/ask.c %D%/ask_update.c %D%/behave.c %D%/fetch.c %D%/frames.c %D%/main.c %D%/net.c %D%/ocpp_in.c %D%/ocpp_out.c \
	%D%/parts.c %D%/sim.h %D%/train.c %D%/words.h
firpath_station_LDADD = $(BASE_LIBS) $(CURL_LIBS) $(SSL_LIBS) $(ZLIB_LIBS)
