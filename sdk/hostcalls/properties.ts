import { Status } from "../abi/enums";
import { proxy_get_property, proxy_set_property } from "../abi/imports";
import { OUT, OUT_LENGTH } from "../abi/out";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { refuse } from "./log";

/**
 * Attributes of the effective context. A path is segments separated by NUL:
 * `utf8("source\0address")`. Values carry no type; the reader has to know it, and a value
 * of another size counts as missing. Availability per phase: docs of the attribute.
 */

/** A string or bytes attribute as it is, or `Bytes.absent`. */
export function readProperty(path: Bytes): Bytes {
  const status = proxy_get_property(path.address, path.length, OUT, OUT_LENGTH);
  if (status != Status.Ok) return Bytes.absent;
  return Bytes.of(load<usize>(OUT), load<u32>(OUT_LENGTH));
}

/** An attribute of eight bytes: int, uint, double, timestamp or duration (nanoseconds). */
export function readPropertyWord<T>(path: Bytes, otherwise: T): T {
  const value = readProperty(path);
  return value.length == sizeof<T>() ? load<T>(value.address) : otherwise;
}

/** Stores an attribute; its key is one segment, since Envoy cannot read others back. */
export function writeProperty(key: Bytes, value: Bytes): bool {
  if (key.indexOfByte(0) >= 0) return refuse(utf8("sdk: set_property refused: key has NUL"));
  const status = proxy_set_property(key.address, key.length, value.address, value.length);
  return status == Status.Ok;
}
