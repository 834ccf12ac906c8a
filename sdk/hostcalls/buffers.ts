import { BufferType, Status } from "../abi/enums";
import { proxy_get_buffer_bytes, proxy_get_buffer_status } from "../abi/imports";
import { OUT, OUT_EXTRA, OUT_LENGTH } from "../abi/out";
import { Bytes } from "../bytes/bytes";

/** A range of a buffer of the effective context, or `Bytes.absent` on failure. */
export function readBuffer(buffer: BufferType, start: u32, maxLength: u32): Bytes {
  if (proxy_get_buffer_bytes(buffer, start, maxLength, OUT, OUT_LENGTH) != Status.Ok) {
    return Bytes.absent;
  }
  return Bytes.of(load<usize>(OUT), load<u32>(OUT_LENGTH));
}

/** Length of a buffer of the effective context, 0 when there is none. */
export function bufferLength(buffer: BufferType): u32 {
  return proxy_get_buffer_status(buffer, OUT, OUT_EXTRA) == Status.Ok ? load<u32>(OUT) : 0;
}
