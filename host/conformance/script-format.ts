/**
 * The forms in which scripts go to a guest and results come back.
 *
 * Script: sections of `u8 phase, u8 occurrence, u32 size` and a body of `i32 result, u16 number of calls, calls`. Call:
 * `u16 function, u8 register + 1 (0 = none), u8 number of arguments, arguments`. Argument: `u8 kind`, then a u32 (i64: a
 * u64; blob and vector: the size, then the bytes). Little-endian; sent in hexadecimal.
 *
 * Results: a line `C<phase><context> <parameters>` per callback, with `s` for the stream and `r` for the root, then a
 * line `R<status> <results>` per call of its section: `?` = not imported, `-` = without status; results are the eight
 * bytes of their place in hexadecimal, filled with 0xaa before the call, and `=<bytes>` behind a pair that was written.
 */
import { kitFunction, SPECIAL_FUNCTIONS } from './functions.ts'
import { PHASES, type KitPhase } from './phases.ts'
import type { Argument, Call } from './script.ts'
import type { Script, ScriptSection } from './scenario.ts'

/** Numbers of the kinds of arguments, as the guest knows them. */
const KINDS: Readonly<Record<Argument['kind'], number>> = {
  i32: 0,
  i64: 1,
  blob: 2,
  unique: 2,
  word: 3,
  pair: 4,
  register: 5,
  stream: 6,
  root: 7,
  fill: 8,
  outside: 9,
  vector: 10,
  self: 11,
}

/** The script in hexadecimal; `tag` goes into its unique names. */
export function encodeScript(script: Script, tag: string): string {
  const parts: Buffer[] = []
  for (const [phase, sections] of Object.entries(script))
    for (const section of sections) parts.push(encodeSection(phase as KitPhase, section, tag))
  return Buffer.concat(parts).toString('hex')
}

function encodeSection(phase: KitPhase, { occurrence, calls, result }: ScriptSection, tag: string): Buffer {
  const body = Buffer.concat([i32(result), u16(calls.length), ...calls.map((call) => encodeCall(call, tag))])
  return Buffer.concat([Buffer.from([PHASES.indexOf(phase), occurrence]), i32(body.length), body])
}

function encodeCall({ name, args, register }: Call, tag: string): Buffer {
  const special = (SPECIAL_FUNCTIONS as Readonly<Record<string, number>>)[name]
  const head = [u16(special ?? kitFunction(name).number), Buffer.from([register === null ? 0 : register + 1, args.length])]
  return Buffer.concat([...head, ...args.map((argument) => encodeArgument(argument, tag))])
}

function encodeArgument(argument: Argument, tag: string): Buffer {
  return Buffer.concat([Buffer.from([KINDS[argument.kind]]), argumentData(argument, tag)])
}

function argumentData(argument: Argument, tag: string): Buffer {
  switch (argument.kind) {
    case 'i64': {
      const data = Buffer.alloc(8)
      data.writeBigUInt64LE(BigInt.asUintN(64, argument.value))
      return data
    }
    case 'blob':
    case 'vector':
      return Buffer.concat([i32(argument.bytes.length), argument.bytes])
    case 'unique': {
      const bytes = Buffer.from(`${argument.name}_${tag}`)
      return Buffer.concat([i32(bytes.length), bytes])
    }
    case 'i32':
      return i32(argument.value)
    case 'fill':
      return i32(argument.size)
    case 'register':
      return i32(argument.index)
    case 'outside':
      return i32(argument.offset)
    default:
      return i32(0)
  }
}

function i32(value: number): Buffer {
  const data = Buffer.alloc(4)
  data.writeUInt32LE(value >>> 0)
  return data
}

function u16(value: number): Buffer {
  const data = Buffer.alloc(2)
  data.writeUInt16LE(value)
  return data
}

/** What a call came to. */
export interface CallResult {
  /** `?` = not imported, `-` = it has none. */
  readonly status: string
  /** One per place of a result, in order. */
  readonly places: readonly Place[]
}

export interface Place {
  readonly written: boolean
  /** The eight bytes of the place. */
  readonly raw: Buffer
  /** What a written address and size point at; null for places of numbers. */
  readonly content: Buffer | null
}

/** One callback as the guest saw it. */
export interface CallbackResult {
  readonly phase: KitPhase
  /** `stream`, `root` or `-`. */
  readonly context: string
  readonly parameters: readonly number[]
  readonly calls: readonly CallResult[]
}

const UNWRITTEN = 'aa'.repeat(8)
const CONTEXTS: Readonly<Record<string, string>> = { s: 'stream', r: 'root' }

/** Reads a guest's report. */
export function parseResults(text: string): CallbackResult[] {
  const results: { phase: KitPhase; context: string; parameters: number[]; calls: CallResult[] }[] = []
  for (const line of text.split('\n')) {
    const [head = '', ...rest] = line.slice(1).split(' ')
    if (line.startsWith('C')) results.push({ ...parseCallback(head), parameters: rest.map(Number), calls: [] })
    else if (line.startsWith('R')) results.at(-1)?.calls.push({ status: head, places: rest.map(parsePlace) })
  }
  return results
}

function parseCallback(head: string): { phase: KitPhase; context: string } {
  return { phase: PHASES[Number.parseInt(head, 10)]!, context: CONTEXTS[head.at(-1)!] ?? '-' }
}

function parsePlace(text: string): Place {
  const [raw = '', content] = text.split('=')
  return {
    written: raw !== UNWRITTEN,
    raw: Buffer.from(raw, 'hex'),
    content: content === undefined ? null : Buffer.from(content, 'hex'),
  }
}
