/** Log lines of guests, in the text of Envoy's `wasm` component. */
import { MAX_LOG_LEVEL, Status } from '../abi/enums.ts'
import { Phase, type Vm } from '../plugin/vm.ts'
import { giveU32, type Hostcalls } from './chapter.ts'

export function loggingCalls(vm: Vm): Hostcalls {
  return {
    /** Allowed at start and in the allocator. 2: unknown level. */
    proxy_log(level: number, address: number, size: number): number {
      if (vm.phase === Phase.StartSection) throw vm.restricted()
      if (level >>> 0 > MAX_LOG_LEVEL) return Status.BadArgument
      const bytes = vm.memory.u8()
      const start = address >>> 0
      const end = start + (size >>> 0)
      if (end > bytes.length) return Status.InvalidMemoryAccess
      writeGuestLog(vm, level, bytes, start, end)
      return Status.Ok
    },

    /** The level below which `proxy_log` writes nothing; 6 = off. */
    proxy_get_log_level(levelAt: number): number {
      if (vm.phase !== 0) throw vm.restricted()
      return giveU32(vm, levelAt, vm.log.level)
    },
  }
}

/** Writes `bytes[start, end)` (UTF-8) to the log if its level is enabled. */
export function writeGuestLog(vm: Vm, level: number, bytes: Buffer, start: number, end: number): void {
  const logger = vm.log
  if (!logger.enabled(level)) return
  // The allocator runs for no plugin.
  const prefix = vm.phase === Phase.Malloc ? '' : (vm.effective?.logPrefix ?? '')
  logger.log(level, `wasm log${prefix}: ${bytes.toString('utf8', start, end)}`)
}
