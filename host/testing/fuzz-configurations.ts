/** Random configurations for a filter: such as its JSON schema describes, and such with a fault. */
import {
  array,
  constant,
  constantFrom,
  jsonValue,
  nat,
  oneof,
  record,
  string,
  tuple,
  uint8Array,
  type Arbitrary,
} from 'fast-check'
import { valuesOf } from './schema-values.ts'

/** Bytes at a place that are replaced by others; places beyond the end count from the start again. */
interface Edit {
  readonly at: number
  readonly removed: number
  readonly added: Uint8Array
}

const MAX_EDITS = 4
const MAX_EDIT_BYTES = 8
const JSON_CHARACTERS = '{}[]",:\\-+.eE0123456789 \n'

/**
 * Bytes of configurations: three of eight as the schema describes them or one of the examples, the others with a value of another
 * kind, spoiled, or no JSON.
 */
export function randomConfiguration(schema: object, examples: readonly object[] = []): Arbitrary<Uint8Array> {
  const described = valuesOf(schema)
  const value = examples.length === 0 ? described : oneof(described, constantFrom<unknown>(...examples))
  const text = value.map(textOf)
  const withFault = tuple(value, nat(), jsonValue()).map(([whole, at, other]) => textOf(withNode(whole, at, other)))
  const edits = array(edit(), { minLength: 1, maxLength: MAX_EDITS })
  return oneof(
    { arbitrary: text, weight: 3 },
    { arbitrary: withFault, weight: 2 },
    { arbitrary: tuple(text, edits).map(([bytes, list]) => list.reduce(applied, bytes)), weight: 2 },
    { arbitrary: oneof(constant(new Uint8Array()), uint8Array(), jsonValue().map(textOf)), weight: 1 },
  )
}

function textOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

/** The value with another one in the place of one of its parts. */
function withNode(whole: unknown, at: number, other: unknown): unknown {
  let left = at % countOf(whole)
  const visit = (node: unknown): unknown => {
    if (left-- === 0) return other
    if (Array.isArray(node)) return node.map(visit)
    if (typeof node !== 'object' || node === null) return node
    return Object.fromEntries(Object.entries(node).map(([name, member]) => [name, visit(member)]))
  }
  return visit(whole)
}

/** A value and all its parts. */
function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return 1 + Object.values(value).reduce<number>((sum, part) => sum + countOf(part), 0)
}

function edit(): Arbitrary<Edit> {
  const added = oneof(
    uint8Array({ maxLength: MAX_EDIT_BYTES }),
    string({ unit: constantFrom(...JSON_CHARACTERS), maxLength: MAX_EDIT_BYTES }).map((text) => Buffer.from(text)),
  )
  return record({ at: nat(), removed: nat(MAX_EDIT_BYTES), added })
}

function applied(bytes: Uint8Array, { at, removed, added }: Edit): Uint8Array {
  const start = at % (bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, start), added, bytes.subarray(start + removed)])
}
