/** Asks by a request of HTTP (source/extensions/health_checkers/http/health_checker_impl.cc). */
import type { HttpProbeConfig, StatusRange } from '../../config/types.ts'
import type { ClientStream } from '../../http/codec.ts'
import { HeaderMap } from '../../http/header-map.ts'
import type { Counter } from '../../stats/metrics.ts'
import { valueTest } from '../../route/value-matcher.ts'
import { compileChanges, type CompiledChanges } from '../../route/header-mutations.ts'
import type { Clock } from '../../util/clock.ts'
import type { Connector } from '../connector.ts'
import { containsInOrder } from './payload-match.ts'
import type { ProbeOwner, ProbeTarget } from './probe.ts'
import { changeHeaders } from './probe-headers.ts'
import { StreamProbe } from './stream-probe.ts'

export const USER_AGENT = 'Envoy/HC'
const LEAVE_OUT = 'x-envoy-immediate-health-check-fail'
const NOTHING = Buffer.alloc(0)

/** What all endpoints of a cluster are asked. */
export class HttpQuestion {
  readonly config: HttpProbeConfig
  readonly isReused: boolean
  readonly clock: Clock
  readonly verifyCluster: Counter
  readonly changes: CompiledChanges
  readonly isExpectedService: ((name: string) => boolean) | null

  /** `verifyCluster` counts answers whose service is compared. */
  constructor(config: HttpProbeConfig, isReused: boolean, clock: Clock, verifyCluster: Counter) {
    this.config = config
    this.isReused = isReused
    this.clock = clock
    this.verifyCluster = verifyCluster
    this.changes = compileChanges(config.headersToAdd, config.headersToRemove)
    this.isExpectedService = config.service === null ? null : valueTest(config.service)
  }

  /** The head of the question. */
  head({ destination, hostname }: ProbeTarget): HeaderMap {
    const { method, host, path, body, protocol } = this.config
    const headers = new HeaderMap()
    headers.push(':method', method)
    headers.push(':scheme', destination.tls !== null ? 'https' : 'http')
    headers.push(':authority', hostname === '' ? host : hostname)
    headers.push(':path', path)
    headers.push('user-agent', USER_AGENT)
    changeHeaders(headers, this.changes, protocol, this.clock)
    if (body.length > 0) headers.set('content-length', String(body.length))
    return headers
  }
}

export class HttpProbe extends StreamProbe {
  readonly #question: HttpQuestion
  #answer: HeaderMap | null = null
  #body = NOTHING

  constructor(question: HttpQuestion, connector: Connector, target: ProbeTarget, owner: ProbeOwner) {
    super(connector, target, question.isReused, owner)
    this.#question = question
  }

  /** As in Envoy, the whole connection ends. */
  cancel(): void {
    this.#forget()
    this.close()
  }

  write(stream: ClientStream): void {
    const { body } = this.#question.config
    stream.head(this.#question.head(this.target), body.length === 0)
    if (body.length > 0) stream.data(body, 0, body.length, true)
  }

  head(headers: HeaderMap, endStream: boolean): void {
    this.#answer = headers
    if (endStream) this.#judge()
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    const { receive, maxBodyBytes } = this.#question.config
    const room = maxBodyBytes - this.#body.length
    if (receive.length > 0 && room > 0)
      this.#body = Buffer.concat([this.#body, bytes.subarray(start, Math.min(end, start + room))])
    if (endStream) this.#judge()
  }

  trailers(): void {
    this.#judge()
  }

  override onReset(): void {
    this.#forget()
    super.onReset()
  }

  #judge(): void {
    const headers = this.#answer!
    const isSatisfied = this.#isExpected(headers)
    if (!isSatisfied && headers.has(LEAVE_OUT)) this.owner.onLeaveOut()
    const isRetriable = this.#isRetriable(headers)
    const isRightService = isSatisfied && this.#isRightService(headers)
    this.#forget()
    this.endAnswer(true)
    if (isRightService) this.owner.onPass(headers.has('x-envoy-degraded'))
    else this.owner.onFail('answer', !isSatisfied && isRetriable)
  }

  /** Body and status are as they should be. */
  #isExpected(headers: HeaderMap): boolean {
    const { receive, expected } = this.#question.config
    return containsInOrder(this.#body, receive) && isIn(expected, headers)
  }

  /** A wrong body is never retriable. */
  #isRetriable(headers: HeaderMap): boolean {
    const { receive, retriable } = this.#question.config
    return containsInOrder(this.#body, receive) && isIn(retriable, headers)
  }

  #isRightService(headers: HeaderMap): boolean {
    const { isExpectedService, verifyCluster } = this.#question
    if (isExpectedService === null) return true
    verifyCluster.add(1)
    return isExpectedService(headers.get('x-envoy-upstream-healthchecked-cluster') ?? '')
  }

  #forget(): void {
    this.#answer = null
    this.#body = NOTHING
  }
}

function isIn(ranges: readonly StatusRange[], headers: HeaderMap): boolean {
  const status = Number(headers.get(':status'))
  return ranges.some(({ start, end }) => status >= start && status < end)
}
