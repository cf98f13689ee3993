# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libcli.a
%C%_libcli_a_SOURCES = \
	%D%/args.c %D%/args.h \
	%D%/call.c %D%/command.h \
	%D%/cli.c %D%/cli.h \
	%D%/client.c %D%/client.h \
	%D%/cmd.h %D%/cmd_campaign.c %D%/cmd_catalog.c %D%/cmd_fleet.c %D%/cmd_import.c %D%/cmd_path.c %D%/cmd_people.c %D%/cmd_trust.c %D%/show_trust.c %D%/cmd_watch.c \
	%D%/cmd_feed.c \
	%D%/cmd_edit.c %D%/show_edit.c \
	%D%/commands.c \
	%D%/help.c %D%/help.h \
	%D%/list.c %D%/list.h \
	%D%/page.c %D%/page.h \
	%D%/show.c %D%/show.h %D%/show_campaign.c %D%/show_entry.c %D%/show_fleet.c %D%/show_import.c %D%/show_path.c %D%/show_people.c
%C%_libcli_a_SOURCES += %D%/cmd_ota.c
%C%_libcli_a_SOURCES += %D%/cmd_proof.c %D%/show_proof.c
%C%_libcli_a_SOURCES += %D%/cmd_ssc.c %D%/show_ssc.c
%C%_libcli_a_SOURCES += %D%/cmd_notify.c %D%/show_notify.c
%C%_libcli_a_SOURCES += %D%/cm.h %D%/cmd_cm.c %D%/cmd_rollout.c %D%/show_cm.c %D%/client_p.h %D%/client_stream.c %D%/client_stream.h %D%/shell.c
%C%_libcli_a_SOURCES += %D%/cmd_manifest.c %D%/cmd_package.c
%C%_libcli_a_SOURCES += %D%/cmd_release.c %D%/cmd_station.c %D%/show_station.c %D%/cmd_meter.c %D%/show_meter.c
%C%_libcli_a_SOURCES += %D%/cmd_report.c %D%/show_report.c
%C%_libcli_a_SOURCES += %D%/cmd_duis.c %D%/show_duis.c
