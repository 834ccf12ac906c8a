/**
 * api-key-auth with 10 keys and with 10 000: a request with a good key, both in turn; the ratio of the medians.
 * `node bench/micro/many-keys.ts [TURNS]`
 */
import { join } from 'node:path'
import { createTestHost, type TestHost } from '../../host/testing/index.ts'

const WARM_UP = 5000
const TURNS = Number(process.argv[2] ?? 50_000)
const COUNTS = [10, 10_000] as const
const wasm = join(import.meta.dirname, '../../filters/dist/api-key-auth.wasm')

const keyOf = (index: number): string => `k-${index}-0123456789abcdef`

function hostWith(count: number): TestHost {
  const credentials = Array.from({ length: count }, (_, index) => ({ client: `c${index}`, key: keyOf(index) }))
  const config = {
    key_sources: [{ header: 'x-api-key' }],
    credentials,
    rules: [{ match: {}, allowed_clients: credentials.map(({ client }) => client) }],
  }
  return createTestHost({ filters: [{ wasm, config }], logLevel: 'off' })
}

function timed(host: TestHost, key: string): number {
  const stream = host.phases()
  const start = process.hrtime.bigint()
  stream.requestHeaders({ 'x-api-key': key })
  const nanos = Number(process.hrtime.bigint() - start)
  if (stream.reply !== null) throw new Error(`answer: seen ${stream.reply.status}, wanted none`)
  stream.done()
  return nanos
}

const hosts = COUNTS.map(hostWith)
const taken = COUNTS.map(() => new Float64Array(TURNS))
for (let turn = -WARM_UP; turn < TURNS; turn++) {
  for (const [which, host] of hosts.entries()) {
    // Keys from everywhere in the table, in an order that no cache foresees.
    const nanos = timed(host, keyOf(Math.abs(Math.imul(turn, 2_654_435_761)) % COUNTS[which]!))
    if (turn >= 0) taken[which]![turn] = nanos
  }
}
for (const host of hosts) host.close()

const medians = taken.map((nanos) => nanos.toSorted()[TURNS >> 1]!)
console.log(
  `${COUNTS[0]} keys ${medians[0]} ns, ${COUNTS[1]} keys ${medians[1]} ns: ratio ${(medians[1]! / medians[0]!).toFixed(2)}`,
)
