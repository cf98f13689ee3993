// SPDX-License-Identifier: Apache-2.0
// A charging station of another maker: npm ocpp-rpc in strict mode, so that every message of firpathd's and of its own is
// checked with the official schemas (and those of the component extension). It downloads the image, believes its first line
// ("station-image COMPONENT VERSION"), restarts, and prints JSON lines of all that happens. Argument: JSON
// {url, identity, protocol, password?, vendor, model, components: {name: version}, parted?, refuse?: status, signed?: bool}.
// Ends with its standard input.
import { createHash } from 'node:crypto';
import { RPCClient, strict, createRPCError } from './schemas.mjs';

const me = JSON.parse(process.argv[2]);
const old = me.protocol === 'ocpp1.6';
const runs = { ...me.components };
const print = (o) => process.stdout.write(JSON.stringify(o) + '\n');
const now = () => new Date().toISOString();
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const version = () => Object.values(runs)[0];
let client;
let updates = 0;

async function call(action, payload) {
  try {
    return await client.call(action, payload);
  } catch (e) {
    print({ what: 'error', action, error: e.rpcErrorCode || e.name, detail: e.message });
    return null;
  }
}
// In 1.6 messages of components ride in DataTransfer.
const carry = (action, payload) => (old ? call('DataTransfer', { vendorId: 'firpath', messageId: action, data: JSON.stringify(payload) }) : call(action, payload));

function boot(reason) {
  return old
    ? call('BootNotification', { chargePointVendor: me.vendor, chargePointModel: me.model, chargePointSerialNumber: me.identity, firmwareVersion: version() })
    : call('BootNotification', { reason, chargingStation: { vendorName: me.vendor, model: me.model, serialNumber: me.identity, firmwareVersion: version() } });
}

async function fetched(firmware) {
  const first = await fetch(firmware.location, { headers: { Range: 'bytes=0-999' } });
  const head = Buffer.from(await first.arrayBuffer());
  const rest = first.status === 206 ? await fetch(firmware.location, { headers: { Range: `bytes=${head.length}-` } }) : null;
  const all = rest && rest.status === 206 ? Buffer.concat([head, Buffer.from(await rest.arrayBuffer())]) : head;
  const [word, component, v] = all.toString('latin1').split('\n')[0].split(' ');
  print({ what: 'fetched', status: first.status, bytes: all.length, sha256: createHash('sha256').update(all).digest('hex'), component, version: v });
  return word === 'station-image' && first.ok ? { component, version: v } : null;
}

async function status(word, job) {
  if (job.parts) {
    for (const c of job.parts) {
      await carry('FirmwareComponentStatusNotification', { requestId: job.id, componentName: c.name, version: c.version, status: word, timestamp: now() });
    }
  } else if (job.plain) {
    if (['Downloading', 'Downloaded', 'DownloadFailed', 'Installing', 'Installed', 'InstallationFailed'].includes(word)) {
      await call('FirmwareStatusNotification', { status: word });
    }
  } else {
    await call(old ? 'SignedFirmwareStatusNotification' : 'FirmwareStatusNotification', { status: word, requestId: job.id });
  }
}

async function train(job) {
  updates += 1;
  await status('Downloading', job);
  const got = [];
  for (const f of job.firmware) got.push(await fetched(f));
  if (got.includes(null)) return status('DownloadFailed', job);
  await status('Downloaded', job);
  if (job.signed) await status('SignatureVerified', job);
  await status('Installing', job);
  const wanted = job.parts ? job.parts.map((c) => ({ component: c.name, version: c.version })) : got;
  for (const w of wanted) {
    const name = w.component in runs ? w.component : Object.keys(runs)[0];
    print({ what: 'runs', component: name, from: runs[name], to: w.version });
    runs[name] = w.version;
  }
  await status('InstallRebooting', job);
  await client.close({ code: 1000, reason: 'restart' });
  await sleep(50);
  await connect('FirmwareUpdate');
  await status('Installed', job);
  if (!job.plain) await call('SecurityEventNotification', { type: 'FirmwareUpdated', timestamp: now() });
  return print({ what: 'updated', updates, runs });
}

const later = (job) => setTimeout(() => train(job).catch((e) => print({ what: 'error', error: String(e) })), 5);

