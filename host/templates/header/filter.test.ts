import { createTestHost } from 'sluice/testing'
import { expect, test } from 'vitest'

const filter = { wasm: 'build/plugin.wasm', config: { header: 'x-template-name' } }

test('every request gets the header, and a client cannot set it', async () => {
  const host = createTestHost({ filters: [filter] })
  const { status, upstream } = await host.request({ headers: { 'x-template-name': 'forged' } })
  expect(status).toBe(200)
  expect(upstream[0]?.header('x-template-name')).toBe('yes')
  expect(host.metrics()).toEqual({ 'template_name.requests': 1 })
})

test('an unknown field is refused with its path', () => {
  const lines: string[] = []
  const config = { ...filter.config, vlaue: 'b' }
  expect(() => createTestHost({ filters: [{ ...filter, config }], onLog: ({ text }) => lines.push(text) })).toThrow()
  expect(lines).toEqual(['configuration refused: vlaue: unknown field'])
})
