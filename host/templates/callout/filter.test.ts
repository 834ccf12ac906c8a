import { createTestHost } from 'sluice/testing'
import { expect, test } from 'vitest'

const filter = { wasm: 'build/plugin.wasm', config: { cluster: 'auth', timeout: '100ms' } }
const clusters = { up: 'upstream', auth: 'upstream' } as const

test('a request goes on when the service says 200', async () => {
  const host = createTestHost({ filters: [filter], clusters })
  const { status, upstream } = await host.request({ path: '/items' })
  expect(status).toBe(200)
  expect(upstream[0]?.path).toBe('/items')
  const question = host.upstreamRequests.find((request) => request.isCallout)
  expect(question?.header('x-original-path')).toBe('/items')
})

test('any other answer of the service refuses it', async () => {
  const host = createTestHost({ filters: [filter], clusters, upstream: () => ({ status: 401 }) })
  const { status, details, upstream } = await host.request()
  expect({ status, details, upstream }).toEqual({ status: 403, details: 'template_name_denied', upstream: [] })
})

test('a service that is silent for too long refuses it', async () => {
  const host = createTestHost({ filters: [filter], clusters, upstream: () => ({ fail: 'hang' }) })
  const answer = host.request()
  host.clock.advance('100ms')
  expect((await answer).status).toBe(503)
})
