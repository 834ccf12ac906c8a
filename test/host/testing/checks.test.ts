import { AssertionError } from 'node:assert'
import { describe, expect, test } from 'vitest'
import * as assert from '../../../host/testing/assert.ts'
import { createTestHost, Faults } from '../../../host/testing/index.ts'
import '../../../host/testing/vitest.ts'
import { demoModules } from '../../cases/demo.ts'

const wasm = (await demoModules())('demo')
const faults = new Faults()
const host = createTestHost({ filters: [{ wasm, config: 'demo' }], faults })
const passed = await host.request({
  upstream: {
    body: 'hello',
    headers: [
      ['x-two', 'a'],
      ['x-two', 'b'],
    ],
  },
})
const denied = await host.request({ path: '/deny' })

/** What a failed check says. */
function messageOf(check: () => void): string {
  try {
    check()
  } catch (error) {
    return (error as Error).message.split('\n')[0]!
  }
  return 'no error'
}

describe('matchers of vitest', () => {
  test('hold for what is so, and negated for what is not', () => {
    expect(passed).toHaveStatus(200)
    expect(passed).toHaveHeader('X-Two', 'b')
    expect(passed).toHaveHeader('x-two')
    expect(passed).not.toHaveHeader('x-two', 'c')
    expect(passed).toHaveBody('hello')
    expect(passed).toHaveBody(/^hel/)
    expect(passed).toHaveReached()
    expect(passed).toHaveReached('up')
    expect(passed).not.toHaveReached('other')
    expect(passed.upstream[0]).toHaveHeader('x-added', /demo/)
    expect(denied).not.toHaveReached()
    expect(denied).toHaveDetails('demo_denied')
    expect(host).toHaveCounted('demo.denied', 1)
    expect(host).toHaveCounted('nobody', 0)
    expect(host).toHaveLogged('request')
    expect(host).not.toHaveLogged('no such line')
    expect(host).not.toHaveTrapped()
  })

  test.each<[string, () => void]>([
    ['status: wanted 200, seen 403 (demo_denied)', () => expect(denied).toHaveStatus(200)],
    ['status: wanted anything but 403, seen 403 (demo_denied)', () => expect(denied).not.toHaveStatus(403)],
    ['header x-two: wanted "c", seen "a", "b"', () => expect(passed).toHaveHeader('x-two', 'c')],
    ['header x-none: wanted any, seen none', () => expect(passed).toHaveHeader('x-none')],
    ['upstream requests: wanted one at other, seen GET / at up', () => expect(passed).toHaveReached('other')],
    ['metric demo.denied: wanted 2, seen 1', () => expect(host).toHaveCounted('demo.denied', 2)],
    ['traps: wanted a line with "", seen 0 lines', () => expect(host).toHaveTrapped()],
  ])('say %s', (message, check) => {
    expect(messageOf(check)).toBe(message)
  })
})

describe('assert functions', () => {
  test('hold for what is so', () => {
    assert.assertStatus(passed, 200)
    assert.assertHeader(passed, 'x-two', 'a')
    assert.assertHeader(passed, 'x-none', null)
    assert.assertBody(passed, 'hello')
    assert.assertDetails(denied, /denied/)
    assert.assertReached(passed, 'up')
    assert.assertNotReached(denied)
    assert.assertCounted(host, 'demo.denied', 1)
    assert.assertLogged(host, /request/)
    assert.assertNotLogged(host, 'no such line')
    assert.assertNotTrapped(host)
  })

  test.each<[string, () => void]>([
    ['status: wanted 200, seen 403 (demo_denied)', () => assert.assertStatus(denied, 200)],
    ['header x-two: wanted none, seen "a", "b"', () => assert.assertHeader(passed, 'x-two', null)],
    ['upstream requests: wanted anything but one, seen GET / at up', () => assert.assertNotReached(passed)],
    ['traps: wanted a line with "", seen 0 lines', () => assert.assertTrapped(host)],
  ])('say %s', (message, check) => {
    expect(messageOf(check)).toBe(message)
    expect(check).toThrow(AssertionError)
  })
})

test('a trap is found by its place', async () => {
  faults.trap('proxy_add_header_map_value')
  expect(await host.request()).toHaveStatus(503)
  expect(host).toHaveTrapped('trap forced by a test')
  assert.assertTrapped(host, /in-VM backtrace/)
  expect(host).not.toHaveTrapped('filter.ts:12')
})
