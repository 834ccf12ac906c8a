/**
 * Puts a body on the wire in the framing that its head announced (hot). Never more bytes than announced: a surplus
 * would be read as the next message.
 */
import type { HeaderMap } from '../http/header-map.ts'
import { requestFields } from './head-writer.ts'
import type { Output } from '../socket/output.ts'

/** `none`: the message has no body, whatever is given; `raw`: bytes as they come. */
export type BodyFraming = 'none' | 'length' | 'chunked' | 'raw'

/** What became of a piece of body. */
export const EncodeResult = {
  Ok: 0,
  /** More or fewer bytes than announced; the surplus was dropped. */
  WrongLength: 1,
  /** A trailer that cannot be written. */
  BadTrailer: 2,
} as const
export type EncodeResult = (typeof EncodeResult)[keyof typeof EncodeResult]

export class BodyEncoder {
  readonly output: Output
  framing: BodyFraming = 'none'
  /** Bytes that are still announced; for `length`. */
  left = 0

  constructor(output: Output) {
    this.output = output
  }

  begin(framing: BodyFraming, length: number): void {
    this.framing = framing
    this.left = length
  }

  /** Writes `bytes[start, end)` and, with `isEnd`, the end of the body. */
  data(bytes: Buffer, start: number, end: number, isEnd: boolean): EncodeResult {
    let result: EncodeResult = EncodeResult.Ok
    if (end > start) result = this.#piece(bytes, start, end)
    if (!isEnd || result !== EncodeResult.Ok) return result
    if (this.framing === 'chunked') this.output.text('0\r\n\r\n')
    return this.framing === 'length' && this.left > 0 ? EncodeResult.WrongLength : EncodeResult.Ok
  }

  /** Ends the body; trailers go along when it is chunked, in lower case as Envoy's. */
  trailers(map: HeaderMap | null): EncodeResult {
    if (this.framing !== 'chunked') return this.framing === 'length' && this.left > 0 ? EncodeResult.WrongLength : EncodeResult.Ok
    const lines = map === null ? '' : requestFields(map, null)
    if (lines === null) return EncodeResult.BadTrailer
    this.output.text('0\r\n' + lines + '\r\n')
    return EncodeResult.Ok
  }

  #piece(bytes: Buffer, start: number, end: number): EncodeResult {
    switch (this.framing) {
      case 'none':
        return EncodeResult.Ok
      case 'length':
        return this.#counted(bytes, start, end)
      case 'chunked':
        this.output.text((end - start).toString(16) + '\r\n')
        this.output.bytes(bytes, start, end)
        this.output.text('\r\n')
        return EncodeResult.Ok
      default:
        this.output.bytes(bytes, start, end)
        return EncodeResult.Ok
    }
  }

  #counted(bytes: Buffer, start: number, end: number): EncodeResult {
    const isSurplus = end - start > this.left
    const last = isSurplus ? start + this.left : end
    this.left -= last - start
    if (last > start) this.output.bytes(bytes, start, last)
    return isSurplus ? EncodeResult.WrongLength : EncodeResult.Ok
  }
}
