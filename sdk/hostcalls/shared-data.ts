import { arenaAllocate } from "../abi/arena";
import { Status } from "../abi/enums";
import { proxy_get_shared_data, proxy_set_shared_data } from "../abi/imports";
import { OUT, OUT_EXTRA, OUT_LENGTH } from "../abi/out";
import { Bytes } from "../bytes/bytes";

/** A value of the shared store with its version. */
// @ts-ignore: decorator
@unmanaged
export class SharedValue {
  /** The bytes; absent when the key does not exist. */
  value: Bytes;
  /** Version for a conditional write; 0 when the key does not exist. */
  cas: u32;
}

/**
 * How to compute the next value of a key. `next` may run several times, once per attempt,
 * and returns `Bytes.absent` to leave the key as it is.
 */
export abstract class SharedDataUpdate {
  /** The new value for `current`, which is absent when the key does not exist. */
  abstract next(current: Bytes): Bytes;
}

/** Reads a key. */
export function readSharedData(key: Bytes): SharedValue {
  const result = changetype<SharedValue>(arenaAllocate(offsetof<SharedValue>()));
  const status = proxy_get_shared_data(key.address, key.length, OUT, OUT_LENGTH, OUT_EXTRA);
  const found = status == Status.Ok;
  result.cas = found ? load<u32>(OUT_EXTRA) : 0;
  result.value = found ? Bytes.of(load<usize>(OUT), load<u32>(OUT_LENGTH)) : Bytes.absent;
  return result;
}

/** Writes a key; `cas` 0 always writes, else only when the version is still that one. */
export function writeSharedData(key: Bytes, value: Bytes, cas: u32): Status {
  return proxy_set_shared_data(key.address, key.length, value.address, value.length, cas);
}

/**
 * Compare-and-set loop. `Ok` when written or left alone, `CasMismatch` when other writers
 * were faster in every attempt. Creating a key is not atomic: the ABI has no
 * create-if-absent, so two first writers can overwrite each other once.
 */
export function updateSharedData(key: Bytes, update: SharedDataUpdate, attempts: u32): Status {
  let status: Status = Status.CasMismatch;
  for (let i: u32 = 0; i < attempts && status == Status.CasMismatch; i++) {
    const current = readSharedData(key);
    const next = update.next(current.value);
    if (next.isAbsent) return Status.Ok;
    status = writeSharedData(key, next, current.cas);
  }
  return status;
}
