/**
 * auth-any beside the filters of its methods, with random requests from a fixed seed: a method alone gives the verdict of its own
 * filter, and requirements of several methods give what a model makes of those verdicts.
 */
import { createHash, createHmac } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createTestHost, type TestHost, type TestResponse } from '../../host/testing/index.ts'
import { Dice } from '../fuzz/http1/messages.ts'
import { shareOf } from '../support/counts.ts'

const RUNS = shareOf(20_000)
const SEED = 7

const SECRET = Buffer.from('0123456789abcdef0123456789abcdef')
const set = { keys: [{ kty: 'oct', kid: 'a', alg: 'HS256', k: SECRET.toString('base64url') }] }
const METHODS = {
  key: {
    filter: 'api-key-auth',
    kind: 'api_key_auth',
    config: {
      key_sources: [{ header: 'x-api-key' }, { query: 'key' }, { cookie: 'key' }],
      credentials: [
        { client: 'alice', key: 'k-alice' },
        { client: 'bob', key: 'k-bob', not_after: '1970-01-01T00:00:00Z' },
      ],
      forwarding: { header: 'x-client', hide_credentials: true },
    },
  },
  login: {
    filter: 'basic-auth',
    kind: 'basic_auth',
    config: {
      users: `user1:{SHA}${createHash('sha1').update('test1').digest('base64')}`,
      forward_username_header: 'x-user',
      hide_credentials: true,
    },
  },
  token: {
    filter: 'jwt-authn',
    kind: 'jwt_authn',
    config: {
      providers: {
        idp: {
          issuer: 'https://idp.test',
          audiences: ['api'],
          local_jwks: { inline_string: JSON.stringify(set) },
          claim_to_headers: [{ header_name: 'x-subject', claim_name: 'sub' }],
        },
      },
    },
  },
} as const

type Name = keyof typeof METHODS
const NAMES = Object.keys(METHODS) as Name[]

type Requirement =
  | { method: Name; allow_failed?: boolean }
  | { any_of: Requirement[] }
  | { all_of: Requirement[] }
  | { anonymous: true }

const hosts: TestHost[] = []
afterAll(() => hosts.forEach((host) => host.close()))

function hostOf(filter: string, config: object): TestHost {
  const host = createTestHost({
    filters: [{ wasm: join(import.meta.dirname, `../../filters/dist/${filter}.wasm`), config }],
    logLevel: 'off',
  })
  hosts.push(host)
  return host
}

/** The method's own filter. */
function ownFilter(name: Name): TestHost {
  const { filter, config } = METHODS[name]
  const rules = name === 'token' ? { rules: [{ match: {}, requires: { provider_name: 'idp' } }] } : {}
  return hostOf(filter, { ...config, ...rules })
}

function anyFilter(names: readonly Name[], requires?: Requirement): TestHost {
  const methods = Object.fromEntries(names.map((name) => [name, { [METHODS[name].kind]: METHODS[name].config }]))
  return hostOf('auth-any', { methods, ...(requires === undefined ? {} : { requires }) })
}

