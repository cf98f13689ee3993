// SPDX-License-Identifier: Apache-2.0
// What firpath writes and reads, against the official schemas: each message of ours must be valid, each valid message of a
// station must be taken (random ones, from the schemas), and none that lacks a member it must have. Prints one line of counts.
// usage: node oracle.mjs DRIVER [ROUNDS [SEED]]
import { spawnSync } from 'node:child_process';
import { validators } from './schemas.mjs';

console.warn = () => {}; // ajv says of each enum of 2.1 that it has no properties
const [driver, rounds = '12', seed = '2026'] = process.argv.slice(2);
const versions = ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'];
const ajv = Object.fromEntries(validators.map((v) => [v.subprotocol, v._ajv]));
const faults = [];
const fault = (...words) => { if (faults.length < 40) faults.push(words.map((w) => (typeof w === 'string' ? w : JSON.stringify(w))).join(' ')); else faults.length++; };

function run(mode, input = "") {
  const p = spawnSync(driver, [mode], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (p.status !== 0) throw new Error(`${driver} ${mode} ended with ${p.status ?? p.signal}: ${p.stderr}`);
  return p.stdout.trim().split('\n').map((x) => JSON.parse(x));
}

function schemaOf(v, action, way) {
  return ajv[v].getSchema(`urn:${action}.${way}`);
}
function mustBeValid(v, action, way, payload, of) {
  const check = schemaOf(v, action, way);
  if (!check) fault(v, action, way, 'has no schema');
  else if (!check(payload)) fault(v, action, way, 'is not valid:', check.errors[0].instancePath, check.errors[0].message, of ?? '', JSON.stringify(payload).slice(0, 300));
}
const emptyOnes = (x) => x === null || x === '' || (Array.isArray(x) && !x.length) || (typeof x === 'object' && Object.values(x).some(emptyOnes));

// ---- what we say ----
const codes = {
  'ocpp1.6': ['NotImplemented', 'NotSupported', 'InternalError', 'ProtocolError', 'SecurityError', 'FormationViolation', 'PropertyConstraintViolation',
    'OccurenceConstraintViolation', 'TypeConstraintViolation', 'GenericError'],
  'ocpp2.0.1': ['NotImplemented', 'NotSupported', 'InternalError', 'ProtocolError', 'SecurityError', 'FormatViolation', 'PropertyConstraintViolation',
    'OccurrenceConstraintViolation', 'TypeConstraintViolation', 'GenericError', 'MessageTypeNotSupported', 'RpcFrameworkError'],
};
codes['ocpp2.1'] = codes['ocpp2.0.1'];
const said = run('say');
const spoken = new Set();
for (const m of said) {
  if (m.kind === 'error') {
    if (!codes[m.v].includes(m.payload[2])) fault(m.v, 'has no error', m.payload[2]);
    continue;
  }
  spoken.add(`${m.v} ${m.action}`);
  mustBeValid(m.v, m.action, 'req', m.payload);
  if (emptyOnes(m.payload)) fault(m.v, m.action, 'has a member that is null or empty', m.payload);
  if (m.action === 'DataTransfer') {
    const inner = ajv['ocpp2.0.1'].getSchema(`urn:${m.payload.messageId}.req`);
    if (!inner || !inner(JSON.parse(m.payload.data))) fault(m.v, m.payload.messageId, 'within DataTransfer is not valid', inner?.errors);
  }
}
const wanted = { 'ocpp1.6': ['UpdateFirmware', 'SignedUpdateFirmware', 'DataTransfer', 'GetConfiguration', 'TriggerMessage', 'ExtendedTriggerMessage', 'GetDiagnostics',
  'GetLog', 'Reset'], 'ocpp2.0.1': ['UpdateFirmware', 'UpdateFirmwareComponents', 'GetFirmwareComponents', 'GetVariables', 'GetBaseReport', 'TriggerMessage', 'GetLog',
  'PublishFirmware', 'UnpublishFirmware', 'Reset'] };
wanted['ocpp2.1'] = wanted['ocpp2.0.1'];
for (const v of versions) for (const a of wanted[v]) if (!spoken.has(`${v} ${a}`)) fault(v, a, 'was never said');

// ---- what stations say ----
let state = Number(seed) >>> 0;
const below = (n) => { // mulberry32
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) % n;
};
const alphabet = 'abcXYZ019 ._-/:"\\\u00e4\u20ac\u{1f50c}';
const letters = [...alphabet];
const ascii = letters.slice(0, 14);
const HEX = { SHA256: 64, SHA384: 96, SHA512: 128 };
const digits = (n) => Array.from({ length: n }, () => '0123456789abcdefABCDEF'[below(22)]).join('');
function time() {
  return new Date(1.2e12 + below(2 ** 31) * 300).toISOString().replace('Z', ['Z', '+01:00', '-05:30'][below(3)]);
}
function text(schema, name) {
  if (schema.format === 'date-time') return time();
  if (schema.format === 'uri') return `https://h/${below(1000)}`;
  const max = Math.min(schema.maxLength ?? 40, 2500);
  const n = below(4) ? Math.min(max, 1 + below(12)) : max;
  // Names and versions of components are shown and compared: what is no ASCII must fit their bytes too.
  const from = ['name', 'version', 'componentName', 'transactionId'].includes(name) ? ascii : letters;
  return Array.from({ length: Math.max(n, schema.minLength ?? 0) }, () => from[below(from.length)]).join('');
}
function whole(schema) {
  const min = schema.minimum ?? -5;
  return min + below(Math.min((schema.maximum ?? 2 ** 31 - 1) - min, 2 ** 31 - 1) + 1);
}
/** A value that is valid by its schema; `full`: all optional members. depth keeps random ones small. */
function make(schema, root, full, name = '', depth = 0) {
  if (schema.$ref) return make(root.definitions[schema.$ref.replace('#/definitions/', '')], root, full, name, depth);
  if (schema.enum) return schema.enum[below(schema.enum.length)];
  if (name === 'updateStatus') return 'Installing';
  switch (schema.type) {
    case 'string': return text(schema, name);
    case 'integer': return whole(schema);
    case 'number': return below(3) ? below(100000) / 10 : below(1000);
    case 'boolean': return below(2) === 1;
    case 'array': {
      const n = Math.min(schema.maxItems ?? 3, Math.max(schema.minItems ?? 0, full ? 1 : below(3)));
      return Array.from({ length: n }, () => make(schema.items, root, full, name, depth + 1));
    }
    case 'object': {
      const o = {};
      for (const [k, s] of Object.entries(schema.properties ?? {}))
        if (schema.required?.includes(k) || full || (depth < 4 && !below(3))) o[k] = make(s, root, full, k, depth + 1);
      if (o.algorithm in HEX && 'value' in o) o.value = digits(HEX[o.algorithm]);
      return o;
    }
    default: return ['anything', 7, { a: [1] }][below(3)];
  }
}
/** Paths of members that must be there and are, in a value. */
function* needed(schema, root, value, path = []) {
  if (schema.$ref) schema = root.definitions[schema.$ref.replace('#/definitions/', '')];
  if (Array.isArray(value)) {
    if (value.length) yield* needed(schema.items, root, value[0], [...path, 0]);
  } else if (value && typeof value === 'object') {
    for (const k of schema.required ?? []) if (k in value) yield [...path, k];
    for (const [k, s] of Object.entries(schema.properties ?? {})) if (k in value) yield* needed(s, root, value[k], [...path, k]);
  }
}
/** Paths of texts that are in a value and have a size: [path, characters]. */
function* sized(schema, root, value, path = []) {
  if (schema.$ref) schema = root.definitions[schema.$ref.replace('#/definitions/', '')];
  if (Array.isArray(value)) {
    if (value.length) yield* sized(schema.items, root, value[0], [...path, 0]);
  } else if (value && typeof value === 'object') {
    for (const [k, s] of Object.entries(schema.properties ?? {})) if (k in value) yield* sized(s, root, value[k], [...path, k]);
  } else if (typeof value === 'string' && schema.maxLength && !schema.enum) yield [path, schema.maxLength];
}
function without(value, path, put) {
  const copy = structuredClone(value);
  let at = copy;
  for (const k of path.slice(0, -1)) at = at[k];
  if (put === undefined) delete at[path.at(-1)];
  else at[path.at(-1)] = put;
  return copy;
}
/* Members that firpath does not look at: what it lacks there changes nothing it does. */
const unread = [/customData/, /^\/(certificate|iso15118CertificateHashData|hashRootCertificate|costDetails|preconditioningStatus)/, /^\/transactionData/,
  /\/additionalInfo\/0/, /\/sampledValue\/0\//, /\/variableCharacteristics/, /\/evse\//, /^\/transactionInfo\/(operationMode|tariff|transactionLimit)/,
  /^\/componentResult/, /^\/configurationKey\/0\/readonly/, /^\/certificateType/,
  /attributeStatusInfo/];
