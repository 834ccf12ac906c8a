/**
 * No descriptor is left: what the proxy has taken is answered, it does not burn the processor or die, and takes connections again
 * as soon as some have ended.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { descriptorsOf } from '../../support/process-size.ts'
import { answering, ask, GET, OK, parse, RawClient, type RawServer } from '../host/setup.ts'
import { ChaosProxy, KINDS } from './proxies.ts'

/** Descriptors that the proxy may open beyond those that it has. */
const ROOM = 40
const CLIENTS = 100
/** Of a processor, in hundredths. Envoy tries again and again to take what it cannot. */
const MOST_IDLE_CPU = 20

let upstream: RawServer
let proxy: ChaosProxy
const clients: RawClient[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await proxy.stop()
  await upstream.stop()
})

/** Time that a process has run so far, in hundredths of a second. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
  return Number(fields[11]) + Number(fields[12])
}

describe.each(KINDS)('$name', (kind) => {
  it.skipIf(kind.missing !== '')(`answers, and takes connections again${kind.missing}`, async () => {
    upstream = answering(OK)
    proxy = await ChaosProxy.start(kind, { choices: { ports: [await upstream.start()] } })
    const limit = descriptorsOf(proxy.pid) + ROOM
    execFileSync('prlimit', ['--pid', String(proxy.pid), `--nofile=${limit}`])
    for (let i = 0; i < CLIENTS; i++) clients.push(new RawClient(proxy.port))
    await expect.poll(() => descriptorsOf(proxy.pid)).toBeGreaterThan(limit - 2)
    const ticks = cpuTicks(proxy.pid)
    await sleep(500)
    if (kind.name === 'sluice') expect(cpuTicks(proxy.pid) - ticks).toBeLessThan(MOST_IDLE_CPU / 2)

    // Those that were taken; there is no descriptor for a connection to the upstream.
    for (const client of clients) client.send(GET)
    const answered = (): RawClient[] => clients.filter(({ text }) => text !== '')
    await expect.poll(() => answered().length).toBeGreaterThan(ROOM - 10)
    expect(new Set(answered().map(({ text }) => parse(text).status))).toEqual(new Set([503]))
    expect(parse(answered()[0]!.text).body).toMatch(/reset reason: local connection failure$/)
    const refusal = '503 UF upstream_reset_before_response_started{local_connection_failure|socket_creation_failure}'
    await expect.poll(async () => new Set(await proxy.log('/'))).toEqual(new Set([refusal]))

    for (const client of clients.splice(0)) client.close()
    await expect.poll(() => descriptorsOf(proxy.pid)).toBeLessThan(limit - ROOM + 5)
    expect(parse(await ask(proxy.port)).status).toBe(200)
    await expect.poll(() => proxy.stat('http.e2e.downstream_cx_active')).toBe(0)
    expect(await proxy.stat('cluster.up.upstream_rq_active')).toBe(0)
  })
})
