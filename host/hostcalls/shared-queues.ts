/** Process-wide queues. */
import { Status } from '../abi/enums.ts'
import type { Vm } from '../plugin/vm.ts'
import { readByteString, readCopy } from '../vm/guest-memory.ts'
import { giveBytes, giveU32, type Hostcalls } from './chapter.ts'

/** Work of an access beyond the simplest hostcall: locks and copies. */
const QUEUE_WORK = 8

export function sharedQueueCalls(vm: Vm): Hostcalls {
  const queues = vm.services.sharedQueues
  return {
    /** The queue's id; this plugin is told of new items from now on. 10: no room (Envoy has no limit). */
    proxy_register_shared_queue(nameAddress: number, nameSize: number, idAt: number): number {
      vm.admit()
      const name = readByteString(vm.memory, nameAddress, nameSize)
      if (name === null) return Status.InvalidMemoryAccess
      vm.work(QUEUE_WORK)
      const id = queues.register(vm.config.vmId, name, vm.effective!.root)
      return id === 0 ? Status.InternalFailure : giveU32(vm, idAt, id)
    },

    /** The id of a queue of any vm_id; '' = the own one. 1: unknown. */
    proxy_resolve_shared_queue(vmAddress: number, vmSize: number, nameAddress: number, nameSize: number, idAt: number): number {
      vm.admit()
      const vmId = readByteString(vm.memory, vmAddress, vmSize)
      const name = readByteString(vm.memory, nameAddress, nameSize)
      if (vmId === null || name === null) return Status.InvalidMemoryAccess
      vm.work(QUEUE_WORK)
      const id = queues.resolve(vmId === '' ? vm.config.vmId : vmId, name)
      return id === null ? Status.NotFound : giveU32(vm, idAt, id)
    },

    /** 1: unknown id; 10: no room (Envoy has no limit). */
    proxy_enqueue_shared_queue(id: number, address: number, size: number): number {
      vm.admit()
      const value = readCopy(vm.memory, address, size)
      if (value === null) return Status.InvalidMemoryAccess
      vm.work(QUEUE_WORK)
      return queues.enqueue(id >>> 0, value)
    },

    /** 1: unknown id; 7: nothing waits. */
    proxy_dequeue_shared_queue(id: number, addressAt: number, sizeAt: number): number {
      vm.admit()
      vm.work(QUEUE_WORK)
      const item = queues.dequeue(id >>> 0)
      if (item === null) return Status.NotFound
      return item === 'empty' ? Status.Empty : giveBytes(vm, item, addressAt, sizeAt)
    },
  }
}
