/** The harness under judgement: the kit's guests in test hosts, one per mount point, made when first asked for. */
import {
  createTestHost,
  type TestHost,
  type TestPeer,
  type UpstreamAnswer,
  type UpstreamRequest,
} from '../../host/testing/index.ts'
import { guestPath, pluginConfigOf } from '../../host/conformance/bootstrap.ts'
import type { Answerer, JudgedHost, KitConnection, KitPeer, SeenAnswer, SeenRequest } from '../../host/conformance/judge.ts'
import { mountName, type MountPoint } from '../../host/conformance/mounts.ts'
import type { KitAnswer, KitRequest } from '../../host/conformance/scenario.ts'

/** As patient as the client on sockets. */
const ANSWER_LIMIT = '3s'

export class HarnessHost implements JudgedHost {
  readonly isReference = false
  readonly #hosts = new Map<string, TestHost>()
  #answerer: Answerer = () => ({})
  #arrived: UpstreamRequest[] = []

  has(): boolean {
    return true
  }

  request(point: MountPoint, path: string, request: KitRequest): Promise<SeenAnswer> {
    const host = this.#hostFor(point)
    const { headers = [], ...rest } = request
    const stream = host.open({ ...rest, path, headers: [['host', 'kit.test'], ...headers] })
    if (!host.clock.advanceUntil(() => stream.isDone, ANSWER_LIMIT)) stream.leave()
    const { status, headers: fields, text: body, trailers } = stream.response
    return Promise.resolve({ status, headers: fields, body, trailers, reset: stream.response.isReset })
  }

  connect(point: MountPoint): Promise<KitConnection> {
    const connection = this.#hostFor(point).tcp()
    const upstream = (): KitPeer | null => (connection.hasUpstream ? peerOf(connection.upstream) : null)
    return Promise.resolve({ client: peerOf(connection.client), upstream, drop: () => connection.client.reset() })
  }

  wait(millis: number): Promise<void> {
    for (const host of this.#hosts.values()) host.clock.advance(millis)
    return Promise.resolve()
  }

  /** Messages arrive chunk by chunk anyway. */
  script(answerer: Answerer): void {
    this.#answerer = answerer
    this.#arrived = []
  }

  seen(): readonly SeenRequest[] {
    return this.#arrived
      .filter((one) => one.isComplete)
      .map(({ cluster, method, path, headers, text: body, trailers }) => ({
        cluster,
        method,
        path,
        headers,
        body,
        trailers,
      }))
  }

  close(): Promise<void> {
    for (const host of this.#hosts.values()) host.close()
    return Promise.resolve()
  }

  #hostFor(point: MountPoint): TestHost {
    const name = mountName(point)
    const known = this.#hosts.get(name)
    if (known !== undefined) return known
    const host = createTestHost({
      filters: [{ wasm: guestPath(point.version), plugin: pluginConfigOf(point) }],
      clusters: { up: 'upstream', rpc: 'http2', peer: 'upstream', refused: 'refused', empty: 'empty' },
      ...(point.mount === 'tcp' ? { tcp: { cluster: 'peer' } } : { http: { http_protocol_options: { enable_trailers: true } } }),
      upstream: (request) => this.#take(request),
    })
    this.#hosts.set(name, host)
    return host
  }

  #take(request: UpstreamRequest): UpstreamAnswer {
    this.#arrived.push(request)
    return toUpstreamAnswer(this.#answerer(request.path))
  }
}

/** A socket does not tell whether the other end has ended its half or all. */
function peerOf(peer: TestPeer): KitPeer {
  return {
    get text() {
      return peer.text
    },
    get state() {
      return peer.state === 'closed' ? 'ended' : peer.state
    },
    send: (text) => void peer.send(text),
    end: () => void peer.end(),
    reset: () => peer.reset(),
  }
}

const FAILURES = { close: 'close', cut: 'close_in_body', hang: 'hang' } as const

function toUpstreamAnswer({
  status = 200,
  headers = [],
  body = '',
  chunks,
  trailers,
  delayMillis = 0,
  fail,
}: KitAnswer): UpstreamAnswer {
  return {
    status,
    headers,
    ...(chunks === undefined ? { body } : { chunks }),
    ...(trailers === undefined ? {} : { trailers }),
    delay: delayMillis,
    ...(fail === undefined ? {} : { fail: FAILURES[fail] }),
  }
}
