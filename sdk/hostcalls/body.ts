import { arenaAllocate } from "../abi/arena";
import { BufferType, Status } from "../abi/enums";
import { proxy_set_buffer_bytes } from "../abi/imports";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { activate } from "../context/callback";
import { IS_BUNDLE, composition } from "../context/composition";
import { bufferLength, readBuffer } from "./buffers";
import { refuse } from "./log";

/** Start that is past the end of every buffer: append. */
const END: u32 = u32.MAX_VALUE;

/**
 * The part of a body that the host holds right now: one chunk, or everything buffered so
 * far when earlier body callbacks returned `Pause` (the size is then cumulative).
 *
 * Writing needs `prepareRequestBodyChange` or `prepareResponseBodyChange` in the headers
 * callback: Envoy keeps a content-length it was given, so a longer body would spill into
 * the next message. Envoy writes at the front and at the end only, never in the middle.
 */
// @ts-ignore: decorator
@unmanaged
export class Body {
  /** Context and buffer. For the SDK. */
  contextId: u32;
  buffer: BufferType;
  private writable: bool;
  /** Number of the filter that sees only its part of the buffer, in a module of several; 0 = all. For the SDK. */
  filterNumber: u32;

  /** A view of a context's buffer. For the SDK. */
  // @ts-ignore: decorator
  @unsafe
  static of(contextId: u32, buffer: BufferType, writable: bool): Body {
    const body = changetype<Body>(arenaAllocate(offsetof<Body>()));
    body.contextId = contextId;
    body.buffer = buffer;
    body.writable = writable;
    body.filterNumber = 0;
    return body;
  }

  /** Number of bytes the host holds; one hostcall. */
  get size(): u32 {
    if (!activate(this.contextId)) return 0;
    if (IS_BUNDLE && this.filterNumber) return composition().bodySize(this);
    return bufferLength(this.buffer);
  }

  /** Up to `maxLength` bytes from `start`; empty past the end, absent without a body. */
  read(start: u32 = 0, maxLength: u32 = u32.MAX_VALUE): Bytes {
    if (!activate(this.contextId)) return Bytes.absent;
    if (IS_BUNDLE && this.filterNumber) return composition().readBody(this, start, maxLength);
    return readBuffer(this.buffer, start, maxLength);
  }

  /** Puts bytes behind what is held. */
  append(bytes: Bytes): bool {
    return this.write(END, 0, bytes);
  }

  /** Puts bytes in front of what is held. */
  prepend(bytes: Bytes): bool {
    return this.write(0, 0, bytes);
  }

  /** Replaces everything that is held. */
  replaceAll(bytes: Bytes): bool {
    return this.write(0, u32.MAX_VALUE, bytes);
  }

  /** Replaces the first `length` bytes (all, when fewer are held). */
  replacePrefix(length: u32, bytes: Bytes): bool {
    return this.write(0, length, bytes);
  }

  private write(start: u32, length: u32, bytes: Bytes): bool {
    if (!this.writable) return refuse(utf8("sdk: body change refused: not prepared in headers"));
    if (!activate(this.contextId)) return false;
    if (IS_BUNDLE && this.filterNumber) return composition().writeBody(this, start, length, bytes);
    const status = proxy_set_buffer_bytes(this.buffer, start, length, bytes.address, bytes.length);
    return status == Status.Ok;
  }
}
