/**
 * One exchange with a server: limits of time and size, redirects, proxies and TLS. It knows nothing of registries.
 *
 * A redirect to another origin loses the `authorization` header, one from https to http is refused. What another try may
 * cure is thrown as a `TransientFault`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import * as tls from 'node:tls'
import { EnvHttpProxyAgent, request as dispatch, type Dispatcher } from 'undici'
import { SluiceError } from '../../errors.ts'
import { readOr } from '../../util/attempt.ts'
import { limitsOf, type AccessLimits, type Environment, type RegistryAccess } from './access.ts'
import { retryAfterMillis, TransientFault } from './retry.ts'
import { networkFault } from './network-fault.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Request {
  readonly method: Method
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** How many redirects are followed; with 0 they are answers like others. */
  readonly redirects?: number
}

/** The head of an answer; `body` is read once, within the limits of time. */
export interface OpenAnswer {
  readonly status: number
  /** Where the answer came from, after redirects. */
  readonly url: URL
  header(name: string): string | null
  readonly body: AsyncIterable<Uint8Array>
  /** Gives the body up, and with it the connection if much is left. */
  discard(): Promise<void>
}

/** An answer with its whole body. */
export interface Answer extends Omit<OpenAnswer, 'body' | 'discard'> {
  readonly bytes: Uint8Array
}

const MAX_REDIRECTS = 5
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** Redirects that keep method and body. */
const KEEPING: ReadonlySet<number> = new Set([307, 308])
/** What another try may cure. */
const TRANSIENT: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]']

export class HttpTransport {
  readonly limits: AccessLimits
  readonly wait: (millis: number) => Promise<void>
  readonly #agent: EnvHttpProxyAgent

  constructor(access: RegistryAccess) {
    this.limits = limitsOf(access)
    this.wait = access.wait ?? ((millis) => sleep(millis))
    this.#agent = makeAgent(access, this.limits)
  }

  /** Sends a request and follows redirects; throws `TransientFault` for statuses and breaks that another try may cure. */
  async open(request: Request): Promise<OpenAnswer> {
    let next = request
    const { redirects: most = MAX_REDIRECTS } = request
    for (let redirects = 0; redirects <= most; redirects++) {
      const answer = await this.#exchange(next)
      const target = most === 0 ? null : redirectOf(next, answer)
      if (target === null) return this.#judged(next, answer)
      await answer.discard()
      next = target
    }
    const seen = `more than ${most} redirects`
    throw new SluiceError('SLUICE_REGISTRY_ANSWER', 'Redirects do not end', { path: placeOf(request), seen })
  }

  /** Sends a request and reads the whole answer, at most `maxBytes` of it. */
  async send(request: Request, maxBytes: number): Promise<Answer> {
    const answer = await this.open(request)
    const { status, url } = answer
    const header = (name: string): string | null => answer.header(name)
    if (request.method === 'HEAD') {
      await answer.discard()
      return { status, url, header, bytes: new Uint8Array(0) }
    }
    return { status, url, header, bytes: await readBody(answer, maxBytes, placeOf(request)) }
  }

  /** Closes connections; harmless when repeated. */
  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #exchange({ method, url, headers, body }: Request): Promise<OpenAnswer> {
    const signal = AbortSignal.timeout(this.limits.requestMillis)
    const place = placeOf({ method, url })
    try {
      const answer = await dispatch(url, { method, headers, body: body ?? null, dispatcher: this.#agent, signal })
      return {
        status: answer.statusCode,
        url,
        header: (name) => headerOf(answer, name),
        body: readGuarded(answer.body, place),
        discard: () => answer.body.dump({ limit: 65_536 }),
      }
    } catch (cause) {
      throw networkFault(place, cause)
    }
  }

  async #judged(request: Request, answer: OpenAnswer): Promise<OpenAnswer> {
    if (!TRANSIENT.has(answer.status)) return answer
    const after = retryAfterMillis(answer.header('retry-after'), Date.now())
    await answer.discard()
    const seen = `status ${answer.status}${after === null ? '' : `, again after ${Math.ceil(after / 1000)} s`}`
    const error = new SluiceError('SLUICE_REGISTRY_ANSWER', 'The registry cannot answer now', { path: placeOf(request), seen })
    throw new TransientFault(error, after)
  }
}

