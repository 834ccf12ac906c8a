import { describe, expect, test } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { Action, Chain, bodyText } from './fixture.ts'
import type { Client } from './client.ts'
import type { FilterScript, Guest } from './fixture.ts'

const { Continue, Pause, PauseWatermark, Drop, StopAll, StopAllBuffer } = Action
const END_OF_A = ['A.log', 'access log', 'A.done', 'A.delete']

/** Filters that have every callback and let everything pass. */
const SEES_ALL: FilterScript = { reqb: () => Continue, resb: () => Continue }

describe('FilterPath passes a message', () => {
  test('request in chain order, response in reverse, end of life in chain order', () => {
    const chain = new Chain({ filters: { A: SEES_ALL, B: SEES_ALL } })
    const client = chain.open({}, false)
    client.part('abc')
    client.part('', true)
    chain.upstream.answer(200, 'xy')
    expect(chain.take()).toEqual([
      'A.reqh',
      'B.reqh',
      'up.head',
      'A.reqb 3',
      'B.reqb 3',
      'up.data abc',
      'A.reqb 0 end',
      'B.reqb 0 end',
      'up.data  end',
      'B.resh',
      'A.resh',
      'client.head 200',
      'B.resb 2 end',
      'A.resb 2 end',
      'client.data xy end',
      'A.log',
      'B.log',
      'access log',
      'A.done',
      'A.delete',
      'B.done',
      'B.delete',
    ])
  })

  test('without filters nothing stands between client and upstream', () => {
    const chain = new Chain()
    const client = chain.open({}, false)
    client.part('abc', true)
    chain.upstream.answer(200)
    expect(chain.take()).toEqual(['up.head', 'up.data abc end', 'client.head 200 end', 'access log'])
    expect(client.stream.filters).toBeNull()
  })

  test('trailers of both directions come instead of an end in the body', () => {
    const chain = new Chain({ filters: { A: SEES_ALL } })
    const client = chain.open({}, false)
    client.part('abc')
    client.sendTrailers({ t: '1' })
    chain.upstream.stream.responseHead(HeaderMap.from([[':status', '200']]), false)
    chain.upstream.part('xy')
    chain.upstream.stream.responseTrailers(HeaderMap.from([['u', '2']]))
    expect(chain.take()).toEqual([
      'A.reqh',
      'up.head',
      'A.reqb 3',
      'up.data abc',
      'A.reqt',
      'up.trailers t=1',
      'A.resh',
      'client.head 200',
      'A.resb 2',
      'client.data xy',
      'A.rest',
      'client.trailers u=2',
      ...END_OF_A,
    ])
  })

  test('a filter without body callbacks is not asked', () => {
    const chain = new Chain({ filters: { A: {} } })
    const client = chain.open({}, false)
    client.part('abc', true)
    expect(chain.take()).toEqual(['A.reqh', 'up.head', 'up.data abc end'])
  })

  test('a bypassed filter is absent', () => {
    const chain = new Chain({ filters: { A: { open: 'bypass' }, B: {} } })
    chain.open()
    chain.upstream.answer(200)
    expect(chain.take()).toEqual([
      'B.reqh end',
      'up.head end',
      'B.resh end',
      'client.head 200 end',
      'B.log',
      'access log',
      'B.done',
      'B.delete',
    ])
  })
})

