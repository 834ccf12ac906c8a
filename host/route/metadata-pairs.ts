/** Metadata by which endpoints are grouped, as texts that are equal where Envoy takes values for equal. */
import type { MetadataPair } from '../config/types.ts'

/** The members of an object of JSON, sorted. */
export function metadataPairs(values: Readonly<Record<string, unknown>>): MetadataPair[] {
  return Object.keys(values)
    .toSorted()
    .map((key) => ({ key, value: valueText(values[key]) }))
}

/** The same for the same pairs. */
export function pairsId(pairs: readonly MetadataPair[]): string {
  return JSON.stringify(pairs.map(({ key, value }) => [key, value]))
}

/** The same for the same sorted keys. */
export function keysId(keys: readonly string[]): string {
  return JSON.stringify(keys)
}

/** A value of JSON as text; the order of members in it means nothing. */
export function valueText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (isObject(inner) ? sorted(inner) : inner))
}

function sorted(object: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
