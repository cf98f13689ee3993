// SPDX-License-Identifier: Apache-2.0
// A tiny server of stations with the official schemas in strict mode: an independent look at contrib/station-simulator.
// Takes stations, answers them, sends each the requests of `plan` (JSON: [[action, payload], ...]) one after the other,
// and prints JSON lines: {port}, then {identity, protocol, way, action, payload | error}. Ends with its standard input.
import { RPCServer, strict } from './schemas.mjs';

const plan = JSON.parse(process.argv[2] || '[]');
const print = (o) => process.stdout.write(JSON.stringify(o) + '\n');
const server = new RPCServer({ protocols: ['ocpp2.1', 'ocpp2.0.1', 'ocpp1.6'], ...strict });
const planned = new Set();
const now = () => new Date().toISOString();
const answers = {
  BootNotification: () => ({ currentTime: now(), interval: 300, status: 'Accepted' }),
  Heartbeat: () => ({ currentTime: now() }),
  StartTransaction: () => ({ transactionId: 7, idTagInfo: { status: 'Accepted' } }),
  StopTransaction: () => ({}),
  DataTransfer: () => ({ status: 'Accepted' }),
};
server.auth((accept) => accept());
server.on('client', (client) => {
  const told = (way, action, payload) => print({ identity: client.identity, protocol: client.protocol, way, action, payload });
  client.handle(async ({ method, params }) => {
    told('in', method, params);
    if (method === 'BootNotification' && !planned.has(client.identity)) {
      planned.add(client.identity);
      setTimeout(async () => {
        for (const [action, payload, only] of plan) {
          if (only && only !== client.protocol) continue;
          try {
            told('answer', action, await client.call(action, payload));
          } catch (e) {
            print({ identity: client.identity, way: 'answer', action, error: e.rpcErrorCode || String(e), detail: e.message });
          }
        }
      }, 10);
    }
    return (answers[method] || (() => ({})))();
  });
  client.on('strictValidationFailure', ({ error }) => print({ identity: client.identity, way: 'violation', error: String(error), detail: error.details }));
  client.on('badMessage', ({ error }) => print({ identity: client.identity, way: 'bad', error: String(error) }));
  client.on('close', ({ code }) => print({ identity: client.identity, way: 'closed', code }));
  print({ identity: client.identity, protocol: client.protocol, way: 'open' });
});
const http = await server.listen(0, '127.0.0.1');
print({ port: http.address().port });
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
