import { describe, expect, test } from 'vitest'
import { copyEncodedHeaders, encodeHeaders } from '../../../host/abi/encoded-headers.ts'
import { encodePairs } from '../../../host/abi/pairs.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'

/** What a guest gets; the bytes around it must stay as they are. */
function encoded(map: HeaderMap): Buffer {
  const size = encodeHeaders(map)
  const target = Buffer.alloc(size + 8, 0xaa)
  if (size > 0) copyEncodedHeaders(target, 4)
  expect(target.subarray(0, 4).toString('hex') + target.subarray(size + 4).toString('hex')).toBe('aaaaaaaaaaaaaaaa')
  return target.subarray(4, size + 4)
}

function fresh(map: HeaderMap): Buffer {
  return Buffer.from(encodePairs(map.fields))
}

describe('encodeHeaders', () => {
  test('gives nothing for an empty map', () => {
    expect(encodeHeaders(new HeaderMap())).toBe(0)
  })

  test('follows a change that leaves the size as it was', () => {
    const map = HeaderMap.from([['a', '1']])
    encoded(map)
    map.set('a', '2')
    expect(encoded(map)).toEqual(fresh(map))
  })

  test('takes turns between maps', () => {
    const first = HeaderMap.from([
      ['a', '1'],
      ['b', '2'],
    ])
    const second = HeaderMap.from([
      ['a', '1'],
      ['c', '3'],
    ])
    for (let i = 0; i < 3; i++) {
      first.push(`x${i}`, 'y')
      expect(encoded(first)).toEqual(fresh(first))
      expect(encoded(second)).toEqual(fresh(second))
    }
  })

  test('holds many fields and long values', () => {
    const map = new HeaderMap()
    for (let i = 0; i < 600; i++) map.push(`name-${i}`, `value-${i}`.repeat(i % 40))
    expect(encoded(map)).toEqual(fresh(map))
    map.push('long', 'v'.repeat(100_000))
    expect(encoded(map)).toEqual(fresh(map))
  })
})

describe('encodeHeaders after changes', () => {
  const names = [':path', 'accept', 'x-a', 'x-b', 'x-c', 'cookie']
  const changes: readonly ((map: HeaderMap, name: string, value: string) => void)[] = [
    (map, name, value) => map.add(name, value),
    (map, name, value) => map.push(name, value),
    (map, name, value) => map.set(name, value),
    (map, name, value) => map.setInPlace(name, value),
    (map, name) => void map.remove(name),
    (map) => map.clear(),
  ]

  test('equals a fresh encoding after any sequence of changes', () => {
    let state = 1
    const next = (below: number): number => (state = (state * 48271) % 2147483647) % below
    for (let round = 0; round < 300; round++) {
      const map = HeaderMap.from([[':path', '/']])
      for (let step = 0; step < 25; step++) {
        // Appending is the common change; clearing the rare one.
        const change = changes[next(3) > 0 ? 0 : next(step % 9 === 0 ? 6 : 5)]!
        change(map, names[next(names.length)]!, 'v'.repeat(next(80)))
        if (next(3) > 0) expect(encoded(map)).toEqual(fresh(map))
      }
    }
  })
})
