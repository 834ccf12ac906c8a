/**
 * The fields of one message in wire order (hot): one flat array of canonical lower-case names and byte strings
 * (latin1, never decoded). It is built once and shared by every filter, the router and the log.
 * Semantics are Envoy's HeaderMapImpl: `add` joins the values of inline names with a comma, `set` removes all
 * values and appends one at the end.
 */
import { canonicalName, isInline } from './names.ts'

export class HeaderMap {
  /** name, value, name, value …; names canonical (see names.ts). Changed by the methods only. */
  readonly fields: string[] = []
  /** Grows with every change; caches keyed by it (encoded pairs) compare it. */
  version = 0
  /** Grows with every change that is not a field appended at the end. */
  rewrites = 0

  /** Number of fields, duplicates counted. */
  get size(): number {
    return this.fields.length >> 1
  }

  /** Sum of the lengths of names and values, the figure of `proxy_get_header_map_size` and `request.headers_bytes`. */
  get byteSize(): number {
    const fields = this.fields
    let sum = 0
    for (let i = 0; i < fields.length; i++) sum += fields[i]!.length
    return sum
  }

  /** Appends a field whose name is canonical and may repeat; for codecs, which join inline names themselves. */
  push(name: string, value: string): void {
    this.fields.push(name, value)
    this.version++
  }

  /** First value of a canonical name, or null. */
  get(name: string): string | null {
    const fields = this.fields
    for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1]!
    return null
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }

  /** Every value of a canonical name, in order. */
  getAll(name: string): string[] {
    const values: string[] = []
    const fields = this.fields
    for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) values.push(fields[i + 1]!)
    return values
  }

  /** Adds a value as Envoy does: joined with `,` to an existing inline header, else a new field at the end. */
  add(name: string, value: string): void {
    this.version++
    const fields = this.fields
    if (isInline(name)) {
      for (let i = 0; i < fields.length; i += 2) {
        if (fields[i] !== name) continue
        fields[i + 1] = fields[i + 1] === '' ? value : `${fields[i + 1]!},${value}`
        this.rewrites++
        return
      }
      if (name.charCodeAt(0) === 0x3a) return this.#insertPseudo(name, value)
    }
    fields.push(name, value)
  }

  /** Replaces every value of the name by one; the field moves to the end (of the pseudo block, for pseudo headers). */
  set(name: string, value: string): void {
    this.remove(name)
    this.version++
    if (name.charCodeAt(0) === 0x3a) return this.#insertPseudo(name, value)
    this.fields.push(name, value)
  }

  /** Changes the first value where it stands, or appends the field: for the codec's and router's own headers. */
  setInPlace(name: string, value: string): void {
    this.version++
    const fields = this.fields
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] !== name) continue
      fields[i + 1] = value
      this.rewrites++
      return
    }
    this.fields.push(name, value)
  }

  /** Removes every value of the name; returns how many there were. */
  remove(name: string): number {
    const fields = this.fields
    let kept = 0
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] === name) continue
      fields[kept] = fields[i]!
      fields[kept + 1] = fields[i + 1]!
      kept += 2
    }
    const removed = (fields.length - kept) >> 1
    if (removed === 0) return 0
    fields.length = kept
    this.version++
    this.rewrites++
    return removed
  }

  clear(): void {
    this.fields.length = 0
    this.version++
    this.rewrites++
  }

  clone(): HeaderMap {
    const copy = new HeaderMap()
    for (let i = 0; i < this.fields.length; i++) copy.fields.push(this.fields[i]!)
    return copy
  }

  /** A map from name/value pairs in any letter case; for local replies, callouts and tests. */
  static from(pairs: Iterable<readonly [string, string]>): HeaderMap {
    const map = new HeaderMap()
    for (const [name, value] of pairs) map.fields.push(canonicalName(name), value)
    return map
  }

  /** Pseudo headers stay in front of the regular ones, as Envoy keeps them. */
  #insertPseudo(name: string, value: string): void {
    const fields = this.fields
    let at = 0
    while (at < fields.length && fields[at]!.charCodeAt(0) === 0x3a) at += 2
    fields.splice(at, 0, name, value)
    this.rewrites++
  }
}
