/** Credentials of one registry on the wire: answers challenges, keeps tokens. Secrets leave only for the registry and its realm. */
import { SluiceError } from '../../errors.ts'
import { parseChallenges, type Challenge } from './challenge.ts'
import { basicHeader, type Credentials } from './credentials.ts'
import { fetchToken, type Token } from './token-client.ts'
import type { HttpTransport } from './transport.ts'

/** A token is renewed before it ends: its requests take time. */
const LIFE_USED = 0.9

interface KeptToken {
  readonly header: string
  /** Milliseconds of the wall clock. */
  readonly endsAt: number
}

export class Authenticator {
  readonly #origin: URL
  readonly #transport: HttpTransport
  readonly #find: () => Promise<Credentials | null>
  /** Asked for once, and only when the registry wants some. */
  #credentials: Promise<Credentials | null> | null = null
  /** By scopes; basic credentials go with every request once they were asked for. */
  readonly #tokens = new Map<string, KeptToken>()
  #basic: string | null = null

  constructor(origin: URL, transport: HttpTransport, find: () => Promise<Credentials | null>) {
    this.#origin = origin
    this.#transport = transport
    this.#find = find
  }

  /** The header `authorization` as far as it is known; null = try without. */
  headerFor(scopes: readonly string[]): string | null {
    const token = this.#tokens.get(keyOf(scopes))
    if (token !== undefined && Date.now() < token.endsAt) return token.header
    return this.#basic
  }

  /**
   * The header for another try after a 401. `used` is what the refused try carried and `isFresh` whether it was made for
   * that very request: then nothing else will help. Throws `SLUICE_REGISTRY_AUTH`.
   */
  async answer(challenges: string | null, scopes: readonly string[], used: string | null, isFresh: boolean): Promise<string> {
    const credentials = await this.#known()
    if (isFresh) throw this.#refused(credentials, used)
    const known = parseChallenges(challenges ?? '')
    const bearer = known.find(({ scheme }) => scheme === 'bearer')
    if (bearer !== undefined) return this.#bearer(bearer, scopes, credentials)
    const isBasic = known.some(({ scheme }) => scheme === 'basic')
    if (!isBasic || credentials?.kind !== 'basic' || used !== null) throw this.#refused(credentials, used)
    this.#basic = basicHeader(credentials)
    return this.#basic
  }

  async #bearer(challenge: Challenge, scopes: readonly string[], credentials: Credentials | null): Promise<string> {
    if (credentials?.kind === 'bearer') return `Bearer ${credentials.token}`
    const asked = challenge.parameters.get('scope')?.split(' ').filter(Boolean) ?? []
    const all = [...new Set([...scopes, ...asked])]
    const token = await fetchToken(this.#transport, this.#origin, challenge, all, credentials)
    return this.#keep(scopes, token)
  }

  #keep(scopes: readonly string[], { value, lifeMillis }: Token): string {
    const header = `Bearer ${value}`
    this.#tokens.set(keyOf(scopes), { header, endsAt: Date.now() + lifeMillis * LIFE_USED })
    return header
  }

  #known(): Promise<Credentials | null> {
    this.#credentials ??= this.#find()
    return this.#credentials
  }

  #refused(credentials: Credentials | null, used: string | null): SluiceError {
    const isAnonymous = credentials === null
    const message = isAnonymous ? 'The registry wants credentials' : 'The registry refuses these credentials'
    const seen = isAnonymous ? 'none' : `${credentials.kind} credentials${used === null ? ' that it does not take' : ''}`
    const next = `sluice login ${this.#origin.host} stores ${isAnonymous ? 'some' : 'others'}`
    return new SluiceError('SLUICE_REGISTRY_AUTH', message, { path: this.#origin.origin, seen, next })
  }
}

function keyOf(scopes: readonly string[]): string {
  return scopes.join(' ')
}
