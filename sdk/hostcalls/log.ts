import { arenaAllocate } from "../abi/arena";
import { LogLevel, Status } from "../abi/enums";
import { proxy_get_log_level, proxy_log } from "../abi/imports";
import { OUT } from "../abi/out";
import { Bytes } from "../bytes/bytes";
import { currentCallback } from "../context/callback";
import { IS_BUNDLE, composition } from "../context/composition";

/** The level is asked again after so many callbacks: it can change at run time (Envoy: `/logging?wasm=`). */
const CALLBACKS_PER_REFRESH: u64 = 256;

let level: u32 = 0;
/** Number of the callback from which on the level is unknown. */
let staleFrom: u64 = 0;

/** Forgets the level, where one more hostcall does not matter. */
export function forgetLogLevel(): void {
  staleFrom = 0;
}

/** Whether the proxy writes lines of this level. One hostcall per refresh. */
export function isLogLevelEnabled(wanted: LogLevel): bool {
  if (currentCallback() >= staleFrom) {
    level = readLogLevel();
    staleFrom = currentCallback() + CALLBACKS_PER_REFRESH;
  }
  return <u32>wanted >= level;
}

function readLogLevel(): u32 {
  return proxy_get_log_level(OUT) == Status.Ok ? load<u32>(OUT) : LogLevel.Info;
}

/** Writes a line; the host drops it when the level is disabled. */
export function logBytes(wanted: LogLevel, message: Bytes): void {
  const line = IS_BUNDLE ? joined(composition().linePrefix(), message) : message;
  proxy_log(wanted, line.address, line.length);
}

function joined(start: Bytes, message: Bytes): Bytes {
  const line = arenaAllocate(start.length + message.length);
  memory.copy(line, start.address, start.length);
  memory.copy(line + start.length, message.address, message.length);
  return Bytes.of(line, start.length + message.length);
}

/** Ends the VM with one critical line: for faults of the filter's code that nothing can follow. */
export function die(reason: Bytes): void {
  logBytes(LogLevel.Critical, reason);
  unreachable();
}

/** A refused call: one warning that names it, and false for the caller. */
export function refuse(reason: Bytes): bool {
  logBytes(LogLevel.Warn, reason);
  return false;
}

/** The same with the name of what was refused; bytes that could break the line become `?`. */
export function refuseNamed(reason: Bytes, name: Bytes): bool {
  const line = arenaAllocate(reason.length + name.length);
  memory.copy(line, reason.address, reason.length);
  for (let i = 0; i < name.length; i++) {
    const byte = name[i];
    store<u8>(line + reason.length + i, byte - 0x20 < 0x5f ? byte : 0x3f);
  }
  return refuse(Bytes.of(line, reason.length + name.length));
}
