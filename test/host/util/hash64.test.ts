import { expect, it } from 'vitest'
import { murmurHash64 } from '../../../host/util/murmur-hash64.ts'
import { Uint64 } from '../../../host/util/uint64.ts'
import { xxHash64 } from '../../../host/util/xx-hash64.ts'

const hexOf = ({ high, low }: Uint64): string => [high, low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')

const LONG = 'Nobody inspects the spammish repetition: '.repeat(3)

// Values of the reference implementations: PyPI xxhash 4.1.0, and Murmur's own formula over Python's integers.
it.each([
  { text: '', seed: 0, hash: 'ef46db3751d8e999' },
  { text: '', seed: 1, hash: 'd5afba1336a3be4b' },
  { text: 'a', seed: 0, hash: 'd24ec4f1a98c6e5b' },
  { text: '127.0.0.1:80_17', seed: 0, hash: '0c64e54776534ecf' },
  { text: '127.0.0.1:80', seed: 1, hash: '2abcf391f7de5a34' },
  { text: LONG, seed: 0, hash: 'b1640a5f843d66ed' },
  { text: '\xff\x80\x00\xfe'.repeat(12), seed: 0xffffffff, hash: '584c261599466d22' },
])('xxHash64 of $text with seed $seed is $hash', ({ text, seed, hash }) => {
  expect(hexOf(xxHash64(text, seed, new Uint64()))).toBe(hash)
})

it.each([
  { text: '', hash: '553e93901e462a6e' },
  { text: 'a', hash: '454ddee488c1ed6b' },
  { text: '127.0.0.1:80_17', hash: '260c77a91e47235e' },
  { text: LONG, hash: '0435c59267978946' },
  { text: '\xff\x80\x00\xfe'.repeat(12), hash: '5f32754823cd663a' },
])('murmurHash64 of $text is $hash', ({ text, hash }) => {
  expect(hexOf(murmurHash64(text, new Uint64()))).toBe(hash)
})

it('Uint64 divides and compares as BigInt does', () => {
  const values = [new Uint64(-1, -1), new Uint64(0x80000000, 1), new Uint64(0, 0xfffffffe), new Uint64(5, 0), new Uint64()]
  const bigOf = (value: Uint64): bigint => BigInt(`0x${hexOf(value)}`)
  for (const value of values) {
    for (const divisor of [1, 100, 65537, 5000011]) expect(value.modulo(divisor)).toBe(Number(bigOf(value) % BigInt(divisor)))
    for (const other of values) {
      const wanted = bigOf(value) < bigOf(other) ? -1 : bigOf(value) > bigOf(other) ? 1 : 0
      expect(Math.sign(value.compare(other.high, other.low))).toBe(wanted)
    }
  }
})
