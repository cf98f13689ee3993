# SPDX-License-Identifier: Apache-2.0
# Packages and Vehicle Configurations.
EXTRA_DIST += contrib/sshd/README contrib/sshd/sshd_config contrib/sshd/firpath-sshd.service contrib/sshd/firpathd-inbox.conf
