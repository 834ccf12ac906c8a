import { Random, xxh64, utf8 } from '@sluice/sdk'
import { equal, spec } from './support/spec'

spec('random: repeats itself for a seed, and differs for another', () => {
  const first = new Random(42)
  const again = new Random(42)
  const other = new Random(43)
  let equals = 0
  for (let i = 0; i < 100; i++) {
    const value = first.u64()
    equal(again.u64(), value)
    equals += i32(other.u64() == value)
  }
  equal(equals, 0)
})

spec('random: is seeded by the proxy', () => {
  equal(Random.seeded().u64(), new Random(0x0707070707070707).u64())
})

spec('random: stays below its limit, and reaches every number', () => {
  const random = new Random(7)
  let seen: u32 = 0
  for (let i = 0; i < 1000; i++) {
    const value = random.below(20)
    equal(value < 20, true)
    seen |= 1 << value
  }
  equal(seen, (1 << 20) - 1)
  equal(random.below(0), 0)
  equal(random.below(1), 0)
})

spec('random: is spread evenly', () => {
  const random = new Random(99)
  let low = 0
  let sum = 0.0
  for (let i = 0; i < 20000; i++) {
    low += i32(random.below(3000000000) < 1500000000)
    sum += random.f64()
  }
  equal(abs(low - 10000) < 300, true)
  equal(abs(sum - 10000.0) < 200.0, true)
})

spec('xxh64: hashes the empty text as the reference', () => {
  equal(xxh64(utf8('')), 17241709254077376921)
})
