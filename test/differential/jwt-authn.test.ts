/** jwt-authn beside Envoy's jwt_authn. */
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import type { Dice } from '../fuzz/http1/messages.ts'
import { describeTwins } from './describe-twins.ts'
import { requestOf } from './requests.ts'
import { nativeFilter, suiteFilter } from './suite-filter.ts'

const SECRET = Buffer.from('0123456789abcdef0123456789abcdef')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')

type Signer = (text: string) => Buffer
const signers: Readonly<Record<string, Signer>> = {
  RS256: (text) => sign('sha256', Buffer.from(text), rsa.privateKey),
  ES256: (text) => sign('sha256', Buffer.from(text), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }),
  EdDSA: (text) => sign(null, Buffer.from(text), ed.privateKey),
  HS256: (text) => createHmac('sha256', SECRET).update(text).digest(),
}
const KEY_IDS: Readonly<Record<string, string>> = { RS256: 'r1', ES256: 'e1', EdDSA: 'd1', HS256: 'h1' }

function jwk(key: KeyObject, kid: string, alg: string): object {
  return { ...key.export({ format: 'jwk' }), kid, alg }
}

const jwks = JSON.stringify({
  keys: [
    jwk(rsa.publicKey, 'r1', 'RS256'),
    jwk(ec.publicKey, 'e1', 'ES256'),
    jwk(ed.publicKey, 'd1', 'EdDSA'),
    { kty: 'oct', kid: 'h1', alg: 'HS256', k: SECRET.toString('base64url') },
  ],
})

const provider = {
  issuer: 'https://idp.test',
  audiences: ['api', 'web'],
  local_jwks: { inline_string: jwks },
  forward_payload_header: 'x-payload',
  claim_to_headers: [
    { header_name: 'x-user', claim_name: 'sub' },
    { header_name: 'x-groups', claim_name: 'groups' },
    { header_name: 'x-level', claim_name: 'user.level' },
  ],
}
const requirement = (name: object): object => ({ requires: name })
const any = { requires_any: { requirements: [{ provider_name: 'idp' }, { allow_missing: {} }] } }
const RULES = [
  { path: '/open', more: {} },
  { path: '/maybe', more: requirement(any) },
  { path: '/lax', more: requirement({ allow_missing_or_failed: {} }) },
  { path: '/admin', more: requirement({ provider_and_audiences: { provider_name: 'idp', audiences: ['admin'] } }) },
  { path: '/', more: requirement({ provider_name: 'idp' }) },
]
const rules = (match: (path: string) => object): object[] => RULES.map(({ path, more }) => ({ match: match(path), ...more }))

describeTwins({
  name: 'jwt-authn',
  count: 4000,
  config: () => ({
    ours: [
      suiteFilter('jwt-authn', {
        providers: { idp: { ...provider, audience_match: 'envoy' } },
        rules: rules((prefix) => ({ path: { prefix } })),
      }),
    ],
    native: [
      nativeFilter('jwt_authn', 'JwtAuthentication', {
        providers: { idp: provider },
        rules: rules((prefix) => ({ prefix })),
      }),
    ],
  }),
  request: (dice) => {
    const path = dice.pick([...RULES.map((rule) => rule.path), '/', '/', '/', '/x'])
    // Two tokens, of which a bad one is allowed, are judged one by one.
    const isLax = path === '/lax' || path === '/maybe'
    const inQuery = dice.roll(8) === 0
    const query = inQuery ? `?access_token=${token(dice)}` : dice.pick(['', '', '?a=b'])
    return requestOf('GET', path + query, fields(dice, isLax && inQuery ? 0 : isLax ? 1 : 2))
  },
  headers: ['www-authenticate', 'content-type'],
  isTaken: ({ status, body }) => status === 200 && (body.startsWith('GET /open') || body.includes('\nx-payload: ')),
  differences: [
    {
      reason: 'a secret beside public keys verifies nothing (RFC 8725)',
      appliesTo: (request) => headersOf(request).some((text) => text.includes('"HS')),
    },
    {
      reason: 'the prefix of a token is compared in any case (RFC 9110)',
      appliesTo: (request) => /^authorization: .*bearer /m.test(request),
      asIf: (request) => request.replaceAll(/^(authorization: .*)bearer /gm, '$1Bearer '),
    },
    { reason: 'a quote of a path does not end the realm', appliesTo: (request) => /^GET .*".* HTTP/.test(request) },
    {
      reason: 'a token has three sections, and nothing follows it, not even a dot',
      appliesTo: (request, { ours }) =>
        ours.body.includes('3 sections') || /^authorization: (?!Bearer [\w.-]+[\w-]$)|access_token=\S*\. /im.test(request),
    },
    {
      reason: 'base64url in its only form',
      appliesTo: (request, { ours }) => ours.body.includes('Base64url') || /\.[\w-]+=+(?: |\r)/.test(request),
    },
    { reason: 'JSON is UTF-8, and names no member twice', appliesTo: (_, { ours }) => ours.body.includes('invalid JSON') },
    { reason: 'of two bad tokens the first is told', appliesTo: (request) => /access_token=[^]*\nauthorization: /.test(request) },
    {
      reason: 'extensions that have to be understood',
      appliesTo: (request) => headersOf(request).some((text) => text.includes('"crit"')),
    },
  ],
})

function tokensOf(request: string): string[] {
  return request.match(/eyJ[\w-]*\.[\w-]*/g) ?? []
}

/** The headers of its tokens. */
function headersOf(request: string): string[] {
  return tokensOf(request).map((text) => Buffer.from(text.split('.')[0]!, 'base64url').toString())
}

/** With at most so many tokens. */
function fields(dice: Dice, most: number): [string, string][] {
  const list: [string, string][] = []
  if (dice.roll(6) === 0) list.push([dice.pick(['x-user', 'x-payload', 'x-groups']), 'forged'])
  for (let i = Math.min(most, dice.pick([0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2])); i > 0; i--) {
    const prefix = dice.pick([
      'Bearer ',
      'Bearer ',
      'Bearer ',
      'Bearer ',
      'Bearer ',
      'Bearer ',
      'bearer ',
      'Bearer',
      'Basic ',
      '',
    ])
    list.push(['authorization', prefix + token(dice)])
  }
  return list
}

/** Good ones, more often than not. */
function token(dice: Dice): string {
  const alg = dice.pick(Object.keys(signers))
  const text = `${encoded(header(dice, alg))}.${encoded(claims(dice))}`
  const signed = `${text}.${signers[alg]!(text).toString('base64url')}`
  return dice.roll(5) === 0 ? spoilt(dice, signed) : signed
}

function encoded(json: object | string): string {
  return Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)).toString('base64url')
}

