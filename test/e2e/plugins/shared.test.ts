/** What plugins share across VMs and workers: the host and a real Envoy in one table. */
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { compileGuest } from '../../support/guests.ts'
import { bootstrapFor, plugin } from './configs.ts'
import { PROXIES, type Proxy } from './proxies.ts'

const shared = await compileGuest(join(import.meta.dirname, '../../cases/guests/abi/shared.ts'))
const WORKERS = 2

describe.each(PROXIES)('in $name', ({ missing, start }) => {
  let running: Proxy | null = null

  afterEach(async () => {
    await running?.stop()
    running = null
  })

  async function serve(filters: readonly object[]): Promise<{ proxy: Proxy; ask: (path: string) => Promise<string | null> }> {
    const { proxy, port } = await start(bootstrapFor({ filters }), WORKERS)
    running = proxy
    // Each request on a connection of its own, so that every worker gets some.
    const headers = { connection: 'close' }
    const ask = async (path: string): Promise<string | null> =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).headers.get('x-answer')
    return { proxy, ask }
  }

  describe.skipIf(missing !== '')(missing, () => {
    it('data is one for all workers', async () => {
      const { ask } = await serve([plugin({ wasm: shared, name: 'p' })])
      expect(await ask('/set?a=one')).toBe('0')
      for (let i = 0; i < 20; i++) expect(await ask('/get?a')).toBe('0 one')
      expect(await ask('/get?b')).toBe('1')
    })

    it('each item of a queue is told once, to the last registrant, whichever worker and VM it comes from', async () => {
      const queue = plugin({ wasm: shared, name: 'q', vmId: 'queues', configuration: 'work' })
      const { proxy, ask } = await serve([plugin({ wasm: shared, name: 'p' }), queue])
      const registered = (): number => proxy.lines().filter((line) => line === ' q queues: registered work 0').length
      await expect.poll(registered).toBe(WORKERS + 2)
      const items = Array.from({ length: 30 }, (_, i) => `item${i}`)
      for (const item of items) expect(await ask(`/push?queues/work=${item}`)).toContain('0')
      const ready = (): string[] => proxy.lines().filter((line) => line.startsWith(' q queues: ready'))
      await expect.poll(() => ready().length, { timeout: 5000 }).toBe(items.length * 2)
      expect(ready().toSorted()).toEqual(items.flatMap((item) => [0, 0].map(() => ` q queues: ready 0 ${item}`)).toSorted())
      expect(await ask('/pop?queues/work')).toContain('7')
      expect(await ask('/push?vm/none=x')).toContain('unknown')
    })
  })
})
