import { random_get } from "../abi/imports";
import { OUT } from "../abi/out";

/** xoshiro256** (Blackman and Vigna): fast, equally distributed, no secrets. */
// @ts-ignore: decorator
@final
export class Random {
  private s0: u64;
  private s1: u64;
  private s2: u64;
  private s3: u64;

  /** A generator that repeats itself for a seed (expanded by splitmix64). */
  constructor(seed: u64) {
    this.s0 = mix(seed + 0x9e3779b97f4a7c15);
    this.s1 = mix(seed + 0x3c6ef372fe94f82a);
    this.s2 = mix(seed + 0xdaa66d2c7ddf743f);
    this.s3 = mix(seed + 0x78dde6e5fd29f054);
  }

  /** A generator seeded by the proxy: every worker draws other numbers. In `onConfigure`. */
  static seeded(): Random {
    store<u64>(OUT, 0);
    random_get(OUT, sizeof<u64>());
    return new Random(load<u64>(OUT));
  }

  /** Any u64. */
  u64(): u64 {
    const result = rotl<u64>(this.s1 * 5, 7) * 9;
    const shifted = this.s1 << 17;
    this.s2 ^= this.s0;
    this.s3 ^= this.s1;
    this.s1 ^= this.s2;
    this.s0 ^= this.s3;
    this.s2 ^= shifted;
    this.s3 = rotl<u64>(this.s3, 45);
    return result;
  }

  /** Any u32. */
  u32(): u32 {
    return <u32>(this.u64() >> 32);
  }

  /** A number in `[0, limit)`, all equally likely; 0 when `limit` is 0. */
  below(limit: u32): u32 {
    if (!limit) return 0;
    const least: u32 = (u32.MAX_VALUE - limit + 1) % limit;
    let product = <u64>this.u32() * limit;
    while (<u32>product < least) product = <u64>this.u32() * limit;
    return <u32>(product >> 32);
  }

  /** A number in `[0, 1)`. */
  f64(): f64 {
    return <f64>(this.u64() >> 11) / 9007199254740992.0;
  }
}

function mix(value: u64): u64 {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}
