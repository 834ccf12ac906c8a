/** The two halves of HPACK (RFC 7541) as a connection uses them: one of each per connection. */
import type { BlockLimits, BlockFields } from './block-fields.ts'

/** `new HpackDecoder()`: the peer may use 4096 bytes of table until `limitTable`. */
export interface HeaderBlockDecoder {
  /** The peer has acknowledged our SETTINGS_HEADER_TABLE_SIZE. */
  limitTable(bytes: number): void
  /**
   * Reads the complete block `bytes[start, end)` into `list`, which is cleared before. False = a compression error: the
   * table is lost, and the connection with it. Malformed and too large lists are no compression error.
   */
  decode(bytes: Buffer, start: number, end: number, list: BlockFields, limits: BlockLimits): boolean
}

/** `new HpackEncoder(maxTableBytes)`: bytes of table that we are willing to keep; 4096 at most, 0 works. */
export interface HeaderBlockEncoder {
  /** The peer's SETTINGS_HEADER_TABLE_SIZE. */
  limitTable(bytes: number): void
  /** A block begins at `out[at]`. All of these return where the next byte goes. */
  begin(out: Buffer, at: number): number
  /** The first field of a response. */
  status(out: Buffer, at: number, code: number): number
  /** A field: lower-case name, byte string. Writes at most `name.length + value.length + 16` bytes; `begin` and `status` 16. */
  field(out: Buffer, at: number, name: string, value: string): number
}
