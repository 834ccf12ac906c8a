/** Bytes that differ a little from others. */
import type { Dice } from '../http1/messages.ts'

/** Bytes that mean something in DER, JSON, PEM or base64. */
const SPECIAL = Buffer.from('\x00\x01\x02\x03\x04\x05\x06\x30\x7f\x80\x81\x82\xff{}[]",:\\ =-_+/\n\r\tAz09', 'latin1')

/** One change: a byte that is another, goes, comes or stands twice, a bit, an end that is cut off or is that of `other`. */
export function mutatedBytes(bytes: Buffer, other: Buffer, dice: Dice): Buffer {
  const at = dice.roll(bytes.length + 1)
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (dice.roll(9)) {
    case 0:
      return Buffer.concat([head, Buffer.of(dice.roll(256)), tail.subarray(1)])
    case 1:
      return Buffer.concat([head, Buffer.of((tail[0] ?? 0) ^ (1 << dice.roll(8))), tail.subarray(1)])
    case 2:
      return Buffer.concat([head, Buffer.of(dice.pick([...SPECIAL])), tail.subarray(1)])
    case 3:
      return Buffer.concat([head, tail.subarray(1 + dice.roll(4))])
    case 4:
      return Buffer.concat([head, Buffer.of(dice.pick([...SPECIAL])), tail])
    case 5:
      return Buffer.concat([head, bytes.subarray(dice.roll(at + 1), at), tail])
    case 6:
      return head
    case 7:
      return Buffer.concat([head, other.subarray(dice.roll(other.length + 1))])
    default:
      return Buffer.concat([head, other.subarray(at)])
  }
}
