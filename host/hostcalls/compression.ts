/** `compress` and `uncompress`: streams of zlib (RFC 1950). */
import { deflateSync, inflateSync } from 'node:zlib'
import { Status } from '../abi/enums.ts'
import { MAX_UNCOMPRESSED_BYTES } from '../abi/limits.ts'
import type { Vm } from '../plugin/vm.ts'

export function compress(vm: Vm, argument: Buffer): Uint8Array {
  vm.work(argument.length >> 2)
  return deflateSync(argument)
}

/** Bytes behind the end of the stream are ignored. 3: no stream, a cut one, or one that grows beyond all bounds. */
export function uncompress(vm: Vm, argument: Buffer): Uint8Array | number {
  try {
    const result = inflateSync(argument, { maxOutputLength: MAX_UNCOMPRESSED_BYTES })
    vm.work(result.length >> 4)
    return result
  } catch {
    return Status.SerializationFailure
  }
}