function header(dice: Dice, alg: string): object | string {
  const good = { alg, kid: KEY_IDS[alg], typ: 'JWT' }
  if (dice.roll(5) > 0) return good
  return dice.pick<object | string>([
    { alg, kid: 'r1' },
    { alg },
    { alg, kid: 'unknown' },
    { alg: 'none' },
    { alg: dice.pick(['RS384', 'HS512', 'rs256', '', 'PS256']), kid: KEY_IDS[alg] },
    { alg: 5 },
    { kid: 'r1' },
    { ...good, kid: 7 },
    { ...good, crit: ['exp'] },
    `{"alg":"${alg}"`,
    '[]',
    '"x"',
    `{"alg":"none","alg":"${alg}"}`,
  ])
}

function claims(dice: Dice): object | string {
  const good = { iss: 'https://idp.test', sub: 'alice', aud: 'api', exp: 4_000_000_000, groups: ['a', 'b'], user: { level: 3 } }
  if (dice.roll(2) === 0) return good
  return dice.pick<object | string>([
    { ...good, iss: 'https://other.test' },
    { ...good, iss: undefined },
    { ...good, iss: 5 },
    { ...good, aud: ['web', 'x'] },
    { ...good, aud: 'admin' },
    { ...good, aud: ['admin', 'api'] },
    { ...good, aud: [] },
    { ...good, aud: undefined },
    { ...good, aud: 'https://api/' },
    { ...good, aud: 5 },
    { ...good, exp: 1_000_000_000 },
    { ...good, exp: undefined },
    { ...good, exp: 'soon' },
    { ...good, exp: -1 },
    { ...good, exp: 1e30 },
    { ...good, nbf: 4_000_000_000 },
    { ...good, nbf: 1_000_000_000 },
    { ...good, nbf: 'x' },
    { ...good, iat: 4_000_000_000 },
    { ...good, sub: 'ü "q"' },
    { ...good, sub: 7 },
    { ...good, sub: undefined },
    { ...good, sub: true },
    { ...good, groups: 'one' },
    { ...good, groups: ['??~', '\u00ff\u00bf?'] },
    { ...good, groups: { a: 1 } },
    { ...good, user: { level: 'high' } },
    { ...good, user: 5 },
    { ...good, user: { level: null } },
    { ...good, jti: 5 },
    `{"iss":"https://idp.test","aud":"api","iss":"https://other.test"}`,
    `${JSON.stringify(good)} `,
    `${JSON.stringify(good)}x`,
    '[]',
    '{',
  ])
}

/** A token with a fault of form. What is signed is the same in every run; signatures are not. */
function spoilt(dice: Dice, text: string): string {
  const at = dice.roll(text.lastIndexOf('.'))
  return dice.pick([
    text.slice(0, at),
    text.slice(0, at) + dice.pick(['A', '_', '-', '=', '+', '.', '!', 'z']) + text.slice(at + 1),
    text.slice(0, at) + text.slice(at + 1),
    `${text}=`,
    `${text}.`,
    `${text}.x`,
    text.slice(0, text.lastIndexOf('.') + 1),
    text.replaceAll('.', ','),
    `"${text}"`,
    `${text}, x`,
    text + text,
  ])
}
