import { createHmac } from 'node:crypto'
import { errors, jwtVerify } from 'jose'
import type { Dice } from '../../http1/messages.ts'
import { mutatedBytes } from '../../crypto/mutated-bytes.ts'
import { linesOf, messageOf, type Field, type Message } from '../message.ts'
import { START, type Subject } from '../subject.ts'

const SECRET = Buffer.from('0123456789abcdef0123456789abcdef')
const ISSUER = 'https://idp.test'
const NOW = START / 1000

const jwks = { keys: [{ kty: 'oct', k: SECRET.toString('base64url'), alg: 'HS256', kid: 'k1' }] }

/** Signed with the right key, whatever it says: what is mutated is mostly what the signature is about. */
function token(header: Buffer, claims: Buffer): string {
  const input = `${header.toString('base64url')}.${claims.toString('base64url')}`
  return `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`
}

const HEADERS = [
  { alg: 'HS256', kid: 'k1' },
  { alg: 'HS256', typ: 'JWT' },
]
const CLAIMS = { iss: ISSUER, aud: ['shop', 'x'], sub: 'alice', exp: NOW + 3600, nbf: NOW - 3600 }
const TIMES = [NOW, NOW - 59, NOW - 61, NOW + 59, NOW + 61, 0, -1, 1.5, 1e300, 2 ** 53, `${NOW}`, null, true, [NOW]]
const OTHERS: readonly object[] = [
  { iss: `${ISSUER}/` },
  { iss: [ISSUER] },
  { aud: 'shop' },
  { aud: 'shopping' },
  { aud: [['shop']] },
  { aud: {} },
  { sub: 7 },
  { sub: '' },
  {},
]

function claimsOf(dice: Dice): { readonly claims: object; readonly isWhole: boolean } {
  if (dice.roll(3) === 0) return { claims: CLAIMS, isWhole: true }
  const changes = dice.roll(2) === 0 ? { [dice.pick(['exp', 'nbf', 'iat'])]: dice.pick(TIMES) } : dice.pick(OTHERS)
  return { claims: { ...CLAIMS, ...changes }, isWhole: false }
}

function mint(dice: Dice): { readonly text: string; readonly isWhole: boolean } {
  const { claims, isWhole } = claimsOf(dice)
  const parts = [dice.pick(HEADERS), claims].map((part) => Buffer.from(JSON.stringify(part)))
  const at = dice.roll(6)
  if (at > 1) return { text: token(parts[0]!, parts[1]!), isWhole }
  const spoilt = mutatedBytes(parts[at]!, parts[at]!, dice)
  return { text: at === 0 ? token(spoilt, parts[1]!) : token(parts[0]!, spoilt), isWhole: false }
}

export const JWT_AUTHN: Subject = {
  name: 'jwt-authn',
  filter: 'jwt-authn',
  config: {
    providers: {
      idp: {
        issuer: ISSUER,
        audiences: ['shop'],
        local_jwks: { inline_string: JSON.stringify(jwks) },
        from_headers: [{ name: 'authorization', value_prefix: 'Bearer ' }, { name: 'x-token' }],
        from_params: ['access_token'],
        from_cookies: ['token'],
        claim_to_headers: [{ header_name: 'x-sub', claim_name: 'sub' }],
      },
    },
    rules: [{ match: {}, requires: { provider_name: 'idp' } }],
  },
  header: 'x-sub',
  message: (dice: Dice) => {
    const { text, isWhole } = mint(dice)
    const forged: Field[] = dice.roll(4) === 0 ? [['x-sub', 'root']] : []
    const places: readonly (() => Message)[] = [
      () => messageOf([['authorization', `Bearer ${text}`], ...forged], { isWhole }),
      () => messageOf([['x-token', text], ...forged], { isWhole }),
      () => messageOf([['cookie', `a=b; token=${text}`], ...forged], { isWhole }),
      () => messageOf(forged, { path: `/a?access_token=${text}&b`, isWhole }),
    ]
    return dice.pick(places)()
  },
  senders,
}

/** All tokens must be good; whose they are, if they say. */
async function senders(message: Message): Promise<string[] | null> {
  const tokens = candidatesIn(message)
  const subjects = await Promise.all(tokens.map(subjectOf))
  if (tokens.length === 0 || subjects.includes(null)) return null
  return subjects.includes(undefined) ? [] : (subjects as string[])
}

function candidatesIn(message: Message): string[] {
  const bearers = linesOf(message, 'authorization').flatMap((line) => /bearer +(\S+)/i.exec(line)?.[1] ?? [])
  const [, query = ''] = message.path.replace(/#.*$/, '').split('?')
  const cookies = linesOf(message, 'cookie').flatMap((line) => line.split(';'))
  const inCookies = cookies.flatMap((cookie) => /^\s*token\s*=\s*"?(.*?)"?\s*$/.exec(cookie)?.[1] ?? [])
  return [...bearers, ...linesOf(message, 'x-token'), ...new URLSearchParams(query).getAll('access_token'), ...inCookies]
}

/** Null when `jose` refuses the token; undefined when it names nobody by a text. */
async function subjectOf(text: string): Promise<string | null | undefined> {
  const options = { issuer: ISSUER, audience: 'shop', currentDate: new Date(START), clockTolerance: 60, algorithms: ['HS256'] }
  try {
    const { payload } = await jwtVerify(text, SECRET, options)
    return typeof payload.sub === 'string' && payload.sub !== '' ? payload.sub : undefined
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null
    throw error
  }
}
