import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";

/** Sizes that hold for every hash function here. */
const MAX_STATE_BYTES: usize = 64;
const MAX_BLOCK_BYTES: usize = 128;

/** Offsets in a running computation: state, block that fills up, bytes so far. */
const BLOCK: usize = MAX_STATE_BYTES;
const LENGTH: usize = BLOCK + MAX_BLOCK_BYTES;

/** Bytes of a running computation, which starts with the state. */
export const RUNNING_BYTES: usize = LENGTH + 8;

/**
 * A hash function of the Merkle–Damgård kind (FIPS 180-4): `SHA1`, `SHA256`, `SHA384`, `SHA512`. A module contains
 * those that it names.
 */
// @ts-ignore: decorator
@final
export class Hash {
  constructor(
    /** Bytes of a digest. */
    readonly digestBytes: u32,
    /** Bytes that are digested at a time. */
    readonly blockBytes: u32,
    /** Bytes of a word of the state. */
    private readonly wordBytes: u32,
    private readonly initial: usize,
    /** Address of the object identifier's length and content, as DER has them. For the SDK. */
    readonly oid: usize,
    private readonly compress: (state: usize, block: usize) => void,
  ) {}

  /** Starts a computation in `RUNNING_BYTES` of memory. For the SDK. */
  // @ts-ignore: decorator
  @unsafe
  begin(running: usize): void {
    memory.copy(running, this.initial, this.wordBytes << 3);
    store<u64>(running, 0, LENGTH);
  }

  /** Goes on with more of the message. For the SDK. */
  // @ts-ignore: decorator
  @unsafe
  update(running: usize, address: usize, length: usize): void {
    const blockBytes: usize = this.blockBytes;
    const filled = <usize>load<u64>(running, LENGTH) & (blockBytes - 1);
    store<u64>(running, load<u64>(running, LENGTH) + length, LENGTH);
    if (filled + length < blockBytes) return memory.copy(running + BLOCK + filled, address, length);
    const end = address + length;
    if (filled) {
      memory.copy(running + BLOCK + filled, address, blockBytes - filled);
      this.compress(running, running + BLOCK);
      address += blockBytes - filled;
    }
    for (; address + blockBytes <= end; address += blockBytes) this.compress(running, address);
    memory.copy(running + BLOCK, address, end - address);
  }

  /** Ends a computation: writes the digest. For the SDK. */
  // @ts-ignore: decorator
  @unsafe
  finish(running: usize, out: usize): void {
    this.pad(running);
    const wordBytes: usize = this.wordBytes;
    for (let i: usize = 0; i < this.digestBytes; i += wordBytes) {
      if (wordBytes == 4) store<u32>(out + i, bswap<u32>(load<u32>(running + i)));
      else store<u64>(out + i, bswap<u64>(load<u64>(running + i)));
    }
  }

  /** Appends the bit 1, zeros up to the end of a block and the length in bits, which has two words. */
  private pad(running: usize): void {
    const blockBytes: usize = this.blockBytes;
    const length = load<u64>(running, LENGTH);
    const block = running + BLOCK;
    let filled = <usize>length & (blockBytes - 1);
    store<u8>(block + filled++, 0x80);
    if (filled > blockBytes - 2 * this.wordBytes) {
      memory.fill(block + filled, 0, blockBytes - filled);
      this.compress(running, block);
      filled = 0;
    }
    memory.fill(block + filled, 0, blockBytes - filled);
    store<u64>(block + blockBytes - 8, bswap<u64>(length << 3));
    this.compress(running, block);
  }

  /** The digest of a message. */
  digest(message: Bytes): Bytes {
    const running = arenaAllocate(RUNNING_BYTES);
    this.begin(running);
    this.update(running, message.address, message.length);
    const out = arenaAllocate(this.digestBytes);
    this.finish(running, out);
    return Bytes.of(out, this.digestBytes);
  }
}
