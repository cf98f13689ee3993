# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libcore.a
%C%_libcore_a_SOURCES = %D%/bulk.c %D%/bulk.h %D%/history.c %D%/history.h
# The catalogue in memory, questions to it and their answers.
%C%_libcore_a_SOURCES += %D%/answer.c %D%/answer_bulk.c %D%/catalog.c %D%/catalog.h %D%/csv.c %D%/describe.c %D%/lint_report.c \
	%D%/lookup.c %D%/lookup.h %D%/rendered.c %D%/rendered.h %D%/search.c
# Fleet, images and campaigns.
%C%_libcore_a_SOURCES += %D%/campaign.c %D%/campaign.h %D%/campaign_json.c %D%/fleet.c %D%/fleet.h %D%/fleet_json.c \
	%D%/fleet_read.c %D%/fleet_read.h %D%/fleet_util.h %D%/images.c %D%/images.h %D%/plan.c %D%/plan.h
# What happened to the catalogue.
%C%_libcore_a_SOURCES += %D%/history.c %D%/history.h
