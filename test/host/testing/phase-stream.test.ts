import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTestHost, type TestHost, type TestHostOptions } from '../../../host/testing/index.ts'
import '../../../host/testing/vitest.ts'
import { sdkGuestModule } from '../../sdk/support/compile-sdk-guest.ts'

const wasm = await sdkGuestModule(join(import.meta.dirname, 'guests/steps.ts'))
const clusters = { up: 'upstream', auth: 'upstream', rpc: 'http2' } as const

function start(options: Partial<TestHostOptions> = {}): TestHost {
  return createTestHost({ filters: [{ wasm }], clusters, upstream: () => ({ hold: true }), ...options })
}

const texts = (host: TestHost): string[] => host.logs().map(({ text }) => text)

describe('TestHost.phases', () => {
  test('calls one callback after the other and shows what each has left', () => {
    const host = start()
    const stream = host.phases()
    expect(stream.requestHeaders({ ':path': '/items', 'x-a': '1' })).toBe('Continue')
    expect(stream.request).toHaveHeader(':path', '/items')
    expect(stream.request).toMatchObject({ hasHead: true, isHeld: false, isComplete: false })
    expect(stream.requestBody('ab')).toBe('Pause')
    expect(stream.request).toMatchObject({ text: '', heldText: 'ab', isHeld: true })
    expect(stream.requestBody('cd', true)).toBe('Continue')
    expect(stream.request).toMatchObject({ text: 'abcd!', heldText: '', isHeld: false, isComplete: true })
    expect(stream.responseHeaders({ ':status': '204' })).toBe('Continue')
    expect(stream.response.header('x-seen')).toBe('204')
    expect(stream.responseBody('out')).toBe('Continue')
    expect(stream.responseTrailers({ 'x-end': '1' })).toBe('Continue')
    expect(stream.response).toMatchObject({ text: '[out', isComplete: true })
    expect(stream.response.trailers).toEqual([
      ['x-end', '1'],
      ['x-checked', '2'],
    ])
    expect(texts(host)).toEqual([])
    stream.log()
    expect(texts(host)).toEqual(['logged', ''])
    stream.done()
    expect(texts(host)).toEqual(['logged', '', 'done'])
  })

  test('a body goes on to its trailers', () => {
    const stream = start().phases()
    stream.requestHeaders({})
    stream.requestBody('ab')
    expect(stream.requestTrailers({ 'x-sum': '2' })).toBe('Continue')
    expect(stream.request).toMatchObject({ text: 'ab', isComplete: true })
    expect(stream.request.trailers).toEqual([
      ['x-sum', '2'],
      ['x-checked', '1'],
    ])
  })

  test('waits for callouts, which the test answers', () => {
    const host = start()
    const stream = host.phases()
    expect(stream.requestHeaders({ 'x-step': 'ask' })).toBe('Pause')
    expect(host.pendingCallouts.map(({ cluster, path }) => [cluster, path])).toEqual([['auth', '/verify']])
    expect(stream.requestBody('ab', true)).toBe(null)
    expect(stream.request).toMatchObject({ hasHead: false, isHeld: true, heldText: 'ab' })
    host.pendingCallouts[0]!.answer({ headers: { 'x-user': 'alice' } })
    expect(host.pendingCallouts).toEqual([])
    expect(stream.request).toHaveHeader('x-user', 'alice')
    expect(stream.request).toMatchObject({ hasHead: true, isHeld: false, text: 'ab!', isComplete: true })
  })

  test('a callout that nobody answers runs into its limit', () => {
    const host = start()
    const stream = host.phases()
    stream.requestHeaders({ 'x-step': 'ask' })
    host.clock.advance('999ms')
    expect(host.pendingCallouts).toHaveLength(1)
    host.clock.advance('1ms')
    expect(host.pendingCallouts).toEqual([])
    expect(stream.request.isHeld).toBe(false)
  })

  test('shows the answer of a filter, and lets it see that answer', () => {
    const stream = start().phases()
    expect(stream.reply).toBe(null)
    stream.requestHeaders({ 'x-step': 'deny' })
    expect(stream.reply).toEqual({
      status: 403,
      details: 'steps_denied',
      headers: [['x-why', 'step']],
      text: 'denied',
      grpcStatus: 7,
    })
    expect(stream.reply).toHaveStatus(403)
    expect(stream.isOver).toBe(true)
    expect(() => stream.requestBody('a')).toThrow('No request phase: the filter has answered or ended the stream')
    expect(stream.responseHeaders({ ':status': '403' })).toBe('Continue')
  })

  test('shows that a filter ended the stream', () => {
    const stream = start().phases()
    expect(stream.closeDetails).toBe(null)
    stream.requestHeaders({ 'x-step': 'reset' })
    expect([stream.closeDetails, stream.isOver, stream.reply]).toEqual(['wasm_close_stream', true, null])
    expect(() => stream.responseHeaders({})).toThrow('No response phase')
  })

  test('fails with the trap of the guest', () => {
    const host = start()
    const stream = host.phases()
    expect(() => stream.requestHeaders({ 'x-step': 'trap' })).toThrow(/the VM failed: Function: proxy_on_request_headers/)
    expect(() => host.phases()).toThrow(/the VM failed/)
  })

  test('answers for a body that is too large for the listener, as the proxy does', () => {
    const stream = start({ listener: { per_connection_buffer_limit_bytes: 4 } }).phases()
    stream.requestHeaders({})
    stream.requestBody('abc')
    expect(stream.reply).toBe(null)
    stream.requestBody('de')
    expect(stream.reply).toMatchObject({ status: 413, details: 'request_payload_too_large' })
  })

  test('opens a stream of the filter that is named', () => {
    const host = start({ filters: [{ wasm }, { wasm, name: 'second', vmId: 'second' }] })
    host.phases({ filter: 1 }).done()
    expect(host.logs()[0]?.context).toContain('second')
    expect(() => host.phases({ filter: 2 })).toThrow('No filter 2: seen 2, counted from 0')
  })
})

describe('a gRPC call', () => {
  test('waits for its answer', () => {
    const host = start()
    host.phases().requestHeaders({ 'x-step': 'call' })
    expect(host.pendingCallouts[0]?.messages).toEqual(['ping'])
    host.pendingCallouts[0]!.answer({ messages: ['pong'] })
    expect(texts(host)).toEqual(['pong'])
  })

  test('that its own callback cancels reaches nobody', () => {
    const host = start()
    host.phases().requestHeaders({ 'x-step': 'call and cancel' })
    host.clock.advance('2s')
    expect([host.upstreamRequests, texts(host)]).toEqual([[], []])
  })
})
