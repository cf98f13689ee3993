# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libagent.a
%C%_libagent_a_SOURCES = %D%/empty.c
