# SPDX-License-Identifier: Apache-2.0
# firpathd, firpath, firpath-bbum are added here by their rooms.
