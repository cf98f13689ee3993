# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/liborch.a
%C%_liborch_a_SOURCES = %D%/batch.c %D%/change.c %D%/bbum_door.c %D%/bbum_door.h %D%/clerk.c %D%/clerk.h %D%/clerk_jobs.c %D%/effects.c %D%/next.c %D%/ocpp_door.h %D%/runner.c %D%/runner.h \
	%D%/runner_priv.h %D%/bbum_block.c %D%/bbum_block.h %D%/step.c %D%/step_station.c %D%/step_site.c %D%/step_reason.c %D%/step_reason.h %D%/turn.c %D%/turn_parts.c %D%/turn_parts.h %D%/turn_station.c %D%/turn_wave.c
