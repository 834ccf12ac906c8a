/** Thousands of connections that do nothing, before host and Envoy: what each costs, that all are answered later, and that all go. */
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { shareOf } from '../../support/counts.ts'
import { descriptorsOf, residentBytes } from '../../support/process-size.ts'
import { answering, GET, OK, RawClient } from '../host/setup.ts'
import { ChaosProxy, KINDS } from './proxies.ts'

const CONNECTIONS = shareOf(10_000)
/** What a listener keeps of connections that it has not taken yet is bounded. */
const AT_A_TIME = 250
/** A connection with an answer behind it may cost so much. */
const MOST_BYTES = 48 * 1024

describe.each(KINDS)('$name', (kind) => {
  it.skipIf(kind.missing !== '')(`${CONNECTIONS} connections${kind.missing}`, { timeout: 120_000 }, async () => {
    const upstream = answering(OK)
    const proxy = await ChaosProxy.start(kind, { choices: { ports: [await upstream.start()] } })
    const descriptors = descriptorsOf(proxy.pid)
    const clients: RawClient[] = []
    // Memory that the first requests take is no connection's.
    await askAll(await open(proxy.port, AT_A_TIME, clients))
    const before = residentBytes(proxy.pid)
    while (clients.length < CONNECTIONS + AT_A_TIME) await open(proxy.port, AT_A_TIME, clients)
    await expect.poll(() => proxy.stat('http.e2e.downstream_cx_active')).toBe(clients.length)
    const idle = residentBytes(proxy.pid)
    for (let at = 0; at < clients.length; at += AT_A_TIME) await askAll(clients.slice(at, at + AT_A_TIME))
    const used = residentBytes(proxy.pid)
    const [each, eachUsed] = [idle - before, used - before].map((bytes) => Math.round(bytes / CONNECTIONS))
    console.log(`${kind.name}: ${each} bytes per idle connection, ${eachUsed} once each has had an answer`)
    if (kind.name === 'sluice') expect(eachUsed).toBeLessThan(MOST_BYTES)

    for (const client of clients) client.close()
    await expect.poll(() => proxy.stat('http.e2e.downstream_cx_active')).toBe(0)
    const pooled = (): number => upstream.sockets.filter((socket) => !socket.destroyed).length
    await expect.poll(() => descriptorsOf(proxy.pid) - pooled()).toBeLessThanOrEqual(descriptors + 2)
    await proxy.stop()
    await upstream.stop()
  })
})

async function open(port: number, count: number, clients: RawClient[]): Promise<RawClient[]> {
  const opened = Array.from({ length: count }, () => new RawClient(port))
  await Promise.all(opened.map((client) => once(client.socket, 'connect')))
  clients.push(...opened)
  return opened
}

async function askAll(clients: readonly RawClient[]): Promise<void> {
  await Promise.all(
    clients.map((client) => {
      client.text = ''
      return client.send(GET).until((text) => text.endsWith('ok'))
    }),
  )
}
