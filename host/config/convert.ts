/**
 * A configuration tree as canonical proto-JSON of a message. Every field, type and value is checked on the way and
 * all faults are collected, so that what comes out can be read without an error.
 */
import type { DescField, DescMessage, JsonObject, JsonValue } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import { CONFIG_PAGE, show } from './fault.ts'
import type { Fault } from './fault.ts'
import { toSnakeCase } from './path.ts'
import type { ConfigPath } from './path.ts'
import { ANY_REGISTRY, ANY_TYPES, isAlwaysEmpty, TYPED_STRUCT, typeNameOf } from './registry.ts'
import { isReservedName } from './reserved.ts'
import { toDuration, toEnum, toScalar } from './scalar.ts'
import type { ScalarResult } from './scalar.ts'
import { suggest } from './suggest.ts'
import type { MapTree, ScalarTree, Tree } from './tree.ts'

/** Type names of messages whose JSON form is a single value. */
const WRAPPERS: ReadonlyMap<string, ScalarType> = new Map([
  ['google.protobuf.BoolValue', ScalarType.BOOL],
  ['google.protobuf.UInt32Value', ScalarType.UINT32],
  ['google.protobuf.UInt64Value', ScalarType.UINT64],
  ['google.protobuf.StringValue', ScalarType.STRING],
  ['google.protobuf.BytesValue', ScalarType.BYTES],
])
const ANY = 'google.protobuf.Any'
const DURATION = 'google.protobuf.Duration'
const STRUCT = 'google.protobuf.Struct'

/** Converts the root of a text; adds what is wrong to `faults`. */
export function convertTree(desc: DescMessage, tree: Tree, faults: Fault[]): JsonObject {
  const json = new Converter(faults).message(desc, tree, [], '')
  return isObject(json) ? json : {}
}

class Converter {
  readonly #faults: Fault[]

  constructor(faults: Fault[]) {
    this.#faults = faults
  }

  /** `field` is the full name of the field that holds the message: it decides what an `Any` may be. */
  message(desc: DescMessage, tree: Tree, path: ConfigPath, field: string): JsonValue | undefined {
    const wrapped = WRAPPERS.get(desc.typeName)
    if (wrapped !== undefined) return this.#scalar(tree, path, (value) => toScalar(wrapped, value))
    if (desc.typeName === DURATION) return this.#scalar(tree, path, toDuration)
    if (tree.kind !== 'map') return this.#wrongType(tree, path, 'a mapping')
    if (desc.typeName === STRUCT) return plainJson(tree)
    return desc.typeName === ANY ? this.#any(tree, path, field) : this.#fields(desc, tree, path)
  }

