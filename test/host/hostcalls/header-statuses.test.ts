/** Statuses of the hostcalls on header maps, by phase and argument, as a real Envoy answers them. */
import { describe, expect, test } from 'vitest'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { type Guest } from '../plugin/scripted-engine.ts'
import { inRequestHeaders, setUp } from '../plugin/setup.ts'
import { inTick, withHeaders } from './status-fixture.ts'

describe('header maps', () => {
  const get = (guest: Guest, map: number, name: string): number | string => {
    const status = guest.call('proxy_get_header_map_value', map, ...guest.put(name), 16, 20)
    return status === 0 ? guest.result() : status
  }

  test.each([
    ['first value of several', 'x-dup', '1'],
    ['name in another case', 'X-DuP', '1'],
    ['empty value', 'x-empty', ''],
    ['missing name', 'nope', 1],
    ['empty name', '', 1],
    ['host as :authority', 'Host', 'a.test'],
    ['long value', 'x-long', 'v'.repeat(5000)],
    ['bytes from 0x80', 'x-bytes', '\x80\xff'],
  ])('get: %s', (_, name, value) => {
    const stream = withHeaders([':authority', 'a.test'], ['x-dup', '1'], ['x-dup', '2'], ['x-empty', ''])
    stream.maps[0]!.push('x-long', 'v'.repeat(5000))
    stream.maps[0]!.push('x-bytes', '\x80\xff')
    expect(inRequestHeaders((guest) => get(guest, 0, name), stream)).toBe(value)
  })

  test('get of an empty value writes address and size 0', () => {
    inRequestHeaders(
      (guest) => {
        get(guest, 0, 'x-empty')
        expect([guest.word(16), guest.word(20)]).toEqual([0, 0])
      },
      withHeaders(['x-empty', '']),
    )
  })

  test('get of a missing name is 0 and empty for ABI 0.1.0', () => {
    const seen: unknown[] = []
    const { open } = setUp({ proxy_on_request_headers: (guest) => void seen.push(get(guest, 0, 'nope')) }, {}, '0_1_0')
    open().context.onRequestHeaders(1, true)
    expect(seen).toEqual([''])
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8, -1])('map %i is not there in on_request_headers', (map) => {
    inRequestHeaders(
      (guest) => {
        const field = [...guest.put('a'), ...guest.put('b')] as const
        expect(get(guest, map, 'a')).toBe(2)
        expect(guest.call('proxy_get_header_map_size', map, 16)).toBe(2)
        expect(guest.call('proxy_add_header_map_value', map, ...field)).toBe(2)
        expect(guest.call('proxy_replace_header_map_value', map, ...field)).toBe(2)
        expect(guest.call('proxy_remove_header_map_value', map, ...guest.put('a'))).toBe(2)
        expect(guest.call('proxy_set_header_map_pairs', map, ...guest.pairs('a', 'b'))).toBe(2)
        const known = map >= 0 && map < 8
        expect(guest.call('proxy_get_header_map_pairs', map, 16, 20)).toBe(known ? 0 : 2)
        if (known) expect([guest.word(16), guest.word(20)]).toEqual([0, 0])
      },
      withHeaders(['a', '1']),
    )
  })

  test('size is the bytes of names and values', () => {
    inRequestHeaders(
      (guest) => {
        expect(guest.call('proxy_get_header_map_size', 0, 16)).toBe(0)
        expect(guest.word(16)).toBe(10)
      },
      withHeaders(['abc', '12'], ['de', '345']),
    )
  })

  test('pairs keep order and duplicates', () => {
    inRequestHeaders(
      (guest) => {
        expect(guest.call('proxy_get_header_map_pairs', 0, 16, 20)).toBe(0)
        expect(Buffer.from(guest.result(), 'latin1').toString('hex')).toBe(
          '0200000001000000010000000100000002000000610031006100323200',
        )
      },
      withHeaders(['a', '1'], ['A', '22']),
    )
  })

  const changes: [string, (guest: Guest) => number, string[]][] = [
    [
      'add appends',
      (guest) => guest.call('proxy_add_header_map_value', 0, ...guest.put('X-A'), ...guest.put('3')),
      ['x-a', '1', 'b', '2', 'x-a', '3'],
    ],
    [
      'replace moves to the end',
      (guest) => guest.call('proxy_replace_header_map_value', 0, ...guest.put('X-A'), ...guest.put('3')),
      ['b', '2', 'x-a', '3'],
    ],
    ['remove takes all values', (guest) => guest.call('proxy_remove_header_map_value', 0, ...guest.put('X-a')), ['b', '2']],
    ['remove of nothing', (guest) => guest.call('proxy_remove_header_map_value', 0, ...guest.put('zz')), ['x-a', '1', 'b', '2']],
    ['set replaces all', (guest) => guest.call('proxy_set_header_map_pairs', 0, ...guest.pairs('C', '9')), ['c', '9']],
    ['set of nothing wipes', (guest) => guest.call('proxy_set_header_map_pairs', 0, 0, 0), []],
    ['set of garbage wipes', (guest) => guest.call('proxy_set_header_map_pairs', 0, ...guest.put('garbage!')), []],
    [
      'add of a value that no request may hold',
      (guest) => guest.call('proxy_add_header_map_value', 0, ...guest.put('c'), ...guest.put('a\r\nb')),
      ['x-a', '1', 'b', '2', 'c', 'a\r\nb'],
    ],
  ]

  test.each(changes)('%s', (_, change, fields) => {
    const stream = withHeaders(['x-a', '1'], ['b', '2'])
    expect(inRequestHeaders(change, stream)).toBe(0)
    expect(stream.maps[0]!.fields).toEqual(fields)
    expect(stream.events).toEqual(['changed'])
  })

  test.each([
    ['x-a', 'a\r\nb', 2],
    ['x-a', 'a\nb', 2],
    ['x-a', 'a\0b', 2],
    ['x a', 'v', 2],
    ['', 'v', 2],
    ['x-a\r\n', 'v', 2],
    ['x-a', 'tab\tand \xe9', 0],
    [':status', '200', 0],
  ])('in a response: name %j, value %j is %i for every way to write it', (name, value, status) => {
    const statuses: number[] = []
    const { open, services } = setUp({
      proxy_on_response_headers: (guest) => {
        statuses.push(guest.call('proxy_add_header_map_value', 2, ...guest.put(name), ...guest.put(value)))
        statuses.push(guest.call('proxy_replace_header_map_value', 2, ...guest.put(name), ...guest.put(value)))
        statuses.push(guest.call('proxy_set_header_map_pairs', 2, ...guest.pairs(name, value)))
      },
    })
    const stream = withHeaders()
    stream.maps[2] = HeaderMap.from([['keep', '1']])
    const { context } = open(stream)
    context.onRequestHeaders(0, true)
    context.onResponseHeaders(1, true)
    expect(statuses).toEqual([status, status, status])
    if (status === 2) expect(stream.maps[2]!.fields).toEqual(['keep', '1'])
    expect(services.logs.length).toBe(status === 2 ? 3 : 0)
    expect(stream.events).toEqual([])
  })

  test('of a root are not there', () => {
    expect(inTick((guest) => get(guest, 0, 'a'))).toBe(2)
  })
})