describe('FilterPath holds a request', () => {
  /** Sends a request whose first filter pauses in its headers, in all ways that bytes can arrive meanwhile. */
  const BODIES: { name: string; send(client: Client): void; after: string[] }[] = [
    { name: 'no body', send: () => {}, after: ['up.head end'] },
    { name: 'one part', send: (c) => c.part('abcdef', true), after: ['up.head', 'A.reqb 6 end', 'up.data abcdef end'] },
    {
      name: 'parts, end apart',
      send: (c) => (c.part('abc'), c.part('def'), c.part('', true)),
      after: ['up.head', 'A.reqb 6 end', 'up.data abc', 'up.data def end'],
    },
    { name: 'not yet complete', send: (c) => c.part('abc'), after: ['up.head', 'A.reqb 3', 'up.data abc'] },
    {
      name: 'trailers',
      send: (c) => (c.part('abc'), c.sendTrailers({ t: '1' })),
      after: ['up.head', 'A.reqb 3', 'up.data abc', 'A.reqt', 'up.trailers t=1'],
    },
    { name: 'trailers only', send: (c) => c.sendTrailers({ t: '1' }), after: ['up.head', 'A.reqt', 'up.trailers t=1'] },
  ]

  test.each(BODIES)(
    'paused headers get no callback before continue, then one with everything: $name',
    ({ name, send, after }) => {
      const chain = new Chain({ filters: { A: { reqh: () => StopAll, reqb: () => Continue } } })
      const client = chain.open({}, name === 'no body')
      send(client)
      expect(chain.take()).toEqual([name === 'no body' ? 'A.reqh end' : 'A.reqh'])
      chain.filters[0]!.hosts[0]!.continueStream(0)
      expect(chain.take()).toEqual(after)
    },
  )

  test('the next filter pauses after the first one continued', () => {
    const chain = new Chain({ filters: { A: { reqh: () => StopAll }, B: { reqh: () => StopAll, reqb: () => Continue } } })
    const client = chain.open({}, false)
    client.part('abc', true)
    chain.filters[0]!.hosts[0]!.continueStream(0)
    expect(chain.take()).toEqual(['A.reqh', 'B.reqh'])
    chain.filters[1]!.hosts[0]!.continueStream(0)
    expect(chain.take()).toEqual(['up.head', 'B.reqb 3 end', 'up.data abc end'])
  })

  test('hold mode: body callbacks come while headers wait, Continue from the last one releases both', () => {
    const chain = new Chain({ filters: { A: { reqh: () => Pause, reqb: ({ end }) => (end ? Continue : Pause) }, B: SEES_ALL } })
    const client = chain.open({}, false)
    client.part('abc')
    client.part('def')
    expect(chain.take()).toEqual(['A.reqh', 'A.reqb 3', 'A.reqb 6'])
    client.part('', true)
    expect(chain.take()).toEqual(['A.reqb 6 end', 'B.reqh', 'up.head', 'B.reqb 6 end', 'up.data abc', 'up.data def end'])
  })

  test('hold mode: Continue from the trailers releases everything', () => {
    const chain = new Chain({ filters: { A: { reqh: () => Pause, reqb: () => Pause } } })
    const client = chain.open({}, false)
    client.part('abc')
    client.sendTrailers({ t: '1' })
    expect(chain.take()).toEqual(['A.reqh', 'A.reqb 3', 'A.reqt', 'up.head', 'up.data abc', 'up.trailers t=1'])
  })

  test('hold mode with stop-all in headers gets no body callback', () => {
    const chain = new Chain({ filters: { A: { reqh: () => StopAllBuffer, reqb: () => Continue } } })
    chain.open({}, false).part('abc')
    expect(chain.take()).toEqual(['A.reqh'])
  })

  test('body Pause shows all bytes again, PauseWatermark only the new ones, Drop loses them', () => {
    const sizes: number[] = []
    const actions: number[] = [Pause, Pause, PauseWatermark, PauseWatermark, Drop, Continue]
    const chain = new Chain({ filters: { A: { reqb: (guest) => (sizes.push(guest.size), actions[sizes.length - 1]!) } } })
    const client = chain.open({}, false)
    for (const text of ['ab', 'cd', 'ef', 'gh', 'XX']) client.part(text)
    client.part('ij', true)
    expect(sizes).toEqual([2, 4, 6, 2, 2, 2])
    expect(chain.upstream.body).toBe('abcdefghij')
  })

  test('dropping the last part still ends the request', () => {
    const chain = new Chain({ filters: { A: { reqb: () => Drop } } })
    const client = chain.open({}, false)
    client.part('abc', true)
    expect(chain.take()).toEqual(['A.reqh', 'up.head', 'A.reqb 3 end'])
    chain.filters[0]!.hosts[0]!.continueStream(0)
    expect(chain.take()).toEqual(['up.data  end'])
  })

  test('after a pause on the last part, continue sends everything on and the filter sees nothing more', () => {
    const chain = new Chain({ filters: { A: { reqb: () => Pause } } })
    const client = chain.open({}, false)
    client.part('abc', true)
    chain.take()
    chain.filters[0]!.hosts[0]!.continueStream(0)
    expect(chain.take()).toEqual(['up.data abc end'])
  })

  test('after a pause on trailers, continue sends them on', () => {
    const chain = new Chain({ filters: { A: { reqb: () => Continue, reqt: () => Pause } } })
    const client = chain.open({}, false)
    client.part('abc')
    client.sendTrailers({ t: '1' })
    expect(chain.take()).toEqual(['A.reqh', 'up.head', 'A.reqb 3', 'up.data abc', 'A.reqt'])
    chain.filters[0]!.hosts[0]!.continueStream(0)
    expect(chain.take()).toEqual(['up.trailers t=1'])
  })

  test('two filters that hold bytes keep them apart and in order', () => {
    const chain = new Chain({ filters: { A: { reqb: (g) => (g.size === 1 ? Continue : Pause) }, B: { reqb: () => Pause } } })
    const client = chain.open({}, false)
    client.part('1')
    client.part('234')
    chain.filters[1]!.hosts[0]!.continueStream(0)
    expect(chain.upstream.body).toBe('1')
    chain.filters[0]!.hosts[0]!.continueStream(0)
    chain.filters[1]!.hosts[0]!.continueStream(0)
    expect(chain.upstream.body).toBe('1234')
  })

  test('continue without a pause does nothing, on the response side before a response neither', () => {
    const chain = new Chain({
      filters: { A: { reqh: ({ host }) => (host.continueStream(0), host.continueStream(1), Continue) } },
    })
    chain.open()
    expect(chain.take()).toEqual(['A.reqh end', 'up.head end'])
    chain.filters[0]!.hosts[0]!.continueStream(0)
    chain.filters[0]!.hosts[0]!.continueStream(1)
    expect(chain.take()).toEqual([])
  })

  test('every split of a body gives the same bytes, whatever the pauses', () => {
    const text = 'abcdefgh'
    for (let mask = 0; mask < 1 << (text.length - 1); mask += 3) {
      const script: FilterScript = { reqb: (g) => (g.end || g.size > 4 ? Continue : Pause) }
      const chain = new Chain({ filters: { A: script, B: { reqh: () => Pause, reqb: (g) => (g.end ? Continue : Pause) } } })
      const client = chain.open({}, false)
      let part = ''
      for (let i = 0; i < text.length; i++) {
        part += text[i]
        if (i === text.length - 1 || (mask & (1 << i)) === 0) continue
        client.part(part)
        part = ''
      }
      client.part(part, true)
      expect(chain.upstream.body, `mask ${mask}`).toBe(text)
      expect(chain.take().at(-1)).toMatch(/^up\.data .* end$/)
    }
  })
})

