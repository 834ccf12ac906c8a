/**
 * Node's own HTTP parser as an oracle. It is reached the way Node's http module reaches it, which is not a public
 * interface (DEP0199): fit for a test, never for the host.
 */
import { createRequire } from 'node:module'
import type { Outcome, ParsedMessage } from './outcome.ts'

interface NodeParser {
  initialize(type: number, owner: object, maxHeaderSize: number, lenientFlags: number): void
  execute(bytes: Buffer): number | Error
  finish(): undefined | Error
  [event: number]: (...details: never[]) => number | void
}

interface NodeParserClass {
  new (): NodeParser
  REQUEST: number
  RESPONSE: number
  kOnHeaders: number
  kOnHeadersComplete: number
  kOnBody: number
  kOnMessageComplete: number
  kLenientNone: number
}

const { HTTPParser, methods } = createRequire(import.meta.url)('_http_common') as {
  HTTPParser: NodeParserClass
  methods: readonly string[]
}

/** What llhttp makes of `bytes`; `ends` closes the connection behind them. */
export function llhttpOutcome(kind: 'request' | 'response', bytes: Buffer, ends: boolean): Outcome {
  const messages: ParsedMessage[] = []
  const parser = new HTTPParser()
  let early: string[] = []
  let isUpgrade = false
  parser.initialize(kind === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, 80_000, HTTPParser.kLenientNone)
  let earlyTarget = ''
  // Called when there are many fields, and for trailers.
  parser[HTTPParser.kOnHeaders] = (fields: string[], target: string) => {
    if (messages.at(-1)?.isComplete === false) return
    early.push(...fields)
    earlyTarget += target
  }
  parser[HTTPParser.kOnHeadersComplete] = (
    major: number,
    minor: number,
    fields: string[] | undefined,
    method: number,
    target: string | undefined,
    status: number,
    _reason: string,
    upgrade: boolean,
  ) => {
    const all = [...early, ...(fields ?? [])]
    isUpgrade = upgrade
    const start =
      kind === 'request' ? `${methods[method]} ${earlyTarget + (target ?? '')} ${major}.${minor}` : `${status} ${major}.${minor}`
    messages.push({ start, fields: lowered(all), body: '', isComplete: false })
    early = []
    earlyTarget = ''
    return 0
  }
  parser[HTTPParser.kOnBody] = (piece: Buffer) => {
    messages.at(-1)!.body += piece.latin1Slice()
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    messages.at(-1)!.isComplete = true
  }
  let result: number | Error | undefined = parser.execute(bytes)
  if (ends && typeof result === 'number' && !isUpgrade) result = parser.finish()
  return { messages, fault: result instanceof Error ? ((result as NodeJS.ErrnoException).code ?? 'error') : '' }
}

function lowered(fields: readonly string[]): string[] {
  const lines: string[] = []
  for (let i = 0; i < fields.length; i += 2) lines.push(`${fields[i]!.toLowerCase()}: ${fields[i + 1]}`)
  return lines
}
