/**
 * How hostcalls are written (hot). Each chapter of the specification is a function from a VM to its hostcalls:
 * closures over that one VM, so that a call from the guest reaches its state without a look-up. Rules for each:
 *
 * - the first line refuses the call in a restricted phase (see abi/hostcalls.ts for what is allowed there), counts it,
 *   and makes sure of the stack that it needs;
 * - addresses and lengths are whatever the guest says: bounds first, status 6 outside of them;
 * - the answer is a status; only a restricted phase throws.
 */
import { Status } from '../abi/enums.ts'
import { writeText } from '../abi/text.ts'
import type { Vm } from '../plugin/vm.ts'
import type { HostFunction } from '../vm/engine.ts'
import { writeU32 } from '../vm/guest-memory.ts'

/** Hostcalls by name. */
export type Hostcalls = Readonly<Record<string, HostFunction>>

/**
 * Hands a byte string to the guest: memory from its allocator, address and size written to where it asked for them.
 * An empty one is address 0, size 0. Status 6 when an address is out of bounds or the allocator fails.
 */
export function giveText(vm: Vm, text: string, addressAt: number, sizeAt: number): number {
  const size = text.length
  if (size === 0) return giveNothing(vm, addressAt, sizeAt)
  const address = vm.allocate(size)
  if (address === 0) return Status.InvalidMemoryAccess
  writeText(vm.memory.u8(), address, text)
  return giveRange(vm, address, size, addressAt, sizeAt)
}

/** As {@link giveText}, for bytes. */
export function giveBytes(vm: Vm, source: Uint8Array, addressAt: number, sizeAt: number): number {
  const size = source.length
  if (size === 0) return giveNothing(vm, addressAt, sizeAt)
  const address = vm.allocate(size)
  if (address === 0) return Status.InvalidMemoryAccess
  vm.memory.u8().set(source, address)
  return giveRange(vm, address, size, addressAt, sizeAt)
}

/** Writes address 0 and size 0. */
export function giveNothing(vm: Vm, addressAt: number, sizeAt: number): number {
  return giveRange(vm, 0, 0, addressAt, sizeAt)
}

/** Writes an address and a size; the address also when there is no place for the size, as Envoy does. */
export function giveRange(vm: Vm, address: number, size: number, addressAt: number, sizeAt: number): number {
  const end = vm.memory.u8().length
  const words = vm.memory.view()
  const first = addressAt >>> 0
  const second = sizeAt >>> 0
  if (first + 4 > end) return Status.InvalidMemoryAccess
  words.setUint32(first, address, true)
  if (second + 4 > end) return Status.InvalidMemoryAccess
  words.setUint32(second, size, true)
  return Status.Ok
}

/** Writes a u32 and answers 0, or 6 when the address is out of bounds. */
export function giveU32(vm: Vm, at: number, value: number): number {
  return writeU32(vm.memory, at, value) ? Status.Ok : Status.InvalidMemoryAccess
}

/** Tells the log what a guest was refused that Envoy would not have survived. */
export function warnRefused(vm: Vm, text: string): void {
  const logger = vm.log
  if (logger.enabled(3) && vm.mayLog(text.length)) logger.log(3, `wasm${vm.effective?.logPrefix ?? ''}: refused: ${text}`)
}
