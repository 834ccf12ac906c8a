import { describe, expect, test } from 'vitest'
import { escapeGrpcMessage } from '../../../host/chain/local-reply.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { Action, Chain, localReply, NO_MUTATIONS, routeConfig } from './fixture.ts'
import type { FilterScript, ReplyOptions } from './fixture.ts'

const { Pause, StopAll, Drop } = Action
const DATE = 'date: Thu, 01 Jan 2026 00:00:00 GMT'
const SEES_ALL: FilterScript = { reqb: () => 0, resb: () => 0 }

/** A filter that answers every request. */
function replying(status: number, options: Partial<ReplyOptions> = {}): FilterScript {
  return { reqh: (guest) => (guest.reply(status, options), StopAll), resb: () => 0 }
}

describe('local reply in the request phase', () => {
  test('passes the filters entered so far, own filter first, all headers before any body; later ones see only the end', () => {
    const chain = new Chain({ filters: { A: SEES_ALL, B: replying(403, { body: 'no', details: 'why' }), C: SEES_ALL } })
    chain.open()
    expect(chain.take()).toEqual([
      'A.reqh end',
      'B.reqh end',
      'B.resh',
      'A.resh',
      'B.resb 2 end',
      'A.resb 2 end',
      'client.head 403',
      'client.data no end',
      'A.log',
      'B.log',
      'C.log',
      'access log',
      'A.done',
      'A.delete',
      'B.done',
      'B.delete',
      'C.done',
      'C.delete',
    ])
    expect(chain.alive).toBe(0)
    expect(chain.logLines).toEqual(['403 why -'])
  })

  test('the result of the callback does not matter', () => {
    const chain = new Chain({ filters: { A: { reqh: (guest) => (guest.reply(403), 0) } } })
    chain.open()
    expect(chain.take().slice(0, 3)).toEqual(['A.reqh end', 'A.resh end', 'client.head 403 end'])
  })

  test('filters see and change the reply; content-length follows the body', () => {
    const chain = new Chain({
      filters: {
        A: {
          reqh: (guest) => (guest.reply(403, { body: 'no', headers: [['x-given', '1']] }), StopAll),
          resh: ({ host }) => {
            const map = host.headerMap(2, true)!
            expect(map.fields).toEqual([':status', '403', 'x-given', '1', 'content-length', '2', 'content-type', 'text/plain'])
            map.set(':status', '418')
            map.add('x-own', '2')
          },
          resb: ({ host }) => host.body(1, true)!.prepend(Buffer.from('oh ')),
        },
      },
    })
    const client = chain.open()
    expect(client.lines).toEqual([
      ':status: 418',
      'x-given: 1',
      'content-length: 5',
      'content-type: text/plain',
      'x-own: 2',
      DATE,
      'server: envoy',
    ])
    expect(client.body).toBe('oh no')
  })

  test('with headers already upstream the upstream request is given up', () => {
    const chain = new Chain({ filters: { A: { reqb: (guest) => (guest.reply(403), Drop) } } })
    const client = chain.open({}, false)
    client.part('abc')
    expect(chain.take()).toEqual([
      'A.reqh',
      'up.head',
      'A.reqb 3',
      'up.cancel local_reset',
      'A.resh end',
      'client.head 403 end',
      'A.log',
      'access log',
      'A.done',
      'A.delete',
    ])
    expect(client.isClosing).toBe(true)
  })

  test('from a tick, while the stream is paused', () => {
    const chain = new Chain({ filters: { A: { reqh: () => StopAll } } })
    const client = chain.open()
    chain.filters[0]!.hosts[0]!.sendLocalReply(localReply(503, { body: 'late' }))
    expect([client.status, client.body, client.isClosing]).toEqual([503, 'late', false])
    chain.filters[0]!.hosts[0]!.continueStream(0)
    expect(chain.terminals).toEqual([])
  })

  test('a continue before or after the reply changes nothing', () => {
    const both: FilterScript = {
      reqh: (guest) => (guest.host.continueStream(0), guest.reply(403), guest.host.continueStream(0), StopAll),
    }
    const chain = new Chain({ filters: { A: both } })
    expect(chain.open().status).toBe(403)
    expect(chain.terminals).toEqual([])
  })

  test('of two replies in one callback the first is sent, the details of the second are logged', () => {
    const script: FilterScript = {
      reqh: (guest) => (
        guest.reply(401, { body: 'one', details: 'first' }),
        guest.reply(402, { body: 'two', details: 'second' }),
        StopAll
      ),
    }
    const chain = new Chain({ filters: { A: script } })
    const client = chain.open()
    expect([client.status, client.body]).toEqual([401, 'one'])
    expect(chain.logLines).toEqual(['401 second -'])
  })

  test('a reply from the own response headers replaces the first', () => {
    const chain = new Chain({
      filters: { A: SEES_ALL, B: { ...replying(401, { body: 'one' }), resh: (guest) => (guest.reply(402), StopAll) } },
    })
    const client = chain.open()
    expect(chain.take()).toEqual([
      'A.reqh end',
      'B.reqh end',
      'B.resh',
      'client.head 402 end',
      'A.log',
      'B.log',
      'access log',
      'A.done',
      'A.delete',
      'B.done',
      'B.delete',
    ])
    expect(client.body).toBe('')
  })

  test('a reply from the own response body: head of the first, then the connection ends', () => {
    const chain = new Chain({ filters: { A: { ...replying(401, { body: 'one' }), resb: (guest) => (guest.reply(402), Drop) } } })
    const client = chain.open()
    expect([client.status, client.response!.get('content-length'), client.body, client.resetReason]).toEqual([
      401,
      '3',
      '',
      'local_reset',
    ])
  })

  test('a filter may hold the reply and let it go later', () => {
    const chain = new Chain({ filters: { A: { ...replying(401, { body: 'one' }), resh: () => StopAll } } })
    const client = chain.open()
    expect(client.response).toBeNull()
    chain.filters[0]!.hosts[0]!.continueStream(1)
    expect([client.status, client.body]).toEqual([401, 'one'])
  })
})

