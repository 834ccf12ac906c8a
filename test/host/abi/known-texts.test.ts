import { expect, test } from 'vitest'
import { KnownTexts, LONGEST_KNOWN } from '../../../host/abi/known-texts.ts'

function copied(known: KnownTexts, text: string): string {
  const target = Buffer.alloc(64, 0xaa)
  known.copy(text, new DataView(target.buffer, target.byteOffset, target.length), 8)
  expect(target.subarray(0, 8).every((byte) => byte === 0xaa)).toBe(true)
  return target.latin1Slice(8, 8 + text.length)
}

test('copies texts of each length, again and after others of the same slot', () => {
  const known = new KnownTexts()
  // Texts that differ in the first byte only share a slot.
  for (const first of ['a', 'b', 'é', 'a']) {
    for (let length = 1; length <= LONGEST_KNOWN; length++) {
      const text = first + 'x'.repeat(length - 1)
      expect(copied(known, text)).toBe(text)
      expect(copied(known, text)).toBe(text)
    }
  }
})
