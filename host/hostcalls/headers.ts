/** Header and trailer maps (hot). Missing maps: status 2; while on_log runs they are only empty (source/extensions/common/wasm/context.cc). */
import { MapType, Status } from '../abi/enums.ts'
import { MAX_MAP_BYTES, MAX_MAP_FIELDS } from '../abi/limits.ts'
import { copyEncodedHeaders, encodeHeaders } from '../abi/encoded-headers.ts'
import { addPairs, decodePairs } from '../abi/pairs.ts'
import { writeValue } from '../abi/source-bytes.ts'
import { readName, readText } from '../abi/text.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { canonicalName } from '../http/names.ts'
import type { StreamMap } from '../plugin/stream-host.ts'
import type { Vm } from '../plugin/vm.ts'
import { giveNothing, giveRange, giveU32, warnRefused, type Hostcalls } from './chapter.ts'
import { fieldFault, namesFault } from './header-checks.ts'

const LAST_MAP = MapType.HttpCallResponseTrailers
const HOST = canonicalName('host')
const AUTHORITY = canonicalName(':authority')

export function headerCalls(vm: Vm): Hostcalls {
  return {
    /** Sum of the bytes of names and values. 2: map not available, or of a callout. */
    proxy_get_header_map_size(type: number, sizeAt: number): number {
      vm.admit()
      const map = changeableMap(vm, type)
      return map === null ? Status.BadArgument : giveU32(vm, sizeAt, map.byteSize)
    },

    /** The whole map as pairs; a map that is not available is empty. 2: unknown type. */
    proxy_get_header_map_pairs(type: number, addressAt: number, sizeAt: number): number {
      vm.admit()
      if (type >>> 0 > LAST_MAP) return Status.BadArgument
      const map = readableMap(vm, type)
      return map === null ? giveNothing(vm, addressAt, sizeAt) : givePairs(vm, map, addressAt, sizeAt)
    },

    /** Replaces the whole map. A blob that cannot be decoded is an empty list. 2: map not available. */
    proxy_set_header_map_pairs(type: number, address: number, size: number): number {
      vm.admit()
      if (type >>> 0 > LAST_MAP) return Status.BadArgument
      const bytes = vm.memory.u8()
      const start = address >>> 0
      const end = start + (size >>> 0)
      if (end > bytes.length) return Status.InvalidMemoryAccess
      const map = changeableMap(vm, type)
      if (map === null) return Status.BadArgument
      const fields = decodePairs(bytes, start, end)
      if (type >= MapType.HttpResponseHeaders && refusedPairs(vm, fields)) return Status.BadArgument
      map.clear()
      addPairs(map, fields)
      changed(vm, type)
      return Status.Ok
    },

    /** First value of a name. 1: missing (0 and empty for ABI 0.1.0); 2: map not available. */
    proxy_get_header_map_value(type: number, name: number, nameSize: number, addressAt: number, sizeAt: number): number {
      vm.admit()
      if (type >>> 0 > LAST_MAP) return Status.BadArgument
      const bytes = vm.memory.u8()
      const start = name >>> 0
      const end = start + (nameSize >>> 0)
      if (end > bytes.length) return Status.InvalidMemoryAccess
      const map = readableMap(vm, type)
      if (map === null && !vm.effective!.logging) return Status.BadArgument
      const at = map === null ? -1 : map.indexOf(nameIn(vm, bytes, start, end, type))
      if (at >= 0) return giveValue(vm, map!, at, addressAt, sizeAt)
      return vm.version === '0.1.0' ? giveNothing(vm, addressAt, sizeAt) : Status.NotFound
    },

    /** Adds a value; inline names join with a comma. 2: map not available, or bytes that split a response; 10: map full. */
    proxy_add_header_map_value(type: number, name: number, nameSize: number, value: number, valueSize: number): number {
      vm.admit()
      if (type >>> 0 > LAST_MAP) return Status.BadArgument
      const bytes = vm.memory.u8()
      const start = name >>> 0
      const end = start + (nameSize >>> 0)
      const valueStart = value >>> 0
      const valueEnd = valueStart + (valueSize >>> 0)
      if (end > bytes.length || valueEnd > bytes.length) return Status.InvalidMemoryAccess
      const map = changeableMap(vm, type)
      if (map === null) return Status.BadArgument
      if (type >= MapType.HttpResponseHeaders && refusedField(vm, bytes, start, end, valueStart, valueEnd))
        return Status.BadArgument
      const key = nameIn(vm, bytes, start, end, type)
      if (isFull(vm, map, nameSize + valueSize)) return vm.exceeded('headers')
      map.add(key, readText(bytes, vm.memory.view(), valueStart, valueEnd))
      changed(vm, type)
      return Status.Ok
    },

    /** One field with this name and value, at the end of the map. 2 and 10: as for add. */
    proxy_replace_header_map_value(type: number, name: number, nameSize: number, value: number, valueSize: number): number {
      vm.admit()
      if (type >>> 0 > LAST_MAP) return Status.BadArgument
      const bytes = vm.memory.u8()
      const start = name >>> 0
      const end = start + (nameSize >>> 0)
      const valueStart = value >>> 0
      const valueEnd = valueStart + (valueSize >>> 0)
      if (end > bytes.length || valueEnd > bytes.length) return Status.InvalidMemoryAccess
      const map = changeableMap(vm, type)
      if (map === null) return Status.BadArgument
      if (type >= MapType.HttpResponseHeaders && refusedField(vm, bytes, start, end, valueStart, valueEnd))
        return Status.BadArgument
      const key = nameIn(vm, bytes, start, end, type)
      if (isFull(vm, map, nameSize + valueSize)) return vm.exceeded('headers')
      map.set(key, readText(bytes, vm.memory.view(), valueStart, valueEnd))
      changed(vm, type)
      return Status.Ok
    },

    /** Removes every value of a name; 0 also when there was none. 2: map not available. */
    proxy_remove_header_map_value(type: number, name: number, nameSize: number): number {
      vm.admit()
      if (type >>> 0 > LAST_MAP) return Status.BadArgument
      const bytes = vm.memory.u8()
      const start = name >>> 0
      const end = start + (nameSize >>> 0)
      if (end > bytes.length) return Status.InvalidMemoryAccess
      const map = changeableMap(vm, type)
      if (map === null) return Status.BadArgument
      map.remove(nameIn(vm, bytes, start, end, type))
      changed(vm, type)
      return Status.Ok
    },
  }
}

