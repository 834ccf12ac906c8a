/** Services, streams and configurations for tests of VMs: everything in memory, time moved by hand. */
import { Status } from '../../../host/abi/enums.ts'
import type { PluginConfig } from '../../../host/config/types.ts'
import { BodyBuffer } from '../../../host/http/body-buffer.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { StreamInfo } from '../../../host/http/stream-info.ts'
import type {
  CalloutReceiver,
  CalloutStream,
  HttpCalloutRequest,
  HttpCalloutResponse,
  QueueOwner,
  Services,
} from '../../../host/hostcalls/services.ts'
import type { LocalReply, StreamDirection, HttpHost, StreamMap } from '../../../host/plugin/stream-host.ts'
import type { Timer } from '../../../host/util/timers.ts'

export class FakeTime {
  now = 0
  readonly timers: { at: number; callback: () => void }[] = []

  advance(millis: number): void {
    const end = this.now + millis
    for (;;) {
      const next = this.timers.filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.timers.splice(this.timers.indexOf(next), 1)
      this.now = Math.max(this.now, next.at)
      next.callback()
    }
    this.now = end
  }

  timer(callback: () => void): Timer {
    let entry: { at: number; callback: () => void } | null = null
    const disarm = (): void => {
      if (entry !== null && this.timers.includes(entry)) this.timers.splice(this.timers.indexOf(entry), 1)
      entry = null
    }
    return {
      arm: (millis) => {
        disarm()
        entry = { at: this.now + millis, callback }
        this.timers.push(entry)
      },
      disarm,
      stop: disarm,
    }
  }
}

export interface FakeCallout {
  readonly request: HttpCalloutRequest
  readonly end: (response: HttpCalloutResponse | null) => void
  cancelled: boolean
}

/** A stream to a cluster; the test plays its other side. */
export class FakeCalloutStream implements CalloutStream {
  details = ''
  readonly calls: string[] = []
  readonly receiver: CalloutReceiver
  /** What the cluster does with the head of the request. */
  readonly onHead: (receiver: CalloutReceiver) => void

  constructor(receiver: CalloutReceiver, onHead: (receiver: CalloutReceiver) => void) {
    this.receiver = receiver
    this.onHead = onHead
  }

  head(): void {
    this.calls.push('head')
    this.onHead(this.receiver)
  }
  data(bytes: Buffer, endStream: boolean): void {
    this.calls.push(`data ${bytes.length}${endStream ? ' end' : ''}`)
  }
  cancel(): void {
    this.calls.push('cancel')
  }
}

export interface FakeServices extends Services {
  readonly opened: FakeCalloutStream[]
  onHead: (receiver: CalloutReceiver) => void

  readonly time: FakeTime
  readonly logs: string[]
  readonly sent: FakeCallout[]
  readonly values: Map<string, number>
  level: number
}

export const EPOCH_MILLIS = 1_700_000_000_000

