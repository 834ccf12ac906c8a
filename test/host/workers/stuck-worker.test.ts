/** Real workers with guests that do not let go: one worker's trouble is its own, and it is replaced when nothing else helps. */
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { SharedHeap } from '../../../host/util/shared-heap.ts'
import { systemClock } from '../../../host/util/clock.ts'
import { Supervisor } from '../../../host/workers/supervisor.ts'
import { loadConfiguration } from '../../../host/workers/thread-config.ts'
import { createThreadState, handlesOf, openPorts, releaseThread, type ThreadState } from '../../../host/workers/thread-state.ts'
import type { NodeConfig } from '../../../host/config/types.ts'
import type { ThreadStart } from '../../../host/workers/worker-thread.ts'
import type { WorkerInput } from '../../../host/workers/worker.ts'
import { answering, bootstrap, OK, parse, RawClient, wasmFilter } from '../../e2e/host/setup.ts'
import { guest } from '../vm/wat.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-stuck-'))
const module = join(folder, 'guest.wasm')
const open: { stop(): Promise<unknown> }[] = []

/** Asks for shared data when the request has the header `s`; loops when it has the header `l`. */
writeFileSync(
  module,
  guest(
    `(data (i32.const 16) "sl")
    (func $has (param $at i32) (result i32)
      (i32.eqz (call $get (i32.const 0) (local.get $at) (i32.const 1) (i32.const 0) (i32.const 4))))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (if (call $has (i32.const 16)) (then (drop (call $shared (i32.const 16) (i32.const 1) (i32.const 0) (i32.const 4) (i32.const 8)))))
      (if (call $has (i32.const 17)) (then (loop $l (br $l))))
      (i32.const 0))`,
    `(import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
     (import "env" "proxy_get_shared_data" (func $shared (param i32 i32 i32 i32 i32) (result i32)))`,
  ),
)

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop()
})

afterAll(() => rmSync(folder, { recursive: true }))

function startOf(thread: number, state: ThreadState, node: NodeConfig): ThreadStart {
  const ports = openPorts(state)
  const input = { thread, node, state: handlesOf(state), ports, log: null, fileFlushInterval: 1000 }
  return { workerData: input satisfies WorkerInput, transferList: [ports.names] }
}

async function start(policy: string, stuckAfter: number) {
  const upstream = answering(OK)
  const filter = wasmFilter(module, { failure_policy: policy, reload_config: { backoff: { base_interval: '0.5s' } } })
  const text = JSON.stringify(bootstrap({ ports: [await upstream.start()], filters: [filter] }))
  const configuration = await loadConfiguration([{ name: 'test', text }], 'v8', {})
  const log: string[] = []
  const state = createThreadState(2, { level: 'off' }, () => {})
  const supervisor = new Supervisor({
    entry: new URL('../../../host/workers/worker.ts', import.meta.url),
    concurrency: 2,
    startOf: (thread) => startOf(thread, state, configuration.config.node),
    heartbeats: state.heartbeats,
    stuckAfter,
    onThreadGone: (thread) => releaseThread(state, thread),
    onReplaced: () => {},
    onLog: () => {},
    clock: systemClock,
    logger: { level: 0, enabled: () => true, log: (_level, message) => void log.push(message) },
  })
  open.push(upstream, supervisor)
  const [address] = await supervisor.start(configuration.handle, [{ name: 'main', host: '127.0.0.1', port: 0, additional: [] }])
  return { port: address!.port, state, log }
}

async function statusOf(client: RawClient, header = ''): Promise<number> {
  client.text = ''
  client.send(`GET / HTTP/1.1\r\nhost: a.test\r\n${header}\r\n`)
  return parse(await client.until((text) => text.includes('\r\n\r\n'))).status
}

/** Keep-alive connections, each with the worker that took it. */
async function connections(port: number, count: number): Promise<RawClient[]> {
  const clients = Array.from({ length: count }, () => new RawClient(port))
  for (const client of clients) expect(await statusOf(client)).toBe(200)
  return clients
}

/** Number of clients that are answered within a second. */
async function answered(clients: readonly RawClient[]): Promise<boolean[]> {
  const late = new Promise<boolean>((resolve) => void setTimeout(() => resolve(false), 1000))
  return Promise.all(
    clients.map((client) =>
      Promise.race([
        statusOf(client).then(
          () => true,
          () => false,
        ),
        late,
      ]),
    ),
  )
}

test('a guest that loops fails in its worker only, and is back after its back-off', { timeout: 60_000 }, async () => {
  const { port, state, log } = await start('FAIL_RELOAD', 10_000)
  const clients = await connections(port, 24)
  // The back-off also follows a load: the guests have just been loaded.
  await new Promise((resolve) => setTimeout(resolve, 800))
  expect(await statusOf(clients[0]!, 'l: 1\r\n')).toBe(503)
  const statuses = await Promise.all(clients.slice(1).map((client) => statusOf(client)))
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(0)
  await expect.poll(async () => Promise.all(clients.map((client) => statusOf(client))), { timeout: 10_000 }).not.toContain(503)
  const counter = (name: string): unknown => state.stats.snapshot().find((metric) => metric.name === name)
  expect(counter('wasm.guest.trap_gas')).toMatchObject({ value: 1 })
  expect(counter('wasm.guest.vm_reload_success')).toMatchObject({ value: 1 })
  expect(log).toEqual([])
  for (const client of clients) client.close()
})

test('a worker that stands still in a hostcall is replaced, and the listener goes on', { timeout: 60_000 }, async () => {
  const { port, state, log } = await start('FAIL_CLOSED', 1500)
  const clients = await connections(port, 24)
  // Whoever asks for shared data now waits for ever: the lock belongs to a thread that does not give it back.
  const heap = new SharedHeap(state.sharedData.handle.heap, 0)
  heap.lock()
  clients[0]!.send('GET / HTTP/1.1\r\nhost: a.test\r\ns: 1\r\n\r\n')
  const alive = await answered(clients.slice(1))
  expect(alive.filter((one) => one).length).toBeGreaterThan(0)
  await expect.poll(() => log.join('\n'), { timeout: 15_000 }).toMatch(/worker \d did not move for 1500 ms: it is replaced/)
  await clients[0]!.untilEnd()
  heap.unlock()
  await expect.poll(() => log.length, { timeout: 10_000 }).toBe(2)
  const beats = [0, 1].map((worker) => state.heartbeats.read(worker))
  await expect.poll(() => beats.every((beat, worker) => state.heartbeats.read(worker) > beat), { timeout: 20_000 }).toBe(true)
  const again = await connections(port, 24)
  expect(await Promise.all(again.map((client) => statusOf(client, 's: 1\r\n')))).not.toContain(503)
  for (const client of [...clients, ...again]) client.close()
})
