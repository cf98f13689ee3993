// SPDX-License-Identifier: Apache-2.0
// Stations made with npm ws, all at once: random texts of 0 to 60,000 characters, each must come back as it was sent.
// ws_client.mjs PORT CLIENTS MESSAGES deflate|plain SEED [wss]
import { createHash } from 'node:crypto'
import WebSocket from 'ws'

const [port, clients, messages, mode, seed, scheme = 'ws'] = process.argv.slice(2)

// The same texts in every run: bytes from a hash chain; every third one repeats itself, so that it can be packed well.
function text(client, n) {
  let h = createHash('sha256').update(`${seed} ${client} ${n}`).digest()
  const size = n === 0 ? 0 : h.readUInt32BE(0) % (n % 4 === 0 ? 60001 : 3000)
  let out = ''
  while (out.length < size) {
    out += h.toString(n % 3 === 0 ? 'hex' : 'base64')
    if (n % 3 !== 0 || out.length < 500) h = createHash('sha256').update(h).digest()
  }
  return (n % 5 === 0 ? out.replaceAll('a', 'ü') : out).slice(0, n % 5 === 0 ? size / 2 : size)
}

function station(client) {
  return new Promise((resolve, reject) => {
    const name = `known${client}`
    const ws = new WebSocket(`${scheme}://127.0.0.1:${port}/ocpp/${name}`, ['ocpp2.0.1', 'ocpp1.6'], {
      perMessageDeflate: mode === 'deflate' ? { threshold: 0 } : false, rejectUnauthorized: false,
      headers: { authorization: 'Basic ' + Buffer.from(`${name}:secret`).toString('base64') },
    })
    let n = 0, bytes = 0, packed = false
    const next = () => n < +messages ? ws.send(text(client, n)) : ws.close(1000, 'done')
    ws.on('open', () => {
      packed = ws.extensions.includes('permessage-deflate')
      if (packed !== (mode === 'deflate') || ws.protocol !== 'ocpp2.0.1') reject(new Error(`${ws.extensions} ${ws.protocol}`))
      next()
      ws.ping()
    })
    ws.on('message', (data) => {
      const want = text(client, n)
      if (data.toString() !== want) return reject(new Error(`client ${client} message ${n}: ${data.length} bytes, not ${want.length}`))
      bytes += data.length
      n++
      next()
    })
    ws.on('error', reject)
    ws.on('close', (code) => n === +messages && code === 1000 ? resolve(bytes) : reject(new Error(`client ${client} message ${n}: ${code}`)))
  })
}

const all = await Promise.all(Array.from({ length: +clients }, (_, i) => station(i)))
console.log(JSON.stringify({ clients: all.length, bytes: all.reduce((a, b) => a + b, 0) }))
