/**
 * Does one thing again and again and prints by how many bytes the process has grown: `node --expose-gc soak.ts KIND COUNT
 * ENGINE`. A first half of COUNT warms up. What lives is compared over the whole COUNT; what is resident over its second
 * half, since allocator and heap take their working space in large steps before they are full for the first time.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SluiceError } from '../../../host/errors.ts'
import { checkPlugin } from '../../../host/plugin/check-plugin.ts'
import { createTestHost, type UpstreamRequest } from '../../../host/testing/index.ts'
import { engineNamed, type EngineName } from '../../../host/vm/engines.ts'
import { fakeServices, pluginConfig } from '../plugin/fakes.ts'
import { guest } from '../vm/wat.ts'

const TRAP = guest('(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) unreachable)')
const REFUSED = guest('(func (export "_initialize") unreachable)')
const FILTER = readFileSync(join(import.meta.dirname, '../../../filters/dist/ratelimit.wasm'))

const [kind = '', count = '', engine = 'v8'] = process.argv.slice(2)
const steps = { traps, refusals, requests }
const step = steps[kind as keyof typeof steps](engine as EngineName)

const half = Math.ceil(Number(count) / 2)
await repeat(half)
const before = await settled()
await repeat(half)
const middle = await settled()
await repeat(half)
const after = await settled()
console.log(JSON.stringify({ live: after.live - before.live, resident: after.resident - middle.resident }))

async function repeat(times: number): Promise<void> {
  for (let i = 0; i < times; i++) await step()
}

/** Memory when everything that can go has gone. */
async function settled(): Promise<{ live: number; resident: number }> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc!()
    await new Promise((resolve) => void setTimeout(resolve, 20))
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  return { live: heapUsed + external, resident: rss }
}

/** The host keeps every request for the test. */
function forget(list: readonly UpstreamRequest[]): void {
  ;(list as UpstreamRequest[]).length = 0
}

/** A trap, the back-off, a new VM. */
function traps(name: EngineName): () => Promise<void> {
  const host = createTestHost({ engine: name, filters: [{ wasm: TRAP, failurePolicy: 'FAIL_RELOAD' }], logLevel: 'off' })
  return async () => {
    host.clock.advance('3s')
    const { status } = await host.request()
    forget(host.upstreamRequests)
    if (status !== 503) throw new Error(`wanted a trap, got ${status}`)
  }
}

/** A load of new bytes that is refused: each has a custom section of its own. */
function refusals(name: EngineName): () => Promise<void> {
  const services = fakeServices()
  let number = 0
  return async () => {
    const section = Buffer.from([0, 5, 0, 0, 0, 0, 0])
    section.writeUInt32LE(number++, 3)
    try {
      checkPlugin(pluginConfig(Buffer.concat([REFUSED, section])), services, { engine: engineNamed(name, 'soak') })
    } catch (error) {
      services.logs.length = 0
      if (error instanceof SluiceError) return
      throw error
    }
    throw new Error('the module was not refused')
  }
}

/** A request through a filter of the suite. */
function requests(name: EngineName): () => Promise<void> {
  const bucket = { max_tokens: 100, tokens_per_fill: 100, fill_interval: '60s' }
  const actions = [{ request_headers: { header_name: 'x-user', descriptor_key: 'user' } }]
  const config = { limits: [{ name: 'all', actions, token_bucket: bucket }] }
  const host = createTestHost({ engine: name, filters: [{ wasm: FILTER, config }], logLevel: 'off' })
  return async () => {
    await host.request({ headers: { 'x-user': 'alice' } })
    forget(host.upstreamRequests)
  }
}
