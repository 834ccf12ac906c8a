/** Where plugins start, and how they end: the host and a real Envoy in one table. */
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { compileGuest } from '../../support/guests.ts'
import { bootstrapFor, plugin, type BootstrapChoices } from './configs.ts'
import { PROXIES, type Proxy } from './proxies.ts'

const life = await compileGuest(join(import.meta.dirname, '../../cases/guests/abi/life.ts'))
const WORKERS = 2

/** How often each line was written. */
function counts(lines: readonly string[]): Record<string, number> {
  const result: Record<string, number> = {}
  for (const line of lines) result[line] = (result[line] ?? 0) + 1
  return result
}

describe.each(PROXIES)('in $name', ({ name, missing, start }) => {
  let running: Proxy | null = null

  afterEach(async () => {
    await running?.stop()
    running = null
  })

  async function serve(choices: BootstrapChoices): Promise<{ proxy: Proxy; port: number }> {
    const started = await start(bootstrapFor(choices), WORKERS)
    running = started.proxy
    return started
  }

  describe.skipIf(missing !== '')(missing, () => {
    it('a filter starts as canary, in the main thread and in every worker, and ends where it lives', async () => {
      const { proxy } = await serve({ filters: [plugin({ wasm: life, name: 'p', configuration: 'c' })] })
      await expect.poll(() => counts(proxy.lines())[' p vm: configure 1 with 0 c']).toBe(WORKERS + 2)
      expect(counts(await proxy.stop())).toEqual({
        ' p vm: create 1 of 0, root_id 0 p': WORKERS + 2,
        ' p vm: start 1': WORKERS + 2,
        ' p vm: configure 1 with 0 c': WORKERS + 2,
        ' p vm: size 1': WORKERS + 2,
        ' p vm: done 1': WORKERS + 1,
        ' p vm: delete 1': WORKERS + 1,
      })
    })

    it('an access log is a root that logs each stream between on_log and on_done of the filters', async () => {
      const log = plugin({ wasm: life, name: 'l' })
      const { proxy, port } = await serve({ accessLogs: [log], filters: [plugin({ wasm: life, name: 'p' })] })
      await fetch(`http://127.0.0.1:${port}/a?b`)
      await expect
        .poll(() => proxy.lines().slice(-5))
        .toEqual([
          ' p p vm: request 3 0 /a?b',
          ' p p vm: log 3 0 /a?b 0 200 0 direct_response',
          ' l vm: log 1 0 /a?b 0 200 0 direct_response',
          ' p p vm: done 3',
          ' p p vm: delete 3',
        ])
      expect(counts(await proxy.stop())).toMatchObject({ ' l vm: start 1': WORKERS + 2, ' l vm: done 1': WORKERS + 1 })
    })

    it('a singleton service starts as canary and in the main thread only', async () => {
      const { proxy } = await serve({ services: [{ plugin: plugin({ wasm: life, name: 's' }), singleton: true }] })
      expect(counts(await proxy.stop())).toMatchObject({ ' s vm: start 1': 2, ' s vm: done 1': 1, ' s vm: delete 1': 1 })
    })

    it('another service starts in every worker too', async () => {
      const { proxy } = await serve({ services: [{ plugin: plugin({ wasm: life, name: 's' }), singleton: false }] })
      await expect.poll(() => counts(proxy.lines())[' s vm: start 1']).toBe(WORKERS + 2)
      expect(counts(await proxy.stop())).toMatchObject({ ' s vm: done 1': WORKERS + 1, ' s vm: delete 1': WORKERS + 1 })
    })

    it('a root that waits for proxy_done ends with the last plugin of its VM', async () => {
      const { proxy } = await serve({ filters: [plugin({ wasm: life, name: 'p', configuration: 'wait tick' })] })
      await expect.poll(() => counts(proxy.lines())[' p vm: start 1']).toBe(WORKERS + 2)
      const lines = await proxy.stop()
      expect(counts(lines)[' p vm: done 1']).toBe(WORKERS + 1)
      expect(lines.filter((line) => line.includes('delete') || line.includes('proxy_done'))).toEqual([])
    })

    it('every counter of Envoy is there', async () => {
      const { proxy } = await serve({ filters: [plugin({ wasm: life, name: 'p' })] })
      const wasmStats = async (): Promise<Record<string, string>> => {
        const stats = (await proxy.admin('/stats')).split('\n').map((line) => line.split(': ') as [string, string])
        return Object.fromEntries(stats.filter(([key]) => key.startsWith('wasm.') && !key.endsWith('overflow')))
      }
      // Envoy counts its template of all VMs too, and the canary until it is gone.
      const template = name === 'envoy' ? 1 : 0
      await expect.poll(wasmStats).toEqual({
        'wasm.envoy.wasm.runtime.v8.active': String(WORKERS + 1 + template),
        'wasm.envoy.wasm.runtime.v8.created': String(WORKERS + 2 + template),
        'wasm.p.vm_reload': '0',
        'wasm.p.vm_reload_backoff': '0',
        'wasm.p.vm_reload_failure': '0',
        'wasm.p.vm_reload_success': '0',
        'wasm.remote_load_cache_entries': '0',
        'wasm.remote_load_cache_hits': '0',
        'wasm.remote_load_cache_misses': '0',
        'wasm.remote_load_cache_negative_hits': '0',
        'wasm.remote_load_fetch_failures': '0',
        'wasm.remote_load_fetch_successes': '0',
        'wasm.wasm_vm_count': String(WORKERS + 1 + template),
      })
    })

    it('a service ticks', async () => {
      const { proxy } = await serve({
        services: [{ plugin: plugin({ wasm: life, name: 's', configuration: 'tick' }), singleton: true }],
      })
      await expect.poll(() => counts(proxy.lines())[' s vm: tick 1'] ?? 0).toBeGreaterThan(1)
    })

    it('a service that refuses its configuration keeps the proxy from starting', async () => {
      const refused = plugin({ wasm: life, name: 's', configuration: 'refuse' })
      await expect(serve({ services: [{ plugin: refused, singleton: true }] })).rejects.toThrow('Unable to create Wasm plugin s')
    })
  })
})
