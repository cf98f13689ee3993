// SPDX-License-Identifier: Apache-2.0
// The peer of tests/bench/ocpp: npm ocpp-rpc in strict mode, as its documentation shows it. Prints its port; ends with its
// standard input.
import { createRequire } from 'node:module'

const { RPCServer } = createRequire(new URL('../ocpp/package.json', import.meta.url))('ocpp-rpc')
const server = new RPCServer({ protocols: ['ocpp1.6'], strictMode: true, pingIntervalMs: 300000 })
server.auth((accept, reject, handshake) => {
  if (handshake.identity.startsWith('known') && handshake.password?.toString() === 'secret') accept()
  else reject(401)
})
server.on('client', (client) => client.handle('Heartbeat', () => ({ currentTime: new Date().toISOString() })))
const http = await server.listen(0, '127.0.0.1')
console.log(`PORT ${http.address().port}`)
process.stdin.resume().on('end', () => process.exit(0))