function mint(claims: object, secret: Buffer): string {
  const input = [{ alg: 'HS256', kid: 'a' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

const GOOD = { iss: 'https://idp.test', aud: 'api', sub: 'carol', exp: 4_000_000_000 }
const TOKENS = [
  mint(GOOD, SECRET),
  mint(GOOD, SECRET),
  mint({ ...GOOD, sub: 'root' }, Buffer.alloc(32)),
  mint({ ...GOOD, exp: 1 }, SECRET),
  mint({ ...GOOD, aud: 'other' }, SECRET),
  mint({ ...GOOD, iss: 'https://elsewhere.test' }, SECRET),
  'a.b.c',
  'x',
]
const LOGINS = ['user1:test1', 'user1:test1', 'user1:wrong', 'nobody:test1', 'user1', ':']
const KEYS = ['k-alice', 'k-alice', 'k-bob', 'k-wrong', '']

interface Asked {
  readonly path: string
  readonly headers: [string, string][]
}

/** No header of credentials stands there twice: auth-any refuses that, whatever the filters do. */
function requestOf(dice: Dice): Asked {
  const headers: [string, string][] = []
  if (dice.roll(2) === 0) headers.push(['authorization', authorizationOf(dice)])
  if (dice.roll(3) === 0) headers.push(['x-api-key', dice.pick(KEYS)])
  if (dice.roll(6) === 0)
    headers.push(['cookie', dice.pick([`key=${dice.pick(KEYS)}`, `a=b; key=${dice.pick(KEYS)}`, 'key', 'a=b'])])
  for (const name of ['x-user', 'x-client', 'x-subject']) if (dice.roll(8) === 0) headers.push([name, 'forged'])
  const query =
    dice.roll(5) === 0 ? dice.pick([`?key=${dice.pick(KEYS)}`, `?a=b&key=${dice.pick(KEYS)}&key=k-alice`, '?a=b']) : ''
  const token = dice.roll(8) === 0 ? `${query === '' ? '?' : '&'}access_token=${dice.pick(TOKENS)}` : ''
  return { path: `/${dice.pick(['', 'a', 'a/b'])}${query}${token}`, headers }
}

function authorizationOf(dice: Dice): string {
  const login = Buffer.from(dice.pick(LOGINS)).toString('base64')
  const value = dice.pick([`Basic ${login}`, `basic ${login}`, `Bearer ${dice.pick(TOKENS)}`, `bearer  ${dice.pick(TOKENS)}`])
  return dice.roll(12) === 0 ? dice.pick(['Digest a', '', 'Basic', 'Bearer', 'Bearer ', `${value} x`, login]) : value
}

/** What a method's own filter says: who it is, or why not. */
function verdictOf(response: TestResponse): { readonly status: number; readonly details: string; readonly told: unknown } {
  const upstream = response.upstream[0]
  const told = upstream === undefined ? null : upstream.headers.filter(([name]) => /^x-(user|client|subject)$/.test(name))
  return { status: response.status, details: upstream === undefined ? response.details : '', told }
}

describe('a method alone', () => {
  test.each(NAMES)('%s says what its own filter says', async (name) => {
    const dice = new Dice(SEED)
    const own = ownFilter(name)
    const any = anyFilter([name])
    const seen = new Set<number>()
    for (let run = 0; run < RUNS; run++) {
      const asked = requestOf(dice)
      const wanted = verdictOf(await own.request(asked))
      const got = verdictOf(await any.request(asked))
      const ours = got.details === 'auth_any_missing_credentials' ? { ...got, details: wanted.details } : got
      expect(ours, JSON.stringify(asked)).toEqual(wanted)
      expect(wanted.details.includes('issing') || wanted.details.startsWith('no_'), JSON.stringify(asked)).toBe(
        got.details === 'auth_any_missing_credentials',
      )
      seen.add(wanted.status)
    }
    expect(seen.has(200) && seen.has(401)).toBe(true)
  })
})

type Finding = 'accepted' | 'missing' | 'foreign' | 'forbidden' | 'wrong'
const WEIGHT: readonly Finding[] = ['accepted', 'missing', 'foreign', 'forbidden', 'wrong']
const heaviest = (list: readonly Finding[]): Finding => WEIGHT[Math.max(...list.map((one) => WEIGHT.indexOf(one)))]!

function findingOf({ status, details }: TestResponse): Finding {
  if (status === 200) return 'accepted'
  if (/^(missing_api_key|no_credential_for_basic_auth|jwt_authn_access_denied\{Jwt_is_missing\})$/.test(details)) return 'missing'
  if (details === 'invalid_scheme_for_basic_auth') return 'foreign'
  return status === 403 ? 'forbidden' : 'wrong'
}

/** What the page says of requirements, by what each method's own filter says; with the methods that let in. */
function model(requirement: Requirement, found: Readonly<Record<Name, Finding>>): readonly [Finding, readonly Name[]] {
  if ('anonymous' in requirement) return ['accepted', []]
  if ('method' in requirement) {
    const { method, allow_failed: forgives = false } = requirement
    const finding = found[method]
    return finding === 'accepted' ? [finding, [method]] : [forgives ? 'missing' : finding, []]
  }
  if ('all_of' in requirement) {
    const parts = requirement.all_of.map((part) => model(part, found))
    const failed = parts.find(([finding]) => finding === 'wrong' || finding === 'forbidden')
    if (failed !== undefined) return failed
    const shown = parts.flatMap(([finding, names]) => (finding === 'accepted' ? names : []))
    const result = heaviest(parts.map(([finding]) => finding))
    return [result === 'missing' && shown.length > 0 ? 'foreign' : result, result === 'accepted' ? shown : []]
  }
  let result: Finding = 'missing'
  for (const part of requirement.any_of) {
    const [finding, names] = model(part, found)
    if (finding === 'accepted' && names.length === 0 && result === 'foreign') return ['foreign', []]
    if (finding !== 'missing' && finding !== 'foreign') return [finding, names]
    result = heaviest([result, finding])
  }
  return [result, []]
}

function requirementOf(dice: Dice, depth: number): Requirement {
  const kind = depth === 0 ? 0 : dice.roll(4)
  if (kind < 2) return { method: dice.pick(NAMES), ...(dice.roll(4) === 0 ? { allow_failed: true } : {}) }
  const list = Array.from({ length: 1 + dice.roll(3) }, () => requirementOf(dice, depth - 1))
  if (kind === 2) return { all_of: list }
  const choices = list.filter((one) => !letsAnyoneIn(one))
  return { any_of: choices.length === 0 || dice.roll(3) === 0 ? [...choices, { anonymous: true }] : choices }
}

function letsAnyoneIn(requirement: Requirement): boolean {
  if ('any_of' in requirement) return requirement.any_of.some(letsAnyoneIn)
  return 'all_of' in requirement ? requirement.all_of.every(letsAnyoneIn) : 'anonymous' in requirement
}

const HEADERS = { key: 'x-client', login: 'x-user', token: 'x-subject' } as const
const CREDENTIALS = /^(?:authorization|x-api-key|cookie)$/

test('random requirements hold when a model of the page says so', async () => {
  const dice = new Dice(SEED + 1)
  const filters = Object.fromEntries(NAMES.map((name) => [name, ownFilter(name)])) as Record<Name, TestHost>
  const seen = new Set<Finding>()
  for (let tree = 0; tree < shareOf(1000); tree++) {
    const requires = requirementOf(dice, 3)
    const any = anyFilter(NAMES, requires)
    for (let run = 0; run < 20; run++) {
      const asked = requestOf(dice)
      const answers = await Promise.all(NAMES.map((name) => filters[name].request(asked)))
      const found = Object.fromEntries(NAMES.map((name, index) => [name, findingOf(answers[index]!)])) as Record<Name, Finding>
      const [finding, names] = model(requires, found)
      const response = await any.request(asked)
      const about = JSON.stringify({ requires, asked, found })
      expect(response.status, about).toBe(finding === 'accepted' ? 200 : finding === 'forbidden' ? 403 : 401)
      seen.add(finding)
      if (finding !== 'accepted') continue
      const told = NAMES.filter((name) => response.upstream[0]!.headers.some(([header]) => header === HEADERS[name]))
      expect(told, about).toEqual(NAMES.filter((name) => names.includes(name)))
      const values = response.upstream[0]!.headers.filter(([header]) => CREDENTIALS.test(header)).map(([, value]) => value)
      expect(values.join('\n'), about).not.toMatch(/k-(?:alice|bob|wrong)|Basic \w|Bearer \w{5}/i)
    }
    any.close()
  }
  expect([...seen].toSorted()).toEqual([...WEIGHT].toSorted())
})
