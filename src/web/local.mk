# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libweb.a
%C%_libweb_a_SOURCES = %D%/dot.c %D%/dot.h %D%/html.c %D%/html.h %D%/picture.c %D%/picture.h %D%/picture_clean.c \
	%D%/pictures.c %D%/template.c %D%/template.h %D%/template_compile.c %D%/template_ops.h
