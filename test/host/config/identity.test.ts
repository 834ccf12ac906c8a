import { createHash } from 'node:crypto'
import { create, fromJson, toBinary } from '@bufbuild/protobuf'
import type { JsonObject } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { ClusterSchema } from '../../../host/config/gen/envoy/config/cluster/v3/cluster_pb.ts'
import { ListenerSchema } from '../../../host/config/gen/envoy/config/listener/v3/listener_pb.ts'
import { identityOf } from '../../../host/config/identity.ts'
import { ANY_REGISTRY } from '../../../host/config/registry.ts'
import { HCM, ROUTE, ROUTER, sampleWith, wasmFilter } from './sample.ts'
import type { Changes } from './sample.ts'

function listenerIdentity(changes: Changes): string {
  const json = JSON.parse(sampleWith(changes)).static_resources.listeners[0]
  return identityOf(ListenerSchema, fromJson(ListenerSchema, json, { registry: ANY_REGISTRY }))
}

const metadata = (...data: [string, JsonObject][]): Changes => ({
  [`${ROUTE}.metadata`]: { filter_metadata: Object.fromEntries(data) },
})

describe('identityOf', () => {
  it('is sha256 in hex over the wire form', () => {
    const message = create(ClusterSchema, { name: 'a' })
    const hash = createHash('sha256').update(toBinary(ClusterSchema, message)).digest('hex')
    expect(identityOf(ClusterSchema, message)).toBe(hash)
  })

  it('does not depend on the order of map entries, inside Any and Struct too', () => {
    const one = listenerIdentity(metadata(['a', { x: { p: 1, q: 2 }, y: 2 }], ['b', {}]))
    const other = listenerIdentity(metadata(['b', {}], ['a', { y: 2, x: { q: 2, p: 1 } }]))
    expect(one).toBe(other)
  })

  it.each<[string, Changes, Changes]>([
    ['a value in an Any', {}, { [`${HCM}.merge_slashes`]: true }],
    ['a map value', metadata(['a', { x: 1 }]), metadata(['a', { x: 2 }])],
    ['the order of a list', metadata(['a', { x: [1, 2] }]), metadata(['a', { x: [2, 1] }])],
    [
      'a plugin name',
      { [`${HCM}.http_filters`]: [wasmFilter({ name: 'a' }), ROUTER] },
      { [`${HCM}.http_filters`]: [wasmFilter({ name: 'b' }), ROUTER] },
    ],
  ])('changes with %s', (_, one, other) => {
    expect(listenerIdentity(one)).not.toBe(listenerIdentity(other))
  })

  it('leaves the message as it was', () => {
    const message = create(ClusterSchema, { name: 'a', metadata: { filterMetadata: { b: { x: 1 }, a: {} } } })
    identityOf(ClusterSchema, message)
    expect(Object.keys(message.metadata?.filterMetadata ?? {})).toEqual(['b', 'a'])
  })
})
