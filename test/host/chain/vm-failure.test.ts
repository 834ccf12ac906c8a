import { describe, expect, test } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { Action, Chain } from './fixture.ts'
import type { FilterScript } from './fixture.ts'

const { StopAll } = Action
const TRAP = (guest: { trap(): number }) => guest.trap()

describe('a VM that fails', () => {
  test.each([
    ['reqh', false],
    ['reqb', true],
    ['reqt', false],
    ['resh', false],
  ] as const)('in %s: 503 without body, no callback of that filter any more', (name, closes) => {
    const chain = new Chain({ filters: { A: {}, B: { reqb: () => 0, [name]: TRAP } } })
    const client = chain.open({}, name === 'reqh')
    if (name !== 'reqh') client.part('abc')
    if (name === 'reqt' || name === 'resh') client.sendTrailers({ t: '1' })
    if (name === 'resh') chain.upstream.answer(200, 'xyz')
    expect([client.status, client.body, client.isComplete, client.isClosing]).toEqual([503, '', true, closes])
    expect(chain.logLines).toEqual(['503 wasm_fail_stream -'])
    const events = chain.take()
    const after = events.slice(events.findIndex((event) => event.startsWith(`B.${name}`)) + 1)
    expect(after.filter((event) => event.startsWith('B.'))).toEqual([])
    expect(after.filter((event) => event.startsWith('A.'))).toEqual([
      ...(name === 'resh' ? [] : ['A.resh end']),
      'A.log',
      'A.done',
      'A.delete',
    ])
    expect(chain.alive).toBe(0)
  })

  test.each(['resb', 'rest'] as const)('in %s: the response is reset, log code 200', (name) => {
    const chain = new Chain({ filters: { A: { [name]: TRAP } } })
    const client = chain.open()
    chain.upstream.stream.responseHead(HeaderMap.from([[':status', '200']]), false)
    chain.upstream.part('abc')
    chain.upstream.stream.responseTrailers(HeaderMap.from([['t', '1']]))
    expect([client.status, client.resetReason]).toEqual([200, 'local_reset'])
    expect(chain.logLines).toEqual(['200 wasm_fail_stream -'])
  })

  test('ends other streams at their next event', () => {
    const chain = new Chain({ filters: { A: {} } })
    const waiting = chain.open()
    const answer = chain.upstream
    const streaming = chain.open()
    const part = chain.upstream
    part.stream.responseHead(HeaderMap.from([[':status', '200']]), false)
    const sending = chain.open({}, false)
    chain.filters[0]!.vm.failed = true
    for (const host of chain.filters[0]!.hosts) host.vmFailed()
    expect([waiting.response, streaming.resetReason, sending.response]).toEqual([null, null, null])
    answer.answer(200, 'x')
    part.part('x')
    sending.part('x')
    expect([waiting.status, streaming.resetReason, sending.status]).toEqual([503, 'local_reset', 503])
    expect(chain.logLines).toEqual(['503 wasm_fail_stream -', '200 wasm_fail_stream -', '503 wasm_fail_stream -'])
  })

  test.each([
    ['request', { reqh: () => StopAll }],
    ['response', { resh: () => StopAll }],
  ] as [string, FilterScript][])('answers streams at once whose %s the guest holds', (name, script) => {
    const chain = new Chain({ filters: { A: script } })
    const client = chain.open()
    if (name === 'response') chain.upstream.answer(200, 'x')
    expect(client.response).toBeNull()
    chain.filters[0]!.vm.failed = true
    chain.filters[0]!.hosts[0]!.vmFailed()
    expect([client.status, client.isComplete]).toEqual([503, true])
    expect(chain.alive).toBe(0)
  })

  test('a filter that cannot be opened answers 503; filters before it see the reply', () => {
    const chain = new Chain({ filters: { A: {}, B: { open: 'fail' }, C: {} } })
    const client = chain.open()
    expect(client.status).toBe(503)
    expect(chain.logLines).toEqual(['503 wasm_fail_stream -'])
    expect(chain.take()).toEqual([
      'A.reqh end',
      'A.resh end',
      'client.head 503 end',
      'A.log',
      'C.log',
      'access log',
      'A.done',
      'A.delete',
      'C.done',
      'C.delete',
    ])
  })

  test('in on_log the response is fine', () => {
    const chain = new Chain({ filters: { A: { log: TRAP }, B: {} } })
    const client = chain.open()
    chain.upstream.answer(200)
    expect([client.status, client.isComplete, client.resetReason]).toEqual([200, true, null])
    expect(chain.alive).toBe(0)
  })
})
