# SPDX-License-Identifier: Apache-2.0
# firpathd, firpath, firpath-bbum are added here by their rooms.

# The command line program.
bin_PROGRAMS += firpath
firpath_SOURCES = %D%/firpath.c
firpath_LDADD = src/cli/libcli.a $(IMPORT_LIBS) $(CORE_LIBS) $(CURL_LIBS)
