/** `%METADATA(KIND:NAMESPACE:KEY…)%`: free data of the configuration (source/extensions/formatter/metadata). */
import { utf8ByteString } from '../../util/bytes.ts'
import type { StreamInfo } from '../../http/stream-info.ts'
import type { FormatContext } from './context.ts'

const KINDS: ReadonlyMap<string, (info: StreamInfo) => unknown> = new Map([
  ['ROUTE', (info: StreamInfo) => info.routeMetadata],
  ['VIRTUAL_HOST', (info: StreamInfo) => info.virtualHostMetadata],
  ['LISTENER', (info: StreamInfo) => info.connection.listenerMetadata],
])

type MetadataText = string | number | StructuredValue | null

/** Null for another kind. Texts and numbers are printed as they are, the rest as JSON. */
export function metadataValue(argument: string | null): ((context: FormatContext) => MetadataText) | null {
  const [kind = '', ...path] = (argument ?? '').split(':')
  const source = KINDS.get(kind)
  if (source === undefined || path.length === 0 || path.includes('')) return null
  return ({ info }) => printed(memberOf(source(info), path))
}

function memberOf(metadata: unknown, path: readonly string[]): unknown {
  let value: unknown = (metadata as { json?: { filter_metadata?: unknown } } | null)?.json?.filter_metadata
  for (const key of path) {
    if (value === null || typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

/** A value that is neither text nor number: JSON in a text, itself in JSON. */
export class StructuredValue {
  readonly #json: string

  constructor(value: unknown) {
    this.#json = utf8ByteString(JSON.stringify(sorted(value)))
  }

  toString(): string {
    return this.#json
  }

  toJSON(): unknown {
    return JSON.parse(this.#json)
  }
}

function printed(value: unknown): MetadataText {
  if (value === undefined) return null
  if (typeof value === 'number') return value
  return typeof value === 'string' ? utf8ByteString(value) : new StructuredValue(value)
}

/** Members of a message have no order of their own: Envoy prints them by name. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const names = Object.keys(value).toSorted((a, b) => (a < b ? -1 : 1))
  return Object.fromEntries(names.map((name) => [name, sorted((value as Record<string, unknown>)[name])]))
}
