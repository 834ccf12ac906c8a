import { createTestHost } from 'sluice/testing'
import { expect, test } from 'vitest'

const filter = { wasm: 'build/plugin.wasm', config: { greeting: 'hello' } }

test('a connection that begins with the greeting passes, also when it comes in parts', () => {
  const host = createTestHost({ filters: [filter], tcp: {} })
  const { client, upstream } = host.tcp()
  client.send('hel')
  client.send('lo there')
  expect(upstream.text).toBe('hello there')
  upstream.send('welcome')
  expect(client.text).toBe('welcome')
})

test('another beginning ends the connection', () => {
  const host = createTestHost({ filters: [filter], tcp: {} })
  const { client, upstream } = host.tcp()
  client.send('GET / HTTP/1.1')
  expect(upstream.text).toBe('')
  expect(host.metrics()).toMatchObject({ 'template_name.refused': 1 })
})
