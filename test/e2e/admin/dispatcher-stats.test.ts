/** `enable_dispatcher_stats`: what event loops and callbacks cost, in statistics; names of event loops beside those of Envoy. */
import { afterEach, describe, expect, test } from 'vitest'
import { adminText } from '../../support/admin.ts'
import { EnvoyProcess } from '../../support/envoy.ts'
import { openTap } from '../../support/tap.ts'
import { answering, ask, bootstrap, OK, startConfig, wasmFilter } from '../host/setup.ts'

const open: { stop(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop()
})

async function configuration(isEnabled: boolean): Promise<object> {
  const upstream = answering(OK)
  open.push(upstream)
  const filter = wasmFilter('filters/dist/stats.wasm', { name: 'stats', root_id: 'stats' })
  return {
    ...bootstrap({ ports: [await upstream.start()], admin: true, filters: [filter] }),
    ...(isEnabled ? { enable_dispatcher_stats: true } : {}),
  }
}

const MEASURED = '/stats?filter=(callback_|poll_delay)&type=Histograms&histogram_buckets=cumulative'

describe('enable_dispatcher_stats', () => {
  test('counts callbacks, their hostcalls and delays of event loops, also while somebody taps', async () => {
    const { host, port } = await startConfig(await configuration(true), 1)
    open.push(host)
    const admin = host.adminAddress!.port
    await ask(port)
    const tap = await openTap(admin, '')
    await ask(port)
    const [trace] = await tap.traces()
    await ask(port)
    const names = ['server.dispatcher.poll_delay_us', 'listener_manager.worker_0.dispatcher.poll_delay_us']
    for (const name of names)
      await expect.poll(() => adminText(admin, MEASURED), { timeout: 5000 }).toMatch(new RegExp(`^${name}: B`, 'm'))
    const page = await adminText(admin, MEASURED)
    // Every stream has the same callbacks; those of root contexts come on top.
    expect(lastCount(page, 'wasm.stats.callback_us')).toBeGreaterThanOrEqual(3 * trace!.callbacks.length)
    expect(lastCount(page, 'wasm.stats.callback_hostcalls')).toBe(lastCount(page, 'wasm.stats.callback_us'))
  })

  test('is off by default', async () => {
    const { host, port } = await startConfig(await configuration(false), 1)
    open.push(host)
    await ask(port)
    expect(await adminText(host.adminAddress!.port, MEASURED)).toBe('')
  })

  test('names event loops as Envoy does', async () => {
    const config = await configuration(true)
    const envoy = await EnvoyProcess.start(0, async () => config)
    open.push(envoy)
    const names = await envoy.admin('/stats?filter=poll_delay&type=Histograms')
    expect(names.replaceAll(/:.*$/gm, '').split('\n').filter(Boolean)).toEqual(
      expect.arrayContaining(['listener_manager.worker_0.dispatcher.poll_delay_us', 'server.dispatcher.poll_delay_us']),
    )
  })
})

/** The count up to the last bound. */
function lastCount(page: string, name: string): number {
  const line = page.split('\n').find((each) => each.startsWith(`${name}: `)) ?? ''
  return Number(/\(\d+,(\d+)\)$/.exec(line)?.[1] ?? 0)
}
