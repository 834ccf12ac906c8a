import { describe, expect, test } from 'vitest'
import { abiVersionOf, isWithin } from '../../../host/abi/version.ts'
import { propertySegments } from '../../../host/abi/property-path.ts'
import { readName, readText, writeText } from '../../../host/abi/text.ts'

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

describe('texts in guest memory', () => {
  const buffer = Buffer.alloc(600)
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)

  test('readText gives back what writeText wrote, at every length and address', () => {
    for (let length = 0; length < 100; length++) {
      const text = String.fromCharCode(...Array.from({ length }, (_, i) => (i * 37 + length) & 0xff))
      for (const at of [0, 1, 2, 3]) {
        writeText(buffer, at, text)
        expect(readText(buffer, view, at, at + length)).toBe(text)
        expect(readText(buffer, view, at, at + length)).toBe(text)
      }
    }
  })

  test('readText tells texts apart that differ in one byte', () => {
    for (const length of [4, 5, 8, 11, 31, 32]) {
      for (let at = 0; at < length; at++) {
        for (const byte of ['a', 'b', 'a']) {
          const text = 'x'.repeat(at) + byte + 'x'.repeat(length - at - 1)
          writeText(buffer, 0, text)
          expect(readText(buffer, view, 0, length)).toBe(text)
        }
      }
    }
  })

  test('readText reads to the very end of memory', () => {
    writeText(buffer, 595, 'abcde')
    expect(readText(buffer, view, 595, 600)).toBe('abcde')
    expect(readText(buffer, view, 599, 600)).toBe('e')
  })

  test('readName gives the canonical string', () => {
    for (const name of ['X-Trace-Id', 'x-trace-id', 'TE', 'a', '']) {
      writeText(buffer, 9, name)
      expect(readName(buffer, view, 9, 9 + name.length)).toBe(name.toLowerCase())
    }
  })
})
