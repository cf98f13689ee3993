#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# if-changed.sh FILE COMMAND...: FILE gets what COMMAND prints, but keeps its time when it holds that already. So a
# generator can run at every make, see files that were added or removed, and still cause no rebuild.
set -eu
file=$1
shift
trap 'rm -f "$file.new"' EXIT
mkdir -p "$(dirname "$file")"
"$@" >"$file.new"
cmp -s "$file.new" "$file" || mv -f "$file.new" "$file"
