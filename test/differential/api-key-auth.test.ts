/** api-key-auth beside Envoy's api_key_auth. */
import type { Dice } from '../fuzz/http1/messages.ts'
import { describeTwins } from './describe-twins.ts'
import { requestOf, valuesOf } from './requests.ts'
import { nativeFilter, suiteFilter } from './suite-filter.ts'

const credentials = [
  { client: 'alice', key: 'k-alice-0123456789' },
  { client: 'bob', key: 'k-bob' },
  { client: 'bob', key: 'k+b%6fb/2' },
]
const sources = [{ header: 'x-api-key' }, { query: 'key' }, { cookie: 'key' }]
const KEYS = credentials.map(({ key }) => key)

const shared = { credentials, key_sources: sources, forwarding: { header: 'x-client' } }

describeTwins({
  name: 'api-key-auth',
  count: 4000,
  config: () => ({
    ours: [suiteFilter('api-key-auth', shared)],
    native: [nativeFilter('api_key_auth', 'ApiKeyAuth', shared)],
  }),
  request: (dice) => requestOf('GET', target(dice), fields(dice)),
  headers: ['www-authenticate', 'content-type'],
  differences: [
    {
      reason: 'Bearer in any letters, with several spaces behind it (RFC 9110)',
      appliesTo: (request) => /^x-api-key: bearer +/im.test(request),
      asIf: (request) => request.replaceAll(/^(x-api-key: )bearer +/gim, '$1Bearer '),
    },
    {
      reason: 'blanks around the name and the value of a cookie, and quotes, are no part of them (RFC 6265)',
      appliesTo: (request) => /^cookie: .*[" ]/m.test(request),
      asIf: (request) => request.replaceAll(/^cookie: .*$/gm, (line) => line.replaceAll(/ *= */g, '=').replaceAll('"', '')),
    },
    {
      reason: 'the first place that a request uses counts, with one value that is not empty',
      appliesTo: (request) => {
        const used = placesOf(request).find((values) => values.length > 0) ?? []
        return used.length > 1 || used[0] === ''
      },
    },
  ],
})

/** The keys in the header, in the query and in cookies. */
function placesOf(request: string): string[][] {
  const query = request.split(' ')[1]!.split('?')[1] ?? ''
  return [valuesOf(request, 'x-api-key'), keysIn(query, /&/), keysIn(valuesOf(request, 'cookie').join(';'), /;/)]
}

function keysIn(text: string, separator: RegExp): string[] {
  const pairs = text.split(separator).map((part) => /^[ "]*([^= ]*) *=? *(.*)$/.exec(part)!)
  return pairs.filter(([, name]) => name!.replaceAll('%65', 'e') === 'key').map(([, , key]) => key!)
}

function target(dice: Dice): string {
  const path = dice.pick(['/', '/a', '/a;key=k-bob', '/a/key=k-bob'])
  if (dice.roll(2) === 0) return path
  const count = 1 + dice.roll(3)
  return `${path}?${Array.from({ length: count }, () => parameter(dice)).join('&')}`
}

function parameter(dice: Dice): string {
  const name = dice.pick(['key', 'key', 'key', 'KEY', 'k%65y', 'other', 'key%3D', ''])
  const key = value(dice)
  return dice.pick([
    `${name}=${key}`,
    `${name}=${key}`,
    `${name}=${encodeURIComponent(key)}`,
    name,
    `${name}==${key}`,
    `${name}=${key}#x`,
  ])
}

function fields(dice: Dice): [string, string][] {
  const list: [string, string][] = dice.roll(5) === 0 ? [['x-client', 'forged']] : []
  for (let i = dice.pick([0, 0, 1, 1, 1, 2]); i > 0; i--) {
    list.push([
      dice.pick(['x-api-key', 'X-Api-Key']),
      dice.pick(['', '', '', 'Bearer ', 'bearer ', 'Bearer  ', 'Basic ']) + value(dice),
    ])
  }
  for (let i = dice.pick([0, 0, 0, 1, 1, 2]); i > 0; i--) list.push(['cookie', cookies(dice)])
  return list
}

function cookies(dice: Dice): string {
  const one = (): string =>
    `${dice.pick(['key', 'key', 'Key', 'other', ' key'])}${dice.pick(['=', '=', '=', ' = '])}${value(dice)}`
  return dice.pick([one(), `${one()}; ${one()}`, `${one()};${one()}`, `a=b; ${one()}`, `"${one()}"`])
}

function value(dice: Dice): string {
  const key = dice.pick(KEYS)
  return dice.pick([
    key,
    key,
    key,
    key,
    `${key}x`,
    key.slice(0, -1),
    key.toUpperCase(),
    `"${key}"`,
    '',
    'unknown',
    `${key},${key}`,
  ])
}
