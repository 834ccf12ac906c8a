/** What a chapter of the kit is made of: streams that a script observes from inside. */
import { ABI_VERSIONS, type AbiVersion } from '../abi/version.ts'
import type { Mount } from './mounts.ts'
import type { KitPhase } from './phases.ts'
import type { Call } from './script.ts'

export type Field = readonly [name: string, value: string]

/** A request of the kit's client. Texts are byte strings. */
export interface KitRequest {
  /** Default GET. */
  readonly method?: string
  readonly headers?: readonly Field[]
  /** Sent with content-length. */
  readonly body?: string
  /** Sent chunked, one data event each. */
  readonly chunks?: readonly string[]
  /** Makes the request chunked. */
  readonly trailers?: readonly Field[]
}

/** What the kit's upstream answers; default 200 without body. */
export interface KitAnswer {
  readonly status?: number
  readonly headers?: readonly Field[]
  readonly body?: string
  readonly chunks?: readonly string[]
  readonly trailers?: readonly Field[]
  readonly delayMillis?: number
  /** `close`: before the head; `cut`: within the body; `hang`: no answer ever comes. */
  readonly fail?: 'close' | 'cut' | 'hang'
}

type End = 'client' | 'upstream'

/** One move of a connection: an end sends, ends its half, or resets; or so many milliseconds pass. */
export type Move =
  | { readonly client: string }
  | { readonly upstream: string }
  | { readonly end: End }
  | { readonly reset: End }
  | { readonly wait: number }

/** What a guest does in one callback. */
export interface ScriptSection {
  /** Which occurrence of the callback; 0 = each that has no section of its own. */
  readonly occurrence: number
  readonly calls: readonly Call[]
  /** What the callback returns. */
  readonly result: number
}

/** The sections of a scenario by callback. */
export type Script = Partial<Record<KitPhase, readonly ScriptSection[]>>

/** One stream and its script. */
export interface Scenario {
  /** Unique in its chapter; letters, digits, dashes. */
  readonly id: string
  /** Default: all. */
  readonly versions: readonly AbiVersion[]
  readonly mount: Mount
  readonly request: KitRequest
  /** Moves of the connection that stands in for the request at a place of network filters. */
  readonly connection: readonly Move[]
  /** Answer to the routed request, and to callouts by the last segment of their path. */
  readonly upstream: KitAnswer
  readonly callouts: Readonly<Record<string, KitAnswer>>
  readonly script: Script
  /** Milliseconds that the stream needs beyond its own messages (ticks, timeouts). */
  readonly waitMillis: number
  /** The callback that ends the script, an HTTP stream's last one by default; null = the guest will not live to tell. */
  readonly until: KitPhase | null
  /** What reaches the upstream depends on who is faster. */
  readonly racesUpstream: boolean
  /** Requests without a script, after the one that has one. */
  readonly followUps: number
}

type ScenarioInit = Partial<Omit<Scenario, 'id' | 'script'>> & { readonly script: Script }

/** Scenarios of one subject. */
export interface Chapter {
  readonly name: string
  readonly scenarios: readonly Scenario[]
}

/** A scenario with the defaults filled in. */
export function scenario(id: string, init: ScenarioInit): Scenario {
  return {
    id,
    versions: ABI_VERSIONS,
    mount: 'main',
    request: {},
    connection: [],
    upstream: {},
    callouts: {},
    waitMillis: 0,
    until: 'delete',
    racesUpstream: false,
    followUps: 0,
    ...init,
  }
}

/** A section for every occurrence of its callback; `result` default 0 (Continue). */
export function always(calls: readonly Call[], result = 0): readonly ScriptSection[] {
  return [{ occurrence: 0, calls, result }]
}

/** Sections for the first, the second … occurrence. */
export function inTurn(...turns: readonly (readonly Call[] | ScriptSection)[]): readonly ScriptSection[] {
  return turns.map((turn, at) =>
    'calls' in turn ? { ...turn, occurrence: at + 1 } : { occurrence: at + 1, calls: turn, result: 0 },
  )
}
