import {
  Bytes,
  BytesBuilder,
  decodeBase64,
  decodeBase64Url,
  decodeHex,
  decodePercent,
  encodeBase64,
  encodeBase64Url,
  encodeHex,
  encodePercent,
  isUtf8,
  utf8,
} from '@sluice/sdk'
import { equal, same, spec } from './support/spec'

/** `length` bytes that look random. */
function noise(length: i32): Bytes {
  const builder = BytesBuilder.create()
  for (let i = 0; i < length; i++) builder.addByte(<u8>(i * 131 + length))
  return builder.toBytes()
}

spec('base64: has the vectors of RFC 4648', () => {
  same(encodeBase64(Bytes.empty), Bytes.empty)
  same(encodeBase64(utf8('f')), utf8('Zg=='))
  same(encodeBase64(utf8('fo')), utf8('Zm8='))
  same(encodeBase64(utf8('foo')), utf8('Zm9v'))
  same(encodeBase64(utf8('foob')), utf8('Zm9vYg=='))
  same(encodeBase64(utf8('fooba')), utf8('Zm9vYmE='))
  same(encodeBase64(utf8('foobar')), utf8('Zm9vYmFy'))
})

spec('base64: decodes what it encodes, for every length', () => {
  for (let length = 0; length < 70; length++) {
    same(decodeBase64(encodeBase64(noise(length))), noise(length))
    same(decodeBase64Url(encodeBase64Url(noise(length))), noise(length))
  }
})

spec('base64: has two alphabets', () => {
  const bytes = decodeHex(utf8('fbff'))
  same(encodeBase64(bytes), utf8('+/8='))
  same(encodeBase64Url(bytes), utf8('-_8'))
  same(decodeBase64(utf8('-_8=')), Bytes.absent)
  same(decodeBase64Url(utf8('+/8')), Bytes.absent)
})

spec('base64: refuses what its encoder does not write', () => {
  same(decodeBase64(utf8('Zg')), Bytes.absent)
  same(decodeBase64(utf8('Zg=')), Bytes.absent)
  same(decodeBase64(utf8('Z===')), Bytes.absent)
  same(decodeBase64(utf8('====')), Bytes.absent)
  same(decodeBase64(utf8('Zh==')), Bytes.absent)
  same(decodeBase64(utf8('Zm9=')), Bytes.absent)
  same(decodeBase64(utf8('Zm9v\nZm9v')), Bytes.absent)
  same(decodeBase64(utf8('Zm=v')), Bytes.absent)
  same(decodeBase64(utf8('Zg==Zg==')), Bytes.absent)
  same(decodeBase64Url(utf8('Z')), Bytes.absent)
  same(decodeBase64Url(utf8('Zg==')), Bytes.absent)
  same(decodeBase64Url(utf8('Zh')), Bytes.absent)
})

spec('hex: decodes what it encodes, and nothing else', () => {
  same(encodeHex(utf8('az\x7f')), utf8('617a7f'))
  same(decodeHex(utf8('617A7f')), utf8('az\x7f'))
  same(decodeHex(utf8('6')), Bytes.absent)
  same(decodeHex(utf8('6g')), Bytes.absent)
  for (let length = 0; length < 40; length++) same(decodeHex(encodeHex(noise(length))), noise(length))
})

spec('percent: leaves unreserved characters alone', () => {
  same(encodePercent(utf8('azAZ09-._~')), utf8('azAZ09-._~'))
  same(encodePercent(utf8('a b/?é%')), utf8('a%20b%2F%3F%C3%A9%25'))
})

spec('percent: decodes what it encodes, and refuses half an escape', () => {
  for (let length = 0; length < 300; length += 7) same(decodePercent(encodePercent(noise(length))), noise(length))
  same(decodePercent(utf8('%2f%2F+')), utf8('//+'))
  same(decodePercent(utf8('%')), Bytes.absent)
  same(decodePercent(utf8('%2')), Bytes.absent)
  same(decodePercent(utf8('%2g')), Bytes.absent)
  same(decodePercent(utf8('a%%20')), Bytes.absent)
})

spec('utf8: accepts well-formed text only', () => {
  equal(isUtf8(utf8('aé€😀')), true)
  equal(isUtf8(Bytes.empty), true)
  equal(isUtf8(decodeHex(utf8('80'))), false)
  equal(isUtf8(decodeHex(utf8('c0af'))), false)
  equal(isUtf8(decodeHex(utf8('e080af'))), false)
  equal(isUtf8(decodeHex(utf8('eda080'))), false)
  equal(isUtf8(decodeHex(utf8('f4908080'))), false)
  equal(isUtf8(decodeHex(utf8('61e282'))), false)
})
