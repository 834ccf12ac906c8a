import { describe, expect, test } from 'vitest'
import type { HeaderMap } from '../../../host/http/header-map.ts'
import type { HttpHost, StreamMap } from '../../../host/plugin/stream-host.ts'
import { Chain } from './fixture.ts'
import type { FilterScript } from './fixture.ts'

/** A filter that changes a map in its headers callback. */
function changing(type: StreamMap, change: (map: HeaderMap) => void): FilterScript {
  const callback = ({ host }: { host: HttpHost }) => {
    change(host.headerMap(type, true)!)
    if (type === 0) host.requestHeadersChanged()
  }
  return type === 0 ? { reqh: callback } : { resh: callback }
}

describe('what filters may have broken', () => {
  const request = 'filter_removed_required_request_headers'
  test.each<[string, (map: HeaderMap) => void, number, string, string, string]>([
    [':path removed', (map) => void map.remove(':path'), 404, '', 'route_not_found', 'NR'],
    [':path empty', (map) => map.set(':path', ''), 404, '', 'route_not_found', 'NR'],
    [
      ':method removed',
      (map) => void map.remove(':method'),
      503,
      'missing required header: :method',
      `${request}{missing_required_header:_:method}`,
      'DPE',
    ],
    [
      'CR LF in a value',
      (map) => map.add('x-a', '1\r\n2'),
      503,
      'invalid header value for: x-a',
      `${request}{invalid_header_value_for:_x-a}`,
      'DPE',
    ],
    [
      'NUL in a value',
      (map) => map.add('x-a', '\0'),
      503,
      'invalid header value for: x-a',
      `${request}{invalid_header_value_for:_x-a}`,
      'DPE',
    ],
    [
      'blank in a name',
      (map) => map.add('x a', '1'),
      503,
      'invalid header name: x a',
      `${request}{invalid_header_name:_x_a}`,
      'DPE',
    ],
    ['no name', (map) => map.add('', '1'), 503, 'invalid header name: ', `${request}{invalid_header_name:_}`, 'DPE'],
  ])('request: %s', (_name, change, status, body, details, flags) => {
    const chain = new Chain({ filters: { A: changing(0, change) } })
    const client = chain.open()
    expect([client.status, client.body]).toEqual([status, body])
    expect(chain.logLines).toEqual([`${status} ${details} ${flags}`])
    expect(chain.terminals).toEqual([])
  })

  test.each<[string, (map: HeaderMap) => void]>([
    [':authority removed', (map) => void map.remove(':authority')],
    [':scheme removed', (map) => void map.remove(':scheme')],
    ['bytes from 0x80 in a value', (map) => map.add('x-a', '\x80\xff')],
    ['an unknown pseudo header', (map) => map.add(':foo', '1')],
    ['a thousand headers', (map) => Array.from({ length: 1000 }, (_, i) => map.add(`x-${i}`, '1'))],
  ])('request goes on: %s', (_name, change) => {
    const chain = new Chain({ filters: { A: changing(0, change) } })
    chain.open()
    expect(chain.terminals).toHaveLength(1)
  })

  const response = 'filter_removed_required_response_headers'
  test.each<[string, (map: HeaderMap) => void, string, string]>([
    [
      ':status removed',
      (map) => void map.remove(':status'),
      'missing required header: :status',
      `${response}{missing_required_header:_:status}`,
    ],
    [
      ':status joined',
      (map) => map.add(':status', '404'),
      'missing required header: :status',
      `${response}{missing_required_header:_:status}`,
    ],
    [
      ':status text',
      (map) => map.set(':status', 'abc'),
      'missing required header: :status',
      `${response}{missing_required_header:_:status}`,
    ],
    ['all removed', (map) => map.clear(), 'missing required header: :status', `${response}{missing_required_header:_:status}`],
    [
      'CR LF in a value',
      (map) => map.add('x-a', '1\r\n2'),
      'invalid header value for: x-a',
      `${response}{invalid_header_value_for:_x-a}`,
    ],
  ])('response: %s', (_name, change, body, details) => {
    const chain = new Chain({ filters: { A: changing(2, change) } })
    const client = chain.open()
    chain.upstream.answer(200, 'xyz')
    expect([client.status, client.body, client.isComplete]).toEqual([502, body, true])
    expect(chain.logLines).toEqual([`502 ${details} -`])
  })
})
