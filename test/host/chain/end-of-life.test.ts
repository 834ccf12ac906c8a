import { describe, expect, test } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { Action, Chain } from './fixture.ts'
import type { Client } from './client.ts'
import type { FilterScript } from './fixture.ts'

const { StopAll, Pause } = Action
const END = ['A.log', 'B.log', 'access log', 'A.done', 'A.delete', 'B.done', 'B.delete']

describe('a stream ends once', () => {
  const WAYS: { name: string; a?: FilterScript; run(chain: Chain, client: Client): void; log: string }[] = [
    { name: 'response complete', run: (chain) => chain.upstream.answer(200, 'x'), log: '200 via_upstream -' },
    {
      name: 'response with trailers',
      run: ({ upstream }) => {
        upstream.stream.responseHead(HeaderMap.from([[':status', '200']]), false)
        upstream.stream.responseTrailers(HeaderMap.from([['t', '1']]))
      },
      log: '200 via_upstream -',
    },
    {
      name: 'client gone',
      run: (_chain, client) => client.stream.onReset('connection_termination', ''),
      log: '0 downstream_remote_disconnect DC',
    },
    {
      name: 'client resets',
      run: (_chain, client) => client.stream.onReset('remote_reset', 'http2.remote_reset'),
      log: '0 http2.remote_reset DR',
    },
    {
      name: 'codec error',
      run: (_chain, client) => client.stream.onReset('codec_error', 'http1.codec_error'),
      log: '0 http1.codec_error DPE',
    },
    {
      name: 'upstream breaks off',
      run: ({ upstream }) => {
        upstream.stream.responseHead(HeaderMap.from([[':status', '200']]), false)
        upstream.stream.resetDownstream('protocol_error', 'upstream_reset_after_response_started{protocol_error}')
      },
      log: '200 upstream_reset_after_response_started{protocol_error} -',
    },
    {
      name: 'terminal replies',
      run: ({ upstream }) => upstream.stream.localReply({ status: 503, body: 'no', details: 'd', flags: 2, headers: null }),
      log: '503 d UH',
    },
    {
      name: 'filter closes',
      run: (chain) => chain.filters[0]!.hosts[0]!.closeStream('wasm_close_stream'),
      log: '0 wasm_close_stream -',
    },
    { name: 'idle', run: (chain) => chain.time.advance('5m'), log: '504 stream_idle_timeout SI' },
  ]

  test.each(WAYS)('$name', ({ run, log }) => {
    const chain = new Chain({ filters: { A: {}, B: {} } })
    const client = chain.open()
    run(chain, client)
    expect(chain.events.slice(-END.length)).toEqual(END)
    expect(chain.events.filter((event) => event.endsWith('.log'))).toHaveLength(2)
    expect(chain.logLines).toEqual([log])
    expect(chain.alive).toBe(0)
    expect(chain.counter('downstream_rq_active')).toBe(0)
    expect(chain.counter('downstream_rq_total')).toBe(1)
  })

  test.each(WAYS)('nothing happens after the end: $name', ({ run }) => {
    const chain = new Chain({ filters: { A: { reqb: () => 0, resb: () => 0 }, B: {} } })
    const client = chain.open({}, false)
    run(chain, client)
    chain.take()
    const { upstream } = chain
    client.part('late')
    client.sendTrailers({ t: '1' })
    client.stream.onReset('connection_termination', '')
    upstream.stream.informational(new HeaderMap())
    upstream.answer(200, 'late')
    upstream.stream.responseTrailers(new HeaderMap())
    upstream.stream.localReply({ status: 500, body: '', details: '', flags: 0, headers: null })
    upstream.stream.resetDownstream('local_reset', '')
    upstream.stream.pauseRequest()
    upstream.stream.resumeRequest()
    for (const { hosts } of chain.filters) {
      hosts[0]!.continueStream(0)
      hosts[0]!.continueStream(1)
      hosts[0]!.closeStream('late')
      hosts[0]!.vmFailed()
    }
    chain.time.advance('1h')
    expect(chain.take()).toEqual([])
  })

  test.each(['reqh', 'reqb', 'resh', 'resb'] as const)('a close from inside %s ends the stream after that callback', (name) => {
    const chain = new Chain({
      filters: {
        A: {
          reqb: () => 0,
          resb: () => 0,
          [name]: ({ host }: { host: { closeStream(details: string): void } }) => (
            host.closeStream('x'),
            chain.events.push('returned'),
            0
          ),
        },
        B: {},
      },
    })
    const client = chain.open({}, false)
    client.part('abc', true)
    if (name.startsWith('res')) chain.upstream.answer(200, 'x')
    const after = chain.events.slice(chain.events.indexOf('returned') + 1)
    expect(after).toEqual(END)
    expect(chain.alive).toBe(0)
  })

  test('the client goes while a filter holds the request', () => {
    const chain = new Chain({ filters: { A: { reqh: () => StopAll }, B: {} } })
    const client = chain.open()
    client.stream.onReset('connection_termination', '')
    expect(chain.take()).toEqual(['A.reqh end', ...END])
    expect(chain.counter('downstream_rq_rx_reset')).toBe(1)
  })

  test('the upstream is given up unless it has both delivered and taken everything', () => {
    const chain = new Chain()
    chain.open().stream.onReset('connection_termination', '')
    chain.open({}, false)
    chain.upstream.answer(200)
    chain.open()
    chain.upstream.answer(200)
    expect(chain.take().filter((event) => event.startsWith('up.cancel'))).toEqual([
      'up.cancel connection_termination',
      'up.cancel local_reset',
    ])
  })

  test('a terminal that replies or resets has given up already', () => {
    const chain = new Chain()
    chain.open()
    chain.upstream.stream.localReply({ status: 503, body: '', details: 'd', flags: 0, headers: null })
    chain.open()
    chain.upstream.stream.resetDownstream('local_reset', 'd')
    expect(chain.take().filter((event) => event.startsWith('up.cancel'))).toEqual([])
  })

  test('a thousand broken-off streams leave nothing behind', () => {
    const chain = new Chain({ filters: { A: { reqh: () => Pause, reqb: () => Pause }, B: {} } })
    for (let i = 0; i < 1000; i++) {
      const client = chain.open({}, false)
      client.part('abc')
      if (i % 2 === 0) client.part('', true)
      client.stream.onReset('connection_termination', '')
    }
    expect(chain.alive).toBe(0)
    expect(chain.counter('downstream_rq_active')).toBe(0)
    expect(chain.time.advanceUntil(() => false, '1h')).toBe(false)
    expect(chain.logLines).toHaveLength(1000)
  })
})

describe('a refused request', () => {
  test('is answered, counted and logged; filters see only the end', () => {
    const chain = new Chain({ filters: { A: {}, B: {} } })
    const refused = chain.refuse({ status: 431, body: 'Request Header Fields Too Large', details: 'http1.headers_too_large' })
    expect([refused.status, refused.body, refused.isClosing]).toEqual([431, 'Request Header Fields Too Large', true])
    expect(chain.logLines).toEqual(['431 http1.headers_too_large DPE'])
    expect(chain.take()).toEqual(['client.head 431', 'client.data Request Header Fields Too Large end', ...END])
  })

  test('after its head was read: the body is at fault', () => {
    const chain = new Chain()
    const client = chain.open({}, false)
    client.stream.refuse({ status: 400, body: 'Bad Request', details: 'http1.codec_error' })
    expect(chain.take()).toEqual([
      'up.head',
      'up.cancel local_reset',
      'client.head 400',
      'client.data Bad Request end',
      'access log',
    ])
  })
})
