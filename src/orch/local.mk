# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/liborch.a
%C%_liborch_a_SOURCES = %D%/empty.c
