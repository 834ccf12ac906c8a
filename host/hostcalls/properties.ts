/** Attributes of stream, node and plugin by path. */
import { Status } from '../abi/enums.ts'
import { MAX_PATH_BYTES, MAX_STATE_BYTES } from '../abi/limits.ts'
import { propertySegments } from '../abi/property-path.ts'
import type { Vm } from '../plugin/vm.ts'
import { readByteString } from '../vm/guest-memory.ts'
import { giveText, type Hostcalls } from './chapter.ts'
import { lookUpProperty } from './property-values.ts'

/** Prefix of names that guests set, in filter state. */
const STATE_PREFIX = 'wasm.'
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

    /** Keeps a value in the stream's filter state as `wasm.<key>`. 1: no stream; 10: the filter state is full. */
    proxy_set_property(keyAddress: number, keySize: number, valueAddress: number, valueSize: number): number {
      vm.admit()
      const key = readByteString(vm.memory, keyAddress, keySize)
      const value = readByteString(vm.memory, valueAddress, valueSize)
      if (key === null || value === null) return Status.InvalidMemoryAccess
      const stream = vm.effective!.stream
      if (stream === null) return Status.NotFound
      const info = stream.host.info
      info.filterState ??= new Map()
      if (stateBytes(info.filterState) + key.length + value.length > MAX_STATE_BYTES) return vm.exceeded('state')
      info.filterState.set(STATE_PREFIX + key, value)
      vm.work(info.filterState.size >> 4)
      return Status.Ok
    },
  }
}

function stateBytes(state: ReadonlyMap<string, string>): number {
  let sum = 0
  for (const [key, value] of state) sum += key.length + value.length
  return sum
}
