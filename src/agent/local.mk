# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libagent.a
%C%_libagent_a_SOURCES = \
	%D%/agent.c %D%/agent.h \
	%D%/block.c %D%/block.h %D%/device_block.c \
	%D%/device.c %D%/device.h %D%/device_p.h \
	%D%/device_command.c %D%/device_start.c %D%/device_update.c \
	%D%/fault.c %D%/fault.h \
	%D%/firmware.c %D%/firmware.h \
	%D%/memory.c %D%/memory.h \
	%D%/net.c %D%/net.h \
	%D%/iec.c %D%/iec.h %D%/iec_command.c %D%/iec_http.c %D%/iec_remote.c %D%/iec_remote.h \
	%D%/slots.c %D%/slots.h
