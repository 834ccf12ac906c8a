/** The process-wide key-value store; keys of one vm_id are a name space. */
import { Status } from '../abi/enums.ts'
import type { Vm } from '../plugin/vm.ts'
import { readByteString, readCopy } from '../vm/guest-memory.ts'
import { giveBytes, giveU32, type Hostcalls } from './chapter.ts'

/** Work of an access beyond the simplest hostcall: locks and copies. */
const SHARED_WORK = 8

export function sharedDataCalls(vm: Vm): Hostcalls {
  const vmId = vm.config.vmId
  const store = vm.services.sharedData
  return {
    /** Value and the number for a compare-and-set. 1: missing. */
    proxy_get_shared_data(keyAddress: number, keySize: number, addressAt: number, sizeAt: number, casAt: number): number {
      vm.admit()
      const key = readByteString(vm.memory, keyAddress, keySize)
      if (key === null) return Status.InvalidMemoryAccess
      vm.work(SHARED_WORK)
      const found = store.get(vmId, key)
      if (found === null) return Status.NotFound
      const status = giveBytes(vm, found.value, addressAt, sizeAt)
      return status === Status.Ok ? giveU32(vm, casAt, found.cas) : status
    },

    /** 8: the key exists, `cas` is not 0 and another number; 10: no room (Envoy has no limit). */
    proxy_set_shared_data(keyAddress: number, keySize: number, valueAddress: number, valueSize: number, cas: number): number {
      vm.admit()
      const key = readByteString(vm.memory, keyAddress, keySize)
      const value = readCopy(vm.memory, valueAddress, valueSize)
      if (key === null || value === null) return Status.InvalidMemoryAccess
      vm.work(SHARED_WORK)
      return store.set(vmId, key, value, cas >>> 0)
    },
  }
}