describe('local reply in the response phase', () => {
  test('from response headers it goes to the client without further callbacks', () => {
    const chain = new Chain({
      filters: { A: SEES_ALL, B: { resh: (guest) => (guest.reply(418, { body: 'no' }), StopAll), resb: () => 0 } },
    })
    const client = chain.open()
    chain.take()
    chain.upstream.answer(200, 'abc')
    expect(chain.take().slice(0, 4)).toEqual(['B.resh', 'up.cancel local_reset', 'client.head 418', 'client.data no end'])
    expect(client.body).toBe('no')
  })

  test.each(['resb', 'rest'] as const)('from %s after the head has left: reset, details kept, log code 200', (callback) => {
    const chain = new Chain({
      filters: {
        A: {
          [callback]: (guest: Parameters<NonNullable<FilterScript['resb']>>[0]) => (
            guest.reply(403, { details: 'too late' }),
            Drop
          ),
        },
      },
    })
    const client = chain.open()
    chain.upstream.stream.responseHead(HeaderMap.from([[':status', '200']]), false)
    if (callback === 'resb') chain.upstream.part('abc')
    else chain.upstream.stream.responseTrailers(HeaderMap.from([['t', '1']]))
    expect([client.status, client.body, client.resetReason]).toEqual([200, '', 'local_reset'])
    expect(chain.logLines).toEqual(['200 too_late -'])
  })

  test('from the body while the head is held it is a clean answer', () => {
    const chain = new Chain({ filters: { A: { resh: () => Pause, resb: (guest) => (guest.reply(403, { body: 'no' }), Drop) } } })
    const client = chain.open()
    chain.upstream.answer(200, 'abc')
    expect([client.status, client.body, client.resetReason]).toEqual([403, 'no', null])
  })

  test('in on_log nothing happens', () => {
    const chain = new Chain({ filters: { A: { log: (guest) => (guest.reply(403), guest.host.closeStream('x'), 0) } } })
    const client = chain.open()
    chain.upstream.answer(200)
    expect([client.status, client.resetReason]).toEqual([200, null])
    expect(chain.take().filter((event) => event === 'A.log')).toEqual(['A.log'])
  })
})