export function fakeServices(): FakeServices {
  const time = new FakeTime()
  const logs: string[] = []
  const sent: FakeCallout[] = []
  const opened: FakeCalloutStream[] = []
  const values = new Map<string, number>()
  const data = new Map<string, { value: Uint8Array; cas: number }>()
  const queues: { key: string; items: Uint8Array[]; owner: QueueOwner }[] = []
  let cas = 0
  const add = (name: string, delta: number): void => void values.set(name, (values.get(name) ?? 0) + delta)
  const services: FakeServices = {
    time,
    logs,
    sent,
    opened,
    onHead: () => {},
    values,
    level: 0,
    clock: {
      wallMillis: () => EPOCH_MILLIS + time.now,
      wallNanos: () => BigInt(EPOCH_MILLIS + time.now) * 1_000_000n,
      monotonicMillis: () => time.now,
    },
    timers: { create: (callback) => time.timer(callback) },
    random: { fill: (target) => void target.fill(7), fraction: () => 0.5, uuid: () => '00000000-0000-4000-8000-000000000000' },
    loggers: {
      get: () => ({
        enabled: (level) => level >= services.level,
        log: (level, message) => void logs.push(`${level} ${message}`),
        get level() {
          return services.level
        },
      }),
    },
    metrics: {
      counter: (name) => ({ add: (delta) => add(name, delta), value: () => values.get(name) ?? 0 }),
      gauge: (name) => ({
        add: (delta) => add(name, delta),
        set: (value) => void values.set(name, value),
        value: () => values.get(name) ?? 0,
      }),
      histogram: (name) => ({ record: (value) => add(`${name}.recorded`, value) }),
    },
    sharedData: {
      get: (vmId, key) => data.get(`${vmId}|${key}`) ?? null,
      set: (vmId, key, value, expected) => {
        const found = data.get(`${vmId}|${key}`)
        if (found !== undefined && expected !== 0 && expected !== found.cas) return Status.CasMismatch
        data.set(`${vmId}|${key}`, { value: Uint8Array.from(value), cas: ++cas })
        return Status.Ok
      },
    },
    sharedQueues: {
      forget: () => {},
      register: (vmId, name, owner) => {
        const key = `${vmId}|${name}`
        const found = queues.findIndex((queue) => queue.key === key)
        if (found >= 0) return found + 1
        return queues.push({ key, items: [], owner })
      },
      resolve: (vmId, name) => {
        const found = queues.findIndex((queue) => queue.key === `${vmId}|${name}`)
        return found < 0 ? null : found + 1
      },
      enqueue: (id, value) => {
        const queue = queues[id - 1]
        if (queue === undefined) return Status.NotFound
        queue.items.push(Uint8Array.from(value))
        time.timer(() => queue.owner.onQueueReady(id)).arm(0)
        return Status.Ok
      },
      dequeue: (id) => {
        const queue = queues[id - 1]
        return queue === undefined ? null : (queue.items.shift() ?? 'empty')
      },
    },
    names: {
      resolve: (name, onEnd) =>
        time.timer(() => onEnd(name === 'broken' ? null : name === 'known' ? ['10.0.0.1', 'fd00::1'] : [])).arm(1),
    },
    callouts: {
      clusterFacts: () => null,
      open: (_request, receiver) => {
        const stream = new FakeCalloutStream(receiver, services.onHead)
        opened.push(stream)
        return stream
      },
      hasCluster: (name) => name === 'known' || name === 'down',
      send: (request, end) => {
        if (request.cluster === 'down') return null
        const callout: FakeCallout = { request, end, cancelled: false }
        sent.push(callout)
        return { cancel: () => void (callout.cancelled = true) }
      },
    },
    node: { message: new Uint8Array(0), json: { id: 'node-1', cluster: 'mesh' } },
  }
  return services
}

/** A stream whose every part can be set; what the guest does to it is recorded in `events`. */
export class FakeStream implements HttpHost {
  readonly info: StreamInfo
  readonly maps: (HeaderMap | null)[] = [null, null, null, null]
  readonly bodies: (BodyBuffer | null)[] = [null, null]
  readonly events: string[] = []
  readonly replies: LocalReply[] = []
  trailersAllowed = false
  onReply: (() => void) | null = null

  constructor(requestHeaders: readonly (readonly [string, string])[] = []) {
    const connection = {
      id: 7,
      remoteAddress: '127.0.0.1:4711',
      remoteHost: '127.0.0.1',
      directRemoteAddress: '127.0.0.1:4711',
      requestedServerName: '',
      tls: null,
      transportFailure: '',
      localAddress: '127.0.0.1:8080',
      filterChainName: 'chain',
      listenerDirection: 1,
      listenerMetadata: null,
      filterState: null,
    }
    this.info = new StreamInfo(connection, EPOCH_MILLIS, 0)
    this.maps[0] = HeaderMap.from(requestHeaders)
  }

  headerMap(type: StreamMap): HeaderMap | null {
    return this.maps[type]!
  }

  createTrailers(type: 1 | 3): HeaderMap | null {
    return this.trailersAllowed ? (this.maps[type] = new HeaderMap()) : null
  }

  body(direction: StreamDirection): BodyBuffer | null {
    return this.bodies[direction]!
  }

  requestHeadersChanged(): void {
    this.events.push('changed')
  }

  logMap(type: StreamMap): HeaderMap | null {
    return type === 1 ? null : this.maps[type]!
  }

  continueStream(direction: StreamDirection): void {
    this.events.push(`continue ${direction}`)
  }

  closeStream(details: string): void {
    this.events.push(`close ${details}`)
  }

  sendLocalReply(reply: LocalReply): void {
    this.events.push(`reply ${reply.status} ${reply.details}`)
    this.replies.push(reply)
    this.onReply?.()
  }

  resolveRoute(): void {
    this.events.push('route')
  }

  vmFailed(): void {
    this.events.push('vm failed')
  }
}

let keys = 0

export function pluginConfig(code: Uint8Array, changes: Partial<PluginConfig> = {}): PluginConfig {
  return {
    name: 'test',
    rootId: 'root',
    vmId: 'vm',
    runtime: '',
    code,
    codeSource: 'test.wasm',
    sourceMap: null,
    vmConfiguration: Buffer.from('vm config'),
    configuration: Buffer.from('plugin config'),
    failurePolicy: 'FAIL_CLOSED',
    reloadBackoff: 1000,
    allowOnHeadersStopIteration: false,
    allowedCapabilities: null,
    environment: new Map(),
    pluginKey: `plugin-${++keys}`,
    vmKey: 'vm',
    ...changes,
  }
}
