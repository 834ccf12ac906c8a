/**
 * jwt-authn on requests with one RS256 token: nothing required, by a rule for all requests and by one that reads the header of the
 * token; known; verified each time. The median of one callback each, in turn. `node bench/micro/tokens.ts [TURNS]`
 */
import { generateKeyPairSync, sign } from 'node:crypto'
import { join } from 'node:path'
import { createTestHost, type TestHost } from '../../host/testing/index.ts'

const WARM_UP = 500
const TURNS = Number(process.argv[2] ?? 5000)
const wasm = join(import.meta.dirname, '../../filters/dist/jwt-authn.wasm')
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'RS256' }] }

function mint(claims: object): string {
  const parts = [{ alg: 'RS256', kid: 'a', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  const input = parts.join('.')
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
}

function hostWith(entries: number, rule: object): TestHost {
  const idp = { issuer: 'https://idp.test', local_jwks: { inline_string: JSON.stringify(keys) } }
  const config = { providers: { idp }, rules: [rule], jwt_cache_config: { jwt_cache_size: entries } }
  return createTestHost({ filters: [{ wasm, config }], logLevel: 'off' })
}

function timed(host: TestHost, authorization: string): number {
  const stream = host.phases()
  const start = process.hrtime.bigint()
  stream.requestHeaders({ authorization })
  const nanos = Number(process.hrtime.bigint() - start)
  if (stream.reply !== null) throw new Error(`answer: seen ${stream.reply.status}, wanted none`)
  stream.done()
  return nanos
}

const authorization = `Bearer ${mint({ iss: 'https://idp.test', sub: 'alice', scope: 'read write', exp: 4_000_000_000 })}`
const required = { requires: { provider_name: 'idp' } }
const reading = { match: { headers: [{ name: 'authorization', present_match: true }] } }
const hosts = [hostWith(100, {}), hostWith(100, reading), hostWith(100, required), hostWith(0, required)]
const taken = hosts.map(() => new Float64Array(TURNS))
for (let turn = -WARM_UP; turn < TURNS; turn++) {
  for (const [which, host] of hosts.entries()) {
    const nanos = timed(host, authorization)
    if (turn >= 0) taken[which]![turn] = nanos
  }
}
for (const host of hosts) host.close()

const [nothing, read, known, verified] = taken.map((nanos) => nanos.toSorted()[TURNS >> 1]! / 1000)
const more = (micros: number): string => `${(micros - nothing!).toFixed(1)} us more`
console.log(
  `nothing required ${nothing!.toFixed(1)} us; header read ${more(read!)}, known ${more(known!)}, verified ${more(verified!)}`,
)
