/** Compares what a phase has left with what a table of the plugin tester wants of it. */
import type { HeaderList } from '../../messages.ts'
import type { PhaseReply } from '../../phase-stream.ts'
import type { Check } from '../compare.ts'
import type { Expectation, Immediate, StringMatcher } from './suite.ts'
import { textMatcher } from './text-matcher.ts'

/** What a phase has left. */
export interface PhaseResult {
  /** Of the message, or of the reply. */
  readonly headers: HeaderList
  /** A byte string. */
  readonly body: string
  /** The filter held the head back without an answer of its own. */
  readonly isPaused: boolean
  readonly reply: PhaseReply | null
}

/** Checks of one phase; places begin with its name, files lie beside the table. */
export class PhaseChecks {
  readonly list: Check[] = []
  readonly #phase: string
  readonly #table: string

  constructor(phase: string, table: string) {
    this.#phase = phase
    this.#table = table
  }

  /** Everything that an expectation says. */
  all(wanted: Expectation, result: PhaseResult, log: readonly string[]): void {
    for (const { key, value = '' } of wanted.has_header ?? []) {
      const seen = joined(result.headers, key)
      this.#add(`has_header ${key}`, JSON.stringify(value), seen === null ? 'absent' : JSON.stringify(seen), seen === value)
    }
    for (const { key } of wanted.no_header ?? []) {
      const seen = joined(result.headers, key)
      this.#add(`no_header ${key}`, 'absent', JSON.stringify(seen), seen === null)
    }
    for (const matcher of wanted.headers ?? []) this.#match('headers', matcher, linesOf(result.headers))
    for (const matcher of wanted.body ?? []) this.#match('body', matcher, [result.body])
    this.#immediate(wanted.immediate ?? null, result)
    this.log(wanted, log)
  }

  /** What an expectation says of the log. */
  log(wanted: Expectation, lines: readonly string[]): void {
    for (const matcher of wanted.log ?? []) this.#match('log', matcher, lines)
  }

  #immediate(wanted: Immediate | null, { reply, isPaused }: PhaseResult): void {
    const seen = reply === null ? (isPaused ? 'held back without one' : 'none') : `${reply.status} ${reply.details}`
    if (wanted === null || reply === null)
      return this.#add('immediate', wanted === null ? 'none' : 'an answer', seen, wanted === null && seen === 'none')
    this.#member('http_status', wanted.http_status, reply.status)
    this.#member('grpc_status', wanted.grpc_status, reply.grpcStatus)
    this.#member('details', wanted.details?.replace(/[ \t\r\n]/g, '_'), reply.details)
  }

  #member(name: keyof Immediate, wanted: number | string | undefined, seen: PhaseReply['status' | 'details']): void {
    if (wanted !== undefined) this.#add(`immediate.${name}`, JSON.stringify(wanted), JSON.stringify(seen), wanted === seen)
  }

  #match(what: string, matcher: StringMatcher, texts: readonly string[]): void {
    const { wanted, holds } = textMatcher(matcher, this.#table)
    this.#add(what, wanted, texts.length === 0 ? 'nothing' : texts.map((text) => JSON.stringify(text)).join(' | '), holds(texts))
  }

  #add(what: string, wanted: string, seen: string, ok: boolean): void {
    this.list.push({ place: `${this.#phase}.${what}`, wanted, seen, ok })
  }
}

/** All values of a header, or null. */
function joined(headers: HeaderList, key: string): string | null {
  const values = headers.filter(([name]) => name === key.toLowerCase()).map(([, value]) => value)
  return values.length === 0 ? null : values.join(', ')
}

/** `name: value`, each name once. */
function linesOf(headers: HeaderList): string[] {
  const names = new Set(headers.map(([name]) => name))
  return [...names].map((name) => `${name}: ${joined(headers, name)}`)
}
