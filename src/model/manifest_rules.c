/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of 6.1.10 and 6.1.11 and the formats of 6.1.12. */
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "model/manifest.h"

const char *const config_type_text[CONFIG_TYPES + 1] = { "Vehicle",    "System",  "Building Block",
							 "Dependency", "Package", "Software",
							 "Parameter",  NULL };
const char *const config_element_text[ELEMENTS + 1] = { "Config Type",
							"Type ID",
							"Config ID",
							"Name",
							"Description",
							"Supplier",
							"Metadata",
							"Functional Version",
							"Release Version",
							"Manifest",
							"Archive",
							"Network IDs",
							"Systems",
							"Building Blocks",
							"Packages",
							"Reference",
							"Dependencies",
							"Hash Type",
							"Hash",
							"Signature Type",
							"Signature",
							NULL };
const char *const manifest_profile_text[MANIFEST_PROFILES + 1] = { "strict", "compat", NULL };

const struct manifest_fault_row manifest_fault_rows[FAULTS] = {
#define X(name, code, check, row, error) [name] = { code, check, row, error },
#include "model/manifest_faults.h"
#undef X
};

/*
 * One row per element, one letter per Config Type in the order of enum config_type: Vehicle, System, Building
 * Block, Dependency, Package, Software, Parameter. M mandatory, o optional, - unused, w allowed with a
 * warning, f mandatory at the root of a file and otherwise missed with a warning, i mandatory here or above,
 * c one of Systems and Building Blocks must hold something.
 *
 * Where `strict` departs from the printed table the reading stands behind the row.
 */
static const struct {
	const char *row;
	enum config_format format;
	const char *strict, *compat;
} element_rule[ELEMENTS] = {
	[ELEMENT_CONFIG_TYPE] = { "L1", FORMAT_TYPE, "MMMMMMM", "MMMMMMM" },
	[ELEMENT_TYPE_ID] = { "L2", FORMAT_UUID, "MMMMMMM", "MMMMMMM" },
	[ELEMENT_CONFIG_ID] = { "L3", FORMAT_UUID, "MMM----", "fff----" }, /* Z16 */
	[ELEMENT_NAME] = { "L4", FORMAT_TEXT, "ooooooo", "ooooooo" },
	[ELEMENT_DESCRIPTION] = { "L5", FORMAT_PROSE, "ooooooo", "ooooooo" },
	[ELEMENT_SUPPLIER] = { "L6", FORMAT_TEXT, "ooooooo", "ooooooo" },
	[ELEMENT_METADATA] = { "L7", FORMAT_PROSE, "ooooooo", "ooooooo" },
	[ELEMENT_FUNCTIONAL_VERSION] = { "L8", FORMAT_VERSION, "--MM---", "--MM---" },
	[ELEMENT_RELEASE_VERSION] = { "L9", FORMAT_VERSION, "MMM-MMM", "MMM-MMM" },
	[ELEMENT_MANIFEST] = { "L10", FORMAT_MANIFEST_PATH, "-------",
			       "-------" }, /* Z10: in a Reference only */
	[ELEMENT_ARCHIVE] = { "L11", FORMAT_ARCHIVE_PATH, "-----MM", "-----MM" },
	[ELEMENT_NETWORK_IDS] = { "L12", FORMAT_NETWORK, "woi----", "ooi----" },   /* Z37 */
	[ELEMENT_SYSTEMS] = { "L13", FORMAT_ITEMS, "Mo-----", "co-----" },         /* Z2 */
	[ELEMENT_BUILDING_BLOCKS] = { "L14", FORMAT_ITEMS, "-c-----", "wc-----" }, /* Z2, Z4 */
	[ELEMENT_PACKAGES] = { "L15", FORMAT_ITEMS, "woM-M--", "ooM-M--" },        /* Z1, Z5 */
	[ELEMENT_REFERENCE] = { "L16", FORMAT_REFERENCE, "-oo----",
				"-oo----" },                                    /* Z11: instead of the item */
	[ELEMENT_DEPENDENCIES] = { "L17", FORMAT_ITEMS, "--M----", "--M----" }, /* Z36: may be empty */
	[ELEMENT_HASH_TYPE] = { "L18", FORMAT_HASH_TYPE, "-----oo", "-----oo" },
	[ELEMENT_HASH] = { "L19", FORMAT_HASH, "-----MM", "-----MM" },
	[ELEMENT_SIGNATURE_TYPE] = { "L20", FORMAT_SIGNATURE_TYPE, "ooo----", "ooo--ww" }, /* Z6 */
	[ELEMENT_SIGNATURE] = { "L21", FORMAT_SIGNATURE, "MMM----", "MfM--ww" },           /* Z6, Z40 */
};

