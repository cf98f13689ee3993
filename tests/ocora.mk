# SPDX-License-Identifier: Apache-2.0
# The specification: its rows, the strangers that follow its protocol, the demonstrator. Black-box tests of other parts
# name themselves where their subject is built.
EXTRA_DIST += build-aux/ocora-rows build-aux/ocora-rows.awk tests/ocora/rows tests/ocora/exceptions tests/ocora/other-ids \
	tests/ocora/world.py tests/ocora/sshd.py tests/ocora/stranger_manifest.py tests/ocora/stranger_bbum.py tests/ocora/stranger_cm.py \
	tests/ocora/demonstrator tests/ocora/demonstrator_cases.py tests/ocora/test_a.py tests/ocora/test_c.py tests/ocora/test_strangers.py \
	tests/ocora/test_load_small.py tests/bench/bench_vehicles.py tests/bench/run-vehicles tests/kill/kill_vehicles.py
