/** The host of this package, with one worker in this process, for a trial. */
import { createHost, type Host, type LogRecord } from '../../index.ts'
import { GUEST_PREFIX } from '../../stats/prometheus.ts'
import type { MetricSnapshot } from '../../stats/store.ts'
import { LOG_LEVELS } from '../../util/logger.ts'
import type { EngineName } from '../../vm/engines.ts'
import { inGuestWords } from './guest-words.ts'
import type { StartProxy, TrialProxy } from './trial-proxy.ts'
import type { Seen } from './trial.ts'

/** What the host puts in front of a guest's text: plugin, root id, vm_id. */
const GUEST_LINE = /^wasm log ?[^:]*: ([^]*)$/

/** Throws what the host says of filters that it refuses. */
export function startTrialHost(engine: EngineName | null): StartProxy {
  return async (config) => {
    const logs: LogRecord[] = []
    const componentLogLevels = { wasm: 'debug' } as const
    const onLog = (record: LogRecord): void => void logs.push(record)
    try {
      const host = await createHost({ config, engine, concurrency: 1, logLevel: 'off', componentLogLevels, onLog })
      return new TrialHost(host, logs)
    } catch (error) {
      const lines = guestLines(logs).map(({ text }) => text)
      throw inGuestWords(error, lines)
    }
  }
}

class TrialHost implements TrialProxy {
  readonly #host: Host
  readonly #logs: readonly LogRecord[]

  constructor(host: Host, logs: readonly LogRecord[]) {
    this.#host = host
    this.#logs = logs
  }

  port(listener: string): number {
    return this.#host.addresses.get(listener)!.port
  }

  metrics(): Promise<Record<string, number>> {
    const guests = this.#host.stats().filter(({ name, isUsed }) => isUsed && name.startsWith(GUEST_PREFIX))
    return Promise.resolve(Object.fromEntries(guests.map((one) => [one.name.slice(GUEST_PREFIX.length), valueOf(one)])))
  }

  logs(): Seen['logs'] {
    return guestLines(this.#logs)
  }

  stop(): Promise<void> {
    return this.#host.stop()
  }
}

function guestLines(logs: readonly LogRecord[]): Seen['logs'] {
  return logs.flatMap(({ level, message }) => {
    const text = GUEST_LINE.exec(message)?.[1]
    return text === undefined ? [] : [{ level: LOG_LEVELS[level]!, text }]
  })
}

function valueOf(metric: MetricSnapshot): number {
  return metric.kind === 'histogram' ? metric.count : Number(metric.value)
}
