/** Requests to one registry: where it is, who we are, another try after a 401, and what failures mean. */
import { SluiceError } from '../../errors.ts'
import { MAX_DOCUMENT, type RegistryAccess } from './access.ts'
import { Authenticator } from './authenticator.ts'
import { findCredentials, type Credentials } from './credentials.ts'
import { answerError } from './answer-error.ts'
import { endpointHost, isLoopback, type Reference } from './reference.ts'
import { retrying, type RetryPolicy } from './retry.ts'
import { placeOf, HttpTransport, type Answer, type OpenAnswer, type Request } from './transport.ts'

/** A request and what it needs. */
export interface RegistryRequest extends Omit<Request, 'headers'> {
  readonly headers?: Readonly<Record<string, string>>
  /** `repository:name:pull,push`, one or more. */
  readonly scopes: readonly string[]
}

export class RegistryClient {
  /** `https://host[:port]`. */
  readonly origin: URL
  readonly transport: HttpTransport
  readonly retries: RetryPolicy
  readonly #authenticator: Authenticator

  /** `credentials` null = as the environment and Docker's configuration say. */
  constructor(at: Pick<Reference, 'registry' | 'repository'>, access: RegistryAccess, credentials: Credentials | null = null) {
    this.origin = new URL(`${isPlain(at.registry, access) ? 'http' : 'https'}://${endpointHost(at.registry)}`)
    this.transport = new HttpTransport(access)
    this.retries = { wait: this.transport.wait, maxAfterMillis: this.transport.limits.retryAfterMillis }
    const environment = access.environment ?? process.env
    const find = (): Promise<Credentials | null> =>
      credentials === null ? findCredentials(at, environment) : Promise.resolve(credentials)
    this.#authenticator = new Authenticator(this.origin, this.transport, find)
  }

  /** The address of a path below `/v2/`. */
  url(path: string): URL {
    return new URL(`/v2/${path}`, this.origin)
  }

  /** Sends a request, again where that may help; the statuses of `expected` are returned, all others thrown. */
  async send(request: RegistryRequest, expected: readonly number[], maxBytes = MAX_DOCUMENT): Promise<Answer> {
    const answer = await retrying(this.retries, () => this.sendOnce(request, maxBytes))
    if (expected.includes(answer.status)) return answer
    throw answerError(placeOf(request), answer)
  }

  /** One try. Throws `TransientFault` for what another try may cure; other statuses are the caller's. */
  sendOnce(request: RegistryRequest, maxBytes = MAX_DOCUMENT): Promise<Answer> {
    return this.#authorized(
      request,
      (one) => this.transport.send(one, maxBytes),
      async () => {},
    )
  }

  /** As {@link sendOnce}, with the body unread. */
  openOnce(request: RegistryRequest): Promise<OpenAnswer> {
    return this.#authorized(
      request,
      (one) => this.transport.open(one),
      (answer) => answer.discard(),
    )
  }

  async close(): Promise<void> {
    await this.transport.close()
  }

  async #authorized<T extends Pick<Answer, 'status' | 'header'>>(
    request: RegistryRequest,
    attempt: (request: Request) => Promise<T>,
    discard: (answer: T) => Promise<void>,
  ): Promise<T> {
    const { scopes } = request
    // An upload may be somewhere else; nobody there knows our credentials.
    const isHome = request.url.origin === this.origin.origin
    let authorization = isHome ? this.#authenticator.headerFor(scopes) : null
    for (let isFresh = false; ; isFresh = true) {
      const answer = await attempt(withHeader(request, authorization))
      if (answer.status !== 401 || !isHome) return answer
      await discard(answer)
      authorization = await this.#authenticator.answer(answer.header('www-authenticate'), scopes, authorization, isFresh)
    }
  }
}

function withHeader(request: RegistryRequest, authorization: string | null): Request {
  const { headers = {} } = request
  return { ...request, headers: authorization === null ? headers : { ...headers, authorization } }
}

function isPlain(registry: string, { plainHttp, insecure = false, caFile }: RegistryAccess): boolean {
  const isTlsMeant = insecure || caFile !== undefined
  if (plainHttp === true && isTlsMeant) {
    const seen = `plain HTTP with ${insecure ? '--insecure' : '--ca-file'}`
    throw new SluiceError('SLUICE_CLI_USAGE', 'Plain HTTP has no certificates', { path: registry, seen })
  }
  return plainHttp ?? (isLoopback(registry) && !isTlsMeant)
}
