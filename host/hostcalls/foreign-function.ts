/** How foreign functions are written. */
import type { Vm } from '../plugin/vm.ts'

/** Takes the guest's argument, which belongs to it; answers the bytes of a result, or a status without one. */
export type ForeignFunction = (vm: Vm, argument: Buffer) => Uint8Array | number
