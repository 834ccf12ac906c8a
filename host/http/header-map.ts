/**
 * The fields of one message in wire order (hot): one flat array of canonical lower-case names and byte strings
 * (latin1, never decoded). It is built once and shared by every filter, the router and the log.
 * Semantics are Envoy's HeaderMapImpl: `add` joins the values of inline names with a comma, `set` removes all
 * values and appends one at the end.
 */
import { ANY_NAME_FLAG, canonicalName, isJoined, NameFlag, type Joining } from './names.ts'

/** Origin of a field that says something of its own, which nobody has checked. */
export const NO_ORIGIN = -1

/** Origin of a field that the host made or checked: it needs no look before it is written. */
export const OWN = -2

/** Origin of a field whose value alone stands in the source, at `offset`. */
export function valueOnly(offset: number): number {
  return -3 - offset
}

/** Where the value of a field with this origin stands in the source; -1 = nowhere. */
export function valueOffset(origin: number, nameLength: number): number {
  if (origin >= 0) return origin + nameLength + 2
  return origin < OWN ? -3 - origin : -1
}

/** How names are written that are kept in lower case. */
export interface NameWriter {
  /** Of a status line; '' = the usual one. */
  readonly reason: string
  write(name: string): string
}

let lastId = 0

export class HeaderMap {
  /** Which names have one field, whose values are joined. */
  readonly joining: Joining
  /** Tells maps apart that live at one time: a cache that kept the map itself would pay for a write barrier. */
  readonly id = (lastId = (lastId + 1) | 0)
  /** name, value, name, value …; names canonical (see names.ts). Changed by the methods only. */
  readonly fields: string[] = []
  /** The head that a codec read the map from, as it came but for names in lower case; '' = the map was made here. */
  source = ''
  /**
   * Per field: where its line `name: value CR LF` stands in `source`, else NO_ORIGIN, OWN or {@link valueOnly}. Fields past
   * the end of this array have none. Untouched lines are forwarded in one piece (see http1/head-writer.ts).
   */
  readonly origins: number[] = []
  /** Letters of the names as they came, for peers on HTTP/1; null = nobody wants them. */
  writer: NameWriter | null = null
  /** NameFlag bits that the map's names may have: known while only a codec has put names in, else all of them. */
  flags: number = ANY_NAME_FLAG
  /** Grows with every change; caches keyed by it (encoded pairs) compare it. */
  version = 0
  /** Grows with every change that is not a field appended at the end. */
  rewrites = 0

