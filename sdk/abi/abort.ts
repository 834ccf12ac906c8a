import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { LogLevel } from "./enums";
import { proxy_log } from "./imports";

/** Longest message or file name copied into the log line, in UTF-16 units. */
const MAX_PART_UNITS: i32 = 200;

// @ts-ignore: decorator
@lazy
const LINE: usize = memory.data(1024);

/**
 * What `abort` becomes (`--use abort=…`): one critical log line, then a trap.
 *
 * Envoy knows no `env.abort`, and `proc_exit` returns there. The line is built in
 * static memory because the heap may be what is broken.
 */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  let end = write(LINE, utf8("abort"));
  if (changetype<usize>(message)) end = writeText(write(end, utf8(": ")), message);
  if (changetype<usize>(file)) {
    end = writeText(write(end, utf8(" at ")), file);
    end = writeNumber(write(end, utf8(":")), line);
    end = writeNumber(write(end, utf8(":")), column);
  }
  proxy_log(LogLevel.Critical, LINE, end - LINE);
  unreachable();
}

function write(at: usize, text: Bytes): usize {
  memory.copy(at, text.address, text.length);
  return at + text.length;
}

/** A text of asc's. */
function writeText(at: usize, text: string): usize {
  const units = min(text.length, MAX_PART_UNITS);
  for (let i = 0; i < units; i++) {
    const unit = load<u16>(changetype<usize>(text) + (<usize>i << 1));
    store<u8>(at++, unit < 0x80 ? <u8>unit : 0x3f);
  }
  return at;
}

function writeNumber(at: usize, value: u32): usize {
  let divisor: u32 = 1;
  while (value / divisor >= 10) divisor *= 10;
  for (; divisor; divisor /= 10) store<u8>(at++, <u8>(0x30 + (value / divisor) % 10));
  return at;
}
