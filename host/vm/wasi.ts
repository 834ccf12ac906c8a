/**
 * The WASI functions that Envoy 1.40 resolves, with its results: output goes to the log, there are no files, no
 * sockets and no arguments, and `proc_exit` returns to the guest. `proc_raise` does not resolve there either;
 * `path_link` and `path_symlink` lack a parameter there, so that modules which import them as WASI has them are
 * refused (proxy-wasm-cpp-host exports.cc).
 */
import { WasiErrno } from '../abi/enums.ts'
import { MAX_RANDOM_BYTES, MAX_VECTORS } from '../abi/limits.ts'
import type { GuestMemory, HostFunction } from './engine.ts'
import { isInside, takes, writeU32, writeU64 } from './guest-memory.ts'

/** Import modules under which guests name the functions. */
export const WASI_MODULES = ['wasi_snapshot_preview1', 'wasi_unstable'] as const

/** What the functions need of their VM. */
export interface WasiHost {
  readonly memory: GuestMemory
  readonly environment: ReadonlyMap<string, string>
  /** Throws when the guest may not call `name` in its present phase. */
  checkPhase(name: string): void
  /** Writes a line of output; level as in `proxy_log`. */
  log(level: number, line: Buffer): void
  wallNanos(): bigint
  monotonicNanos(): bigint
  random(target: Uint8Array): void
}

/** Name, parameters (`i` = i32, `l` = i64), whether there is a result. */
type WasiSpec = readonly [name: string, params: string, result: boolean]

const { Success, BadFile, NotDirectory, Fault, Invalid, NoEntry, NotImplemented, NotSupported } = WasiErrno

/** Functions that only answer: with one errno, or with one for the standard streams and another for the rest. */
const FIXED: readonly (readonly [name: string, params: string, errno: number, onStandardStream?: number])[] = [
  ['fd_advise', 'illi', Success],
  ['fd_allocate', 'ill', BadFile, Success],
  ['fd_close', 'i', Success],
  ['fd_datasync', 'i', BadFile, Success],
  ['fd_fdstat_set_flags', 'ii', NotImplemented],
  ['fd_fdstat_set_rights', 'ill', BadFile, Success],
  ['fd_filestat_get', 'ii', BadFile],
  ['fd_filestat_set_size', 'il', BadFile, Success],
  ['fd_filestat_set_times', 'illi', BadFile, Success],
  ['fd_pread', 'iiili', NotImplemented],
  ['fd_prestat_get', 'ii', BadFile],
  ['fd_prestat_dir_name', 'iii', NotImplemented],
  ['fd_read', 'iiii', NotImplemented],
  ['fd_renumber', 'ii', BadFile, NotSupported],
  ['fd_seek', 'ilii', Success],
  ['fd_sync', 'i', BadFile, Success],
  ['path_create_directory', 'iii', NotSupported],
  ['path_filestat_get', 'iiiii', NotSupported],
  ['path_filestat_set_times', 'iiiilli', NotSupported],
  ['path_link', 'iiiiii', NotSupported],
  ['path_open', 'iiiiillii', NoEntry],
  ['path_remove_directory', 'iii', NotSupported],
  ['path_rename', 'iiiiii', NotSupported],
  ['path_symlink', 'iiii', NotSupported],
  ['path_unlink_file', 'iii', NotSupported],
  ['sched_yield', '', Success],
  ['sock_shutdown', 'ii', NotSupported],
]

/** Functions that write zeros to the addresses in their arguments `[index, bytes]` and answer with one errno. */
const ZEROING: readonly (readonly [name: string, params: string, errno: number, ...results: (readonly [number, number])[]])[] = [
  ['fd_readdir', 'iiili', NotDirectory, [4, 4]],
  ['path_readlink', 'iiiiii', NotSupported, [5, 4]],
  ['sock_accept', 'iii', NotSupported, [2, 8]],
  ['sock_recv', 'iiiiii', NotSupported, [4, 4], [5, 2]],
  ['sock_send', 'iiiii', NotSupported, [4, 4]],
]

