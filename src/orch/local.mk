# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/liborch.a
%C%_liborch_a_SOURCES = %D%/batch.c %D%/change.c %D%/bbum_door.c %D%/bbum_door.h %D%/clerk.c %D%/clerk.h %D%/clerk_jobs.c %D%/effects.c %D%/next.c %D%/ocpp_door.h %D%/runner.c %D%/runner.h \
	%D%/runner_priv.h %D%/bbum_block.c %D%/bbum_block.h %D%/step.c %D%/step_door.c %D%/step_site.c %D%/step_reason.c %D%/step_reason.h %D%/turn.c %D%/turn_meter.c %D%/turn_meter.h %D%/turn_parts.c %D%/turn_parts.h %D%/turn_station.c %D%/turn_wave.c
# The door of meters.
%C%_liborch_a_SOURCES += %D%/dcc_door.h %D%/dcc_p.h %D%/dcc_users.c %D%/dcc_users.h
%C%_liborch_a_SOURCES += %D%/dcc_act.c %D%/dcc_alert.c %D%/dcc_answer.c %D%/dcc_codes.c %D%/dcc_door.c %D%/dcc_gather.c %D%/dcc_guard.c %D%/dcc_image.c %D%/dcc_in.c %D%/dcc_job.c %D%/dcc_learn.c \
	%D%/dcc_message.c %D%/dcc_round.c %D%/dcc_send.c %D%/dcc_shard.c %D%/dcc_status.c %D%/door_status.c %D%/door_status.h %D%/dcc_wish.c
# The door of charging stations.
%C%_liborch_a_SOURCES += %D%/ocpp_door.c %D%/ocpp_hello.c %D%/ocpp_in.c %D%/ocpp_job.c %D%/ocpp_notice.c %D%/ocpp_p.h \
	%D%/ocpp_publish.c %D%/ocpp_round.c %D%/ocpp_send.c %D%/ocpp_session.c %D%/ocpp_status.c %D%/ocpp_story.c \
	%D%/ocpp_version.c %D%/ocpp_wish.c
