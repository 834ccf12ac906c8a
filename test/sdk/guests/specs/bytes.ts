import { Bytes, equalsConstantTime, sha256, encodeHex, utf8 } from '@sluice/sdk'
import { equal, same, spec } from './support/spec'

spec('bytes: compare by content', () => {
  equal(utf8('abc') == utf8('abc'), true)
  equal(utf8('abc') != utf8('abd'), true)
  equal(utf8('ABC').equalsIgnoreCase(utf8('abc')), true)
  equal(utf8('a@c').equalsIgnoreCase(utf8('a`c')), false)
  equal(utf8('abc').compare(utf8('abd')) < 0, true)
  equal(utf8('abc').compare(utf8('ab')) > 0, true)
})

spec('bytes: clamp what is out of range', () => {
  const text = utf8('hello')
  same(text.slice(-3, 99), text)
  same(text.slice(3, 1), Bytes.empty)
  equal(text[5], 0)
  equal(text[-1], 0)
  same(text.slice(1, 4), utf8('ell'))
})

spec('bytes: search', () => {
  const text = utf8('one two two')
  equal(text.indexOf(utf8('two')), 4)
  equal(text.indexOf(utf8('two'), 5), 8)
  equal(text.indexOf(utf8('three')), -1)
  equal(text.indexOf(Bytes.empty), 0)
  equal(text.indexOfByte(0x74, 5), 8)
  equal(text.lastIndexOfByte(0x6f), 10)
  equal(text.startsWith(utf8('one ')), true)
  equal(text.endsWith(utf8(' two')), true)
  equal(utf8('a').startsWith(utf8('ab')), false)
})

spec('bytes: an absent value is not an empty one', () => {
  equal(Bytes.absent.isAbsent, true)
  equal(Bytes.empty.isAbsent, false)
  equal(Bytes.absent.length, 0)
  same(Bytes.absent.trim(), Bytes.empty)
})

spec('constant time: tells equal from different', () => {
  equal(equalsConstantTime(utf8('secret'), utf8('secret')), true)
  equal(equalsConstantTime(utf8('secret'), utf8('secreT')), false)
  equal(equalsConstantTime(utf8('secret'), utf8('secre')), false)
  equal(equalsConstantTime(Bytes.empty, Bytes.empty), true)
})

spec('sha256: has the digest of the standard', () => {
  same(encodeHex(sha256(utf8('abc'))), utf8('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'))
})
