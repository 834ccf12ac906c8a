import { Bytes, JsonReader, JsonToken, JsonWriter, decodeHex, utf8 } from '@sluice/sdk'
import { equal, same, spec } from './support/spec'

spec('json writer: sets commas and colons', () => {
  const writer = JsonWriter.create().beginObject().name(utf8('a')).uint(1).name(utf8('b')).beginArray()
  writer.int(-2).bool(true).bool(false).null().string(utf8('x')).beginObject().endObject().beginArray().endArray()
  writer.endArray().name(utf8('c')).double(1.5).endObject()
  same(writer.toBytes(), utf8('{"a":1,"b":[-2,true,false,null,"x",{},[]],"c":1.5}'))
})

spec('json writer: escapes what a string may not hold', () => {
  same(
    JsonWriter.create().string(utf8('"\\/\b\f\n\r\t\0\x1f\x7f')).toBytes(),
    utf8('"\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f"'),
  )
  same(JsonWriter.create().string(utf8('é€😀')).toBytes(), utf8('"é€😀"'))
  same(
    JsonWriter.create()
      .string(decodeHex(utf8('61ff62e28263')))
      .toBytes(),
    utf8('"a\ufffdb\ufffd\ufffdc"'),
  )
})

spec('json writer: has no word for numbers that are none', () => {
  same(
    JsonWriter.create().beginArray().double(NaN).double(Infinity).double(-Infinity).endArray().toBytes(),
    utf8('[null,null,null]'),
  )
  same(JsonWriter.create().uint(u64.MAX_VALUE).toBytes(), utf8('18446744073709551615'))
  same(JsonWriter.create().int(i64.MIN_VALUE).toBytes(), utf8('-9223372036854775808'))
})

spec('json writer: writes what the reader reads', () => {
  const text = decodeHex(utf8('0001090a0d1f20225c7f61c3a9'))
  const reader = new JsonReader(JsonWriter.create().beginArray().string(text).double(0.1).raw(utf8('[1]')).endArray().toBytes())
  equal(reader.next(), JsonToken.BeginArray)
  equal(reader.next(), JsonToken.String)
  same(reader.text, text)
  equal(reader.next(), JsonToken.Number)
  equal(reader.toF64(), 0.1)
  equal(reader.skipValue(), true)
  equal(reader.next(), JsonToken.EndArray)
  equal(reader.next(), JsonToken.End)
})

spec('json reader: stays at an error and at the end', () => {
  const broken = new JsonReader(utf8('[1,]'))
  while (broken.next() != JsonToken.Error) continue
  equal(broken.next(), JsonToken.Error)
  equal(broken.position, 3)
  const whole = new JsonReader(utf8('1'))
  equal(whole.next(), JsonToken.Number)
  equal(whole.next(), JsonToken.End)
  equal(whole.next(), JsonToken.End)
  same(whole.error, Bytes.absent)
})

spec('json reader: keeps many names apart in one object', () => {
  const writer = JsonWriter.create().beginObject()
  for (let i = 0; i < 2000; i++) writer.name(Bytes.fromString(i.toString())).int(i)
  const reader = new JsonReader(writer.endObject().toBytes())
  equal(reader.skipValue(), true)
  equal(reader.next(), JsonToken.End)
})
