import { createTestHost } from 'sluice/testing'
import { expect, test } from 'vitest'

const filter = { wasm: 'build/plugin.wasm', config: { find: 'secret' } }

test('every occurrence is replaced, also one that is cut by the parts of the body', async () => {
  const host = createTestHost({ filters: [filter], upstream: () => ({ chunks: ['a secret, another sec', 'ret'] }) })
  const { text } = await host.request()
  expect(text).toBe('a ***, another ***')
  expect(host.metrics()).toMatchObject({ 'template_name.replaced': 2 })
})

test('a body above the limit passes as it is', async () => {
  const config = { find: 'secret', max_body_bytes: 10 }
  const host = createTestHost({ filters: [{ ...filter, config }], upstream: () => ({ body: 'a very long secret' }) })
  const { text } = await host.request()
  expect(text).toBe('a very long secret')
})
