# SPDX-License-Identifier: Apache-2.0
# Each room's tests are in their own fragment.
TEST_CPPFLAGS = -I$(top_srcdir)/tests -DSRCDIR='"$(abs_top_srcdir)"' -DBUILDDIR='"$(abs_top_builddir)"' $(CHECK_CFLAGS)
include tests/base.mk
include tests/model.mk
include tests/store.mk
include tests/wire.mk
include tests/ws.mk
include tests/manifest.mk
include tests/core.mk
include tests/orch.mk
include tests/ota.mk
include tests/import.mk
include tests/edit.mk
include tests/trust.mk
include tests/http.mk
include tests/web.mk
include tests/cli.mk
include tests/agent.mk
include tests/vc.mk
include tests/ocora.mk
include tests/station.mk
include tests/meter.mk
include tests/release.mk
