import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { callForeignFunction } from "./foreign";

/** Bytes in zlib's format (RFC 1950), by Envoy's `compress`; absent on failure. */
export function compress(bytes: Bytes): Bytes {
  return callForeignFunction(utf8("compress"), bytes).value;
}

/** What zlib's format holds, by Envoy's `uncompress`; absent when it is something else. */
export function uncompress(bytes: Bytes): Bytes {
  return callForeignFunction(utf8("uncompress"), bytes).value;
}
