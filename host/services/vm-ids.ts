/** Who uses a vm_id: what plugins of the vm_id share goes with the last of them (proxy-wasm-cpp-host src/vm_id_handle.cc). */
import type { VmIdUsers } from '../plugin/vm-registry.ts'

/** Something that is kept by vm_id. */
export interface VmIdStore {
  deleteVmId(vmId: string): void
}

/** Counts users. One per process, in the thread that every plugin lives in for as long as any thread runs it. */
export class VmIds implements VmIdUsers {
  readonly #stores: readonly VmIdStore[]
  readonly #users = new Map<string, number>()

  constructor(...stores: readonly VmIdStore[]) {
    this.#stores = stores
  }

  hold(vmId: string): void {
    this.#users.set(vmId, (this.#users.get(vmId) ?? 0) + 1)
  }

  release(vmId: string): void {
    const users = (this.#users.get(vmId) ?? 0) - 1
    if (users > 0) return void this.#users.set(vmId, users)
    this.#users.delete(vmId)
    for (const store of this.#stores) store.deleteVmId(vmId)
  }
}
