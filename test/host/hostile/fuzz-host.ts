/**
 * The proxy's chain without sockets around programmable guests: before each callback the guest gets a random program, after
 * it its memory is compared byte by byte with what it may have become.
 */
import { HttpConnectionManager } from '../../../host/chain/connection-manager.ts'
import type { HttpChainConfig } from '../../../host/config/types.ts'
import type { Plugin } from '../../../host/plugin/plugin.ts'
import { VmRegistry } from '../../../host/plugin/vm-registry.ts'
import { RouteTable } from '../../../host/route/route-table.ts'
import { StoreGuestMetrics } from '../../../host/services/guest-metrics.ts'
import { createSharedData } from '../../../host/services/shared-data.ts'
import { createSharedQueues } from '../../../host/services/shared-queues.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import { ScriptedCallouts } from '../../../host/testing/scripted-callouts.ts'
import { ScriptedNames } from '../../../host/testing/scripted-names.ts'
import { ScriptedUpstream } from '../../../host/testing/scripted-upstream.ts'
import { SeededRandom } from '../../../host/testing/seeded-random.ts'
import { buildTestConfig } from '../../../host/testing/test-config.ts'
import { TestStream, type TestRequest } from '../../../host/testing/test-stream.ts'
import { VirtualTime } from '../../../host/testing/virtual-time.ts'
import type { Engine } from '../../../host/vm/engine.ts'
import { CONNECTION } from '../chain/fixture.ts'
import { programmableGuest } from './programmable-guest.ts'
import { WatchedEngine } from './watched-engine.ts'

const LIMITS = { maxBytes: 16_777_216 }

const wasm = programmableGuest()

export class FuzzHost {
  readonly clock = new VirtualTime(Date.UTC(2026, 0, 1))
  readonly store = createStatsStore({ writers: 1 })
  readonly random = new SeededRandom(1)
  readonly plugins: Plugin[] = []
  /** What must not have happened. */
  readonly faults: string[] = []
  /** Callbacks and hostcalls so far. */
  operations = 0
  /** Guests do nothing any more and let everything pass. */
  isQuiet = false
  readonly #manager: HttpConnectionManager
  readonly #upstream: ScriptedUpstream
  readonly #queues = createSharedQueues(this.store, (task) => this.#later(task), LIMITS)

  constructor(engine: Engine) {
    const filters = ['first', 'second', 'third'].map((name) => ({
      wasm,
      name,
      vmId: name === 'third' ? 'own' : 'shared',
      failurePolicy: name === 'third' ? ('FAIL_OPEN' as const) : ('FAIL_RELOAD' as const),
      allowOnHeadersStopIteration: name === 'second',
    }))
    const config = buildTestConfig({ filters, clusters: { up: 'upstream' } })
    this.#upstream = new ScriptedUpstream(this.clock, { up: 'upstream' }, () => this.#answer())
    const log = (_level: number, message: string): void => {
      if (message.startsWith('A hostcall failed')) this.faults.push(message)
    }
    const services = {
      clock: this.clock,
      timers: this.clock,
      random: this.random,
      loggers: { get: () => ({ level: 0, enabled: () => true, log }) },
      metrics: new StoreGuestMetrics(this.store),
      sharedData: createSharedData(this.store, LIMITS),
      sharedQueues: this.#queues,
      callouts: new ScriptedCallouts(this.#upstream),
      names: new ScriptedNames({}, (task) => this.#later(task)),
      node: config.node,
    }
    const registry = new VmRegistry({ services, stats: this.store, engine: new WatchedEngine(engine, this) })
    const chain = config.chain as HttpChainConfig // no option asks for another
    this.plugins = chain.http.filters.map(({ plugin }) => registry.start(plugin))
    this.#manager = new HttpConnectionManager({
      config: chain.http,
      bufferLimit: config.bufferLimit,
      routes: new RouteTable(chain.http.routes),
      filters: this.plugins,
      services,
      terminals: this.#upstream,
      accessLogs: [],
      statistics: this.store,
    })
  }

  open(request: TestRequest): TestStream {
    const stream = new TestStream(this.clock, request)
    const receiver = this.#manager.newStream(stream, CONNECTION)
    this.#upstream.streams.set(receiver.info, stream)
    stream.start(receiver, receiver.info)
    this.clock.settle()
    this.#upstream.requests.length = 0
    return stream
  }

  /** Gauges that do not belong to guests. */
  gauges(): Record<string, bigint> {
    const own = this.store.snapshot().filter(({ kind, name }) => kind === 'gauge' && !name.startsWith('wasmcustom'))
    return Object.fromEntries(own.map((metric) => [metric.name, metric.kind === 'gauge' ? metric.value : 0n]))
  }

  close(): void {
    for (const plugin of this.plugins) plugin.stop()
    this.#queues.stop()
  }

  chance(probability: number): boolean {
    return this.random.fraction() < probability
  }

  /** Guests may ask again and again: a moment without time between would never end. */
  #later(task: () => void): void {
    this.clock.create(task).arm(1)
  }

  #answer(): object {
    const body = this.chance(0.5) ? { chunks: ['abc', 'def'] } : {}
    const trailers = this.chance(0.3) ? { trailers: { t: '1' } } : {}
    const fail = this.chance(0.2)
      ? { fail: (['close', 'reset', 'close_in_body', 'hang'] as const)[Math.floor(this.random.fraction() * 4)] }
      : {}
    return { ...body, ...trailers, ...fail, delay: this.chance(0.5) ? '5ms' : '0ms' }
  }
}
