/** WASI for a VM: phases, log and clocks of the host behind vm/wasi.ts. */
import { Phase, type Vm } from '../plugin/vm.ts'
import type { GuestMemory, HostFunction } from '../vm/engine.ts'
import { isWasiAllowedAtStart, isWasiAllowedInMalloc, wasiFunctions, type WasiHost } from '../vm/wasi.ts'
import { writeGuestLog } from './logging.ts'

export function wasiCalls(vm: Vm): Record<string, HostFunction> {
  return wasiFunctions(new VmWasiHost(vm))
}

class VmWasiHost implements WasiHost {
  readonly #vm: Vm
  readonly environment: ReadonlyMap<string, string>

  constructor(vm: Vm) {
    this.#vm = vm
    this.environment = vm.config.environment
  }

  get memory(): GuestMemory {
    return this.#vm.memory
  }

  checkPhase(name: string): void {
    const phase = this.#vm.phase
    if (phase === Phase.Running) return this.#vm.admit()
    const isAllowed = phase === Phase.Malloc ? isWasiAllowedInMalloc(name) : phase === Phase.Start && isWasiAllowedAtStart(name)
    this.#vm.admitIf(isAllowed)
  }

  log(level: number, line: Buffer): void {
    writeGuestLog(this.#vm, level, line, 0, line.length)
  }

  wallNanos(): bigint {
    return this.#vm.services.clock.wallNanos()
  }

  monotonicNanos(): bigint {
    return BigInt(Math.round(this.#vm.services.clock.monotonicMillis() * 1e6))
  }

  random(target: Uint8Array): void {
    this.#vm.work(target.length >> 9)
    this.#vm.services.random.fill(target)
  }
}