describe('FilterPath holds a response', () => {
  test('paused head: head and body wait, then the body comes in one callback', () => {
    const chain = new Chain({ filters: { A: {}, B: { resh: () => StopAll, resb: () => Continue } } })
    chain.open()
    chain.take()
    chain.upstream.answer(200, 'xyz')
    expect(chain.take()).toEqual(['B.resh'])
    chain.filters[1]!.hosts[0]!.continueStream(1)
    expect(chain.take().slice(0, 4)).toEqual(['A.resh', 'client.head 200', 'B.resb 3 end', 'client.data xyz end'])
  })

  test('hold mode: head leaves with the body', () => {
    const chain = new Chain({ filters: { A: { resh: () => Pause, resb: (g) => (g.end ? Continue : Pause) } } })
    const client = chain.open()
    chain.upstream.stream.responseHead(HeaderMap.from([[':status', '200']]), false)
    chain.upstream.part('ab')
    expect(client.response).toBeNull()
    chain.filters[0]!.hosts[0]!.headerMap(2, true)!.add('x-late', '1')
    chain.upstream.part('cd', true)
    expect(client.response!.get('x-late')).toBe('1')
    expect(client.body).toBe('abcd')
  })
})

describe('FilterPath limits what is held', () => {
  test.each([[['5'.repeat(5000)]], [['6'.repeat(600), '6'.repeat(600)]]])(
    'a paused request over the limit is answered with 413 after its callback',
    (parts) => {
      const chain = new Chain({ bufferLimit: 1000, filters: { A: { reqb: () => Pause, resb: () => Continue } } })
      const client = chain.open({}, false)
      for (const part of parts) client.part(part)
      expect(client.status).toBe(413)
      expect(client.body).toBe('Payload Too Large')
      expect(client.isClosing).toBe(true)
      expect(chain.logLines).toEqual(['413 request_payload_too_large -'])
      expect(chain.take().slice(-10)).toEqual([
        `A.reqb ${parts.join('').length}`,
        'up.cancel local_reset',
        'A.resh',
        'A.resb 17 end',
        'client.head 413',
        'client.data Payload Too Large end',
        ...END_OF_A,
      ])
      expect(chain.counter('downstream_rq_too_large')).toBe(1)
    },
  )

  test('bytes that were held count even when the callback lets them go', () => {
    const chain = new Chain({ bufferLimit: 1000, filters: { A: { reqb: (guest) => (guest.size > 1000 ? Continue : Pause) } } })
    const client = chain.open({}, false)
    client.part('x'.repeat(600))
    client.part('x'.repeat(600))
    expect([client.status, chain.upstream.body]).toEqual([413, ''])
  })

  test.each([
    ['not paused', { reqb: () => Continue }],
    ['PauseWatermark', { reqb: () => PauseWatermark }],
    ['paused headers', { reqh: () => StopAll }],
  ] as [string, FilterScript][])('no error but flow control: %s', (name, script) => {
    const chain = new Chain({ bufferLimit: 1000, filters: { A: script } })
    const client = chain.open({}, false)
    client.part('x'.repeat(5000))
    expect(client.response).toBeNull()
    expect(client.paused).toBe(name === 'not paused' ? 0 : 1)
    chain.filters[0]!.hosts[0]!.continueStream(0)
    expect(client.paused).toBe(0)
    expect(chain.upstream.body.length).toBe(5000)
  })

  test('stop-all-and-buffer over the limit is answered with 413', () => {
    const chain = new Chain({ bufferLimit: 1000, filters: { A: { reqh: () => StopAllBuffer } } })
    const client = chain.open({}, false)
    client.part('x'.repeat(1001))
    expect(client.status).toBe(413)
  })

  test('a paused response over the limit is reset when its head is gone', () => {
    const chain = new Chain({ bufferLimit: 1000, filters: { A: { resb: () => Pause } } })
    const client = chain.open()
    chain.upstream.answer(200, 'x'.repeat(5000))
    expect(client.resetReason).toBe('local_reset')
    expect(chain.logLines).toEqual(['200 response_payload_too_large -'])
    expect(chain.take().filter((event) => event.startsWith('A.'))).toEqual([
      'A.reqh end',
      'A.resh',
      'A.resb 5000 end',
      'A.log',
      'A.done',
      'A.delete',
    ])
  })

  test('a paused response over the limit is a 500 while its head is held', () => {
    const chain = new Chain({ bufferLimit: 1000, filters: { A: { resh: () => Pause, resb: () => Pause } } })
    const client = chain.open()
    chain.upstream.answer(200, 'x'.repeat(5000))
    expect([client.status, client.body]).toEqual([500, 'Internal Server Error'])
    expect(chain.logLines).toEqual(['500 response_payload_too_large -'])
  })

  test('a response held under flow control stops the upstream', () => {
    const chain = new Chain({ bufferLimit: 10, filters: { A: { resh: () => StopAll } } })
    chain.open()
    chain.upstream.stream.responseHead(HeaderMap.from([[':status', '200']]), false)
    chain.upstream.part('x'.repeat(11))
    expect(chain.upstream.paused).toBe(1)
    chain.filters[0]!.hosts[0]!.continueStream(1)
    expect(chain.upstream.paused).toBe(0)
  })
})

