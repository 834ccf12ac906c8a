import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTestHost, UpstreamScript, type TestHost, type TestHostOptions } from '../../../host/testing/index.ts'
import '../../../host/testing/vitest.ts'
import { demoModules } from '../../cases/demo.ts'
import { sdkGuestModule } from '../../sdk/support/compile-sdk-guest.ts'

const demo = (await demoModules())('demo')
const probe = await sdkGuestModule(join(import.meta.dirname, '../../sdk/guests/probe.ts'))

function start(wasm: string, config: string, upstream: TestHostOptions['upstream']): TestHost {
  const clusters = { up: 'upstream', auth: 'upstream', chat: 'http2', authorino: 'http2' } as const
  return createTestHost({ filters: [{ wasm, config }], clusters, ...(upstream === undefined ? {} : { upstream }) })
}

const linesOf = (host: TestHost): string[] => host.logs().map(({ text }) => text)

describe('UpstreamScript', () => {
  test('answers in order what it expects, and is used up', async () => {
    const script = new UpstreamScript()
      .expect({ cluster: 'auth', method: 'GET', isCallout: true }, { status: 200, headers: { 'x-user': 'alice' }, delay: '20ms' })
      .expect({ cluster: 'auth' }, { status: 403 })
      .expect({ path: /^\/call/, isCallout: false }, ({ path }) => ({ body: path }))
    const host = start(demo, 'demo', script.upstream)
    const first = host.request({ path: '/call' })
    host.clock.advance('20ms')
    expect(await first).toHaveBody('/call')
    expect(() => script.assertUsed()).toThrow('never made: at auth')
    expect(await host.request({ path: '/call' })).toHaveStatus(401)
    script.assertUsed()
  })

  test('closes callouts that nobody expects, and names them', async () => {
    const script = new UpstreamScript().expect({ cluster: 'rpc', headers: { 'x-a': /b/ } }, {}, 2)
    const host = start(demo, 'demo', script.upstream)
    expect(await host.request({ path: '/call' })).toHaveStatus(401)
    expect(() => script.assertUsed()).toThrow(/^never made 2 times: at rpc with x-a: \/b\/\nnot expected: GET \S+ at auth$/)
  })
})

describe('held requests', () => {
  test('callouts are answered by hand, in any order', async () => {
    const host = start(demo, 'demo', ({ isCallout }) => (isCallout ? { hold: true } : {}))
    const streams = [1, 2].map(() => host.open({ path: '/call' }))
    const [first, second] = host.upstreamRequests
    second!.answer({ status: 200, headers: { 'x-user': 'bob' } })
    expect(streams.map((stream) => stream.isDone)).toEqual([false, true])
    first!.answer({ status: 403, delay: '5ms' })
    expect(streams[0]!.isDone).toBe(false)
    host.clock.advance('5ms')
    expect([streams[0]!.response.status, streams[1]!.response.status]).toEqual([401, 200])
  })

  test('a call that is held times out', () => {
    const host = start(probe, 'grpc call', () => ({ hold: true }))
    host.open()
    host.clock.advance('500ms')
    expect(linesOf(host).at(-1)).toMatch(/^failure \d+ /)
  })

  test('a unary call of gRPC is answered, or reset', () => {
    const host = start(probe, 'grpc call', () => ({ hold: true }))
    host.open()
    const calls = host.upstreamRequests.filter(({ isCallout }) => isCallout)
    expect(calls[0]).toMatchObject({ cluster: 'authorino', path: '/test.Check/Ask', messages: ['question'] })
    calls[0]!.answer({ messages: ['granted'] })
    expect(linesOf(host).at(-1)).toBe('answer granted')
    host.open()
    host.upstreamRequests.filter(({ isCallout }) => isCallout)[1]!.reset()
    expect(linesOf(host).at(-1)).toMatch(/^failure 14 /)
  })

  test('a stream of gRPC goes back and forth', () => {
    const host = start(probe, 'grpc stream', () => ({ hold: true }))
    host.open()
    const call = host.upstreamRequests.find(({ isCallout }) => isCallout)!
    expect([call.path, call.messages, call.isComplete]).toEqual(['/test.Chat/Talk', ['hello'], false])
    call.send('one')
    expect(call.messages).toEqual(['hello', 'one'])
    call.send('last')
    expect([call.messages, call.isComplete]).toEqual([['hello', 'one', 'last'], true])
    call.end({ 'grpc-status': '0', 'grpc-message': 'bye' })
    const lines = linesOf(host).slice(1, 5)
    expect(lines).toEqual(['sent=1', 'application/grpc', '0', 'closed 0 bye{via_upstream}'])
  })

  test('a stream of gRPC is reset in the middle', () => {
    const host = start(probe, 'grpc stream', () => ({ hold: true }))
    host.open()
    const call = host.upstreamRequests.find(({ isCallout }) => isCallout)!
    call.send('one')
    call.reset()
    expect(linesOf(host).some((line) => /^closed \d+ /.test(line))).toBe(true)
  })

  test('a request through the chain is answered whole', async () => {
    const host = start(demo, 'demo', () => ({ hold: true }))
    const stream = host.open()
    const [request] = host.upstreamRequests
    expect(() => request!.send('part')).toThrow('wanted answer()')
    request!.answer({ status: 201, body: 'made' })
    expect(await stream.done()).toHaveBody('made')
  })

  test('any other request cannot be answered by hand', async () => {
    const host = start(demo, 'demo', undefined)
    const { upstream } = await host.request({ path: '/a' })
    expect(() => upstream[0]!.answer({})).toThrow('GET /a at up is not held: wanted the answer { hold: true }')
  })
})
