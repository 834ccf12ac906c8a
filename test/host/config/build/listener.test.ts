/** What the data plane gets of a listener. */
import { describe, expect, it } from 'vitest'
import { LISTENER, read, sampleWith, socketAddress } from '../sample.ts'
import { listenerOf } from './parts.ts'

describe('buildListener', () => {
  it('takes every field', () => {
    const listener = listenerOf({
      [`${LISTENER}.address`]: socketAddress(8080, '::1'),
      [`${LISTENER}.stat_prefix`]: 'p',
      [`${LISTENER}.traffic_direction`]: 'OUTBOUND',
      [`${LISTENER}.per_connection_buffer_limit_bytes`]: 5,
      [`${LISTENER}.metadata`]: { filter_metadata: { a: { b: 1 } } },
      [`${LISTENER}.filter_chains[0].name`]: 'chain',
    })
    expect(listener).toMatchObject({
      address: { host: '::1', port: 8080 },
      statPrefix: 'p',
      direction: 2,
      bufferLimit: 5,
      chains: [{ name: 'chain' }],
    })
    expect(listener.metadata.json).toEqual({ filter_metadata: { a: { b: 1 } } })
    expect(listener.metadata.message.length).toBeGreaterThan(0)
  })

  it('without a name is named after its address', () => {
    const changes = { [`${LISTENER}.name`]: undefined, [`${LISTENER}.address`]: socketAddress(8080) }
    expect(read(sampleWith(changes)).config.listeners[0]?.name).toBe('127.0.0.1:8080')
  })
})