describe('FilterPath lets a filter change bodies and make trailers', () => {
  test('what is put into the visible buffer goes on', () => {
    const chain = new Chain({
      filters: { A: { reqb: ({ host }) => (host.body(0, true)!.prepend(Buffer.from('>')), Continue) }, B: SEES_ALL },
    })
    const client = chain.open({}, false)
    client.part('abc', true)
    expect(chain.take()).toEqual(['A.reqh', 'B.reqh', 'up.head', 'A.reqb 3 end', 'B.reqb 4 end', 'up.data >', 'up.data abc end'])
  })

  test('a last part that was emptied still ends the message', () => {
    const chain = new Chain({ filters: { A: { reqb: ({ host }) => (host.body(0, true)!.clear(), Continue) } } })
    chain.open({}, false).part('abc', true)
    expect(chain.take()).toEqual(['A.reqh', 'up.head', 'A.reqb 3 end', 'up.data  end'])
  })

  test.each([0, 1])('trailers made in the last body callback of direction %i reach the next filters', (direction) => {
    const type = direction === 0 ? 1 : 3
    const make = ({ host, end }: Guest) => (end ? host.createTrailers(type)?.add('t', '1') : undefined, Continue)
    const adder: FilterScript = direction === 0 ? { reqb: make } : { resb: make }
    const names = direction === 0 ? ['A', 'B'] : ['B', 'A']
    const chain = new Chain({ filters: Object.fromEntries(names.map((name) => [name, name === 'A' ? adder : SEES_ALL])) })
    const client = chain.open({}, direction === 1)
    if (direction === 0) client.part('abc', true)
    else chain.upstream.answer(200, 'abc')
    const events = chain.take().join()
    expect(events).toContain(
      direction === 0
        ? 'A.reqb 3 end,B.reqb 3,up.data abc,B.reqt,up.trailers t=1'
        : 'A.resb 3 end,B.resb 3,client.data abc,B.rest,client.trailers t=1',
    )
  })

  test('trailers can be made while the last part is paused, and nowhere else', () => {
    const chain = new Chain({ filters: { A: { reqb: () => Pause } } })
    const client = chain.open({}, false)
    const host = chain.filters[0]!.hosts[0]!
    expect(host.createTrailers(1)).toBeNull()
    client.part('abc')
    expect(host.createTrailers(1)).toBeNull()
    client.part('', true)
    host.createTrailers(1)!.add('t', '1')
    expect(bodyText(host, 0)).toBe('abc')
    host.continueStream(0)
    expect(chain.take().slice(-2)).toEqual(['up.data abc', 'up.trailers t=1'])
  })
})
