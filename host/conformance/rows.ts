/** Rows: the single statements of the kit, each a name and what a host made of it. */
import { decodePairs } from '../abi/pairs.ts'
import type { AbiVersion } from '../abi/version.ts'
import { offers } from './functions.ts'
import type { KitPhase } from './phases.ts'
import { callText, quote, type Argument, type Call } from './script.ts'
import type { CallbackResult, CallResult, Place } from './script-format.ts'
import type { Scenario, ScriptSection } from './scenario.ts'

/** One statement. */
export interface Row {
  readonly chapter: string
  readonly scenario: string
  readonly version: AbiVersion
  /** Callback, with the number of its occurrence from the second on; `client` and `upstream` for what they saw. */
  readonly place: string
  /** What is stated: a call, `called` for the callback itself, `sees` for what a peer saw. */
  readonly what: string
  readonly result: string
  /** Null for rows that are no calls. */
  readonly call: Call | null
  readonly phase: KitPhase | null
}

/** How the result of the one row begins that a scenario has whose guest could not be told its script. */
export const NO_GUEST = 'no guest: '

/** Unique in a chapter and version. */
export function rowKey({ scenario, place, what }: Pick<Row, 'scenario' | 'place' | 'what'>): string {
  return `${scenario} / ${place} / ${what}`
}

/** What the key of a row is about: the callback (or peer), and the function that it calls; null for a row that is no call. */
export function hostcallOf(key: string): { readonly phase: string; readonly hostcall: string | null } {
  const [, place = '', what = ''] = key.split(' / ')
  return { phase: place.split(' ', 1)[0]!, hostcall: /^(?:\$\d+ = )?(\w+)\(/.exec(what)?.[1] ?? null }
}

/** The part of a script that a module of this version can carry out, and that may be asked of `envoy`. */
export function scriptFor(scenario: Scenario, version: AbiVersion, isEnvoy: boolean): Scenario['script'] {
  const keep = (one: Call): boolean => offers(version, one.name) && !(isEnvoy && one.deadly !== null)
  const entries = Object.entries(scenario.script).map(([phase, sections]) => [
    phase,
    sections.map((section) => ({ ...section, calls: section.calls.filter(keep) })),
  ])
  return Object.fromEntries(entries) as Scenario['script']
}

/** What all rows of a scenario have in common. */
export type RowBase = Pick<Row, 'chapter' | 'scenario' | 'version'>

/** Rows of what the guest saw. */
export function guestRows(base: RowBase, script: Scenario['script'], results: readonly CallbackResult[]): Row[] {
  const counts = new Map<KitPhase, number>()
  const rows: Row[] = []
  for (const result of results) {
    const occurrence = (counts.get(result.phase) ?? 0) + 1
    counts.set(result.phase, occurrence)
    const place = occurrence === 1 ? result.phase : `${result.phase} ${occurrence}`
    rows.push({ ...base, place, what: 'called', result: calledText(result), call: null, phase: result.phase })
    rows.push(...callRows(base, place, result, sectionFor(script[result.phase] ?? [], occurrence)))
  }
  return numbered(rows)
}

function sectionFor(sections: readonly ScriptSection[], occurrence: number): ScriptSection | undefined {
  return sections.find((one) => one.occurrence === occurrence) ?? sections.find((one) => one.occurrence === 0)
}

function callRows(base: RowBase, place: string, { phase, calls }: CallbackResult, section: ScriptSection | undefined): Row[] {
  return (section?.calls ?? []).map((one, at) => {
    const seen = calls[at]
    const result = seen === undefined ? 'not reached' : resultText(one, seen)
    return { ...base, place, what: callText(one), result, call: one, phase }
  })
}

/** Calls that stand twice in one callback get numbers. */
function numbered(rows: readonly Row[]): Row[] {
  const seen = new Map<string, number>()
  return rows.map((row) => {
    const key = rowKey(row)
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return count === 1 ? row : { ...row, what: `${row.what} #${count}` }
  })
}

function calledText({ context, parameters }: CallbackResult): string {
  return [`of ${context}`, ...parameters].join(' ')
}

function resultText({ args }: Call, { status, places }: CallResult): string {
  const wanted = args.filter((argument) => argument.kind === 'word' || argument.kind === 'pair')
  const shown = wanted.map((argument, at) => placeText(argument, places[at], status))
  return masked([status === '?' ? 'not imported' : status, ...shown.filter((one) => one !== null)].join(' '))
}

/** Null for a place that a failed call has left alone. */
function placeText(argument: Argument, place: Place | undefined, status: string): string | null {
  if (place === undefined || !place.written) return status === '0' ? 'unwritten' : null
  if (argument.kind === 'pair') return bytesText(argument.view, place)
  if (argument.kind !== 'word') return null
  if (argument.view === 'any') return 'written'
  if (argument.view === 'u64') return String(place.raw.readBigInt64LE(0))
  const value = place.raw.readUInt32LE(0)
  return argument.view === 'kind' ? `4n+${value & 3}` : String(value)
}

function bytesText(view: string, { raw, content }: Place): string {
  const size = raw.readUInt32LE(4)
  const bytes = content ?? Buffer.alloc(0)
  if (raw.readUInt32LE(0) === 0 && size === 0) return 'nothing'
  if (view === 'any') return 'written'
  if (view === 'size') return `${size} bytes`
  if (view === 'hex') return size > bytes.length ? `${size} bytes` : `0x${bytes.toString('hex')}`
  if (view === 'text') return size > bytes.length ? `${size} bytes` : quote(bytes.latin1Slice())
  return pairsText(decodePairs(bytes, 0, bytes.length))
}

function pairsText(fields: readonly string[]): string {
  const list = fields.map((name, at) => (at % 2 === 0 ? `${name}: ${quote(fields[at + 1] ?? '')}` : '')).filter(Boolean)
  return `[${list.join(', ')}]`
}

/** Values that are never the same twice. */
export function masked(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, '<uuid>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
    .replaceAll(/(x-envoy-upstream-service-time|date): '[^']*'/g, "$1: '*'")
}
