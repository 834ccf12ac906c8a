import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTestHost, type TestHostOptions } from '../../../host/testing/index.ts'
import { sdkGuestModule } from '../../sdk/support/compile-sdk-guest.ts'

const wasm = await sdkGuestModule(join(import.meta.dirname, '../../cases/guests/tcp.ts'))

function start(config: string, options: Partial<TestHostOptions> = {}): ReturnType<typeof createTestHost> {
  return createTestHost({ filters: [{ wasm, config }], tcp: {}, ...options })
}

describe('TestHost.tcp', () => {
  test('plays both ends of a connection', () => {
    const connection = start('rewrite').tcp()
    connection.client.send('hello').end()
    connection.upstream.send('yes').end()
    expect([connection.upstream.text, connection.upstream.state]).toEqual(['Jello', 'closed'])
    expect([connection.client.text, connection.client.state]).toEqual(['<yes>', 'closed'])
    expect([connection.cluster, connection.flags, connection.closeReason]).toEqual(['up', '-', ''])
  })

  test('keeps what is sent while the host does not read, on virtual time', () => {
    const host = start('hold-new')
    const connection = host.tcp()
    connection.client.send('early')
    expect([connection.client.isHeld, connection.hasUpstream]).toEqual([true, false])
    expect(() => connection.upstream).toThrow('No upstream')
    host.clock.advance('50ms')
    expect(connection.upstream.text).toBe('early')
  })

  test('shows why there is no upstream', () => {
    const connection = start('', { clusters: { up: 'refused' } }).tcp()
    expect([connection.client.state, connection.flags]).toEqual(['closed', 'UF,URX'])
    expect(connection.closeReason).toBe('tcp_initializion_failure:0')
  })

  test('says which option decides between requests and connections', () => {
    expect(() => start('').open()).toThrow('No requests')
    expect(() => createTestHost({ filters: [] }).tcp()).toThrow('No connections')
  })
})