const unsized = [/^\/(meterType|meterSerialNumber|vendorErrorCode|certificate)/, /additionalInfo$/, /\/(eventData|reportData)\//, /hashRoot|tariffId|StatusNotification \/vendorId/];
const ours = { // actions of stations that are read, by version
  'ocpp1.6': ['BootNotification', 'Heartbeat', 'StatusNotification', 'FirmwareStatusNotification', 'SignedFirmwareStatusNotification', 'SecurityEventNotification',
    'LogStatusNotification', 'DiagnosticsStatusNotification', 'StartTransaction', 'StopTransaction', 'Authorize', 'MeterValues', 'DataTransfer', 'SignCertificate'],
  'ocpp2.0.1': ['BootNotification', 'Heartbeat', 'StatusNotification', 'FirmwareStatusNotification', 'FirmwareComponentStatusNotification',
    'PublishFirmwareStatusNotification', 'SecurityEventNotification', 'LogStatusNotification', 'NotifyReport', 'TransactionEvent', 'Authorize', 'MeterValues',
    'ReservationStatusUpdate', 'NotifyEvent', 'DataTransfer', 'SignCertificate'],
};
ours['ocpp2.1'] = ours['ocpp2.0.1'];
const replies = {
  'ocpp1.6': ['UpdateFirmware', 'SignedUpdateFirmware', 'GetConfiguration', 'GetDiagnostics', 'GetLog', 'TriggerMessage', 'ExtendedTriggerMessage', 'Reset', 'DataTransfer'],
  'ocpp2.0.1': ['UpdateFirmware', 'UpdateFirmwareComponents', 'GetFirmwareComponents', 'GetVariables', 'GetBaseReport', 'TriggerMessage', 'GetLog', 'PublishFirmware',
    'UnpublishFirmware', 'Reset'],
};
replies['ocpp2.1'] = replies['ocpp2.0.1'];

const cases = [];
function add(v, action, reply, payload, want, why) {
  if (JSON.stringify(payload).length > 60000) return;
  cases.push({ v, action, reply, payload, want, why, text: JSON.stringify(reply ? [3, 'id', payload] : [2, 'id', action, payload]) });
}
for (const v of versions)
  for (const reply of [false, true])
    for (const action of (reply ? replies : ours)[v]) {
      const check = schemaOf(v, action, reply ? 'conf' : 'req');
      if (!check) { fault(v, action, 'is not in the schemas'); continue; }
      const schema = check.schema;
      for (let i = 0; i < Number(rounds); i++) {
        const good = make(schema, schema, i === 0);
        if (action === 'GetFirmwareComponents') {
          good.status = 'Accepted'; // of other answers the list is not read
          if (!good.firmwareComponent) good.firmwareComponent = [make(schema.properties.firmwareComponent.items, schema, true)];
          good.firmwareComponent.forEach((c, k) => { c.name = `c${k}`; c.version = `${k}.0`; });
        }
        // customData of components is one more dress of their notice.
        if (action === 'FirmwareStatusNotification') delete good.customData?.componentName;
        if (!check(good)) { fault('the generator made', action, check.errors[0], good); continue; }
        add(v, action, reply, good, true, 'valid');
        for (const path of needed(schema, schema, good)) {
          const at = `/${path.join('/')}`;
          if (unread.some((x) => x.test(at))) continue;
          if (reply && action === 'DataTransfer' && path.length > 1) continue;
          for (const put of [undefined, null]) add(v, action, reply, without(good, path, put), reply || action === 'NotifyReport' ? false : 'OccurrenceConstraintViolation', `without ${at}`);
        }
        for (const [path, max] of reply ? [] : sized(schema, schema, good)) {
          const at = `/${path.join('/')}`;
          if (!unread.some((x) => x.test(at)) && !unsized.some((x) => x.test(at) || x.test(`${action} ${at}`)))
            add(v, action, reply, without(good, path, '\u00e4'.repeat(max + 1)), 'PropertyConstraintViolation', `${max + 1} characters in ${at}`);
        }
      }
    }
const heard = run('hear', `${cases.map((c) => JSON.stringify({ v: c.v, ...(c.reply ? { reply: c.action } : {}), text: c.text })).join('\n')}\n`);
if (heard.length !== cases.length) fault('the driver answered', String(heard.length), 'of', String(cases.length));
const counts = { said: said.length, taken: 0, refused: 0, answers: 0 };
heard.forEach((h, i) => {
  const c = cases[i];
  const name = `${c.v} ${c.action}${c.reply ? ' (answer)' : ''}`;
  const valid = c.want === true; // else the code of the refusal, false = any
  if (h.ok !== valid) return fault(name, valid ? 'is refused:' : 'is taken:', c.why, h.where, h.msg, c.text.slice(0, 400));
  if (!valid) {
    counts.refused++;
    if (c.want && h.code !== c.want) fault(name, c.why, 'has the code', h.code);
    return;
  }
  counts.taken++;
  if (c.reply) return;
  if (h.other) return fault(name, 'is not known');
  counts.answers++;
  mustBeValid(c.v, c.action, 'conf', JSON.parse(h.answer), 'answer');
});
// The validator and the generator are awake: a schema that lost its required members would let pass what is wrong.
if (schemaOf('ocpp2.0.1', 'BootNotification', 'req')({ reason: 'PowerUp' })) fault('the validator takes anything');
if (counts.taken < 500 || counts.refused < 500) fault('too little was tried', counts);
console.log(JSON.stringify(counts));
for (const f of faults.slice(0, 40)) console.error(f ?? '');
if (faults.length) { console.error(`${faults.length} faults`); process.exit(1); }
