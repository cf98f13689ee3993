# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libimport.a
%C%_libimport_a_SOURCES = %D%/cpl_csv.c %D%/cpl_file.h %D%/cpl_sheet.c %D%/csv_reader.c %D%/csv_reader.h %D%/feed.c \
	%D%/feed.h %D%/feed_fetch.c %D%/feed_fetch.h %D%/input.c %D%/input.h %D%/line_reader.c %D%/line_reader.h %D%/statements_file.c \
	%D%/statements_file.h %D%/workbook.c %D%/workbook.h %D%/workbook_parts.h %D%/workbook_strings.c \
	%D%/xml_reader.c %D%/xml_reader.h %D%/zip_reader.c %D%/zip_reader.h
