/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of error codes: it feeds problem+json, exit codes and pages. No include guard: it is an
 * X-macro. Columns: enum name, stable code (an API promise, never renamed), HTTP status, CLI exit status,
 * title (a short human phrase), next (what the reader should do). Add rows at the end of the section of your
 * subject. CLI exit codes: 0 done, 1 failed, 2 nothing to do or usage, 3 not found or no path, 4 not allowed,
 * 5 ambiguous.
 */
/* clang-format off */
/* general */
X(ERR_INVALID,        "invalid-input",       400, 1, "The input is not valid",            "Correct the named part and try again.")
X(ERR_USAGE,          "usage",               400, 2, "The command was not understood",    "Run the command with --help to see its options.")
X(ERR_UNKNOWN_PARAM,  "unknown-parameter",   400, 2, "A parameter is not known here",     "Remove it, or use the name that is suggested.")
X(ERR_DENIED,         "denied",              403, 4, "Not allowed",                       "Ask an administrator for the role that this needs.")
X(ERR_NEEDS_TOKEN,    "needs-token",         401, 4, "A token is needed",                 "Send the token as 'Authorization: Bearer TOKEN' (CLI: FIRPATH_TOKEN).")
X(ERR_SIGN_IN,        "sign-in",             401, 4, "You need to sign in",               "Sign in at /sign-in, or send an API token as 'Authorization: Bearer TOKEN' (CLI: FIRPATH_TOKEN).")
X(ERR_NOT_FOUND,      "not-found",           404, 3, "Not found",                         "Check the name or number. Search finds entries by any of their fields, lists show the rest.")
X(ERR_METHOD,         "method-not-allowed",  405, 2, "This address does not take that method", "Use one of the methods in the Allow header.")
X(ERR_CONFLICT,       "conflict",            409, 1, "It conflicts with what is stored",  "Read the current state, then decide again.")
X(ERR_STALE,          "stale-revision",      412, 1, "It has changed since you read it",  "Read it again and repeat the change with the new If-Match value.")
X(ERR_NEEDS_MATCH,    "needs-if-match",      428, 1, "If-Match is needed",                "Read the resource and send its ETag as If-Match.")
X(ERR_TOO_LARGE,      "too-large",           413, 1, "The input is larger than the limit", "Send less at a time; GET /v1/limits shows the limits.")
X(ERR_MEDIA,          "media-type",          415, 1, "The content type is not accepted here", "Use the content type that the message names.")
X(ERR_ACCEPT,         "not-acceptable",      406, 1, "The answer has none of those types", "Accept application/json.")
X(ERR_HEADERS,        "bad-request-framing", 400, 1, "The request is not well formed",    "Send exactly one Host, and one Content-Length of digits or none.")
X(ERR_RATE,           "too-many-requests",   429, 1, "Too many requests",                 "Wait for the time in Retry-After.")
X(ERR_BUSY,           "busy",                503, 1, "The store is busy",                 "Try again in a moment; nothing was changed.")
X(ERR_NO_MEMORY,      "no-memory",           503, 1, "The service is short of memory",    "Try again later; nothing was changed.")
X(ERR_DISK,           "disk",                507, 1, "The disk cannot be written",        "Free space or repair the disk; read the state back before repeating.")
X(ERR_FILE,           "file",                500, 1, "A file or folder cannot be used",   "Check its name, its kind and your permissions on it.")
X(ERR_NO_FILE,        "no-file",             404, 3, "There is no such file",             "Check the name of the file.")
X(ERR_OUTPUT,         "output",              500, 1, "The output cannot be written",      "Look where the output goes: the disk may be full, or the reader gone.")
X(ERR_REMOTE,         "remote",              502, 1, "Another system did not answer as it should", "Check the address and that it is up.")
X(ERR_ADDRESS,        "address-refused",     422, 4, "That address is not asked",         "Use a public https address; an operator can permit others with fetch_allow and fetch_allow_http.")
X(ERR_TIMEOUT,        "timeout",             504, 1, "It took too long",                  "Try again.")
X(ERR_TARGET_LONG,    "target-too-long",     414, 1, "The address is too long",           "Send long questions in a body: POST /v1/path/bulk.")
X(ERR_ORIGIN,         "foreign-origin",      403, 4, "The request comes from a foreign page", "Use the pages of this service, or a program; set public_url when a front has its own name.")
X(ERR_CSRF,           "csrf",                403, 4, "The request does not come from a page of this session", "Open the page again and send it from there; programs send the csrf of GET /v1/me as Firpath-Csrf, or use a token.")
X(ERR_HOST,           "unknown-host",        421, 1, "This host name is not served here", "Use a loopback name, or add the name to host_names or public_url in the configuration.")
X(ERR_KEY_RUNNING,    "idempotency-key-running", 409, 1, "The first request with this key has not finished", "Wait and repeat it; if it never finishes, read the state back before you use a new key.")
X(ERR_RANGE,          "range",               416, 1, "The range is outside the file",     "Ask for a range inside the length that Content-Range names.")
X(ERR_STOPPING,       "stopping",            503, 1, "The service is stopping",           "Try again in a few seconds.")
X(ERR_INTERNAL,       "internal",            500, 1, "A fault in firpath",                "Report it with the request id; nothing was half done.")
X(ERR_UNAVAILABLE,    "unavailable",         503, 1, "Not ready yet",                     "Try again in a moment.")
/* the store */
X(ERR_STORE_NEWER,    "store-newer",         500, 1, "The store was made by a newer firpath", "Use the newer program, or another store.")
X(ERR_STORE_OPEN,     "store-open",          503, 1, "The store cannot be opened",        "Check its name, and that it is a firpath store on a local disk that you may read and write.")
X(ERR_STORE,          "store",               500, 1, "The store failed",                  "Look at the message; the change was not made or is unknown: read it back.")
/* JSON */
X(ERR_JSON,           "json-syntax",         400, 1, "The JSON is not valid",             "Correct it at the place named.")
X(ERR_JSON_FIELD,     "json-field",          400, 1, "A JSON member is wrong",            "Correct the member named by the pointer.")
/* identities and paths */
X(ERR_IDENTITY,       "identity-syntax",     400, 2, "That is not an Entry ID or an identity", "Write an Entry ID (000123) or MMMM:TTTTVVRR:FFFFFFFF (manufacturer, model and hardware, firmware); firmware of chargers is ocpp:VENDOR/MODEL/COMPONENT@VERSION.")
X(ERR_AMBIGUOUS,      "ambiguous",           300, 5, "Several entries fit",               "Choose one of the candidates by its Entry ID.")
X(ERR_NO_PATH,        "no-path",             200, 3, "There is no path",                  "Read the reason; check the manufacturer's release notes.")
/* config and service */
X(ERR_CONFIG,         "config",              500, 2, "The configuration is not valid",    "Correct the key at the place named.")
X(ERR_CLOCK,          "clock",               503, 1, "The clock stands before what was written last", "Set the clock of this machine right; if the store was once written under a wrong clock, start with --accept-clock.")
X(ERR_LISTEN,         "listen",              500, 1, "The listener cannot be opened",     "Choose a free port on a loopback address.")
/* imports */
X(ERR_NOTHING,        "nothing-to-do",       200, 2, "Nothing changes",                   "Nothing needs doing.")
X(ERR_GATE,           "import-gate",         409, 4, "The import was held by a gate",     "Look at the diff; accept it with --accept when it is right.")
X(ERR_IMPORT,         "import-file",         400, 1, "The rows cannot be taken",          "Correct the place named (a line of a file, or which item) and send it again; nothing was changed.")
X(ERR_IMPORT_AHEAD,   "import-ahead",        400, 1, "The file is dated in the future",   "Check where the file comes from and the clock of this machine; nothing was changed.")
/* edits */
X(ERR_NEEDS_ACCOUNT,  "needs-account",       403, 4, "This needs a person's account",     "Sign in with an account; an operator makes accounts with 'firpath user add'.")
X(ERR_SECOND_PERSON,  "second-person",       403, 4, "Somebody else must decide this",    "Ask another approver: whoever wrote it cannot approve it.")
X(ERR_PROPOSE,        "propose-it",          403, 4, "Accounts propose, they do not import", "Propose it: POST /v1/proposals, or 'firpath propose FILE --why TEXT'.")
X(ERR_OTHER_CONTENT,  "other-content",       409, 1, "It is not the content that was looked at", "Read the proposal and its impact again, then approve the hash that it has now.")
X(ERR_PROPOSAL_STATE, "proposal-state",      409, 1, "Its state does not allow that",     "Read it again, then decide again.")
X(ERR_PROPOSAL_STALE, "proposal-stale",      409, 1, "What it is about has changed",      "The author looks at it again and sends it with PUT.")
X(ERR_LINT,           "graph-error",         409, 1, "The change would break the graph",  "Change the items that the message names; a what-if shows the findings.")
X(ERR_RULE,           "rule-text",           400, 1, "The rule is not understood",        "Write it like 'below X go via V' or 'from X to Y only via V', with Entry IDs where versions are ambiguous.")
/* fleet and campaigns */
X(ERR_CPL_STALE,      "cpl-stale",           409, 4, "The CPL was not checked lately", "Import the newest CPL; an unchanged file counts too.")
X(ERR_CAMPAIGN_STATE, "campaign-state",      409, 2, "The campaign's state does not allow that", "Read the campaign's state, then decide again.")
X(ERR_IMAGE,          "image-refused",       422, 1, "The image is not taken",           "Check the file: the SHA-256 of its image must be the hash of a catalogue entry.")
X(ERR_NO_DEVICE,      "unknown-device",      404, 3, "No such device",                   "Register it with 'firpath device import'.")
X(ERR_IDEMPOTENCY,    "idempotency-key",     422, 1, "The Idempotency-Key was used for something else", "Use a new key for a new request.")
/* proof */
X(ERR_SIGNATURE,      "signature",           422, 1, "The signature does not hold",      "Do not rely on it: get it again from the service, and check with the key of that service.")
X(ERR_NO_KEY,         "no-signing-key",      501, 1, "This service signs nothing",       "Make a key with 'firpath key new FILE' and name it as signing_key in the configuration.")
/* trust */
X(ERR_NOTICE,         "notice-unread",       428, 1, "The notice must be read first",     "Read the notice, then say so: --notice-read, over REST notice=read (campaigns: \"notice_read\": true).")
/* pages */
X(ERR_PICTURE,        "picture",             503, 1, "The picture could not be drawn",    "Read the table of the same facts, or ask for the neighbourhood of one entry with ?around=.")
/* vehicles */
X(ERR_CM_REJECTED,    "cm-rejected",         409, 1, "Rejected",                          "Read the state of the vehicle; the message says why and when it is allowed.")
X(ERR_VEHICLES,       "several-vehicles",    300, 5, "There are several vehicles",        "Name one with --vehicle or FIRPATH_VEHICLE; 'firpath vehicle list' shows them.")
X(ERR_CM_STOPPED,     "cm-stopped",          503, 1, "The Configuration Manager is stopped", "Start it with 'firpath cm start'; Building Blocks ask again later.")
X(ERR_CM_TURN,        "not-its-turn",        503, 1, "Not its turn yet",                  "Ask again: others that it depends upon are served first.")
X(ERR_CM_GONE,        "package-withdrawn",   410, 1, "The update was given up",           "Report a failure; the Configuration Manager decides on the vehicle as a whole.")
X(ERR_CM_ADDRESS,     "not-its-address",     403, 4, "The Manifest does not allow this address", "Correct Network IDs in the Manifest, or set bbum_check_address = no.")
X(ERR_VC,             "vc-refused",          409, 1, "The Vehicle Configuration cannot be used", "Read its report ('firpath cm verify vc N'), mend the files and send them again.")
X(ERR_PACKAGE,        "package-refused",     422, 1, "The Package is not taken",          "Make it with 'firpath manifest pack', and check the place named; nothing was changed.")
/* charging stations */
X(ERR_RELEASE,        "release-refused",     409, 1, "The release cannot be used so",     "Mend what the message names; GET /v1/releases/{id} shows its state and what was found.")
/* meters */
X(ERR_DCC_MESSAGE,    "dcc-message-refused", 400, 1, "The message is not taken as one of the DCC", "Post a response or alert as the DCC signed it, soon after it was made, for a user of this service.")
/* clang-format on */
