// SPDX-License-Identifier: Apache-2.0
// The official schemas as npm ocpp-rpc brings them, usable in strict mode for all three versions: those of 2.1 carry ids that
// the library does not look up (mikuso/ocpp-rpc#94), so they get others; and schemas of the component extension beside them.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { createValidator, RPCClient, RPCServer, createRPCError } = require('ocpp-rpc');
const load = (name) => structuredClone(require(`ocpp-rpc/lib/schemas/${name}.json`));

const text = (max, more = {}) => ({ type: 'string', maxLength: max, ...more });
const object = (properties, required = []) => ({ type: 'object', properties, required, additionalProperties: false });
const list = (items, more = {}) => ({ type: 'array', items, minItems: 1, ...more });
const integer = { type: 'integer', minimum: 0 };
const time = { type: 'string', format: 'date-time' };
const hash = object({ algorithm: { enum: ['SHA256', 'SHA384', 'SHA512'] }, value: text(128, { pattern: '^[0-9A-Fa-f]+$' }) }, ['algorithm', 'value']);
const customData = { type: 'object', required: ['vendorId'], properties: { vendorId: text(255) } };
const info = object({ reasonCode: text(20), additionalInfo: text(1024), customData }, ['reasonCode']);
const signature = object({ signer: text(255), role: { enum: ['Manufacturer', 'Certifier', 'Operator'] }, algorithm: text(50), value: text(800),
  signingCertificate: text(5500), created: time }, ['signer', 'role', 'algorithm', 'value']);
const component = object({
  name: text(50, { minLength: 1 }), version: text(50, { minLength: 1 }), functionalRole: text(50), legalStatus: { enum: ['Regulated', 'Unregulated'] },
  regulatoryClassification: list(text(50)),
  compatibility: list(object({ relation: { enum: ['Requires', 'Conflicts'] }, component: text(50), minVersion: text(50), maxVersion: text(50), version: list(text(50)) },
    ['relation', 'component'])),
  sbom: object({ format: { enum: ['CycloneDX', 'SPDX'] }, formatVersion: text(50), location: text(2000), hash }, ['format', 'location']),
  hash, signature: list(signature),
  updatePolicy: object({ downgradeAllowed: { type: 'boolean' }, requiresIdle: { type: 'boolean' }, requiresReboot: { type: 'boolean' },
    approval: { enum: ['None', 'Operator', 'NotifiedBody'] }, thirdPartyAllowed: { type: 'boolean' }, autoUpdate: { type: 'boolean' } }, ['downgradeAllowed', 'approval']),
  updateSource: list(object({ type: { enum: ['Web', 'WebAPI', 'OCPP'] }, location: text(2000) }, ['type', 'location'])),
  vulnerabilityReporting: object({ location: text(2000), email: text(254), policy: text(2000), advisories: text(2000) }),
  releaseDate: time, installationDate: time, auditTrailHash: hash,
  implementedInterface: list(object({ name: text(50), version: text(50), nonReactive: { type: 'boolean' } }, ['name'])),
  expectedInterface: list(object({ name: text(50), version: text(50), nonReactive: { type: 'boolean' } }, ['name'])),
  updateStatus: text(50), customData,
}, ['name', 'version', 'functionalRole', 'legalStatus', 'hash']);
const firmware = object({ location: text(2000), retrieveDateTime: time, installDateTime: time, signingCertificate: text(5500), signature: text(800), customData },
  ['location', 'retrieveDateTime']);
const answers = ['Accepted', 'Rejected', 'AcceptedCanceled', 'InvalidCertificate', 'RevokedCertificate'];
const statuses = ['Downloaded', 'DownloadFailed', 'Downloading', 'DownloadScheduled', 'DownloadPaused', 'Idle', 'InstallationFailed', 'Installing',
  'Installed', 'InstallRebooting', 'InstallScheduled', 'InstallVerificationFailed', 'InvalidSignature', 'SignatureVerified', 'RolledBack'];

/** Shapes of the component extension (doc/ocpp.md section 5), by action and way. */
export const extension = {
  'GetFirmwareComponents.req': object({ requestId: integer, componentName: list(text(50)),
    filter: object({ legalStatus: { enum: ['Regulated', 'Unregulated'] }, regulatoryClassification: list(text(50)), functionalRole: list(text(50)),
      versionBelow: text(50), hasUpdatePolicy: { type: 'boolean' } }), offset: integer, limit: integer, customData }, ['requestId']),
  'GetFirmwareComponents.conf': object({ status: { enum: ['Accepted', 'Rejected', 'NotSupported', 'EmptyResultSet'] }, statusInfo: info, total: integer,
    firmwareComponent: list(component), customData }, ['status']),
  'UpdateFirmwareComponents.req': object({ requestId: integer, retries: integer, retryInterval: integer, updateMode: { enum: ['AllOrNothing', 'BestEffort'] },
    firmwareComponent: list(object({ name: text(50), version: text(50), expectedVersion: text(50), firmware, hash, signature: list(signature),
      dependsOn: list(text(50)), customData }, ['name', 'version', 'firmware'])), customData }, ['requestId', 'firmwareComponent']),
  'UpdateFirmwareComponents.conf': object({ status: { enum: answers }, statusInfo: info, trackingId: text(36),
    componentResult: list(object({ name: text(50), status: { enum: answers }, statusInfo: info }, ['name', 'status'])), customData }, ['status']),
  'FirmwareComponentStatusNotification.req': object({ requestId: integer, trackingId: text(36), componentName: text(50), version: text(50),
    status: { enum: statuses }, timestamp: time, statusInfo: info, customData }, ['requestId', 'componentName', 'status', 'timestamp']),
  'FirmwareComponentStatusNotification.conf': object({ customData }),
};

const extra = () => Object.entries(extension).map(([name, schema]) => ({ $schema: 'http://json-schema.org/draft-07/schema', $id: `urn:${name}`, ...structuredClone(schema) }));
const rekeyed = () => load('ocpp2_1').map((s) => ({ ...s, $id: s.$id.replace(/Request$/, '.req').replace(/Response$/, '.conf') }));

/** Validators for strict mode, the 2.x ones with the extension. */
export const validators = [
  createValidator('ocpp1.6', load('ocpp1_6')),
  createValidator('ocpp2.0.1', [...load('ocpp2_0_1'), ...extra()]),
  createValidator('ocpp2.1', [...rekeyed(), ...extra()]),
];
export const strict = { strictMode: true, strictModeValidators: validators };
export { RPCClient, RPCServer, createRPCError, createValidator };
