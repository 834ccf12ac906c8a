/** Log levels that change while guests run: the host and a real Envoy in one table. */
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { compileGuest } from '../../support/guests.ts'
import { bootstrapFor, plugin } from './configs.ts'
import { PROXIES, type Proxy } from './proxies.ts'

const level = await compileGuest(join(import.meta.dirname, '../../cases/guests/abi/level.ts'))
const WORKERS = 2
const NAMES = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off']

describe.each(PROXIES)('in $name', ({ missing, start }) => {
  let running: Proxy | null = null

  afterEach(async () => {
    await running?.stop()
    running = null
  })

  it.skipIf(missing !== '')(`guests see a new level at once, in every worker${missing}`, async () => {
    const { proxy, port } = await start(bootstrapFor({ filters: [plugin({ wasm: level, name: 'p' })] }), WORKERS)
    running = proxy
    for (const [number, name] of NAMES.entries()) {
      await proxy.admin(`/logging?wasm=${name}`, 'POST')
      const before = proxy.lines().length
      for (let i = 0; i < 4; i++) {
        const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })
        expect(answer.headers.get('x-level')).toBe(String(number))
      }
      const wanted = [0, 1, 2, 3, 4, 5].filter((one) => one >= number).map((one) => ` p p vm: level ${one}`)
      await expect.poll(() => proxy.lines().slice(before)).toEqual([wanted, wanted, wanted, wanted].flat())
    }
  })
})
