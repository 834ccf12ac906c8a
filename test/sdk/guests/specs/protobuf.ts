import { Bytes, ProtoReader, ProtoWriter, WireType, decodeHex, encodeHex, utf8 } from '@sluice/sdk'
import { equal, same, spec } from './support/spec'

/** The problem of a message given in hexadecimal; absent when all of it is read. */
function problemOf(hex: Bytes): Bytes {
  const reader = ProtoReader.of(decodeHex(hex))
  while (reader.next()) continue
  return reader.error
}

spec('protobuf: writes the examples of the encoding guide', () => {
  same(encodeHex(ProtoWriter.create().uint(1, 150).toBytes()), utf8('089601'))
  same(encodeHex(ProtoWriter.create().bytes(2, utf8('testing')).toBytes()), utf8('120774657374696e67'))
  same(encodeHex(ProtoWriter.create().int(1, -2).toBytes()), utf8('08feffffffffffffffff01'))
  const inner = ProtoWriter.create().uint(1, 150).toBytes()
  same(encodeHex(ProtoWriter.create().bytes(3, inner).toBytes()), utf8('1a03089601'))
  const items = ProtoWriter.create().packed(3).packed(270).packed(86942).toBytes()
  same(encodeHex(ProtoWriter.create().bytes(6, items).toBytes()), utf8('3206038e029ea705'))
})

spec('protobuf: reads what it writes', () => {
  const writer = ProtoWriter.create().uint(1, u64.MAX_VALUE).int(2, i64.MIN_VALUE).sint(3, i64.MIN_VALUE)
  writer.sint(4, -1).bool(5, true).fixed32(6, 0xdeadbeef).fixed64(7, 0x0123456789abcdef)
  writer.float(8, 1.5).double(9, -2.25).bytes(536870911, utf8('end'))
  const reader = ProtoReader.of(writer.toBytes())
  equal(reader.next() && reader.uint == u64.MAX_VALUE, true)
  equal(reader.next() && reader.int == i64.MIN_VALUE, true)
  equal(reader.next() && reader.sint == i64.MIN_VALUE, true)
  equal(reader.next() && reader.sint == -1, true)
  equal(reader.next() && reader.bool, true)
  equal(reader.next() && reader.fixed32 == 0xdeadbeef, true)
  equal(reader.next() && reader.fixed64 == 0x0123456789abcdef, true)
  equal(reader.next() && reader.float == 1.5, true)
  equal(reader.next() && reader.double == -2.25, true)
  equal(reader.next() && reader.field == 536870911, true)
  same(reader.bytes, utf8('end'))
  equal(reader.next(), false)
  same(reader.error, Bytes.absent)
})

spec('protobuf: reads zigzag in both directions', () => {
  for (let value: i64 = -70; value < 70; value++) {
    const reader = ProtoReader.of(
      ProtoWriter.create()
        .sint(1, value * value * value)
        .toBytes(),
    )
    equal(reader.next() && reader.sint == value * value * value, true)
  }
})

spec('protobuf: reads packed lists and nested messages', () => {
  const reader = ProtoReader.of(decodeHex(utf8('3206038e029ea7051a03089601')))
  reader.next()
  const list = reader.packed()
  equal(list.nextItem() && list.uint == 3, true)
  equal(list.nextItem() && list.uint == 270, true)
  equal(list.nextItem() && list.uint == 86942, true)
  equal(list.nextItem(), false)
  reader.next()
  const nested = reader.message()
  equal(nested.next() && nested.uint == 150, true)
})

spec('protobuf: gives nothing for another wire type', () => {
  const reader = ProtoReader.of(ProtoWriter.create().uint(1, 7).bytes(1, utf8('x')).toBytes())
  reader.next()
  equal(reader.wireType, WireType.Varint)
  same(reader.bytes, Bytes.absent)
  equal(reader.fixed64, 0)
  equal(reader.message().next(), false)
  reader.next()
  equal(reader.uint, 0)
})

spec('protobuf: ends at hostile input with an error', () => {
  same(problemOf(utf8('08')), utf8('number is cut short or too long'))
  same(problemOf(utf8('0880')), utf8('number is cut short or too long'))
  same(problemOf(utf8('08ffffffffffffffffff02')), utf8('number is cut short or too long'))
  same(problemOf(utf8('08ffffffffffffffffffff01')), utf8('number is cut short or too long'))
  same(problemOf(utf8('1203aabb')), utf8('field is cut short'))
  same(problemOf(utf8('12ffffffffffffffffff01')), utf8('field is cut short'))
  same(problemOf(utf8('0d010203')), utf8('field is cut short'))
  same(problemOf(utf8('09010203')), utf8('field is cut short'))
  same(problemOf(utf8('0000')), utf8('field number is invalid'))
  same(problemOf(utf8('f8ffffff1f00')), utf8('field number is invalid'))
  same(problemOf(utf8('0b0c')), utf8('wire type is not supported'))
  same(problemOf(utf8('0e')), utf8('wire type is not supported'))
  same(problemOf(utf8('08ffffffffffffffffff01')), Bytes.absent)
})

spec('protobuf: limits the depth', () => {
  let reader = ProtoReader.of(decodeHex(utf8('0a080a060a040a020801')), 3)
  reader.next()
  reader = reader.message()
  reader.next()
  reader = reader.message()
  equal(reader.next(), true)
  reader = reader.message()
  equal(reader.next(), false)
  same(reader.error, utf8('message is nested too deeply'))
})
