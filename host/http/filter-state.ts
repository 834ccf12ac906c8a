/**
 * Named objects that filters leave for each other and for access logs, with a stream or with a connection
 * (envoy/stream_info/filter_state.h). Values are byte strings.
 */

/** How a value is shown and read: bytes of a guest, or text of one of Envoy's own objects. */
export type FilterStateKind = 'bytes' | 'string' | 'opaque' | 'text'

export interface FilterStateObject {
  value: string
  /** `opaque` values need a schema that the host does not read. */
  readonly kind: FilterStateKind
  /** The value cannot be set again. */
  readonly isReadOnly: boolean
}

export type FilterState = Map<string, FilterStateObject>

/** Where objects are looked for: the stream, then its connection. Null = nothing there yet. */
export interface FilterStateOwner {
  filterState: FilterState | null
  readonly connection: { filterState: FilterState | null }
}

export function findFilterState(owner: FilterStateOwner, name: string): FilterStateObject | null {
  return owner.filterState?.get(name) ?? owner.connection.filterState?.get(name) ?? null
}

/** Puts an object there for the stream, or for all streams of its connection. */
export function putFilterState(owner: FilterStateOwner, name: string, object: FilterStateObject, isForConnection: boolean): void {
  const holder = isForConnection ? owner.connection : owner
  holder.filterState ??= new Map()
  holder.filterState.set(name, object)
}

/** Bytes of names and values that a stream can see. */
export function filterStateBytes(owner: FilterStateOwner): number {
  return bytesOf(owner.filterState) + bytesOf(owner.connection.filterState)
}

function bytesOf(state: FilterState | null): number {
  let sum = 0
  if (state !== null) for (const [name, { value }] of state) sum += name.length + value.length
  return sum
}
