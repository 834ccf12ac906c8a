import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";
import { AesKey } from "./aes";
import { equalsConstantTime } from "./constant-time";

const BLOCK_BYTES: i32 = 16;
const NONCE_BYTES: i32 = 12;
/** The polynomial of the field, its bits from the left (SP 800-38D 6.3). */
const REDUCTION: u64 = 0xe100000000000000;

/**
 * Authenticated encryption by AES-GCM (NIST SP 800-38D): who lacks the key can neither read nor change what was sealed.
 * A nonce has 12 bytes, and must never be used twice with one key: random ones are good for 2^32 messages.
 */
// @ts-ignore: decorator
@final
export class AesGcmKey {
  private readonly aes: AesKey;
  /** The key of the authentication, as two halves. */
  private readonly high: u64;
  private readonly low: u64;

  /** A key of 16 or 32 bytes; null for any other length. */
  static of(key: Bytes): AesGcmKey | null {
    return key.length == 16 || key.length == 32 ? new AesGcmKey(key) : null;
  }

  private constructor(key: Bytes) {
    this.aes = new AesKey(key);
    const block = zeroBlock();
    this.aes.encrypt(block, block);
    this.high = bswap<u64>(load<u64>(block));
    this.low = bswap<u64>(load<u64>(block, 8));
  }

  /** What is sealed: the encrypted text, then 16 bytes that hold it and `about` together. Absent when the nonce is none. */
  seal(nonce: Bytes, text: Bytes, about: Bytes = Bytes.empty): Bytes {
    if (nonce.length != NONCE_BYTES) return Bytes.absent;
    const sealed = arenaAllocate(text.length + BLOCK_BYTES);
    this.cipher(nonce, text, sealed);
    memory.copy(sealed + text.length, this.tag(nonce, Bytes.of(sealed, text.length), about).address, BLOCK_BYTES);
    return Bytes.of(sealed, text.length + BLOCK_BYTES);
  }

  /** The text that was sealed under this nonce together with `about`; absent when it was not. */
  open(nonce: Bytes, sealed: Bytes, about: Bytes = Bytes.empty): Bytes {
    const length = sealed.length - BLOCK_BYTES;
    if (nonce.length != NONCE_BYTES || length < 0) return Bytes.absent;
    const encrypted = sealed.slice(0, length);
    if (!equalsConstantTime(this.tag(nonce, encrypted, about), sealed.slice(length))) return Bytes.absent;
    const text = arenaAllocate(length);
    this.cipher(nonce, encrypted, text);
    return Bytes.of(text, length);
  }

  /** Encrypts or decrypts: the counter begins with 2, since 1 is for the tag. */
  private cipher(nonce: Bytes, from: Bytes, to: usize): void {
    const counter = counterBlock(nonce);
    const stream = arenaAllocate(BLOCK_BYTES);
    for (let at = 0; at < from.length; at += BLOCK_BYTES) {
      store<u32>(counter, bswap<u32>(<u32>(at / BLOCK_BYTES + 2)), NONCE_BYTES);
      this.aes.encrypt(counter, stream);
      const end = min(BLOCK_BYTES, from.length - at);
      for (let i = 0; i < end; i++) store<u8>(to + at + i, load<u8>(from.address + at + i) ^ load<u8>(stream + i));
    }
  }

  private tag(nonce: Bytes, encrypted: Bytes, about: Bytes): Bytes {
    const sum = zeroBlock();
    this.addPadded(sum, about);
    this.addPadded(sum, encrypted);
    this.add(sum, <u64>about.length << 3, <u64>encrypted.length << 3);
    const block = counterBlock(nonce);
    this.aes.encrypt(block, block);
    store<u64>(sum, load<u64>(sum) ^ load<u64>(block));
    store<u64>(sum, load<u64>(sum, 8) ^ load<u64>(block, 8), 8);
    return Bytes.of(sum, BLOCK_BYTES);
  }

  private addPadded(sum: usize, bytes: Bytes): void {
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      const block = zeroBlock();
      memory.copy(block, bytes.address + at, min(BLOCK_BYTES, bytes.length - at));
      this.add(sum, bswap<u64>(load<u64>(block)), bswap<u64>(load<u64>(block, 8)));
    }
  }

  /** Adds a block to the sum and multiplies it by the key (GHASH, SP 800-38D 6.3, 6.4), in constant time. */
  private add(sum: usize, high: u64, low: u64): void {
    const left = bswap<u64>(load<u64>(sum)) ^ high;
    const right = bswap<u64>(load<u64>(sum, 8)) ^ low;
    let productHigh: u64 = 0, productLow: u64 = 0;
    let keyHigh = this.high, keyLow = this.low;
    for (let i = 0; i < 128; i++) {
      const bits = i < 64 ? left : right;
      const mask = <u64>0 - (bits >> <u64>(63 - (i & 63)) & 1);
      productHigh ^= keyHigh & mask;
      productLow ^= keyLow & mask;
      const carry = <u64>0 - (keyLow & 1);
      keyLow = keyLow >> 1 | keyHigh << 63;
      keyHigh = keyHigh >> 1 ^ (REDUCTION & carry);
    }
    store<u64>(sum, bswap<u64>(productHigh));
    store<u64>(sum, bswap<u64>(productLow), 8);
  }
}

function zeroBlock(): usize {
  const block = arenaAllocate(BLOCK_BYTES);
  memory.fill(block, 0, BLOCK_BYTES);
  return block;
}

/** The nonce with the counter 1. */
function counterBlock(nonce: Bytes): usize {
  const block = arenaAllocate(BLOCK_BYTES);
  memory.copy(block, nonce.address, NONCE_BYTES);
  store<u32>(block, bswap<u32>(1), NONCE_BYTES);
  return block;
}