describe('form of a local reply', () => {
  const cases: {
    name: string
    reply: [number, Partial<ReplyOptions>]
    request?: Record<string, string>
    lines: string[]
    body?: string
    closes?: boolean
  }[] = [
    { name: 'no body names neither length nor type', reply: [403, {}], lines: [':status: 403', DATE, 'server: envoy'] },
    { name: '400 closes the connection', reply: [400, {}], lines: [':status: 400', DATE, 'server: envoy'], closes: true },
    {
      name: 'given headers come first; framing headers are dropped, date is kept, server is overwritten',
      reply: [
        403,
        {
          body: 'x',
          headers: [
            ['X-One', '1'],
            ['x-one', '2'],
            ['content-length', '99'],
            ['transfer-encoding', 'chunked'],
            ['connection', 'upgrade'],
            [':status', '200'],
            ['server', 'mine'],
            ['date', 'today'],
          ],
        },
      ],
      lines: [
        ':status: 403',
        'x-one: 1',
        'x-one: 2',
        'server: envoy',
        'date: today',
        'content-length: 1',
        'content-type: text/plain',
      ],
      body: 'x',
    },
    {
      name: 'a given content-type wins',
      reply: [403, { body: '{}', headers: [['content-type', 'application/json']] }],
      lines: [':status: 403', 'content-type: application/json', 'content-length: 2', DATE, 'server: envoy'],
      body: '{}',
    },
    {
      name: 'HEAD gets the length without the body',
      reply: [403, { body: 'abc' }],
      request: { ':method': 'HEAD' },
      lines: [':status: 403', 'content-length: 3', 'content-type: text/plain', DATE, 'server: envoy'],
    },
    { name: '204 never has a body', reply: [204, { body: 'abc' }], lines: [':status: 204', DATE, 'server: envoy'] },
    { name: '304 never has a body', reply: [304, { body: 'abc' }], lines: [':status: 304', DATE, 'server: envoy'] },
    { name: 'the status is a u16', reply: [65536 + 429, {}], lines: [':status: 429', DATE, 'server: envoy'] },
    {
      name: 'gRPC gets trailers only, status derived, message escaped',
      reply: [401, { body: 'a b"%~\n\xff', headers: [['x-one', '1']] }],
      request: { 'content-type': 'application/grpc+proto' },
      lines: [
        ':status: 200',
        'x-one: 1',
        'content-type: application/grpc',
        'grpc-status: 16',
        'grpc-message: a b"%25%7E%0A%FF',
        DATE,
        'server: envoy',
      ],
    },
    {
      name: 'gRPC with a given status header',
      reply: [
        403,
        {
          headers: [
            ['content-type', 'text/x'],
            ['grpc-status', '3'],
          ],
        },
      ],
      request: { 'content-type': 'application/grpc' },
      lines: [':status: 200', 'content-type: application/grpc', 'grpc-status: 3', DATE, 'server: envoy'],
    },
    {
      name: 'gRPC with its own code',
      reply: [500, { grpcStatus: 9 }],
      request: { 'content-type': 'application/grpc' },
      lines: [':status: 200', 'content-type: application/grpc', 'grpc-status: 9', DATE, 'server: envoy'],
    },
  ]

  test.each(cases)('$name', ({ reply, request = {}, lines, body = '', closes = false }) => {
    const chain = new Chain({ filters: { A: replying(...reply) } })
    const client = chain.open(request)
    expect(client.lines).toEqual(lines)
    expect([client.body, client.isClosing, client.isComplete]).toEqual([body, closes, true])
  })

  test.each([
    [400, '13'],
    [401, '16'],
    [403, '7'],
    [404, '12'],
    [429, '14'],
    [502, '14'],
    [503, '14'],
    [504, '14'],
    [200, '2'],
    [418, '2'],
    [500, '2'],
  ])('HTTP %i is gRPC status %s', (status, grpcStatus) => {
    const chain = new Chain({ filters: { A: replying(status, { grpcStatus: 17 }) } })
    expect(chain.open({ 'content-type': 'application/grpc' }).response!.get('grpc-status')).toBe(grpcStatus)
  })

  test('application/grpc-web is no gRPC', () => {
    const chain = new Chain({ filters: { A: replying(403) } })
    expect(chain.open({ 'content-type': 'application/grpc-web' }).status).toBe(403)
  })

  test('details hold no blanks', () => {
    const chain = new Chain({ filters: { A: replying(403, { details: 'a b\tc\r\n{d}' }) } })
    chain.open()
    expect(chain.logLines).toEqual(['403 a_b_c__{d} -'])
  })

  test('a reply cannot be used to split the response', () => {
    const chain = new Chain({ filters: { A: replying(403, { headers: [['x-a', '1\r\nx-b: 2']] }) } })
    const client = chain.open()
    expect([client.status, client.body]).toEqual([502, 'invalid header value for: x-a'])
  })

  test.each([0, 1, 2, 3, 4, 5, 6])('not even when it stands for a response that was changed %i times', (changes) => {
    const chain = new Chain({ filters: { A: { resh: (guest) => (guest.reply(403, { headers: [['x-a', '\n']] }), StopAll) } } })
    const client = chain.open()
    const head = HeaderMap.from([[':status', '200']])
    for (let i = 0; i < changes; i++) head.set('x', '1')
    chain.upstream.stream.responseHead(head, true)
    expect(client.status).toBe(502)
  })

  test('the header changes of the matched route apply before the given headers', () => {
    const headers = {
      ...NO_MUTATIONS,
      responseAdd: [{ name: 'x-route', value: '%RESPONSE_CODE_DETAILS%', action: 'ADD_IF_ABSENT' as const, keepsEmpty: false }],
    }
    const chain = new Chain({
      routes: [routeConfig('/', { headers })],
      filters: { A: replying(403, { details: 'd', headers: [['x-one', '1']] }) },
    })
    expect(chain.open().lines.slice(0, 3)).toEqual([':status: 403', 'x-route: d', 'x-one: 1'])
  })
})

describe('escapeGrpcMessage', () => {
  test('escapes controls, percent, tilde and everything above', () => {
    expect(escapeGrpcMessage(Buffer.from([0x00, 0x1f, 0x20, 0x22, 0x25, 0x7d, 0x7e, 0x7f, 0xff]))).toBe('%00%1F "%25}%7E%7F%FF')
  })
})
