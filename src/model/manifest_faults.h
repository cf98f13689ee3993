/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of what can be wrong with a Manifest. An X-macro without include guard. Columns: enum name,
 * stable code, the check that fails, the requirement row that it rests on unless a better one is known, error
 * word of doc/bbum-protocol.md. doc/manifests.md describes each code.
 */
/* clang-format off */
X(FAULT_JSON,            "not-json",             CHECK_SYNTAX,       "J2",  "manifest-syntax")
X(FAULT_KIND,            "wrong-kind",           CHECK_SYNTAX,       "J25", "manifest-syntax")
X(FAULT_TYPE,            "unknown-type",         CHECK_SYNTAX,       "J38", "manifest-syntax")
X(FAULT_ROOT,            "wrong-root",           CHECK_SYNTAX,       "J3",  "manifest-syntax")
X(FAULT_MISSING,         "missing-element",      CHECK_SYNTAX,       "J36", "manifest-syntax")
X(FAULT_UNUSED,          "unused-element",       CHECK_SYNTAX,       "J36", "manifest-syntax")
X(FAULT_UNKNOWN,         "unknown-element",      CHECK_SYNTAX,       "J26", "manifest-syntax")
X(FAULT_FORMAT,          "wrong-format",         CHECK_SYNTAX,       "J25", "manifest-syntax")
X(FAULT_UUID,            "wrong-uuid",           CHECK_SYNTAX,       "J41", "manifest-syntax")
X(FAULT_PLACE,           "wrong-place",          CHECK_SYNTAX,       "J25", "manifest-syntax")
X(FAULT_CONTENT,         "no-content",           CHECK_SYNTAX,       "L14", "manifest-syntax")
X(FAULT_REFERENCE,       "wrong-reference",      CHECK_SYNTAX,       "J56", "manifest-syntax")
X(FAULT_CYCLE,           "reference-cycle",      CHECK_SYNTAX,       "J57", "manifest-syntax")
X(FAULT_LIMIT,           "too-large",            CHECK_SYNTAX,       "J24", "manifest-syntax")
X(FAULT_PATH,            "wrong-path",           CHECK_SYNTAX,       "J48", "manifest-syntax")
X(FAULT_NO_MANIFEST,     "manifest-missing",     CHECK_INTEGRITY,    "J28", "manifest-missing")
X(FAULT_OTHER_SIGNATURE, "reference-differs",    CHECK_INTEGRITY,    "J57", "manifest-integrity")
X(FAULT_NO_ARCHIVE,      "archive-missing",      CHECK_INTEGRITY,    "J28", "package-missing")
X(FAULT_HASH,            "hash-differs",         CHECK_INTEGRITY,    "J60", "package-integrity")
X(FAULT_SIGNATURE,       "signature-differs",    CHECK_INTEGRITY,    "J63", "manifest-integrity")
X(FAULT_NOT_SIGNED,      "not-signed",           CHECK_AUTHENTICITY, "J64", "manifest-authentication")
X(FAULT_SIGNER,          "not-trusted",          CHECK_AUTHENTICITY, "J15", "manifest-authentication")
X(FAULT_SAME_CONFIG,     "same-config-id",       CHECK_IDENTITY,     "J12", "manifest-syntax")
X(FAULT_SAME_TYPE,       "same-type-id",         CHECK_IDENTITY,     "J12", "manifest-syntax")
X(FAULT_SAME_ITEM,       "same-item",            CHECK_IDENTITY,     "J12", "manifest-syntax")
X(FAULT_DEPENDENCY,      "unresolved-dependency", CHECK_IDENTITY,    "J58", "manifest-conformity")
X(FAULT_INCOMPATIBLE,    "incompatible",         CHECK_IDENTITY,     "J18", "manifest-conformity")
X(FAULT_SELF,            "self-dependency",      CHECK_IDENTITY,     "J58", "manifest-conformity")
X(FAULT_SAME_DEPENDENCY, "same-dependency",      CHECK_IDENTITY,     "J58", "manifest-conformity")
X(FAULT_NETWORK,         "no-network-ids",       CHECK_IDENTITY,     "J50", "manifest-syntax")
X(FAULT_SAME_NETWORK,    "same-network-id",      CHECK_IDENTITY,     "J50", "manifest-syntax")
X(FAULT_ODD_NETWORK,     "odd-network-id",       CHECK_IDENTITY,     "J43", "manifest-syntax")
/* clang-format on */
