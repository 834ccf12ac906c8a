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
  let end = writeText(LINE, "abort");
  if (changetype<usize>(message)) {
    end = writeText(end, ": ");
    end = writeText(end, message);
  }
  if (changetype<usize>(file)) {
    end = writeText(end, " at ");
    end = writeText(end, file);
    end = writeText(end, ":");
    end = writeNumber(end, line);
    end = writeText(end, ":");
    end = writeNumber(end, column);
  }
  proxy_log(LogLevel.Critical, LINE, end - LINE);
  unreachable();
}

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
