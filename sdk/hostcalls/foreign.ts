import { arenaAllocate } from "../abi/arena";
import { Status } from "../abi/enums";
import { proxy_call_foreign_function } from "../abi/imports";
import { OUT, OUT_LENGTH } from "../abi/out";
import { Bytes } from "../bytes/bytes";

/** What a function of the proxy returned. */
// @ts-ignore: decorator
@unmanaged
export class ForeignResult {
  /** `NotFound` when the proxy does not have the function. */
  status: Status;
  /** Its result; absent unless the status is `Ok`. */
  value: Bytes;

  /** Whether the call went well. */
  get isOk(): bool {
    return this.status == Status.Ok;
  }
}

/**
 * Calls a function that the proxy registers by name, for the effective context. Argument and
 * result are bytes; their meaning belongs to the function. Envoy has those of
 * `verifySignature`, `Expression` and their neighbours; proxies add their own.
 */
export function callForeignFunction(name: Bytes, argument: Bytes): ForeignResult {
  const result = changetype<ForeignResult>(arenaAllocate(offsetof<ForeignResult>()));
  result.status = proxy_call_foreign_function(
    name.address, name.length, argument.address, argument.length, OUT, OUT_LENGTH,
  );
  result.value = result.isOk ? Bytes.of(load<usize>(OUT), load<u32>(OUT_LENGTH)) : Bytes.absent;
  return result;
}
