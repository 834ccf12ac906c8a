/** Bodies and configuration as byte ranges. */
import { BufferType, Status } from '../abi/enums.ts'
import { MAX_BODY_BYTES, MAX_BODY_PIECES } from '../abi/limits.ts'
import type { BodyBuffer } from '../http/body-buffer.ts'
import type { StreamBuffer } from '../plugin/stream-host.ts'
import type { Vm } from '../plugin/vm.ts'
import { giveBytes, giveNothing, giveRange, giveU32, type Hostcalls } from './chapter.ts'
import { readCopy } from '../vm/guest-memory.ts'

const LAST_BUFFER = BufferType.ForeignFunctionArguments

export function bufferCalls(vm: Vm): Hostcalls {
  return {
    /** Clamped to what there is; behind the end: empty. 1: callout body or plugin configuration not there; 2: unknown type. */
    proxy_get_buffer_bytes(type: number, start: number, count: number, addressAt: number, sizeAt: number): number {
      vm.admit()
      if (type >>> 0 > LAST_BUFFER) return Status.BadArgument
      const body = bodyOf(vm, type, false)
      if (body !== null) return giveBody(vm, body, start >>> 0, count >>> 0, addressAt, sizeAt)
      const fixed = fixedBuffer(vm, type)
      if (fixed !== null) return giveBytes(vm, slice(fixed, start >>> 0, count >>> 0), addressAt, sizeAt)
      return isMissing(type) ? Status.NotFound : giveNothing(vm, addressAt, sizeAt)
    },

    /** Size and flags (always 0). 1 and 2 as above. */
    proxy_get_buffer_status(type: number, sizeAt: number, flagsAt: number): number {
      vm.admit()
      if (type >>> 0 > LAST_BUFFER) return Status.BadArgument
      const found = bodyOf(vm, type, false) ?? fixedBuffer(vm, type)
      if (found === null && isMissing(type)) return Status.NotFound
      const status = giveU32(vm, sizeAt, found?.length ?? 0)
      return status === Status.Ok ? giveU32(vm, flagsAt, 0) : status
    },

    /**
     * (0, 0) puts in front, (0, n) replaces the first n bytes, (≥ size, any) appends. 2: a range in the middle, a
     * buffer that cannot be changed or is not there now; 1: as above.
     */
    proxy_set_buffer_bytes(type: number, start: number, count: number, address: number, size: number): number {
      vm.admit()
      if (type >>> 0 > LAST_BUFFER) return Status.BadArgument
      const body = bodyOf(vm, type, true)
      if (body === null && isMissing(type) && fixedBuffer(vm, type) === null) return Status.NotFound
      const data = readCopy(vm.memory, address, size)
      if (data === null) return Status.InvalidMemoryAccess
      return body === null ? Status.BadArgument : change(vm, body, start >>> 0, count >>> 0, data)
    },

    /** ABI 0.1.0: the plugin's configuration where it can be read, else that of the VM. */
    proxy_get_configuration(addressAt: number, sizeAt: number): number {
      vm.admit()
      const own = fixedBuffer(vm, BufferType.PluginConfiguration)
      return giveBytes(vm, own ?? vm.config.vmConfiguration, addressAt, sizeAt)
    },
  }
}

/** Bodies and connection data of the effective stream. */
function bodyOf(vm: Vm, type: number, write: boolean): BodyBuffer | null {
  return type <= BufferType.UpstreamData ? vm.effective!.streamBody(type as StreamBuffer, write) : null
}

/** Buffers that only the host writes. */
function fixedBuffer(vm: Vm, type: number): Uint8Array | null {
  const { root, stream } = vm.effective!
  if (type === BufferType.HttpCallResponseBody) return root.response?.body ?? null
  if (type === BufferType.GrpcCallMessage) return root.grpc.message
  if (type === BufferType.ForeignFunctionArguments) return root.callData
  return type === BufferType.PluginConfiguration && stream !== null ? null : root.configurationBuffer(type)
}

/** Envoy has no empty form of these two. */
function isMissing(type: number): boolean {
  return type === BufferType.HttpCallResponseBody || type === BufferType.PluginConfiguration
}

function slice(bytes: Uint8Array, start: number, count: number): Uint8Array {
  return bytes.subarray(start, start + count)
}

function giveBody(vm: Vm, body: BodyBuffer, start: number, count: number, addressAt: number, sizeAt: number): number {
  const size = Math.min(count, body.length - start)
  if (size <= 0) return giveNothing(vm, addressAt, sizeAt)
  const address = vm.allocate(size)
  if (address === 0) return Status.InvalidMemoryAccess
  body.copyTo(vm.memory.u8(), address, start, size)
  return giveRange(vm, address, size, addressAt, sizeAt)
}

function change(vm: Vm, body: BodyBuffer, start: number, count: number, data: Buffer): number {
  if (start !== 0 && start < body.length) return Status.BadArgument
  if (body.length + data.length > MAX_BODY_BYTES || body.chunks.length >= MAX_BODY_PIECES) return vm.exceeded('body')
  vm.work(body.chunks.length >> 5)
  if (start >= body.length && start !== 0) body.append(data)
  else {
    body.drain(count)
    body.prepend(data)
  }
  return Status.Ok
}
