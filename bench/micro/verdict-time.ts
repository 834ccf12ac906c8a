/**
 * Whether the time of a refusal tells what was wrong: an unknown user or a wrong password, a key or a code that begins right or not.
 * Pairs of refusals in random order, one callback each; Welch's t over the faster nine tenths of both, so that
 * interruptions of the machine say nothing. |t| < 4.5 or a difference below a microsecond tells nobody anything.
 * `node bench/micro/verdict-time.ts [PAIRS]`
 */
import { createHash, createHmac } from 'node:crypto'
import { join } from 'node:path'
import { createTestHost, type TestHost } from '../../host/testing/index.ts'
import { Dice } from '../../test/fuzz/http1/messages.ts'

const WARM_UP = 5000
const PAIRS = Number(process.argv[2] ?? 100_000)
const LIMIT = 4.5
const dist = join(import.meta.dirname, '../../filters/dist')

/** Two requests that are refused, for different reasons. */
interface Secret {
  readonly name: string
  readonly filter: string
  readonly config: object
  readonly headers: readonly [Record<string, string>, Record<string, string>]
  /** The share of pairs and of warming up that is enough for what takes a thousand times as long. */
  readonly part?: number
}

const basic = (text: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(text).toString('base64')}`,
})
const users = (hash: string): object => ({
  users: Array.from({ length: 100 }, (_, index) => `user${String(index).padStart(2, '0')}:${hash}`).join('\n'),
})

/** Of the clock that test hosts begin with. */
const START = Date.UTC(2026, 0, 1)
const DATE = new Date(START).toUTCString()
const INPUT = `("@method");created=${START / 1000};keyid="k"`
const USERS_OF_HMAC = {
  schemes: [
    { hmac_authorization: { users: ['alice', 'bob'].map((username) => ({ username, secret: `${username[0]}-0123456789` })) } },
  ],
}

const hmac = (user: string, code: Buffer): Record<string, string> => ({
  date: DATE,
  authorization: `hmac username="${user}", algorithm="hmac-sha256", headers="date", signature="${code.toString('base64')}"`,
})

/** The code with its first bit wrong, and with its last. */
function bothEnds(code: Buffer, headers: (code: Buffer) => Record<string, string>): Secret['headers'] {
  const flipped = (at: number, bit: number): Buffer => code.map((byte, index) => (index === at ? byte ^ bit : byte)) as Buffer
  return [headers(flipped(0, 0x80)), headers(flipped(code.length - 1, 1))]
}

const SECRETS: readonly Secret[] = [
  {
    name: 'basic-auth, {SHA}: unknown user, wrong password',
    filter: 'basic-auth',
    config: users('{SHA}tESsBmE/yNY3lb6a0L6vVQEZNqw='),
    headers: [basic('nobody:test2'), basic('user42:test2')],
  },
  {
    name: 'basic-auth, PBKDF2 of 20 rounds: unknown user, wrong password',
    filter: 'basic-auth',
    config: users('$pbkdf2-sha256$20$MDEyMzQ1Njc4OWFiY2RlZg$dYJ5FnHTQ.Q9GPUYgelnQqvZM3I0dUxukAzerQ.aaOU'),
    headers: [basic('nobody:test2'), basic('user42:test2')],
  },
  {
    name: 'basic-auth, bcrypt of cost 4: unknown user, wrong password',
    filter: 'basic-auth',
    config: users('$2y$04$QoHDxlEHJMDbrgmbui9Q7.ccRJ5mu37F/4AhGrpZ/lfETFmRSkdce'),
    headers: [basic('nobody:test2'), basic('user42:test2')],
    part: 0.02,
  },
  {
    name: 'api-key-auth: wrong from the first letter, wrong in the last',
    filter: 'api-key-auth',
    config: {
      key_sources: [{ header: 'x-api-key' }],
      credentials: Array.from({ length: 100 }, (_, index) => ({
        client: `c${index}`,
        key: `k-${1000 + index}-0123456789abcdef`,
      })),
    },
    headers: [{ 'x-api-key': 'x-1042-0123456789abcdex' }, { 'x-api-key': 'k-1042-0123456789abcdex' }],
  },
  {
    name: 'api-key-auth, digests: wrong from the first letter, wrong in the last',
    filter: 'api-key-auth',
    config: {
      key_sources: [{ header: 'x-api-key' }],
      credentials: Array.from({ length: 100 }, (_, index) => ({
        client: `c${index}`,
        key_sha256: createHash('sha256')
          .update(`k-${1000 + index}-0123456789abcdef`)
          .digest('hex'),
      })),
    },
    headers: [{ 'x-api-key': 'x-1042-0123456789abcdex' }, { 'x-api-key': 'k-1042-0123456789abcdex' }],
  },
  {
    name: 'hmac-auth, webhook: code wrong in the first digit, in the last',
    filter: 'hmac-auth',
    config: { schemes: [{ webhook: { preset: 'github', secrets: ['k-0123456789'] } }] },
    headers: bothEnds(createHmac('sha256', 'k-0123456789').digest(), (code) => ({
      'x-hub-signature-256': `sha256=${code.toString('hex')}`,
    })),
  },
  {
    name: 'hmac-auth, message signature: code wrong in the first byte, in the last',
    filter: 'hmac-auth',
    config: {
      schemes: [{ rfc9421: { keys: [{ keyid: 'k', alg: 'hmac-sha256', secret: 'k-0' }], required_components: ['@method'] } }],
    },
    headers: bothEnds(createHmac('sha256', 'k-0').update(`"@method": GET\n"@signature-params": ${INPUT}`).digest(), (code) => ({
      'signature-input': `a=${INPUT}`,
      signature: `a=:${code.toString('base64')}:`,
    })),
  },
  {
    name: 'hmac-auth, authorization: code wrong in the first byte, in the last',
    filter: 'hmac-auth',
    config: USERS_OF_HMAC,
    headers: bothEnds(createHmac('sha256', 'a-0123456789').update(`date: ${DATE}`).digest(), (code) => hmac('alice', code)),
  },
  {
    name: 'hmac-auth, authorization: unknown user, wrong code',
    filter: 'hmac-auth',
    config: USERS_OF_HMAC,
    headers: [hmac('nobody', Buffer.alloc(32)), hmac('alice', Buffer.alloc(32))],
  },
]

for (const secret of SECRETS) console.log(`${secret.name}: ${judge(times(secret))}`)

/** Nanoseconds of the callbacks, of both requests. */
function times({ filter, config, headers, part = 1 }: Secret): [Float64Array, Float64Array] {
  const host = createTestHost({ filters: [{ wasm: join(dist, `${filter}.wasm`), config }], logLevel: 'off' })
  const dice = new Dice(20_261_129)
  for (let turn = 0; turn < WARM_UP * part; turn++) for (const one of headers) timed(host, one)
  const pairs = Math.ceil(PAIRS * part)
  const taken: [Float64Array, Float64Array] = [new Float64Array(pairs), new Float64Array(pairs)]
  for (let pair = 0; pair < pairs; pair++) {
    const first = dice.roll(2)
    for (const which of [first, 1 - first]) taken[which]![pair] = timed(host, headers[which]!)
  }
  host.close()
  return taken
}

function timed(host: TestHost, headers: Record<string, string>): number {
  const stream = host.phases()
  const start = process.hrtime.bigint()
  stream.requestHeaders({ ':method': 'GET', ':path': '/', ...headers }, true)
  const nanos = Number(process.hrtime.bigint() - start)
  if (stream.reply?.status !== 401) throw new Error(`answer: seen ${stream.reply?.status}, wanted 401`)
  stream.done()
  return nanos
}

function judge([one, other]: [Float64Array, Float64Array]): string {
  const [a, b] = [moments(one), moments(other)]
  const t = (a.mean - b.mean) / Math.sqrt(a.variance / a.count + b.variance / b.count)
  const isTold = Math.abs(t) >= LIMIT && Math.abs(a.mean - b.mean) >= 1000
  return `${a.mean.toFixed(0)} and ${b.mean.toFixed(0)} ns, t = ${t.toFixed(2)}${isTold ? ': TOLD' : ''}`
}

function moments(nanos: Float64Array): { count: number; mean: number; variance: number } {
  const kept = nanos.toSorted().subarray(0, Math.floor(nanos.length * 0.9))
  const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length
  const variance = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1)
  return { count: kept.length, mean, variance }
}
