# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libmodel.a
%C%_libmodel_a_SOURCES = \
	%D%/bbum_states.c %D%/bbum_states.h \
	%D%/cm_judge.c \
	%D%/cm_states.c %D%/cm_states.h \
	%D%/fragment.c %D%/fragment.h \
	%D%/freshness.c %D%/freshness.h \
	%D%/graph.c %D%/graph.h \
	%D%/graph_bits.c %D%/graph_bits.h \
	%D%/graph_build.c \
	%D%/ident.c %D%/ident.h \
	%D%/lint.c %D%/lint.h %D%/manifest.h %D%/manifest_faults.h \
	%D%/manifest_rules.c %D%/manifest_tree.c %D%/manifest_waves.c %D%/needed.c %D%/needed.h \
	%D%/obstacle.c \
	%D%/path.c %D%/path.h \
	%D%/path_cost.c \
	%D%/path_scratch.h \
	%D%/cm_words.c %D%/cm_words.h %D%/site.h %D%/site.c %D%/site_bb.c %D%/site_entry.c %D%/site_parts.h %D%/site_say.c %D%/site_update.c \
	%D%/site_verbs.c %D%/site_words.c \
	%D%/whatif.c %D%/whatif.h
# The Central Products List.
%C%_libmodel_a_SOURCES += %D%/cpl.c %D%/cpl.h %D%/cpl_columns.h %D%/cpl_diff.c %D%/cpl_diff.h %D%/cpl_rules.c \
	%D%/cpl_rules.h
# Charging stations.
%C%_libmodel_a_SOURCES += %D%/ocpp_job.c %D%/ocpp_job.h %D%/parts.c %D%/parts.h %D%/parts_search.c \
	%D%/parts_search.h %D%/window.c %D%/window.h
# Meters.
%C%_libmodel_a_SOURCES += %D%/gbcs.c %D%/gbcs.h %D%/gbcs_message.c %D%/gbcs_octets.c %D%/gbcs_octets.h %D%/ota.c %D%/ota.h
# When a station may be touched, and how its version text is read.
%C%_libmodel_a_SOURCES += %D%/gate.c %D%/gate.h %D%/version_rule.c %D%/version_rule.h
# Smart meters.
%C%_libmodel_a_SOURCES += %D%/han.c %D%/han.h %D%/meter_job.c %D%/meter_job.h
