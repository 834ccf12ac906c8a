/** Given attributes have the bytes that the host's own have. */
import { describe, expect, test } from 'vitest'
import { createTestHost, encodeProperties, type PropertyTree } from '../../../host/testing/index.ts'
import { wat } from '../vm/wat.ts'

const int64 = (value: bigint): string => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes.latin1Slice()
}
const double = (value: number): string => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes.latin1Slice()
}

describe('encodeProperties', () => {
  test.each<[string, PropertyTree, Record<string, string>]>([
    ['text as UTF-8', { request: { path: '/ä' } }, { 'request.path': '/\xc3\xa4' }],
    [
      'integers',
      { connection: { id: 2n ** 62n }, response: { code: 503 } },
      { 'connection.id': int64(2n ** 62n), 'response.code': int64(503n) },
    ],
    [
      'booleans',
      { connection: { mtls: true, peer_certificate_valid: false } },
      { 'connection.mtls': '\x01', 'connection.peer_certificate_valid': '\0' },
    ],
    [
      'times in nanoseconds',
      { request: { time: new Date(1500), duration: '20ms' } },
      { 'request.time': int64(1_500_000_000n), 'request.duration': int64(20_000_000n) },
    ],
    [
      'header maps as pairs',
      { request: { headers: { a: 'bc' } } },
      { 'request.headers': '\x01\0\0\0\x01\0\0\0\x02\0\0\0a\0bc\0', 'request.headers.a': 'bc' },
    ],
    ['filter state', { filter_state: { 'wasm.user': 'bob' } }, { 'filter_state.wasm.user': 'bob' }],
  ])('%s', (_, tree, bytes) => expect(encodeProperties(tree)).toEqual(bytes))

  test('metadata as message and by member', () => {
    const bytes = encodeProperties({ metadata: { filter_metadata: { 'envoy.lb': { stage: 'canary', weight: 3 } } } })
    expect(bytes).toMatchObject({
      'metadata.filter_metadata.envoy.lb.stage': 'canary',
      'metadata.filter_metadata.envoy.lb.weight': double(3),
    })
    expect(bytes['metadata']).toContain('envoy.lb')
    expect(encodeProperties({ xds: { node: { id: 'n1', locality: { zone: 'z' } } } })).toMatchObject({
      'xds.node.id': 'n1',
      'xds.node.locality.zone': 'z',
    })
  })

  test('refuses a name that Envoy does not have', () => {
    expect(() => encodeProperties({ request: { pth: '/' } } as PropertyTree)).toThrow('seen request.pth')
  })
})

test('a filter reads what the test gives, before what the host knows', async () => {
  const wasm = wat(`(module
    (import "env" "proxy_get_property" (func $get (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "connection\\00mtls")
    (func (export "proxy_abi_version_0_2_1"))
    (func (export "malloc") (param i32) (result i32) (i32.const 1024))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (drop (call $get (i32.const 16) (i32.const 15) (i32.const 64) (i32.const 68))) (i32.const 0)))`)
  const seen = async (options: object): Promise<string> => {
    const host = createTestHost({ filters: [{ wasm }], transcript: true, ...options })
    await host.request()
    return /proxy_get_property .*/.exec(host.transcript())![0]
  }
  const own = await seen({})
  const given = await seen({ properties: encodeProperties({ connection: { mtls: true } }) })
  expect(own).toContain(' = 0 "\\u0000"')
  expect(given).toContain(' = 0 "\\u0001"')
})
