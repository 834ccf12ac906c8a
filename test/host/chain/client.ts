/** A client that sends a request part by part and notes what it is answered. */
import type { HttpStream } from '../../../host/chain/http-stream.ts'
import type { RequestReceiver, ResetReason, ServerStream } from '../../../host/http/codec.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'

export class Client implements ServerStream {
  readonly protocol = 'HTTP/1.1'
  isLingering = false
  readonly events: string[]
  stream!: HttpStream
  requestComplete = false
  response: HeaderMap | null = null
  body = ''
  trailerMap: HeaderMap | null = null
  isComplete = false
  resetReason: ResetReason | null = null
  isClosing = false
  paused = 0

  constructor(events: string[]) {
    this.events = events
  }

  get status(): number {
    return Number(this.response?.get(':status') ?? 0)
  }

  handOver(receiver: RequestReceiver): void {
    this.stream = receiver as HttpStream // a stream hands over to another one
  }

  /** The response head in the form `name: value`. */
  get lines(): string[] {
    const fields = this.response!.fields
    return Array.from({ length: fields.length / 2 }, (_, i) => `${fields[2 * i]}: ${fields[2 * i + 1]}`)
  }

  send(headers: HeaderMap, end: boolean): void {
    this.requestComplete = end
    this.stream.head(headers, end)
  }

  /** Sends a part of the body out of the middle of a larger buffer. */
  part(text: string, end = false): void {
    this.requestComplete = end
    const bytes = Buffer.from(`((${text}))`, 'latin1')
    this.stream.data(bytes, 2, 2 + text.length, end)
  }

  sendTrailers(trailers: Record<string, string>): void {
    this.requestComplete = true
    this.stream.trailers(HeaderMap.from(Object.entries(trailers)))
  }

  informational(): void {
    this.events.push('client.informational')
  }

  head(headers: HeaderMap, end: boolean): void {
    this.response = headers
    this.isComplete = end
    this.events.push(`client.head ${headers.get(':status')}${end ? ' end' : ''}`)
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    const text = bytes.latin1Slice(start, end)
    this.body += text
    this.isComplete = endStream
    this.events.push(`client.data ${text}${endStream ? ' end' : ''}`)
  }

  trailers(trailers: HeaderMap): void {
    this.trailerMap = trailers
    this.isComplete = true
    this.events.push(`client.trailers ${trailers.fields.join('=')}`)
  }

  reset(reason: ResetReason): void {
    this.resetReason = reason
    this.events.push(`client.reset ${reason}`)
  }

  lingerAfterResponse(): void {
    this.isLingering = true
  }

  closeAfterResponse(): void {
    this.isClosing = true
  }

  pauseReads(): void {
    this.paused++
    this.events.push('client.pause')
  }

  resumeReads(): void {
    this.paused--
    this.events.push('client.resume')
  }
}
