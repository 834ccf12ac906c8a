import { describe, expect, test } from 'vitest'
import { abiVersionOf, isWithin } from '../../../host/abi/version.ts'
import { propertySegments } from '../../../host/abi/property-path.ts'
import { readText, writeText } from '../../../host/abi/text.ts'

const exported = (...names: string[]): { name: string; kind: string }[] => names.map((name) => ({ name, kind: 'function' }))

describe('abiVersionOf', () => {
  test.each([
    [['malloc', 'proxy_abi_version_0_2_1'], '0.2.1'],
    [['proxy_abi_version_0_2_0', 'proxy_abi_version_0_2_1'], '0.2.0'],
    [['proxy_abi_version_9_9_9', 'proxy_abi_version_0_1_0'], '0.1.0'],
    [['proxy_abi_version_9_9_9'], null],
    [['malloc'], null],
  ])('of exports %j is %s', (names, version) => {
    expect(abiVersionOf(exported(...names))).toBe(version)
  })

  test('sees functions only', () => {
    expect(abiVersionOf([{ name: 'proxy_abi_version_0_2_1', kind: 'memory' }])).toBeNull()
  })
})

test('isWithin takes both ends in', () => {
  expect(isWithin('0.2.0', '0.2.0', '0.2.0')).toBe(true)
  expect(isWithin('0.1.0', '0.2.0', null)).toBe(false)
  expect(isWithin('0.2.1', '0.1.0', '0.2.0')).toBe(false)
})

test.each([
  ['', []],
  ['\0', []],
  ['request', ['request']],
  ['request\0path', ['request', 'path']],
  ['request\0path\0', ['request', 'path']],
  ['a\0\0b', ['a', '', 'b']],
])('propertySegments of %j', (path, segments) => {
  expect(propertySegments(path)).toEqual(segments)
})

describe('readText', () => {
  const buffer = Buffer.alloc(600)

  test('gives back what writeText wrote, at every length', () => {
    for (let length = 0; length < 100; length++) {
      const text = String.fromCharCode(...Array.from({ length }, (_, i) => (i * 37 + length) & 0xff))
      writeText(buffer, 5, text)
      expect(readText(buffer, 5, 5 + length)).toBe(text)
    }
  })

  test('tells texts apart that share length, first, middle and last byte', () => {
    for (const text of ['axbxc', 'aybyc', 'axbyc', 'aybxc', 'axbxc']) {
      writeText(buffer, 0, text)
      expect(readText(buffer, 0, text.length)).toBe(text)
    }
  })
})
