# SPDX-License-Identifier: Apache-2.0
# Shared by quickstart and run-tests: what a fresh Debian 12 needs. Sourced, POSIX sh.

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "$(basename "$0"): $*"
	exit 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		die "not root and no sudo: install these packages yourself, then run this again: $missing"
	fi
}

# Is the need met some other way than by Debian's package? (node and npm are often installed by hand.)
met_otherwise() {
	case $1 in
	nodejs) command -v node >/dev/null 2>&1 && [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge 18 ] ;;
	npm) command -v npm >/dev/null 2>&1 ;;
	*) return 1 ;;
	esac
}

# need_packages ROOT GROUP...: installs what is missing of these groups of contrib/packages.
need_packages() {
	root=$1
	shift
	command -v dpkg-query >/dev/null 2>&1 || die "this script knows Debian packages only; see README for what to install"
	missing=
	for group in "$@"; do
		for package in $(awk -v g="$group" '$1 == g { print $2 }' "$root/contrib/packages"); do
			dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -q '^installed$' ||
				met_otherwise "$package" || missing="$missing $package"
		done
	done
	[ -n "$missing" ] || return 0
	say "Installing:$missing"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq ||
		say "apt-get update failed; trying with the package lists that are here"
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
		die "apt-get could not install:$missing"
}

cores() {
	getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}
