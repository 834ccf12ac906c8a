/** Log lines of guests, in the text of Envoy's `wasm` component. */
import { MAX_LOG_LEVEL, Status } from '../abi/enums.ts'
import { Phase, type Vm } from '../plugin/vm.ts'
import { giveU32, type Hostcalls } from './chapter.ts'

export function loggingCalls(vm: Vm): Hostcalls {
  return {
    /** Allowed at start and in the allocator. 2: unknown level; 10: too much for one callback. */
    proxy_log(level: number, address: number, size: number): number {
      vm.admitIf(vm.phase !== Phase.StartSection)
      if (level >>> 0 > MAX_LOG_LEVEL) return Status.BadArgument
      const bytes = vm.memory.u8()
      const start = address >>> 0
      const end = start + (size >>> 0)
      if (end > bytes.length) return Status.InvalidMemoryAccess
      return writeGuestLog(vm, level, bytes, start, end) ? Status.Ok : vm.exceeded('log')
    },

    /** The level below which `proxy_log` writes nothing; 6 = off. */
    proxy_get_log_level(levelAt: number): number {
      vm.admit()
      return giveU32(vm, levelAt, vm.log.level)
    },
  }
}

/** Writes `bytes[start, end)` (UTF-8) to the log if its level is enabled; false when the callback has logged too much. */
export function writeGuestLog(vm: Vm, level: number, bytes: Buffer, start: number, end: number): boolean {
  const logger = vm.log
  if (!logger.enabled(level)) return true
  if (!vm.mayLog(end - start)) return false
  // The allocator runs for no plugin.
  const prefix = vm.phase === Phase.Malloc ? '' : (vm.effective?.logPrefix ?? '')
  logger.log(level, `wasm log${prefix}: ${bytes.toString('utf8', start, end)}`)
  return true
}