/** Every function, for linking. */
export const WASI_FUNCTIONS: readonly WasiSpec[] = [
  ['args_get', 'ii', true],
  ['args_sizes_get', 'ii', true],
  ['environ_get', 'ii', true],
  ['environ_sizes_get', 'ii', true],
  ['clock_res_get', 'ii', true],
  ['clock_time_get', 'ili', true],
  ['fd_fdstat_get', 'ii', true],
  ['fd_write', 'iiii', true],
  ['fd_pwrite', 'iiili', true],
  ['fd_tell', 'ii', true],
  ['poll_oneoff', 'iiii', true],
  ['proc_exit', 'i', false],
  ['random_get', 'ii', true],
  ...FIXED.map(([name, params]): WasiSpec => [name, params, true]),
  ...ZEROING.map(([name, params]): WasiSpec => [name, params, true]),
]

/** Allowed while the guest's allocator runs. */
const IN_MALLOC: ReadonlySet<string> = new Set(['fd_write', 'clock_time_get', 'poll_oneoff'])
/** Not allowed while `_initialize`, `_start` or `main` runs. */
const NOT_AT_START: ReadonlySet<string> = new Set(['proc_exit', 'fd_read', 'fd_seek', 'fd_close', 'path_open', 'sched_yield'])

export function isWasiAllowedInMalloc(name: string): boolean {
  return IN_MALLOC.has(name)
}

export function isWasiAllowedAtStart(name: string): boolean {
  return !NOT_AT_START.has(name)
}

/** The functions for one VM, by name. */
export function wasiFunctions(host: WasiHost): Record<string, HostFunction> {
  const calls: Record<string, HostFunction> = { ...environmentCalls(host), ...clockCalls(host), ...outputCalls(host) }
  for (const [name, , errno, onStandardStream] of FIXED) {
    calls[name] = (fd?: number): number => {
      host.checkPhase(name)
      return onStandardStream !== undefined && isStandardStream(fd!) ? onStandardStream : errno
    }
  }
  for (const [name, , errno, ...results] of ZEROING) {
    calls[name] = (...args: (number | bigint)[]): number => {
      host.checkPhase(name)
      return results.every(([index, bytes]) => writeZeros(host.memory, Number(args[index]), bytes)) ? errno : Fault
    }
  }
  return calls
}

/** Output and errors. */
function isStandardStream(fd: number): boolean {
  return fd === 1 || fd === 2
}

function writeZeros(memory: GuestMemory, address: number, bytes: number): boolean {
  if (!isInside(memory, address, bytes)) return false
  memory.u8().fill(0, address >>> 0, (address >>> 0) + bytes)
  return true
}

function environmentCalls(host: WasiHost): Record<string, HostFunction> {
  const entries = Array.from(host.environment, ([name, value]) => Buffer.from(`${name}=${value}\0`))
  const size = entries.reduce((sum, entry) => sum + entry.length, 0)
  return {
    args_get: (): number => {
      host.checkPhase('args_get')
      return Success
    },
    args_sizes_get: (countAt: number, sizeAt: number): number => {
      host.checkPhase('args_sizes_get')
      return writeBoth(host.memory, countAt, 0, sizeAt, 0)
    },
    environ_sizes_get: (countAt: number, sizeAt: number): number => {
      host.checkPhase('environ_sizes_get')
      return writeBoth(host.memory, countAt, entries.length, sizeAt, size)
    },
    environ_get: (pointersAt: number, textAt: number): number => {
      host.checkPhase('environ_get')
      return writeEnvironment(host.memory, entries, size, pointersAt >>> 0, textAt >>> 0)
    },
    proc_exit: (): void => host.checkPhase('proc_exit'),
    random_get: (address: number, length: number): number => {
      host.checkPhase('random_get')
      if (length >>> 0 > MAX_RANDOM_BYTES) return Invalid
      if (length === 0) return Success
      if (!isInside(host.memory, address, length)) return Fault
      host.random(host.memory.u8().subarray(address >>> 0, (address >>> 0) + length))
      return Success
    },
  }
}

