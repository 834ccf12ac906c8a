/** Attributes of stream, node and plugin by path. */
import { Status } from '../abi/enums.ts'
import { propertySegments } from '../abi/property-path.ts'
import type { Vm } from '../plugin/vm.ts'
import { readByteString } from '../vm/guest-memory.ts'
import { giveText, type Hostcalls } from './chapter.ts'
import { lookUpProperty } from './property-values.ts'

/** Prefix of names that guests set, in filter state. */
const STATE_PREFIX = 'wasm.'

export function propertyCalls(vm: Vm): Hostcalls {
  return {
    /** 1: not there, or not now; 3: a group without a value of its own, or an empty path. */
    proxy_get_property(pathAddress: number, pathSize: number, addressAt: number, sizeAt: number): number {
      vm.admit()
      const path = readByteString(vm.memory, pathAddress, pathSize)
      if (path === null) return Status.InvalidMemoryAccess
      const value = lookUpProperty(vm.effective!, propertySegments(path))
      return typeof value === 'string' ? giveText(vm, value, addressAt, sizeAt) : value
    },

    /** Keeps a value in the stream's filter state as `wasm.<key>`. 1: no stream. */
    proxy_set_property(keyAddress: number, keySize: number, valueAddress: number, valueSize: number): number {
      vm.admit()
      const key = readByteString(vm.memory, keyAddress, keySize)
      const value = readByteString(vm.memory, valueAddress, valueSize)
      if (key === null || value === null) return Status.InvalidMemoryAccess
      const stream = vm.effective!.stream
      if (stream === null) return Status.NotFound
      const info = stream.host.info
      info.filterState ??= new Map()
      info.filterState.set(STATE_PREFIX + key, value)
      return Status.Ok
    },
  }
}
