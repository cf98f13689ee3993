# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/path_driver
tests_path_driver_SOURCES = tests/path_driver.c
tests_path_driver_LDADD = $(MODEL_LIBS)