function clockCalls(host: WasiHost): Record<string, HostFunction> {
  return {
    clock_res_get: (id: number, at: number): number => {
      host.checkPhase('clock_res_get')
      if (id !== 0 && id !== 1) return NotSupported
      return writeU64(host.memory, at, 1n) ? Success : Fault
    },
    clock_time_get: (id: number, _precision: bigint, at: number): number => {
      host.checkPhase('clock_time_get')
      if (id !== 0 && id !== 1) return NotSupported
      return writeU64(host.memory, at, id === 0 ? host.wallNanos() : host.monotonicNanos()) ? Success : Fault
    },
    poll_oneoff: (_in: number, _out: number, _count: number, eventsAt: number): number => {
      host.checkPhase('poll_oneoff')
      return writeU32(host.memory, eventsAt, 0) ? Success : Fault
    },
  }
}

function outputCalls(host: WasiHost): Record<string, HostFunction> {
  return {
    /** Type, flags and rights of a stream that can only be written (rights bit 6). */
    fd_fdstat_get: (fd: number, at: number): number => {
      host.checkPhase('fd_fdstat_get')
      if (!isStandardStream(fd)) return BadFile
      // Envoy does not say that it could not write.
      if (writeZeros(host.memory, at, 24)) writeU64(host.memory, (at >>> 0) + 8, 64n)
      return Success
    },
    fd_tell: (fd: number, at: number): number => {
      host.checkPhase('fd_tell')
      if (!isStandardStream(fd)) return BadFile
      return writeZeros(host.memory, at, 8) ? Success : Fault
    },
    fd_write: (fd: number, vectors: number, count: number, writtenAt: number): number => {
      host.checkPhase('fd_write')
      return writeOutput(host, fd, vectors >>> 0, count >>> 0, writtenAt)
    },
    fd_pwrite: (fd: number, vectors: number, count: number, _offset: bigint, writtenAt: number): number => {
      host.checkPhase('fd_pwrite')
      return writeOutput(host, fd, vectors >>> 0, count >>> 0, writtenAt)
    },
  }
}

/** One line for all vectors together, without one newline at its end. */
function writeOutput(host: WasiHost, fd: number, vectors: number, count: number, writtenAt: number): number {
  if (!isStandardStream(fd)) return BadFile
  if (vectors + 8 * count > host.memory.u8().length) return Fault
  const parts: Buffer[] = []
  const words = host.memory.view()
  for (let i = 0; i < count; i++) {
    const address = words.getUint32(vectors + 8 * i, true)
    const length = words.getUint32(vectors + 8 * i + 4, true)
    if (length === 0) continue
    if (parts.length === MAX_VECTORS) return Invalid
    if (!isInside(host.memory, address, length) || !takes(host.memory, length)) return Fault
    parts.push(host.memory.u8().subarray(address, address + length))
  }
  const text = Buffer.concat(parts)
  if (text.length > 0) host.log(fd === 1 ? 2 : 4, text.at(-1) === 0x0a ? text.subarray(0, -1) : text)
  return writeU32(host.memory, writtenAt, text.length) ? Success : Fault
}

function writeEnvironment(
  memory: GuestMemory,
  entries: readonly Buffer[],
  size: number,
  pointersAt: number,
  textAt: number,
): number {
  if (!isInside(memory, pointersAt, 4 * entries.length) || !isInside(memory, textAt, size)) return Fault
  let at = textAt
  for (let i = 0; i < entries.length; i++) {
    writeU32(memory, pointersAt + 4 * i, at)
    memory.u8().set(entries[i]!, at)
    at += entries[i]!.length
  }
  return Success
}

function writeBoth(memory: GuestMemory, firstAt: number, first: number, secondAt: number, second: number): number {
  return writeU32(memory, firstAt, first) && writeU32(memory, secondAt, second) ? Success : Fault
}
