/** The vocabulary of scripts: calls with their arguments, and what is read back of them. */
import { encodePairs } from '../abi/pairs.ts'
import { kitFunction, SPECIAL_FUNCTIONS } from './functions.ts'

/** How a result that a call wrote is shown: as it is, only by its lowest two bits (the kind of an id), or not at all. */
export type View = 'u32' | 'u64' | 'kind' | 'any'

/** How bytes that a call handed over are shown. */
export type BytesView = 'text' | 'pairs' | 'hex' | 'size' | 'any'

/** One written argument; blobs, vectors and pairs of results stand for two parameters. */
export type Argument =
  | { readonly kind: 'i32'; readonly value: number }
  | { readonly kind: 'i64'; readonly value: bigint }
  | { readonly kind: 'blob'; readonly bytes: Uint8Array; readonly text: string }
  /** A name that no other run and version uses. */
  | { readonly kind: 'unique'; readonly name: string }
  /** One WASI vector over these bytes. */
  | { readonly kind: 'vector'; readonly bytes: Uint8Array; readonly text: string }
  /** So many bytes `v`. */
  | { readonly kind: 'fill'; readonly size: number }
  | { readonly kind: 'word'; readonly view: View }
  | { readonly kind: 'pair'; readonly view: BytesView }
  | { readonly kind: 'register'; readonly index: number }
  | { readonly kind: 'stream' | 'root' | 'self' }
  /** An address so far behind the end of the memory. */
  | { readonly kind: 'outside'; readonly offset: number }

/** What a row may write for an argument: numbers are i32, bigints i64, texts and bytes are address and size. */
export type ArgumentInit = number | bigint | string | Uint8Array | Argument

/** Why a call cannot be made in Envoy, and what is wanted instead of its answer. */
export interface Deadly {
  readonly reason: string
  readonly wanted: string
}

/** One call of a script. */
export interface Call {
  readonly name: string
  readonly args: readonly Argument[]
  /** Register that takes the last result; null = none. */
  readonly register: number | null
  /** A real Envoy is not asked: the call would end it. */
  readonly deadly: Deadly | null
}

/** Values that only the guest knows. */
export const stream: Argument = { kind: 'stream' }
export const root: Argument = { kind: 'root' }
export const self: Argument = { kind: 'self' }
/** Places for results. */
export const u32: Argument = { kind: 'word', view: 'u32' }
export const u64: Argument = { kind: 'word', view: 'u64' }
export const kind: Argument = { kind: 'word', view: 'kind' }
export const any: Argument = { kind: 'word', view: 'any' }
export const text: Argument = { kind: 'pair', view: 'text' }
export const pairs: Argument = { kind: 'pair', view: 'pairs' }
export const hex: Argument = { kind: 'pair', view: 'hex' }
export const size: Argument = { kind: 'pair', view: 'size' }
export const anyBytes: Argument = { kind: 'pair', view: 'any' }

/** A value that an earlier call put into this register. */
export function register(index: number): Argument {
  return { kind: 'register', index }
}

/** An address outside of the guest's memory: its end, or behind it. */
export function outside(offset = 0): Argument {
  return { kind: 'outside', offset }
}

/** A name of this run alone, as address and size: what it stands for outlives the run in the host. */
export function unique(name: string): Argument {
  return { kind: 'unique', name }
}

/** So many bytes, as address and size. */
export function fill(count: number): Argument {
  return { kind: 'fill', size: count }
}

/** Serialized pairs of names and values. */
export function fields(...names: string[]): Argument {
  const list = names.map((_, at) => (at % 2 === 0 ? `${names[at]}: ${quote(names[at + 1] ?? '')}` : '')).filter(Boolean)
  return { kind: 'blob', bytes: encodePairs(names), text: `[${list.join(', ')}]` }
}

/** Bytes for a WASI vector; stands for its address and the number 1. */
export function vector(bytes: string): Argument {
  return { kind: 'vector', bytes: Buffer.from(bytes, 'latin1'), text: quote(bytes) }
}

/** A call of a hostcall, of WASI, or of {@link SPECIAL_FUNCTIONS}. Throws when the arguments do not fit its parameters. */
export function call(name: string, ...inits: ArgumentInit[]): Call {
  const args = inits.map(toArgument)
  if (!Object.hasOwn(SPECIAL_FUNCTIONS, name)) checkParameters(name, args)
  return { name, args, register: null, deadly: null }
}

/** The same call, its last result kept in a register. */
export function into(index: number, one: Call): Call {
  return { ...one, register: index }
}

/** The same call, kept away from Envoy; another host should live and answer with the status `wanted`. */
export function deadly(reason: string, wanted: number, one: Call): Call {
  return { ...one, deadly: { reason, wanted: String(wanted) } }
}

/** The call as text, the name of its row. */
export function callText({ name, args, register: target }: Call): string {
  return `${target === null ? '' : `$${target} = `}${name}(${args.map(argumentText).join(', ')})`
}

/** A byte string in quotes; long ones by size and end. */
export function quote(bytes: string): string {
  if (bytes.length > 200) return `${quote(bytes.slice(0, 40))}… ${bytes.length} bytes`
  const escaped = bytes.replaceAll(/[^\x20-\x7e]|[\\']/g, (one) =>
    one === '\\' || one === "'" ? `\\${one}` : `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return `'${escaped}'`
}

function toArgument(init: ArgumentInit): Argument {
  if (typeof init === 'number') return { kind: 'i32', value: init }
  if (typeof init === 'bigint') return { kind: 'i64', value: init }
  if (typeof init === 'string') return { kind: 'blob', bytes: Buffer.from(init, 'latin1'), text: quote(init) }
  if (init instanceof Uint8Array) return { kind: 'blob', bytes: init, text: `0x${Buffer.from(init).toString('hex')}` }
  return init
}

function checkParameters(name: string, args: readonly Argument[]): void {
  const given = args.map(({ kind: one }) => (one === 'i64' ? 'l' : isDouble(one) ? 'ii' : 'i')).join('')
  const { params } = kitFunction(name).spec
  if (given !== params) throw new Error(`${name} takes ${params}, given ${given}`)
}

function isDouble(one: Argument['kind']): boolean {
  return one === 'blob' || one === 'unique' || one === 'vector' || one === 'fill' || one === 'pair'
}

function argumentText(argument: Argument): string {
  switch (argument.kind) {
    case 'i32':
    case 'i64':
      return String(argument.value)
    case 'blob':
      return argument.text
    case 'unique':
      return `<own ${argument.name}>`
    case 'vector':
      return `[${argument.text}]`
    case 'fill':
      return `${argument.size} bytes`
    case 'register':
      return `$${argument.index}`
    case 'outside':
      return argument.offset === 0 ? '→ outside' : `→ outside ${argument.offset}`
    case 'word':
    case 'pair':
      return `→ ${argument.view}`
    default:
      return `<${argument.kind}>`
  }
}
