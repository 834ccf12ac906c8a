/** Keys and tokens that tables get when they are loaded. */
import { createHmac, createPublicKey, verify, type webcrypto } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Captures } from '../../host/testing/cases/captures.ts'
import { parseTable } from '../../host/testing/cases/load-table.ts'
import type { Step } from '../../host/testing/cases/table.ts'

const CASES = 'cases: [{id: A-1, title: t, steps: [{request: {}}]}]'

interface Minted {
  readonly keys: readonly (webcrypto.JsonWebKey & { kid: string; alg: string })[]
  readonly token: string
}

/** What a table with these keys and this token says in place of `${jwks}` and `${token.t}`. */
function minted(keys: string, token: string): Minted {
  const text = `filter: f\nkeys: ${keys}\ntokens: {t: ${token}}\ndefaults: {config: {jwks: '\${jwks}', token: '\${token.t}'}}\n${CASES}`
  const config = JSON.parse(parseTable(text, 'table').cases[0]!.chain[0]!.config!) as { jwks: string; token: string }
  return { keys: (JSON.parse(config.jwks) as Minted).keys, token: config.token }
}

function partsOf(token: string): { input: string; signature: Buffer; header: unknown; claims: unknown } {
  const [header, claims, signature] = token.split('.')
  const textOf = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
  const decoded = { header: textOf(header!), claims: textOf(claims!) }
  return { input: `${header}.${claims}`, signature: Buffer.from(signature!, 'base64url'), ...decoded }
}

describe('tokens of a table', () => {
  it('are signed by keys that the set publishes', () => {
    const { keys, token } = minted('{a: ES256}', '{key: a, claims: {sub: x}}')
    const { input, signature, header, claims } = partsOf(token)
    expect([header, claims]).toEqual([{ alg: 'ES256', kid: 'a' }, { sub: 'x' }])
    const key = createPublicKey({ key: keys[0]!, format: 'jwk' })
    expect(verify('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true)
  })

  it('can take the PEM of a public key for a secret', () => {
    const { keys, token } = minted('{a: EdDSA}', '{key: a, alg: HS256, claims: {}}')
    const { input, signature } = partsOf(token)
    const pem = createPublicKey({ key: keys[0]!, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    expect(createHmac('sha256', pem).update(input).digest()).toEqual(signature)
  })

  it('count moments from the time of loading, and leave texts as they are', () => {
    const before = Math.floor(Date.now() / 1000)
    const { token } = minted(
      '{a: HS256}',
      `{key: a, header: '{"alg":"none"}', claims: {exp: {now: 60}, in: [{now: -1}], now: 5}}`,
    )
    const { header, claims } = partsOf(token)
    const { exp } = claims as { exp: number }
    expect(exp - 60 - before).toBeLessThan(5)
    expect([header, claims]).toEqual([{ alg: 'none' }, { exp, in: [exp - 61], now: 5 }])
  })

  it('that nobody made are refused by name', () => {
    expect(() => minted('{a: HS256}', '{key: b, claims: {}}')).toThrow('seen the key b of a token, wanted one of a')
    const text = `filter: f\nkeys: {a: HS256}\nsecrets: ['\${token.u}']\n${CASES}`
    expect(() => parseTable(text, 'table')).toThrow('seen ${token.u}, wanted one of jwks')
  })
})

describe('tokens with something that a case has seen', () => {
  const text = `filter: f
keys: {a: HS256}
tokens: {late: {key: a, claims: {nonce: '\${seen.nonce}', exp: {now: 60}}}}
secrets: ['\${token.late}', '\${seen.nonce}', fixed]
cases:
  - id: A-1
    title: t
    steps:
      - request: {capture: {nonce: {header: location, matches: 'nonce=(\\w+)'}}}
      - request: {path: '/\${seen.nonce}', headers: [[x-token, '\${token.late}']]}`
  const one = parseTable(text, 'table').cases[0]!
  const [first, second] = one.steps as [Step & { kind: 'requests' }, Step & { kind: 'requests' }]

  it('are made when it is there, of the time of that moment, and stay the same in one run', () => {
    let now = 5000
    const captures = new Captures(one.mint, () => now)
    expect([captures.fill(second), captures.fillKnown(one.secrets)]).toEqual([second, ['fixed']])
    now = 6000
    captures.note(first.requests, [{ headers: [['Location', 'https://idp.test/?nonce=n1&x']] }])
    const { path, headers } = (captures.fill(second) as typeof second).requests[0]!
    expect([path, partsOf(headers![0]![1]).claims]).toEqual(['/n1', { nonce: 'n1', exp: 66 }])
    now = 7000
    expect(captures.fillKnown(one.secrets)).toEqual([headers![0]![1], 'n1', 'fixed'])
  })

  it('fail a case whose answer does not show it', () => {
    const noted = (): void => new Captures(one.mint).note(first.requests, [{ headers: [['location', '/']] }])
    expect(noted).toThrow('capture nonce: seen location: /, wanted /nonce=(\\w+)/')
  })
})
