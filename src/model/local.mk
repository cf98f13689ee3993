# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libmodel.a
%C%_libmodel_a_SOURCES = %D%/empty.c
