/** Keys and tokens of a table, made when it is loaded: nobody's secret stands in a table, and no token runs out. */
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign, type KeyObject, type webcrypto } from 'node:crypto'

/** One of `tokens`. A text stands for what is written there, an object becomes JSON. */
export interface RawToken {
  /** One of `keys`. */
  readonly key: string
  /** Signs with another algorithm than the key is for; `HS256` with a public key takes its PEM for the secret. */
  readonly alg?: string
  readonly header?: object | string
  /**
   * `{now: 60}` in it, or in the header, becomes the time in seconds plus 60, `{public_key: a}` and `{private_key: a}` the JSON Web Key of
   * one of `keys`, `{thumbprint: a}` its thumbprint, `{sha256: a}` the digest of a token that stands before this one.
   */
  readonly claims: object | string
}

/** Begins what stands for something that a case has yet to see. */
const SEEN = '${seen.'

interface SigningKey {
  readonly alg: string
  /** As an issuer publishes it. */
  readonly jwk: object
  /** The same without what is said of its use. */
  readonly bare: webcrypto.JsonWebKey
  /** The secret of an HMAC. */
  readonly secret: Buffer
  readonly privateKey: KeyObject | null
}

/** What stands for something else in headers and claims. */
const PUT: ReadonlySet<string> = new Set(['public_key', 'private_key', 'thumbprint', 'sha256'])
const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

/**
 * Fills `${jwks}`, the set of all keys, `${jwks.<key>}`, that of one, and `${token.<name>}` into the texts of a table. Tokens with
 * `${seen.<name>}` in their claims stay for later, until it has been seen.
 */
export class TokenMint {
  readonly #keys: ReadonlyMap<string, SigningKey>
  readonly #texts = new Map<string, string>()
  readonly #late = new Map<string, RawToken>()

  /** `now` in seconds since the Unix epoch, as below. */
  constructor(keys: Readonly<Record<string, string>>, tokens: Readonly<Record<string, RawToken>>, now: number) {
    this.#keys = new Map(Object.entries(keys).map(([kid, alg]) => [kid, makeKey(kid, alg)]))
    this.#texts.set('jwks', JSON.stringify({ keys: [...this.#keys.values()].map(({ jwk }) => jwk) }))
    for (const [kid, { jwk }] of this.#keys) this.#texts.set(`jwks.${kid}`, JSON.stringify({ keys: [jwk] }))
    for (const [name, token] of Object.entries(tokens)) {
      if (JSON.stringify(token).includes(SEEN)) this.#late.set(name, token)
      this.#texts.set(`token.${name}`, this.#late.has(name) ? `\${token.${name}}` : this.#mint(token, now))
    }
  }

  /** A token that was left for later; null when it is none, or something in it has not been seen yet. */
  mintLate(name: string, fill: (text: string) => string, now: number): string | null {
    const token = this.#late.get(name)
    if (token === undefined) return null
    const text = fill(JSON.stringify(token))
    return text.includes(SEEN) ? null : this.#mint(JSON.parse(text) as RawToken, now)
  }

  /** The value with all texts in it filled. */
  fill<T>(value: T): T {
    if (typeof value === 'string')
      return value.replaceAll(/\$\{(jwks(?:\.[\w-]+)?|token\.[\w-]+)\}/g, (_, name: string) => this.#textOf(name)) as T
    if (Array.isArray(value)) return value.map((item: unknown) => this.fill(item)) as T
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]: [string, unknown]) => [name, this.fill(item)])) as T
  }

  #textOf(name: string): string {
    const text = this.#texts.get(name)
    if (text === undefined) throw new Error(`seen \${${name}}, wanted one of ${[...this.#texts.keys()].join(', ')}`)
    return text
  }

  #mint({ key: kid, alg, header = {}, claims }: RawToken, now: number): string {
    const key = this.#keys.get(kid)
    if (key === undefined) throw new Error(`seen the key ${kid} of a token, wanted one of ${[...this.#keys.keys()].join(', ')}`)
    const algorithm = alg ?? key.alg
    const head =
      typeof header === 'string' ? header : JSON.stringify({ alg: algorithm, kid, ...(this.#put(header, now) as object) })
    const body = typeof claims === 'string' ? claims : JSON.stringify(this.#put(claims, now))
    const input = `${Buffer.from(head).toString('base64url')}.${Buffer.from(body).toString('base64url')}`
    return `${input}.${signatureOf(input, algorithm, key).toString('base64url')}`
  }

  /** The value with its moments, keys and digests. */
  #put(value: unknown, now: number): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((item: unknown) => this.#put(item, now))
    const [[kind, of] = ['', null], ...others] = Object.entries(value) as [string, unknown][]
    if (others.length === 0 && kind === 'now' && typeof of === 'number') return now + of
    if (others.length === 0 && typeof of === 'string' && PUT.has(kind)) return this.#putOne(kind, of)
    return Object.fromEntries(Object.entries(value).map(([name, item]: [string, unknown]) => [name, this.#put(item, now)]))
  }

  #putOne(kind: string, of: string): unknown {
    if (kind === 'sha256')
      return createHash('sha256')
        .update(this.#textOf(`token.${of}`))
        .digest('base64url')
    const key = this.#keys.get(of)
    if (key === undefined) throw new Error(`seen the key ${of}, wanted one of ${[...this.#keys.keys()].join(', ')}`)
    if (kind === 'thumbprint') return thumbprintOf(key.bare)
    return kind === 'public_key' ? key.bare : { ...key.privateKey?.export({ format: 'jwk' }) }
  }
}

function makeKey(kid: string, alg: string): SigningKey {
  if (alg.startsWith('HS')) {
    const secret = randomBytes(64)
    const bare = { kty: 'oct', k: secret.toString('base64url') }
    return { alg, secret, privateKey: null, bare, jwk: { ...bare, kid, alg } }
  }
  const { publicKey, privateKey } = makePair(alg)
  const secret = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }))
  const bare = publicKey.export({ format: 'jwk' })
  return { alg, secret, privateKey, bare, jwk: { ...bare, kid, alg, use: 'sig' } }
}

/** RFC 7638: the members that make the key, by name. */
function thumbprintOf(key: webcrypto.JsonWebKey): string {
  const members = ['crv', 'e', 'k', 'kty', 'n', 'x', 'y'] as const
  const json = JSON.stringify(
    Object.fromEntries(members.filter((name) => key[name] !== undefined).map((name) => [name, key[name]])),
  )
  return createHash('sha256').update(json).digest('base64url')
}

function makePair(alg: string): { publicKey: KeyObject; privateKey: KeyObject } {
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519')
  const namedCurve = CURVES[alg]
  return namedCurve === undefined
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve })
}

/** As JOSE has it (RFC 7518 3, RFC 8037 3.1). */
function signatureOf(input: string, alg: string, { secret, privateKey }: SigningKey): Buffer {
  const hash = `sha${alg.slice(2)}`
  if (alg.startsWith('HS')) return createHmac(hash, secret).update(input).digest()
  if (privateKey === null) throw new Error(`seen ${alg} with a secret, wanted a key pair`)
  if (alg === 'EdDSA') return sign(null, Buffer.from(input), privateKey)
  const padding = alg.startsWith('PS') ? { padding: 6, saltLength: -1 } : {}
  return sign(hash, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363', ...padding })
}