function componentsOf(params) {
  const all = Object.entries(runs).filter(([n]) => !params.componentName || params.componentName.includes(n)).map(([name, v]) => ({
    name, version: v, functionalRole: name === 'Metrology' ? 'Metrology' : 'Other', legalStatus: name === 'Metrology' ? 'Regulated' : 'Unregulated',
    hash: { algorithm: 'SHA256', value: me.hashes?.[`${name} ${v}`] || createHash('sha256').update(name + v).digest('hex') },
    compatibility: [{ relation: 'Requires', component: Object.keys(runs)[0], minVersion: '1.0' }],
    updatePolicy: { downgradeAllowed: false, approval: 'Operator' } }));
  return all.length ? { status: 'Accepted', total: all.length, firmwareComponent: all } : { status: 'EmptyResultSet', total: 0 };
}

function updateComponents(params) {
  if (me.refuse) return { status: me.refuse };
  for (const c of params.firmwareComponent) {
    if (c.expectedVersion && runs[c.name] !== c.expectedVersion) return { status: 'Rejected', statusInfo: { reasonCode: 'VersionMismatch' } };
  }
  later({ id: params.requestId, parts: params.firmwareComponent, firmware: params.firmwareComponent.map((c) => c.firmware), signed: true });
  return { status: 'Accepted', trackingId: `t${params.requestId}` };
}

function update(method, params) {
  const plain = old && method === 'UpdateFirmware';
  const firmware = plain ? params : params.firmware;
  if (me.parted && Object.keys(runs).length > 1) return { status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest', additionalInfo: 'UpdateFirmwareComponents' } };
  if (me.refuse) return { status: me.refuse };
  later({ id: params.requestId, plain, firmware: [firmware], signed: !!firmware.signature });
  return plain ? {} : { status: 'Accepted' };
}

const refuse = (code, text) => { throw createRPCError(code, text, {}); };
const handlers = {
  UpdateFirmware: (p, m) => (old && me.refuse ? refuse(me.refuse, 'no') : update(m, p)),
  SignedUpdateFirmware: (p, m) => (me.signed === false || me.refuse ? refuse(me.refuse || 'NotImplemented', 'no') : update(m, p)),
  GetFirmwareComponents: (p) => (me.parted ? componentsOf(p) : refuse('NotImplemented', 'no')),
  UpdateFirmwareComponents: (p) => (me.parted ? updateComponents(p) : refuse('NotImplemented', 'no')),
  DataTransfer: ({ messageId, data }) => {
    if (!me.parted) return { status: 'UnknownVendorId' };
    const answer = messageId === 'GetFirmwareComponents' ? componentsOf(JSON.parse(data)) : messageId === 'UpdateFirmwareComponents' ? updateComponents(JSON.parse(data)) : null;
    return answer ? { status: 'Accepted', data: JSON.stringify(answer) } : { status: 'UnknownMessageId' };
  },
  GetVariables: ({ getVariableData }) => ({ getVariableResult: getVariableData.map(({ component, variable }) => {
    const known = variable.name === 'FirmwareVersion' && component.name === 'ChargingStation' ? version() : variable.name === 'FileTransferProtocols' ? 'HTTP,HTTPS' : null;
    return { attributeStatus: known ? 'Accepted' : 'UnknownComponent', ...(known ? { attributeValue: known } : {}), component, variable };
  }) }),
  GetConfiguration: () => ({ configurationKey: [{ key: 'SupportedFileTransferProtocols', readonly: true, value: 'HTTP,HTTPS' }] }),
  GetBaseReport: () => ({ status: 'NotSupported' }),
  TriggerMessage: () => ({ status: 'NotImplemented' }),
  ExtendedTriggerMessage: () => ({ status: 'NotImplemented' }),
  GetLog: () => ({ status: 'Rejected' }),
};

async function connect(reason) {
  client = new RPCClient({ endpoint: me.url, identity: me.identity, password: me.keyHex ? Buffer.from(me.keyHex, 'hex') : me.password, protocols: [me.protocol], reconnect: true,
    backoff: { initialDelay: 50, maxDelay: 500 }, ...strict });
  client.handle(({ method, params }) => {
    print({ what: 'asked', action: method, params });
    if (!handlers[method]) refuse('NotImplemented', 'no such request here');
    return handlers[method](params, method);
  });
  client.on('strictValidationFailure', ({ error, ...more }) => print({ what: 'violation', error: String(error), outbound: !!more.outbound, details: error.details }));
  client.on('badMessage', ({ error }) => print({ what: 'violation', error: String(error) }));
  await client.connect();
  const said = await boot(reason);
  print({ what: 'booted', protocol: client.protocol, said });
}

process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
await connect('PowerUp');
