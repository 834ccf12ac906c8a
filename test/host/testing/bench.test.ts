import { join } from 'node:path'
import { expect, test } from 'vitest'
import { benchFilter } from '../../../host/testing/index.ts'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { root } from '../../../tools/checks/sources.ts'

const stats = join(root, 'filters/dist/stats.wasm')

test('benchFilter times every callback of every request', async () => {
  const body = { body: 'hello' }
  const request = { method: 'POST', ...body }
  const result = await benchFilter({ filters: [{ wasm: stats }], upstream: () => body }, { requests: 50, warmUp: 10, request })
  const calls = Object.fromEntries(result.callbacks.map((cost) => [cost.callback, cost.calls]))
  expect(calls).toMatchObject({
    proxy_on_context_create: 50,
    proxy_on_log: 50,
    proxy_on_delete: 50,
  })
  for (const { p50, p99, max } of result.callbacks) expect([p50 > 0, p50 <= p99, p99 <= max]).toEqual([true, true, true])
  expect(result.perRequest).toBeGreaterThan(0)
  expect(result.growth).toEqual({ memoryBytes: 0, contexts: 0 })
})

test('sluice bench prints them, for people and as a document', async () => {
  const run = async (...args: string[]): Promise<string> => {
    const main = join(root, 'host/cli/main.ts')
    return (await promisify(execFile)(process.execPath, [main, 'bench', stats, '--requests', '20', ...args])).stdout
  }
  expect(await run()).toMatch(
    /stats\.wasm: \d+\.\d\d us per request in \d+ callbacks, 20 requests\n {2}proxy_on_context_create +p50 /,
  )
  expect(JSON.parse(await run('--json', '--body', '10'))).toMatchObject({ module: stats, requests: 20, growth: { contexts: 0 } })
})
