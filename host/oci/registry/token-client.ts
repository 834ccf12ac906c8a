/** Fetches bearer tokens (distribution, docs/spec/auth/token.md and oauth.md). */
import { SluiceError } from '../../errors.ts'
import { MAX_DOCUMENT } from './access.ts'
import type { Challenge } from './challenge.ts'
import { basicHeader, type Credentials } from './credentials.ts'
import { jsonFields } from './json.ts'
import { placeOf, type Answer, type Request, type HttpTransport } from './transport.ts'

export interface Token {
  readonly value: string
  /** Milliseconds from now. */
  readonly lifeMillis: number
}

const CLIENT = 'sluice'
/** What a token server means when it says nothing. */
const DEFAULT_LIFE_SECONDS = 60

/** Asks the realm of a challenge for a token with these scopes. `origin` is the registry's. */
export async function fetchToken(
  transport: HttpTransport,
  origin: URL,
  challenge: Challenge,
  scopes: readonly string[],
  credentials: Credentials | null,
): Promise<Token> {
  const realm = realmOf(challenge, origin)
  const service = challenge.parameters.get('service') ?? ''
  const request =
    credentials?.kind === 'identity'
      ? refresh(realm, service, scopes, credentials.token)
      : query(realm, service, scopes, credentials)
  const answer = await transport.send(request, MAX_DOCUMENT)
  if (answer.status === 200) return readToken(request, answer)
  throw refusal(request, answer.status, origin)
}

/** The realm gets passwords: over TLS, unless the registry itself is spoken to in plain text. */
function realmOf({ parameters }: Challenge, origin: URL): URL {
  const text = parameters.get('realm') ?? ''
  const realm = URL.canParse(text) ? new URL(text) : null
  if (realm !== null && (realm.protocol === 'https:' || (realm.protocol === 'http:' && origin.protocol === 'http:'))) return realm
  const wanted = origin.protocol === 'http:' ? 'an http or https address' : 'an https address'
  const detail = { path: origin.origin, seen: `"${text}"`, wanted }
  throw new SluiceError('SLUICE_REGISTRY_ANSWER', 'The registry names a token server that cannot be used', detail)
}

function query(realm: URL, service: string, scopes: readonly string[], credentials: Credentials | null): Request {
  const url = new URL(realm)
  if (service !== '') url.searchParams.set('service', service)
  for (const scope of scopes) url.searchParams.append('scope', scope)
  if (credentials?.kind !== 'basic') return { method: 'GET', url, headers: {} }
  url.searchParams.set('account', credentials.username)
  return { method: 'GET', url, headers: { authorization: basicHeader(credentials) } }
}

function refresh(url: URL, service: string, scopes: readonly string[], token: string): Request {
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token, service, client_id: CLIENT })
  if (scopes.length > 0) form.set('scope', scopes.join(' '))
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return { method: 'POST', url, headers, body: Buffer.from(form.toString()) }
}

function readToken(request: Request, { bytes }: Answer): Token {
  const place = placeOf(request)
  const { token, access_token: accessToken, expires_in: seconds } = jsonFields(bytes, place)
  const value = [token, accessToken].find((one) => typeof one === 'string' && one !== '')
  if (typeof value !== 'string') {
    throw new SluiceError('SLUICE_REGISTRY_ANSWER', 'The token server sent no token', {
      path: place,
      wanted: 'token or access_token',
    })
  }
  const life = typeof seconds === 'number' && seconds > 0 ? seconds : DEFAULT_LIFE_SECONDS
  return { value, lifeMillis: life * 1000 }
}

function refusal(request: Request, status: number, origin: URL): SluiceError {
  const detail = { path: placeOf(request), seen: `status ${status}` }
  const isRefused = status === 400 || status === 401 || status === 403
  if (!isRefused) return new SluiceError('SLUICE_REGISTRY_ANSWER', 'The token server gave no token', detail)
  const next = `sluice login ${origin.host} stores other credentials`
  return new SluiceError('SLUICE_REGISTRY_AUTH', 'The token server refuses these credentials', { ...detail, next })
}
