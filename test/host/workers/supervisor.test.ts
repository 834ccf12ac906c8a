import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { SluiceErrors } from '../../../host/errors.ts'
import { systemClock } from '../../../host/util/clock.ts'
import { Heartbeats } from '../../../host/workers/heartbeat.ts'
import type { ListenerAddress } from '../../../host/proxy/listener-manager.ts'
import type { ConfigHandle } from '../../../host/workers/thread-config.ts'
import { Supervisor } from '../../../host/workers/supervisor.ts'

const ENTRY = new URL('./scripted-worker.ts', import.meta.url)
const CONFIG = configuration(1)
/** What the worker says of its clusters under {@link CONFIG}. */
const SEES_1 = [[{ name: '1', endpoints: [] }]]
const ADDRESSES: readonly ListenerAddress[] = [{ name: 'a', host: '127.0.0.1', port: 80, additional: [] }]

/** See scripted-worker.ts. */
function configuration(number: number): ConfigHandle {
  return { bootstrap: new Uint8Array([number]), files: new Map(), modules: new Map(), engine: null }
}

let running: Supervisor | null = null

afterEach(async () => {
  await running?.stop()
})

/** A supervisor of workers; the first threads meet these fates, later ones are well. */
function supervise(...fates: readonly string[]) {
  const heartbeats = new Heartbeats(fates.length)
  const gone: number[] = []
  const log: string[] = []
  let started = 0
  const supervisor = new Supervisor({
    entry: ENTRY,
    concurrency: fates.length,
    startOf: (thread) => ({ workerData: { thread, beats: heartbeats.buffer, fate: fates[started++] ?? 'live' } }),
    heartbeats,
    stuckAfter: 600,
    onThreadGone: (thread) => void gone.push(thread),
    onReplaced: () => {},
    onLog: () => {},
    clock: systemClock,
    logger: { level: 0, enabled: () => true, log: (_level, message) => void log.push(message) },
  })
  running = supervisor
  return { supervisor, gone, log, threads: () => started }
}

describe('Supervisor', () => {
  it('passes on where the worker listens', async () => {
    const { supervisor } = supervise('live')
    expect(await supervisor.start(CONFIG, ADDRESSES)).toEqual(ADDRESSES)
  })

  it('rejects with the errors of a worker that cannot start', async () => {
    const { supervisor } = supervise('refuse')
    const error = await supervisor.start(CONFIG, ADDRESSES).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(SluiceErrors)
    expect(String(error)).toContain('p: refused [SLUICE_WASM_START]')
  })

  it('has nothing discarded while a worker still prepares it', async () => {
    const { supervisor } = supervise('refuse 2', 'prepare 2 slowly')
    await supervisor.start(CONFIG, ADDRESSES)
    await expect(supervisor.reload(configuration(2), ADDRESSES)).rejects.toThrow('refused')
    expect(await supervisor.clusters()).toEqual([...SEES_1, ...SEES_1])
  })

  it.each([
    { fate: 'throw', says: 'scripted end' },
    { fate: 'hang', says: 'did not move for 600 ms' },
  ])('replaces a worker that meets its end by: $fate', async ({ fate, says }) => {
    const { supervisor, gone, log, threads } = supervise(fate)
    await supervisor.start(CONFIG, ADDRESSES)
    // The one that is asked does not answer any more.
    expect(await supervisor.clusters()).toEqual([[]])
    await expect.poll(threads, { timeout: 8000 }).toBe(2)
    expect(gone).toEqual([1])
    expect(log.join('\n')).toContain(says)
    await expect.poll(() => supervisor.clusters()).toEqual(SEES_1)
  })

  it('gives a worker that replaces another one the configuration of now', async () => {
    const { supervisor, threads } = supervise('throw')
    await supervisor.start(CONFIG, ADDRESSES)
    await supervisor.reload(configuration(2), ADDRESSES)
    await supervisor.clusters()
    await expect.poll(threads, { timeout: 8000 }).toBe(2)
    await expect.poll(() => supervisor.clusters(), { timeout: 8000 }).toEqual([[{ name: '2', endpoints: [] }]])
  })

  it('starts nobody any more once it drains', async () => {
    const { supervisor, log, threads } = supervise('throw')
    await supervisor.start(CONFIG, ADDRESSES)
    await supervisor.clusters()
    await expect.poll(() => log.join('\n')).toContain('the next one starts in 1000 ms')
    await supervisor.drain(100)
    await sleep(1300)
    expect(threads()).toBe(1)
  })

  it('stops twice without harm, and a stopped worker is not replaced', async () => {
    const { supervisor, threads } = supervise('live')
    await supervisor.start(CONFIG, ADDRESSES)
    await supervisor.stop()
    await supervisor.stop()
    expect(threads()).toBe(1)
  })
})