/** How errors name a request: without the query, which may hold secrets. */
export function placeOf({ method, url }: Pick<Request, 'method' | 'url'>): string {
  return `${method} ${url.origin}${url.pathname}`
}

/** The whole body; a longer one is given up. A body that breaks off is a `TransientFault`. */
async function readBody(answer: OpenAnswer, maxBytes: number, place: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of answer.body) {
    length += part.length
    if (length > maxBytes) throw tooLong(place, maxBytes)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

export function tooLong(place: string, maxBytes: number): SluiceError {
  return new SluiceError('SLUICE_REGISTRY_ANSWER', 'The answer is too long', { path: place, wanted: `at most ${maxBytes} bytes` })
}

async function* readGuarded(body: Dispatcher.ResponseData['body'], place: string): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await iterator.next().catch((cause: unknown) => {
        throw networkFault(place, cause)
      })
      if (done === true) return
      yield value as Uint8Array
    }
  } finally {
    body.destroy()
  }
}

function headerOf({ headers }: Dispatcher.ResponseData, name: string): string | null {
  const value = headers[name]
  if (value === undefined) return null
  return typeof value === 'string' ? value : value.join(', ')
}

/** The request that a redirect asks for; null when the answer is none. */
function redirectOf(request: Request, answer: OpenAnswer): Request | null {
  const location = answer.header('location')
  const isReading = request.method === 'GET' || request.method === 'HEAD'
  if (location === null || !REDIRECTS.has(answer.status) || !(isReading || KEEPING.has(answer.status))) return null
  const url = resolveLocation(location, request)
  if (url.protocol === 'http:' && request.url.protocol === 'https:') {
    const seen = `a redirect to ${url.origin}`
    throw new SluiceError('SLUICE_REGISTRY_ANSWER', 'A redirect leaves TLS', { path: placeOf(request), seen, wanted: 'https' })
  }
  if (url.origin === request.url.origin) return { ...request, url }
  const headers = Object.entries(request.headers).filter(([name]) => name !== 'authorization')
  return { ...request, url, headers: Object.fromEntries(headers) }
}

/** A `Location` as it is or relative to the request. */
export function resolveLocation(location: string, request: Pick<Request, 'method' | 'url'>): URL {
  const url = URL.canParse(location, request.url) ? new URL(location, request.url) : null
  if (url !== null && /^https?:$/.test(url.protocol)) return url
  // The query may hold secrets.
  const detail = { path: placeOf(request), seen: location.replace(/\?.*/s, ''), wanted: 'an http or https address' }
  throw new SluiceError('SLUICE_REGISTRY_ANSWER', 'Location cannot be followed', detail)
}

function makeAgent(access: RegistryAccess, limits: AccessLimits): EnvHttpProxyAgent {
  const { environment = process.env, insecure = false } = access
  const trust = { ca: authorities(access, environment), rejectUnauthorized: !insecure }
  return new EnvHttpProxyAgent({
    connect: { ...trust, timeout: limits.connectMillis },
    requestTls: trust,
    headersTimeout: limits.idleMillis,
    bodyTimeout: limits.idleMillis,
    httpProxy: environment['http_proxy'] ?? environment['HTTP_PROXY'] ?? '',
    httpsProxy: environment['https_proxy'] ?? environment['HTTPS_PROXY'] ?? '',
    noProxy: [environment['no_proxy'] ?? environment['NO_PROXY'] ?? '', ...LOCAL_HOSTS].filter(Boolean).join(','),
  })
}

/** The system's authorities, those of `SSL_CERT_FILE`, and those that the user named. */
function authorities({ caFile }: RegistryAccess, environment: Environment): string[] {
  const files = [environment['SSL_CERT_FILE'] ?? '', caFile ?? ''].filter((file) => file !== '')
  // Node 22.12 to 22.14 cannot tell what NODE_EXTRA_CA_CERTS has added.
  const known = (tls as Partial<typeof tls>).getCACertificates?.('default') ?? tls.rootCertificates
  return [...known, ...files.map(readAuthorities)]
}

function readAuthorities(path: string): string {
  return readOr('SLUICE_CONFIG_FILE', 'Cannot read certificate authorities', path).toString('utf8')
}
