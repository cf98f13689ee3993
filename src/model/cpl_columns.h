/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of the Central Products List, one row each: both readers, the normaliser, the validator, the
 * diff, the store and the export are driven by this table. An X-macro without include guard.
 *
 * Columns: enum name; name of the column in entry_state; kind; hex digits (0 = not hex); longest text that a
 * new submission may have; column of the workbook's sheet (A = 1, 0 = not there); name in the CSV ("" = the
 * CSV has no such column); data group and data attribute in the two header rows of the workbook; short label
 * for people. The order is that of the columns c_* in sql/schema/0001_catalogue.sql. gb-metering 1.1, 1.2.
 */
/* clang-format off */
X(CPL_NUMBER,       "c_number",        CPL_KIND_NUMBER, 0,  6, 2,  "Entry.number",                                  "Entry",              "number",                            "Entry number")
X(CPL_STATUS,       "c_status",        CPL_KIND_STATUS, 0,  7, 3,  "Entry.status",                                  "Entry",              "status",                            "Status")
X(CPL_TYPE,         "c_type",          CPL_KIND_TEXT,   0,  50, 4,  "Device_Type.name",                              "Device_Type",        "name",                              "Device type")
X(CPL_MANUFACTURER, "c_manufacturer",  CPL_KIND_HEX,    4,  5, 5,  "Device_Model.manufacturer_identifier",          "Device_Model",       "manufacturer_identifier",           "Manufacturer")
X(CPL_MODEL,        "c_model",         CPL_KIND_HEX,    4,  5, 6,  "Device_Model.model_identifier",                 "Device_Model",       "model_identifier",                  "Model")
X(CPL_HW_VERSION,   "c_hw_version",    CPL_KIND_HEX,    2,  2, 7,  "Device_Model.hardware_version.version",         "Device_Model",       "hardware_version.version",          "Hardware version")
X(CPL_HW_REVISION,  "c_hw_revision",   CPL_KIND_HEX,    2,  2, 8,  "Device_Model.hardware_version.revision",        "Device_Model",       "hardware_version.revision",         "Hardware revision")
X(CPL_MODEL_HW,     "c_model_hw",      CPL_KIND_HEX,    8,  8, 0,  "Device_Model.model_identifier_concatenated_with_hardware_version", "", "",                             "Model with hardware")
X(CPL_FIRMWARE,     "c_firmware",      CPL_KIND_HEX,    8,  11, 9,  "Device_Model.firmware_version",                 "Device_Model",       "firmware_version",                  "Firmware version")
X(CPL_SMETS,        "c_smets",         CPL_KIND_TEXT,   0,  14, 10, "SMETS_CHTS Version.Version_number_and_effective_date", "SMETS_CHTS Version", "Version_number_and_effective_date", "SMETS or CHTS version")
X(CPL_GBCS,         "c_gbcs",          CPL_KIND_TEXT,   0,  20, 11, "GBCS Version.version_number",                   "GBCS Version",       "version_number",                    "GBCS version")
X(CPL_HASH,         "c_hash",          CPL_KIND_HASH,   64, 95, 20, "Manufacturer_Image.hash",                       "Manufacturer_Image", "hash",                              "Image hash")
X(CPL_CPA_ID,       "c_cpa_id",        CPL_KIND_TEXT,   0,  24, 12, "",                                              "CPA_Certificate",    "identification_number",             "CPA certificate")
X(CPL_CPA_VERSION,  "c_cpa_version",   CPL_KIND_TEXT,   0,  40, 13, "",                                              "CPA_Certificate",    "security_characteristics_version",  "CPA security characteristics")
X(CPL_CPA_EXPIRY,   "c_cpa_expiry",    CPL_KIND_DATE,   0,  10, 14, "",                                              "CPA_Certificate",    "expiry_date",                       "CPA expiry date")
X(CPL_DLMS_ID,      "c_dlms_id",       CPL_KIND_TEXT,   0,  10, 15, "",                                              "DLMS_Certificate",   "identification_number",             "DLMS certificate")
X(CPL_DLMS_VERSION, "c_dlms_version",  CPL_KIND_TEXT,   0,  10, 16, "",                                              "DLMS_Certificate",   "DLMS_version",                      "DLMS version")
X(CPL_ZSE_ID,       "c_zse_id",        CPL_KIND_TEXT,   0,  40, 17, "",                                              "ZSE_Certificate",    "identification_number",             "ZSE certificate")
X(CPL_ZSE_VERSION,  "c_zse_version",   CPL_KIND_TEXT,   0,  40, 18, "",                                              "ZSE_Certificate",    "ZSE_version",                       "ZSE version")
X(CPL_CREATOR,      "c_image_creator", CPL_KIND_TEXT,   0,  100, 19, "",                                             "Manufacturer_Image", "creator",                           "Image creator")
X(CPL_DESCRIPTOR,   "c_image_descriptor", CPL_KIND_TEXT, 0, 100, 21, "",                                             "Manufacturer_Image", "descriptor",                        "Image descriptor")
/* clang-format on */
