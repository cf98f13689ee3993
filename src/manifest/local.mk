# SPDX-License-Identifier: Apache-2.0
# Manifests and Packages: read, check, sign, pack (doc/adr/0008-vehicles.md).
noinst_LIBRARIES += %D%/libmanifest.a
%C%_libmanifest_a_SOURCES = %D%/problem.c %D%/read.c %D%/read.h %D%/read_item.c %D%/read_p.h %D%/read_ref.c %D%/item_p.h %D%/report.c %D%/seal.c %D%/sign.c %D%/sign.h %D%/new.c \
	%D%/trust.c %D%/trust.h
%C%_libmanifest_a_SOURCES += %D%/package.c %D%/package.h %D%/package_p.h %D%/unpack.c
