/** A terminal that notes what reaches it and answers what a test says. */
import type { Terminal, TerminalStream } from '../../../host/chain/terminal.ts'
import type { ResetReason } from '../../../host/http/codec.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { NameFlag } from '../../../host/http/names.ts'

export function responseHead(status: number | string, headers: Record<string, string> = {}): HeaderMap {
  return HeaderMap.from([[':status', String(status)], ...Object.entries(headers)], NameFlag.JoinsInResponse)
}

export class ScriptedTerminal implements Terminal {
  readonly stream: TerminalStream
  readonly events: string[]
  headers: HeaderMap | null = null
  body = ''
  paused = 0

  constructor(stream: TerminalStream, events: string[]) {
    this.stream = stream
    this.events = events
  }

  head(headers: HeaderMap, end: boolean): void {
    this.stream.finalizeRequest()
    this.headers = headers
    this.events.push(`up.head${end ? ' end' : ''}`)
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    const text = bytes.latin1Slice(start, end)
    this.body += text
    this.events.push(`up.data ${text}${endStream ? ' end' : ''}`)
  }

  trailers(trailers: HeaderMap): void {
    this.events.push(`up.trailers ${trailers.fields.join('=')}`)
  }

  cancel(reason: ResetReason): void {
    this.events.push(`up.cancel ${reason}`)
  }

  pauseReads(): void {
    this.paused++
    this.events.push('up.pause')
  }

  resumeReads(): void {
    this.paused--
    this.events.push('up.resume')
  }

  /** Answers with a head and, unless null, a body in one part. */
  answer(status: number | string, body: string | null = null, headers: Record<string, string> = {}): void {
    this.stream.responseHead(responseHead(status, headers), body === null)
    if (body !== null) this.part(body, true)
  }

  part(text: string, end = false): void {
    const bytes = Buffer.from(`<<${text}>>`, 'latin1')
    this.stream.responseData(bytes, 2, 2 + text.length, end)
  }
}
