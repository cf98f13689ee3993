# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libweb.a
%C%_libweb_a_SOURCES = %D%/html.c %D%/html.h %D%/template.c %D%/template.h %D%/template_compile.c %D%/template_ops.h