  #fields(desc: DescMessage, tree: MapTree, path: ConfigPath): JsonObject {
    const json: JsonObject = {}
    const oneofs = new Map<string, string>()
    const seen = new Set<DescField>()
    for (const entry of tree.entries) {
      const field = desc.fields.find((known) => known.name === entry.key || known.jsonName === entry.key)
      if (field === undefined) {
        this.#unknownField(desc, entry.key, path)
        continue
      }
      const at = [...path, field.name]
      if (seen.has(field)) this.#add({ code: 'SLUICE_CONFIG_DUPLICATE', message: 'Field is given twice', path: at })
      seen.add(field)
      if (entry.value.kind === 'scalar' && entry.value.value === null) continue
      this.#oneof(field, oneofs, at)
      const value = this.#field(field, entry.value, at)
      if (value !== undefined) json[field.name] = value
    }
    return json
  }

  #unknownField(desc: DescMessage, name: string, path: ConfigPath): void {
    const isReserved = isReservedName(desc, toSnakeCase(name))
    const names = desc.fields.map((field) => field.name)
    const near = isReserved ? null : suggest(name, names)
    const message = isReserved ? 'Field is not supported by sluice' : 'Unknown field'
    const wanted = near === null ? `a field of ${desc.typeName}` : near
    this.#add({ code: 'SLUICE_CONFIG_UNKNOWN_FIELD', message, path: [...path, name], seen: name, wanted, next: CONFIG_PAGE })
  }

  /** A second member of a oneof is refused, as proto-JSON demands. */
  #oneof(field: DescField, given: Map<string, string>, path: ConfigPath): void {
    if (field.oneof === undefined) return
    const other = given.get(field.oneof.name)
    given.set(field.oneof.name, field.name)
    if (other === undefined || other === field.name) return
    const wanted = `only one of ${field.oneof.fields.map((member) => member.name).join(', ')}`
    this.#add({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'Fields exclude each other',
      path,
      seen: `${other} and ${field.name}`,
      wanted,
    })
  }

  #field(field: DescField, tree: Tree, path: ConfigPath): JsonValue | undefined {
    if (field.fieldKind === 'list') return this.#list(field, tree, path)
    if (field.fieldKind === 'map') return this.#map(field, tree, path)
    return this.#single(field, tree, path)
  }

  /** One value: a singular field, an item of a list or a value of a map. */
  #single(field: DescField, tree: Tree, path: ConfigPath): JsonValue | undefined {
    if (field.message !== undefined) return this.message(field.message, tree, path, `${field.parent.typeName}.${field.name}`)
    const desc = field.enum
    if (desc !== undefined) return this.#scalar(tree, path, (value) => toEnum(desc, value))
    const type = field.scalar ?? ScalarType.STRING
    return this.#scalar(tree, path, (value) => toScalar(type, value))
  }

  #list(field: DescField, tree: Tree, path: ConfigPath): JsonValue | undefined {
    if (tree.kind !== 'list') return this.#wrongType(tree, path, 'a list')
    const items: JsonValue[] = []
    for (const [index, item] of tree.items.entries()) {
      const value = this.#single(field, item, [...path, index])
      if (value !== undefined) items.push(value)
    }
    return items
  }

  #map(field: DescField, tree: Tree, path: ConfigPath): JsonValue | undefined {
    if (tree.kind !== 'map') return this.#wrongType(tree, path, 'a mapping')
    const values: [string, JsonValue][] = []
    for (const entry of tree.entries) {
      const at = [...path, { key: entry.key }]
      if (values.some(([key]) => key === entry.key)) {
        this.#add({ code: 'SLUICE_CONFIG_DUPLICATE', message: 'Key is given twice', path: at })
      }
      const value = this.#single(field, entry.value, at)
      if (value !== undefined) values.push([entry.key, value])
    }
    return Object.fromEntries(values)
  }

  #any(tree: MapTree, path: ConfigPath, field: string): JsonValue | undefined {
    if (tree.entries.length === 0 && isAlwaysEmpty(field)) return {}
    const entry = tree.entries.find(({ key }) => key === '@type')
    const typeUrl = entry?.value.kind === 'scalar' ? entry.value.value : undefined
    const desc = typeof typeUrl === 'string' ? ANY_REGISTRY.getMessage(typeNameOf(typeUrl)) : undefined
    if (desc === undefined) return this.#unknownType(typeUrl, [...path, '@type'], field)
    const rest: MapTree = { ...tree, entries: tree.entries.filter(({ key }) => key !== '@type') }
    const inside = desc.typeName === TYPED_STRUCT ? knownInside(rest) : null
    if (inside !== null) return this.#any(inside, [...path, 'value'], field)
    if (!isSpecial(desc)) return { '@type': String(typeUrl), ...this.#fields(desc, rest, path) }
    return this.#specialAny(desc, rest, path, String(typeUrl))
  }

  /** Messages with a JSON form of their own stand in the member `value` of an `Any`. */
  #specialAny(desc: DescMessage, tree: MapTree, path: ConfigPath, typeUrl: string): JsonValue | undefined {
    const value = tree.entries.find(({ key }) => key === 'value')
    for (const { key } of tree.entries) {
      if (key !== 'value') this.#unknownField(desc, key, path)
    }
    if (value === undefined) return this.#wrongType(tree, path, `a member "value" beside @type ${desc.typeName}`)
    const json = this.message(desc, value.value, [...path, 'value'], '')
    return json === undefined ? undefined : { '@type': typeUrl, value: json }
  }

  #unknownType(typeUrl: unknown, path: ConfigPath, field: string): undefined {
    const names = (ANY_TYPES.get(field) ?? []).map((desc) => desc.typeName)
    const near = typeof typeUrl === 'string' ? suggest(typeNameOf(typeUrl), names) : null
    const message = typeUrl === undefined ? 'Type is missing' : 'Type is not known or not supported by sluice'
    const wanted = `one of type.googleapis.com/${near ?? names.join(', ')}`
    const seen = typeUrl === undefined ? {} : { seen: show(typeUrl) }
    this.#add({ code: 'SLUICE_CONFIG_UNKNOWN_FIELD', message, path, ...seen, wanted, next: CONFIG_PAGE })
    return undefined
  }

  #scalar(
    tree: Tree,
    path: ConfigPath,
    read: (value: Exclude<ScalarTree['value'], null>) => ScalarResult,
  ): JsonValue | undefined {
    const value = tree.kind === 'scalar' ? tree.value : null
    const result = value === null ? { wanted: 'a single value' } : read(value)
    if ('json' in result) return result.json
    return this.#wrongType(tree, path, result.wanted, 'message' in result ? result.message : undefined)
  }

  #wrongType(tree: Tree, path: ConfigPath, wanted: string, message = 'Wrong type or value out of range'): undefined {
    this.#add({ code: 'SLUICE_CONFIG_TYPE', message, path, seen: describe(tree), wanted })
    return undefined
  }

  #add(fault: Fault): void {
    this.#faults.push(fault)
  }
}

/** True for messages whose JSON form is not the mapping of their fields. */
function isSpecial(desc: DescMessage): boolean {
  return WRAPPERS.has(desc.typeName) || desc.typeName === DURATION || desc.typeName === STRUCT
}

/** What a `TypedStruct` says of an extension that is known, as if it stood there itself; null = it is not known. */
function knownInside(tree: MapTree): MapTree | null {
  const type = tree.entries.find(({ key }) => key === 'type_url' || key === 'typeUrl')
  const value: Tree = tree.entries.find(({ key }) => key === 'value')?.value ?? { kind: 'map', entries: [], at: tree.at }
  if (type?.value.kind !== 'scalar' || value.kind !== 'map') return null
  const isKnown = ANY_REGISTRY.getMessage(typeNameOf(String(type.value.value))) !== undefined
  return isKnown ? { ...value, entries: [{ ...type, key: '@type' }, ...value.entries] } : null
}

/** Free data: a repeated key's last value counts. */
function plainJson(tree: Tree): JsonValue {
  if (tree.kind === 'list') return tree.items.map(plainJson)
  if (tree.kind === 'map') return Object.fromEntries(tree.entries.map(({ key, value }) => [key, plainJson(value)]))
  return typeof tree.value === 'bigint' ? Number(tree.value) : tree.value
}

function describe(tree: Tree): string {
  if (tree.kind === 'scalar') return show(tree.value)
  return tree.kind === 'map' ? 'a mapping' : 'a list'
}

function isObject(json: JsonValue | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