enum config_usage config_usage(enum config_element el, enum config_type t, enum manifest_profile p,
			       bool own_file)
{
	const char *row = p == MANIFEST_STRICT ? element_rule[el].strict : element_rule[el].compat;

	switch (row[t]) {
	case 'M':
		return USAGE_MANDATORY;
	case 'f':
		return own_file ? USAGE_MANDATORY : USAGE_WISHED;
	case 'o':
		return USAGE_OPTIONAL;
	case 'w':
		return USAGE_UNUSUAL;
	case 'i':
		return USAGE_INHERITED;
	case 'c':
		return USAGE_CONTENT;
	default:
		return USAGE_UNUSED;
	}
}

const char *config_usage_row(enum config_element el)
{
	return element_rule[el].row;
}

enum config_format config_format(enum config_element el)
{
	return element_rule[el].format;
}

/* Child in parent, the parents as above. y yes, w with a warning, - no. Software is allowed in Packages of
 * Building Blocks only, which the owner decides (J35). */
static const struct {
	const char *row, *home, *strict, *compat;
} nesting_rule[CONFIG_TYPES] = {
	[CONFIG_VEHICLE] = { "K1", "at the top of the outermost Manifest", "-------", "-------" },
	[CONFIG_SYSTEM] = { "K2", "in the list Systems of a Vehicle or System", "yy-----", "yy-----" },
	[CONFIG_BUILDING_BLOCK] = { "K3", "in the list Building Blocks of a System", "-y-----",
				    "wy-----" }, /* Z2 */
	[CONFIG_DEPENDENCY] = { "K4", "in the list Dependencies of a Building Block", "--y----", "--y----" },
	[CONFIG_PACKAGE] = { "K5", "in the list Packages of a Building Block, System or Vehicle", "wyy----",
			     "yyy----" }, /* Z1 */
	[CONFIG_SOFTWARE] = { "K6", "in the list Packages of a Building Block", "----y--", "----y--" },
	[CONFIG_PARAMETER] = { "K7", "in the list Packages of a Building Block, System or Vehicle", "----y--",
			       "----y--" },
};

enum config_nesting config_nesting(enum config_type child, enum config_type parent, enum manifest_profile p)
{
	const char *row = p == MANIFEST_STRICT ? nesting_rule[child].strict : nesting_rule[child].compat;

	return row[parent] == 'y' ? NESTING_YES : row[parent] == 'w' ? NESTING_WARN : NESTING_NO;
}

const char *config_nesting_row(enum config_type child)
{
	return nesting_rule[child].row;
}

const char *config_home(enum config_type t)
{
	return nesting_rule[t].home;
}

/* ---- formats ---- */

bool config_version_read(const char *text, struct config_version *ret)
{
	struct config_version v;

	for (int i = 0; i < CONFIG_VERSION_PARTS; i++) {
		size_t n = strspn(text, "0123456789");
		uint64_t part;

		if (!n || n > 9 || (n > 1 && *text == '0') || !parse_digits(text, n, &part))
			return false;
		v.part[i] = (int64_t)part;
		text += n;
		if (*text++ != (i + 1 < CONFIG_VERSION_PARTS ? '.' : '\0'))
			return false;
	}
	*ret = v;
	return true;
}

bool config_ipv4_ok(const char *text, bool *ret_usual)
{
	uint64_t part[4];

	for (int i = 0; i < 4; i++) {
		size_t n = strspn(text, "0123456789");

		if (!n || n > 3 || (n > 1 && *text == '0') || !parse_digits(text, n, &part[i]) ||
		    part[i] > 255)
			return false;
		text += n;
		if (*text++ != (i < 3 ? '.' : '\0'))
			return false;
	}
	*ret_usual = part[0] > 0 && part[0] < 224;
	return true;
}

static const char *component_fault(const char *p, size_t n)
{
	if (!n)
		return "begins with '/', ends with '/' or has two in a row";
	if (n == 1 && *p == '.')
		return "has a part '.' behind its beginning";
	if (n == 2 && p[0] == '.' && p[1] == '.')
		return "leads upward ('..')";
	if (n > 255)
		return "has a part of more than 255 bytes";
	if (p[n - 1] == ' ' || p[n - 1] == '.')
		return "has a part that ends with a blank or a dot";
	return NULL;
}

const char *config_path_fault(const char *path)
{
	if (!*path)
		return "is empty";
	if (strlen(path) > CONFIG_PATH_MAX)
		return "is longer than 512 bytes";
	for (const char *p = path; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7F)
			return "has a control character";
		if (*p == '\\')
			return "has a backslash";
		if (*p == ':')
			return "has a colon: it must be the path of a file, not an address";
	}
	if (!parse_utf8_ok(path, strlen(path)))
		return "is not UTF-8";
	if (path[0] == '~')
		return "begins with '~'";
	if (path[0] == '.' && path[1] == '/')
		path += 2;
	for (;;) {
		size_t n = strcspn(path, "/");
		const char *fault = component_fault(path, n);

		if (fault)
			return fault;
		if (!path[n])
			return NULL;
		path += n + 1;
	}
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && !strcmp(text + n - m, end);
}

