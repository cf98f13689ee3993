# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libweb.a
%C%_libweb_a_SOURCES = %D%/empty.c
