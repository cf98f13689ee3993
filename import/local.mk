# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libimport.a
%C%_libimport_a_SOURCES = %D%/empty.c
