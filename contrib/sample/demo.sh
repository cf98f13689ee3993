# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2034
# Made by contrib/sample/generate: a device, and the entry that it can reach by four mandatory hops.
DEMO_FROM=000001
DEMO_TO=000007
DEMO_IDENTITY=F0A1:00010101:00010000
