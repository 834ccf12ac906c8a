import { describe, expect, test } from 'vitest'
import type { HttpConnectionManagerConfig } from '../../../host/config/types.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { Chain } from './fixture.ts'

const DATE = 'date: Thu, 01 Jan 2026 00:00:00 GMT'

const answer = (headers: Record<string, string>, config: Partial<HttpConnectionManagerConfig> = {}) => {
  const chain = new Chain({ config })
  const client = chain.open({ 'x-request-id': 'id-1' })
  chain.upstream.answer(200, null, headers)
  return client.lines
}

describe('response head', () => {
  test.each<[string, Record<string, string>, Partial<HttpConnectionManagerConfig>, string[]]>([
    ['date and server come last', { 'x-a': '1' }, {}, ['x-a: 1', DATE, 'server: envoy']],
    [
      'both keep their place when the upstream sent them',
      { server: 'up', date: 'then', 'x-a': '1' },
      {},
      ['server: envoy', 'date: then', 'x-a: 1'],
    ],
    [
      'what belongs to the connection is removed',
      { connection: 'close, x-b', 'keep-alive': '1', 'transfer-encoding': 'chunked', upgrade: 'x', 'x-b': '1' },
      {},
      ['x-b: 1', DATE, 'server: envoy'],
    ],
    ['APPEND_IF_ABSENT', { server: 'up' }, { serverHeader: 'APPEND_IF_ABSENT' }, ['server: up', DATE]],
    ['PASS_THROUGH', {}, { serverHeader: 'PASS_THROUGH' }, [DATE]],
    [
      'request id and via',
      {},
      { alwaysSetRequestIdInResponse: true, via: 'sluice' },
      [DATE, 'server: envoy', 'x-request-id: id-1', 'via: sluice'],
    ],
  ])('%s', (_name, headers, config, lines) => {
    expect(answer(headers, config)).toEqual([':status: 200', ...lines])
  })

  test('the date follows the clock', () => {
    const chain = new Chain()
    chain.time.advance('1500ms')
    const client = chain.open()
    chain.upstream.answer(200)
    expect(client.response!.get('date')).toBe('Thu, 01 Jan 2026 00:00:01 GMT')
  })

  test('an answer before the end of the request ends the connection', () => {
    const chain = new Chain()
    const early = chain.open({}, false)
    chain.upstream.answer(200)
    const complete = chain.open()
    chain.upstream.answer(200)
    expect([early.isClosing, complete.isClosing]).toEqual([true, false])
  })

  test('a head that comes in pieces takes time from its first one', () => {
    const chain = new Chain({ config: { streamIdleTimeout: 100, requestTimeout: 0 } })
    const client = chain.connect()
    client.stream.headBegun()
    chain.time.advance('100ms')
    expect([client.status, client.body]).toEqual([408, 'stream timeout'])
  })

  test('a connection that ends with a local reply made at once lingers', () => {
    const chain = new Chain()
    const refused = chain.open({ ':path': '*' })
    const answered = chain.open()
    chain.upstream.answer(200)
    expect([refused.isLingering, answered.isLingering]).toEqual([true, false])
  })

  test('interim answers of the upstream are not passed on', () => {
    const chain = new Chain()
    const client = chain.open()
    chain.upstream.stream.informational(HeaderMap.from([[':status', '103']]))
    expect([client.response, chain.take()]).toEqual([null, ['up.head end']])
  })
})