  /** Without a word, the head of a request. */
  constructor(joining: Joining = NameFlag.JoinsInRequest) {
    this.joining = joining
  }

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
    this.flags = ANY_NAME_FLAG
    this.fields.push(name, value)
    this.version++
  }

  /** As {@link push}, for a field with an origin (see `origins`). */
  pushLine(name: string, value: string, origin: number): void {
    const { fields, origins } = this
    // A field that was added without a line.
    while (origins.length < fields.length >> 1) origins.push(NO_ORIGIN)
    fields.push(name, value)
    origins.push(origin)
  }

  /** The origin of the field at index `at` of `fields` (see `origins`). */
  originOf(at: number): number {
    return at >> 1 < this.origins.length ? this.origins[at >> 1]! : NO_ORIGIN
  }

  /** Every field is known to be fit to be written. */
  markChecked(): void {
    const { fields, origins } = this
    for (let i = 0; i < fields.length >> 1; i++) if (i >= origins.length || origins[i] === NO_ORIGIN) origins[i] = OWN
  }

  /** Index in `fields` of the first field with a canonical name, or -1. */
  indexOf(name: string): number {
    const fields = this.fields
    for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return i
    return -1
  }

  /** First value of a canonical name, or null. */
  get(name: string): string | null {
    const at = this.indexOf(name)
    return at < 0 ? null : this.fields[at + 1]!
  }

  has(name: string): boolean {
    return this.indexOf(name) >= 0
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
    this.flags = ANY_NAME_FLAG
    this.version++
    const fields = this.fields
    if (isJoined(name, this.joining)) {
      const at = this.indexOf(name)
      if (at >= 0) return this.#rewrite(at, fields[at + 1] === '' ? value : `${fields[at + 1]!},${value}`)
      if (name.charCodeAt(0) === 0x3a) return this.#insertPseudo(name, value)
    }
    fields.push(name, value)
  }

  /** Replaces every value of the name by one; the field moves to the end (of the pseudo block, for pseudo headers). */
  set(name: string, value: string): void {
    this.flags = ANY_NAME_FLAG
    this.remove(name)
    this.version++
    if (name.charCodeAt(0) === 0x3a) return this.#insertPseudo(name, value)
    this.fields.push(name, value)
  }

  /** Changes the first value where it stands, or appends the field: for the codec's and router's own headers. */
  setInPlace(name: string, value: string): void {
    this.flags = ANY_NAME_FLAG
    this.version++
    const at = this.indexOf(name)
    if (at >= 0) this.#rewrite(at, value)
    else this.fields.push(name, value)
  }

  /** As {@link setInPlace}, for a value that can hold no line break: from a parsed head, a number, an address. */
  setOwn(name: string, value: string): void {
    this.flags = ANY_NAME_FLAG
    this.version++
    const at = this.indexOf(name)
    if (at < 0) return this.pushLine(name, value, OWN)
    this.#rewrite(at, value)
    if (at >> 1 < this.origins.length) this.origins[at >> 1] = OWN
  }

  /** Removes every value of the name; returns how many there were. */
  remove(name: string): number {
    const { fields, origins } = this
    let kept = this.indexOf(name)
    if (kept < 0) return 0
    for (let i = kept + 2; i < fields.length; i += 2) {
      if (fields[i] === name) continue
      fields[kept] = fields[i]!
      fields[kept + 1] = fields[i + 1]!
      if (kept >> 1 < origins.length) origins[kept >> 1] = this.originOf(i)
      kept += 2
    }
    const removed = (fields.length - kept) >> 1
    // Faster than setting the length, which is a call into the runtime.
    while (fields.length > kept) fields.pop()
    while (origins.length > kept >> 1) origins.pop()
    this.version++
    this.rewrites++
    return removed
  }

  /** Inserts a field at an index of `fields`. */
  insert(at: number, name: string, value: string): void {
    this.flags = ANY_NAME_FLAG
    this.fields.splice(at, 0, name, value)
    if (at >> 1 < this.origins.length) this.origins.splice(at >> 1, 0, NO_ORIGIN)
    this.version++
    this.rewrites++
  }

  clear(): void {
    this.fields.length = 0
    this.origins.length = 0
    this.version++
    this.rewrites++
  }

  clone(): HeaderMap {
    const copy = new HeaderMap(this.joining)
    for (let i = 0; i < this.fields.length; i++) copy.fields.push(this.fields[i]!)
    copy.writer = this.writer
    return copy
  }

  /** A map from name/value pairs in any letter case; for local replies, callouts and tests. */
  static from(pairs: Iterable<readonly [string, string]>, joining: Joining = NameFlag.JoinsInRequest): HeaderMap {
    const map = new HeaderMap(joining)
    for (const [name, value] of pairs) map.fields.push(canonicalName(name), value)
    return map
  }

  #rewrite(at: number, value: string): void {
    this.fields[at + 1] = value
    if (at >> 1 < this.origins.length) this.origins[at >> 1] = NO_ORIGIN
    this.rewrites++
  }

  /** Pseudo headers stay in front of the regular ones, as Envoy keeps them. */
  #insertPseudo(name: string, value: string): void {
    const fields = this.fields
    let at = 0
    while (at < fields.length && fields[at]!.charCodeAt(0) === 0x3a) at += 2
    this.insert(at, name, value)
  }
}
