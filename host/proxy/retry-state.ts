/** Whether a failed attempt is to be followed by another one (source/common/router/retry_state_impl.cc). */
import type { RetryConfig, RetryReason } from '../config/types.ts'
import type { ResetReason } from '../http/codec.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { retryReasons } from '../route/retry-reasons.ts'
import { compileHeaderMatcher, type HeaderTest } from '../route/value-matcher.ts'
import type { Random } from '../util/random.ts'

/** By gRPC status. */
const GRPC_REASONS: ReadonlyMap<string, RetryReason> = new Map([
  ['1', 'cancelled'],
  ['4', 'deadline-exceeded'],
  ['8', 'resource-exhausted'],
  ['13', 'internal'],
  ['14', 'unavailable'],
])

const CONNECT_FAILURES: ReadonlySet<ResetReason> = new Set([
  'local_connection_failure',
  'remote_connection_failure',
  'connection_timeout',
])

const NO_POLICY: RetryConfig = {
  on: new Set(),
  retries: 1,
  perTryTimeout: 0,
  perTryIdleTimeout: 0,
  avoidsTriedEndpoints: false,
  repicks: 1,
  statusCodes: new Set(),
  baseInterval: 25,
  maxInterval: 250,
  resetHeaders: [],
  maxResetInterval: 0,
  responseHeaders: [],
  requestHeaders: [],
}

const testsOf = new WeakMap<RetryConfig, { readonly response: readonly HeaderTest[]; readonly request: readonly HeaderTest[] }>()

export class RetryState {
  readonly config: RetryConfig
  readonly #on: ReadonlySet<RetryReason>
  readonly #statusCodes: ReadonlySet<number>
  readonly #headerNames: readonly string[]
  #left: number
  #interval: number

  /** Null when nothing about the request is ever tried again. The headers by which a request asks are left in it. */
  static of(policy: RetryConfig | null, headers: HeaderMap): RetryState | null {
    const config = policy ?? NO_POLICY
    const on = new Set([...config.on, ...askedReasons(headers)])
    if (on.size === 0) return null
    const { request } = testsFor(config)
    if (request.length > 0 && !request.some((test) => test.matches(headers))) return null
    return new RetryState(config, on, headers)
  }

  private constructor(config: RetryConfig, on: ReadonlySet<RetryReason>, headers: HeaderMap) {
    this.config = config
    this.#on = on
    this.#left = numberOf(headers.get('x-envoy-max-retries')) ?? config.retries
    this.#interval = config.baseInterval
    const codes = listOf(headers.get('x-envoy-retriable-status-codes')).map(Number).filter(Number.isInteger)
    this.#statusCodes = codes.length === 0 ? config.statusCodes : new Set([...config.statusCodes, ...codes])
    this.#headerNames = listOf(headers.get('x-envoy-retriable-header-names')).map((name) => name.toLowerCase())
  }

  /** The answer with this head is to be tried again, if there may be another attempt. */
  wantsHead(status: number, headers: HeaderMap): boolean {
    const on = this.#on
    if (headers.has('x-envoy-ratelimited')) return on.has('envoy-ratelimited')
    if (status >= 500 && on.has('5xx')) return true
    if (status >= 502 && status <= 504 && on.has('gateway-error')) return true
    if (status === 409 && on.has('retriable-4xx')) return true
    if (on.has('retriable-status-codes') && this.#statusCodes.has(status)) return true
    if (on.has('retriable-headers') && this.#hasRetriableHeader(headers)) return true
    const reason = GRPC_REASONS.get(headers.get('grpc-status') ?? '')
    return reason !== undefined && on.has(reason)
  }

  /** The attempt that ended so is to be tried again; `isStarted`: the upstream may have seen of it. */
  wantsReset(reason: ResetReason, isStarted: boolean): boolean {
    const on = this.#on
    if (reason === 'overflow') return false
    if (on.has('reset') || on.has('5xx') || on.has('gateway-error')) return true
    if (!isStarted && on.has('reset-before-request')) return true
    if (on.has('connect-failure') && CONNECT_FAILURES.has(reason)) return true
    return on.has('refused-stream') && reason === 'remote_refused_stream_reset'
  }

  /** Takes one of the attempts that are left; false when there is none. */
  take(): boolean {
    if (this.#left === 0) return false
    this.#left--
    return true
  }

  /** Milliseconds until the next attempt: a random part of an interval that doubles. */
  nextDelay(random: Random): number {
    const { maxInterval } = this.config
    const delay = Math.floor(random.fraction() * this.#interval)
    this.#interval = Math.min(2 * this.#interval, maxInterval)
    return Math.min(delay, maxInterval)
  }

  /** Milliseconds after which the answer wants to be asked again; null = it does not say, or says what does not count. */
  wantedDelay(headers: HeaderMap, now: number): number | null {
    const { resetHeaders, maxResetInterval } = this.config
    for (const { name, isTimestamp } of resetHeaders) {
      const value = numberOf(headers.get(name))
      if (value === null) continue
      const delay = (isTimestamp ? value - Math.floor(now / 1000) : value) * 1000
      if (delay > 0 && delay <= maxResetInterval) return delay
    }
    return null
  }

  #hasRetriableHeader(headers: HeaderMap): boolean {
    const { response } = testsFor(this.config)
    return response.some((test) => test.matches(headers)) || this.#headerNames.some((name) => headers.has(name))
  }
}

function testsFor(config: RetryConfig): { readonly response: readonly HeaderTest[]; readonly request: readonly HeaderTest[] } {
  let tests = testsOf.get(config)
  if (tests === undefined) {
    const { responseHeaders, requestHeaders } = config
    tests = { response: responseHeaders.map(compileHeaderMatcher), request: requestHeaders.map(compileHeaderMatcher) }
    testsOf.set(config, tests)
  }
  return tests
}

function askedReasons(headers: HeaderMap): RetryReason[] {
  const [http, grpc] = [headers.get('x-envoy-retry-on'), headers.get('x-envoy-retry-grpc-on')]
  return [...(http === null ? [] : retryReasons(http, false)), ...(grpc === null ? [] : retryReasons(grpc, true))]
}

function listOf(value: string | null): string[] {
  return value === null ? [] : value.split(',').map((item) => item.trim())
}

function numberOf(value: string | null): number | null {
  return value !== null && /^[0-9]{1,12}$/.test(value) ? Number(value) : null
}