/** Hands the map's pairs to the guest without a copy in between. */
function givePairs(vm: Vm, map: HeaderMap, addressAt: number, sizeAt: number): number {
  const size = encodeHeaders(map)
  if (size === 0) return giveNothing(vm, addressAt, sizeAt)
  const address = vm.allocate(size)
  if (address === 0) return Status.InvalidMemoryAccess
  copyEncodedHeaders(vm.memory.u8(), address)
  return giveRange(vm, address, size, addressAt, sizeAt)
}

/** Hands the value of the field at index `at` to the guest. */
function giveValue(vm: Vm, map: HeaderMap, at: number, addressAt: number, sizeAt: number): number {
  const size = map.fields[at + 1]!.length
  if (size === 0) return giveNothing(vm, addressAt, sizeAt)
  const address = vm.allocate(size)
  if (address === 0) return Status.InvalidMemoryAccess
  writeValue(map, at, vm.memory.u8(), vm.memory.view(), address)
  return giveRange(vm, address, size, addressAt, sizeAt)
}

/**
 * True when the map has no room for another field of so many bytes. Small additions are bounded by the number of changes:
 * only for others it is worth to add all sizes up.
 */
function isFull(vm: Vm, map: HeaderMap, size: number): boolean {
  vm.work(map.size >> 6)
  if (map.size >= MAX_MAP_FIELDS) return true
  return (size > MAX_MAP_BYTES / MAX_MAP_FIELDS || map.version > MAX_MAP_FIELDS) && map.byteSize + size > MAX_MAP_BYTES
}

/** Maps of the stream, or of the callout that is delivered now. */
function readableMap(vm: Vm, type: number): HeaderMap | null {
  const context = vm.effective!
  if (type >>> 0 <= MapType.HttpResponseTrailers) return context.streamMap(type as StreamMap, false)
  if (type === MapType.GrpcCallInitialMetadata) return context.root.grpc.initialMetadata
  if (type === MapType.GrpcCallTrailingMetadata) return context.root.grpc.trailingMetadata
  const response = context.root.response
  if (response === null) return null
  if (type === MapType.HttpCallResponseHeaders) return response.headers
  return type === MapType.HttpCallResponseTrailers ? response.trailers : null
}

function changeableMap(vm: Vm, type: number): HeaderMap | null {
  return type >>> 0 <= MapType.HttpResponseTrailers ? vm.effective!.streamMap(type as StreamMap, true) : null
}

/** Envoy forgets the route that it has chosen when request headers change (for all ABI versions up to 0.2.1). */
function changed(vm: Vm, type: number): void {
  if (type === MapType.HttpRequestHeaders) vm.effective!.http!.host.requestHeadersChanged()
}

/** The canonical name in `bytes[start, end)`; `host` of a request is its `:authority`. */
function nameIn(vm: Vm, bytes: Buffer, start: number, end: number, type: number): string {
  const name = readName(bytes, vm.memory.view(), start, end)
  return name === HOST && type === MapType.HttpRequestHeaders ? AUTHORITY : name
}

/** Request headers are checked by the router, which answers 503; Envoy writes a response as it is. */
function refusedField(vm: Vm, bytes: Buffer, start: number, end: number, valueStart: number, valueEnd: number): boolean {
  const fault = fieldFault(bytes, start, end, valueStart, valueEnd)
  if (fault !== null) warnRefused(vm, fault)
  return fault !== null
}

function refusedPairs(vm: Vm, fields: readonly string[]): boolean {
  const fault = namesFault(fields)
  if (fault !== null) warnRefused(vm, fault)
  return fault !== null
}
