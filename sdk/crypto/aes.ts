import { Bytes } from "../bytes/bytes";

const BLOCK_BYTES: usize = 16;
const WORD_BYTES: i32 = 4;
const BOX_BYTES: i32 = 256;

/** The substitution of bytes (FIPS 197 5.1.1). */
// @ts-ignore: decorator
@lazy
const BOX: usize = makeBox(memory.data(256));

/**
 * A key of AES (FIPS 197) that encrypts blocks: all that counter modes need. Without tables but that of 256 bytes, which four lines
 * of a cache hold.
 */
// @ts-ignore: decorator
@final
export class AesKey {
  /** Words of the rounds' keys. */
  private readonly words: ArrayBuffer;

  /** `key` has 16 or 32 bytes. */
  constructor(key: Bytes) {
    const keyWords = key.length / WORD_BYTES;
    this.words = new ArrayBuffer(WORD_BYTES * 4 * (keyWords + 7));
    this.expand(key, keyWords);
  }

  /** Encrypts the block at `from` to `to`, which may be the same. For the SDK. */
  // @ts-ignore: decorator
  @unsafe
  encrypt(from: usize, to: usize): void {
    const keys = changetype<usize>(this.words);
    const last = keys + this.words.byteLength - BLOCK_BYTES;
    let a = word(from) ^ load<u32>(keys), b = word(from + 4) ^ load<u32>(keys, 4);
    let c = word(from + 8) ^ load<u32>(keys, 8), d = word(from + 12) ^ load<u32>(keys, 12);
    for (let key = keys + BLOCK_BYTES; key < last; key += BLOCK_BYTES) {
      const w = mix(shifted(a, b, c, d)) ^ load<u32>(key), x = mix(shifted(b, c, d, a)) ^ load<u32>(key, 4);
      const y = mix(shifted(c, d, a, b)) ^ load<u32>(key, 8), z = mix(shifted(d, a, b, c)) ^ load<u32>(key, 12);
      a = w;
      b = x;
      c = y;
      d = z;
    }
    store<u32>(to, bswap<u32>(shifted(a, b, c, d) ^ load<u32>(last)));
    store<u32>(to, bswap<u32>(shifted(b, c, d, a) ^ load<u32>(last, 4)), 4);
    store<u32>(to, bswap<u32>(shifted(c, d, a, b) ^ load<u32>(last, 8)), 8);
    store<u32>(to, bswap<u32>(shifted(d, a, b, c) ^ load<u32>(last, 12)), 12);
  }

  private expand(key: Bytes, keyWords: i32): void {
    const words = changetype<usize>(this.words);
    const count = this.words.byteLength / WORD_BYTES;
    let round: u32 = 1;
    for (let i = 0; i < count; i++) {
      const at = words + i * WORD_BYTES;
      if (i < keyWords) {
        store<u32>(at, word(key.address + i * WORD_BYTES));
        continue;
      }
      let next = load<u32>(at - WORD_BYTES);
      if (i % keyWords == 0) {
        next = substituted(rotl<u32>(next, 8)) ^ (round << 24);
        round = doubled(round);
      } else if (keyWords > 6 && i % keyWords == 4) next = substituted(next);
      store<u32>(at, load<u32>(at - keyWords * WORD_BYTES) ^ next);
    }
  }
}

function word(address: usize): u32 {
  return bswap<u32>(load<u32>(address));
}

function boxed(byte: u32): u32 {
  return load<u8>(BOX + (byte & 0xff));
}

function substituted(value: u32): u32 {
  return shifted(value, value, value, value);
}

/** SubBytes and ShiftRows of one column (FIPS 197 5.1.1, 5.1.2): a byte of each of four. */
function shifted(a: u32, b: u32, c: u32, d: u32): u32 {
  return boxed(a >> 24) << 24 | boxed(b >> 16) << 16 | boxed(c >> 8) << 8 | boxed(d);
}

/** Each of four bytes times x in the field of AES (FIPS 197 4.2.1). */
function doubled(bytes: u32): u32 {
  return ((bytes & 0x7f7f7f7f) << 1) ^ ((bytes >> 7 & 0x01010101) * 0x1b);
}

/** MixColumns of one column (FIPS 197 5.1.3). */
function mix(column: u32): u32 {
  const twice = doubled(column);
  return twice ^ rotl<u32>(twice ^ column, 8) ^ rotl<u32>(column, 16) ^ rotl<u32>(column, 24);
}

/** Runs through all bytes by powers of a generator and those of its inverse. */
function makeBox(box: usize): usize {
  let power: u32 = 1;
  let inverse: u32 = 1;
  for (let i = 1; i < BOX_BYTES; i++) {
    power = power ^ doubled(power);
    inverse ^= inverse << 1;
    inverse ^= inverse << 2;
    inverse ^= inverse << 4;
    inverse &= 0xff;
    if (inverse & 0x80) inverse ^= 0x09;
    const turned = inverse << 1 ^ inverse << 2 ^ inverse << 3 ^ inverse << 4;
    store<u8>(box + power, <u8>(inverse ^ turned ^ turned >> 8 ^ 0x63));
  }
  store<u8>(box, 0x63);
  return box;
}
