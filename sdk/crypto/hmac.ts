import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";
import { equalsConstantTime } from "./constant-time";
import { Hash, RUNNING_BYTES } from "./hash";

const INNER_PAD: u8 = 0x36;
const OUTER_PAD: u8 = 0x5c;

/**
 * A key of HMAC (RFC 2104), made once and used for many messages: keeps both computations as they are after the
 * block of the key, so that a short message costs two blocks instead of four.
 */
// @ts-ignore: decorator
@final
export class HmacKey {
  /** The inner and the outer computation. */
  private readonly begun: ArrayBuffer;

  constructor(
    /** Function of the code. */
    readonly hash: Hash,
    key: Bytes,
  ) {
    this.begun = new ArrayBuffer(2 * <i32>RUNNING_BYTES);
    const short = key.length > <i32>hash.blockBytes ? hash.digest(key) : key;
    this.begin(this.inner, short, INNER_PAD);
    this.begin(this.outer, short, OUTER_PAD);
  }

  private get inner(): usize {
    return changetype<usize>(this.begun);
  }

  private get outer(): usize {
    return changetype<usize>(this.begun) + RUNNING_BYTES;
  }

  private begin(running: usize, key: Bytes, pad: u8): void {
    const blockBytes = this.hash.blockBytes;
    const block = arenaAllocate(blockBytes);
    for (let i: u32 = 0; i < blockBytes; i++) store<u8>(block + i, key[i] ^ pad);
    this.hash.begin(running);
    this.hash.update(running, block, blockBytes);
  }

  /** The code of a message. */
  sign(message: Bytes): Bytes {
    const out = arenaAllocate(this.hash.digestBytes);
    this.signInto(out, arenaAllocate(RUNNING_BYTES), message.address, message.length);
    return Bytes.of(out, this.hash.digestBytes);
  }

  /** Whether `code` is the whole code of a message; takes constant time. */
  verify(message: Bytes, code: Bytes): bool {
    return equalsConstantTime(this.sign(message), code);
  }

  /** Writes a code; `running` is memory for a computation. For the SDK. */
  // @ts-ignore: decorator
  @unsafe
  signInto(out: usize, running: usize, address: usize, length: usize): void {
    const hash = this.hash;
    memory.copy(running, this.inner, RUNNING_BYTES);
    hash.update(running, address, length);
    hash.finish(running, out);
    memory.copy(running, this.outer, RUNNING_BYTES);
    hash.update(running, out, hash.digestBytes);
    hash.finish(running, out);
  }
}

/** HMAC (RFC 2104) of a message under a key that is used once. */
export function hmac(hash: Hash, key: Bytes, message: Bytes): Bytes {
  return new HmacKey(hash, key).sign(message);
}