static const char *path_fault(const char *text, const char *ending, enum manifest_profile p,
			      const char **ret_mend)
{
	const char *fault = config_path_fault(text);
	const char *name = strrchr(text, '/');

	*ret_mend =
	    !strcmp(ending, ".json")
		? "Write the path of the file beneath the folder of this Manifest: ./path/name.json"
		: "Write the path of the file beneath the folder of this Manifest: ./path/name.tar.gz";
	if (fault)
		return fault;
	if (!ends_with(name ? name + 1 : text, ending))
		return !strcmp(ending, ".json")
			   ? "does not end with .json"
			   : "does not end with .tar.gz: other archives (.zip) are not supported";
	if (p == MANIFEST_STRICT && strncmp(text, "./", 2) != 0)
		return "does not begin with './'";
	return NULL;
}

static bool all_hex(const char *s)
{
	while (*s)
		if (parse_hex_digit(*s++) < 0)
			return false;
	return true;
}

static const char *hash_fault(const char *text, const char **ret_mend)
{
	*ret_mend = "Write the SHA-256 of the Archive as 64 hex digits; 'firpath manifest sign' fills it in.";
	if (!all_hex(text))
		return "has characters that are no hex digits";
	return strlen(text) == 64 ? NULL : "has not 64 hex digits";
}

static const char *signature_fault(const char *text, const char **ret_mend)
{
	size_t n = strlen(text);

	*ret_mend = "Sign the Manifest: 'firpath manifest sign' writes the signature in hex.";
	if (strstr(text, "...") || strstr(text, "\xE2\x80\xA6"))
		return "was cut short (it holds dots)";
	if (!all_hex(text))
		return "has characters that are no hex digits";
	if (n == 64)
		return "has 64 hex digits: that is the size of a SHA-256 hash, not of a signature";
	return n < 128 || n % 2 || n > 2048
		   ? "has not the length of a signature (128, or 512 hex digits and more)"
		   : NULL;
}

static const char *text_fault(const char *text, bool lines, const char **ret_mend)
{
	*ret_mend = "Write plain text without control characters.";
	for (const char *p = text; *p; p++)
		if (((unsigned char)*p < 0x20 && !(lines && (*p == '\n' || *p == '\t'))) || *p == 0x7F)
			return "has a control character";
	if (strlen(text) > (lines ? CONFIG_PROSE_MAX : CONFIG_TEXT_MAX)) {
		*ret_mend = "Shorten it.";
		return lines ? "is longer than 65536 bytes" : "is longer than 1000 bytes";
	}
	return NULL;
}

const char *config_text_fault(enum config_format f, const char *text, enum manifest_profile p,
			      const char **ret_mend)
{
	struct config_version v;
	bool usual;

	*ret_mend = "";
	switch (f) {
	case FORMAT_TYPE:
		*ret_mend =
		    "Write one of Vehicle, System, Building Block, Dependency, Package, Software, Parameter.";
		for (int i = 0; i < CONFIG_TYPES; i++)
			if (!strcmp(text, config_type_text[i]))
				return NULL;
		return "is no Config Type";
	case FORMAT_UUID:
		*ret_mend = "Write a UUID: groups of 8, 4, 4, 4 and 12 hex digits with dashes between.";
		return parse_uuid_ok(text) ? NULL : "is no UUID";
	case FORMAT_TEXT:
		return text_fault(text, false, ret_mend);
	case FORMAT_PROSE:
		return text_fault(text, true, ret_mend);
	case FORMAT_VERSION:
		*ret_mend =
		    "Write three whole numbers with dots between and without leading zeros, such as 1.10.0.";
		return config_version_read(text, &v) ? NULL : "is no version x.y.z";
	case FORMAT_MANIFEST_PATH:
		return path_fault(text, ".json", p, ret_mend);
	case FORMAT_ARCHIVE_PATH:
		return path_fault(text, ".tar.gz", p, ret_mend);
	case FORMAT_NETWORK:
		*ret_mend = "Write an IPv4 address such as 192.168.1.10.";
		return config_ipv4_ok(text, &usual) ? NULL : "is no IPv4 address";
	case FORMAT_HASH_TYPE:
		*ret_mend = "Write SHA256, or leave Hash Type out.";
		return !strcmp(text, "SHA256") ? NULL : "is no Hash Type that is supported";
	case FORMAT_HASH:
		return hash_fault(text, ret_mend);
	case FORMAT_SIGNATURE_TYPE:
		*ret_mend = "Write PKCS#1 or Ed25519, or leave Signature Type out (PKCS#1).";
		return !strcmp(text, "PKCS#1") || !strcmp(text, "Ed25519")
			   ? NULL
			   : "is no Signature Type that is supported";
	case FORMAT_SIGNATURE:
		return signature_fault(text, ret_mend);
	case FORMAT_ITEMS:
	case FORMAT_REFERENCE:
		break;
	}
	return NULL;
}
