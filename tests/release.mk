# SPDX-License-Identifier: Apache-2.0
# Releases of charger firmware.
EXTRA_DIST += tests/api/test_releases.py doc/releases.md
