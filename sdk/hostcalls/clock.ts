import { proxy_get_current_time_nanoseconds } from "../abi/imports";
import { OUT } from "../abi/out";

/** Wall clock, nanoseconds since 1970-01-01 UTC. */
export function readClockNanos(): u64 {
  proxy_get_current_time_nanoseconds(OUT);
  return load<u64>(OUT);
}
