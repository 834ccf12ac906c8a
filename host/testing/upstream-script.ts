/**
 * Calls that a filter is expected to make, and what they are answered; afterwards it can be asked whether all were made.
 *
 *     const script = new UpstreamScript()
 *       .expect({ cluster: 'auth', path: '/verify' }, { status: 200, delay: '20ms' })
 *       .expect({ cluster: 'rpc' }, { messages: ['pong'] }, 2)
 *     const host = createTestHost({ filters: […], clusters, upstream: script.upstream })
 *     …
 *     script.assertUsed()
 */
import { AssertionError } from 'node:assert'
import { matches, showPattern, type TextPattern } from './checks/finding.ts'
import type { Upstream, UpstreamAnswer, UpstreamRequest } from './messages.ts'

/** Which request is meant; what is not named may be anything. */
export interface RequestMatch {
  readonly cluster?: string
  readonly method?: string
  readonly path?: TextPattern
  /** Of the first value, by lower-case name. */
  readonly headers?: Readonly<Record<string, TextPattern>>
  readonly isCallout?: boolean
}

interface Expectation {
  readonly match: RequestMatch
  readonly answer: Upstream | UpstreamAnswer
  left: number
}

export class UpstreamScript {
  readonly #expectations: Expectation[] = []
  readonly #unexpected: UpstreamRequest[] = []

  /** The next `times` requests that match are answered so; earlier expectations go first. */
  expect(match: RequestMatch, answer: Upstream | UpstreamAnswer = {}, times = 1): this {
    this.#expectations.push({ match, answer, left: times })
    return this
  }

  /** For the option `upstream`. A callout that nobody expects is closed; any other such request gets 200 and no body. */
  readonly upstream: Upstream = (request) => {
    const expectation = this.#expectations.find(({ match, left }) => left > 0 && isMeant(match, request))
    if (expectation === undefined) return this.#refuse(request)
    expectation.left--
    return typeof expectation.answer === 'function' ? expectation.answer(request) : expectation.answer
  }

  /** Throws an AssertionError that names the calls that were not made, and the callouts that nobody expects. */
  assertUsed(): void {
    const lines = this.faults()
    if (lines.length > 0) throw new AssertionError({ message: lines.join('\n') })
  }

  /** A line for each such call. */
  faults(): string[] {
    const missing = this.#expectations.filter(({ left }) => left > 0)
    return [
      ...missing.map(({ match, left }) => `never made${left === 1 ? '' : ` ${left} times`}: ${describeMatch(match)}`),
      ...this.#unexpected.map(({ method, path, cluster }) => `not expected: ${method} ${path} at ${cluster}`),
    ]
  }

  #refuse(request: UpstreamRequest): UpstreamAnswer {
    if (!request.isCallout) return {}
    this.#unexpected.push(request)
    return { fail: 'close' }
  }
}

function isMeant({ cluster, method, path, headers = {}, isCallout }: RequestMatch, request: UpstreamRequest): boolean {
  if (cluster !== undefined && cluster !== request.cluster) return false
  if (method !== undefined && method !== request.method) return false
  if (isCallout !== undefined && isCallout !== request.isCallout) return false
  if (path !== undefined && !matches(path, request.path)) return false
  return Object.entries(headers).every(([name, wanted]) => {
    const value = request.header(name)
    return value !== null && matches(wanted, value)
  })
}

function describeMatch({ cluster, method, path, headers = {}, isCallout }: RequestMatch): string {
  const parts = [
    isCallout === undefined ? '' : isCallout ? 'callout' : 'request',
    method ?? '',
    path === undefined ? '' : showPattern(path),
    cluster === undefined ? '' : `at ${cluster}`,
    ...Object.entries(headers).map(([name, value]) => `with ${name}: ${showPattern(value)}`),
  ]
  return parts.filter(Boolean).join(' ') || 'any request'
}
