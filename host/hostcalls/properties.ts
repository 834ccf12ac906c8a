/** Attributes of stream, node and plugin by path. */
import { Status } from '../abi/enums.ts'
import { MAX_PATH_BYTES } from '../abi/limits.ts'
import { propertySegments } from '../abi/property-path.ts'
import type { Vm } from '../plugin/vm.ts'
import { readByteString } from '../vm/guest-memory.ts'
import { giveText, type Hostcalls } from './chapter.ts'
import { setProperty } from './filter-state-calls.ts'
import { lookUpProperty } from './property-values.ts'

/** Work of a look-up: most values are put together anew. */
const LOOK_UP_WORK = 4

export function propertyCalls(vm: Vm): Hostcalls {
  return {
    /** 1: not there, or not now; 3: a group without a value of its own, or an empty path; 10: a path that is too long. */
    proxy_get_property(pathAddress: number, pathSize: number, addressAt: number, sizeAt: number): number {
      vm.admit()
      const path = readByteString(vm.memory, pathAddress, pathSize)
      if (path === null) return Status.InvalidMemoryAccess
      if (path.length > MAX_PATH_BYTES) return vm.exceeded('path')
      vm.work(LOOK_UP_WORK)
      const value = lookUpProperty(vm.effective!, propertySegments(path))
      return typeof value === 'string' ? giveText(vm, value, addressAt, sizeAt) : value
    },

    /** Keeps a value in the stream's filter state. 1: no stream; 2: the value cannot be set again; 10: the filter state is full. */
    proxy_set_property(keyAddress: number, keySize: number, valueAddress: number, valueSize: number): number {
      vm.admit()
      const key = readByteString(vm.memory, keyAddress, keySize)
      const value = readByteString(vm.memory, valueAddress, valueSize)
      if (key === null || value === null) return Status.InvalidMemoryAccess
      return setProperty(vm, key, value)
    },
  }
}
