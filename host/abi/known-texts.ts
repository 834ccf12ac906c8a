/**
 * Short texts as bytes (hot). The names and values that hosts and filters add to a message are few and come again in
 * every message; copying words of a kept one is cheaper than writing it character by character.
 */

/** Longer texts are mostly unique, and V8's own writer is good at them. */
export const LONGEST_KNOWN = 24

const SLOTS = 256
/** Bytes of a slot: whole words, the last one is copied beyond the text. */
const SLOT_BYTES = 32
const WORD = 8

/** One text per slot, the latest wins, so nothing grows. */
export class KnownTexts {
  readonly #texts: string[] = Array.from({ length: SLOTS }, () => '')
  readonly #bytes = new DataView(new ArrayBuffer(SLOTS * SLOT_BYTES))

  /** Copies a text of 1 to {@link LONGEST_KNOWN} characters; up to seven bytes behind it are overwritten. */
  copy(text: string, target: DataView, at: number): void {
    const length = text.length
    const mixed = 31 * length + 17 * text.charCodeAt(length - 1) + text.charCodeAt(length >> 1)
    const slot = mixed & (SLOTS - 1)
    if (this.#texts[slot] !== text) this.#keep(slot, text)
    const from = this.#bytes
    const start = slot * SLOT_BYTES
    for (let i = 0; i < length; i += WORD) target.setBigInt64(at + i, from.getBigInt64(start + i, true), true)
  }

  #keep(slot: number, text: string): void {
    this.#texts[slot] = text
    for (let i = 0; i < text.length; i++) this.#bytes.setUint8(slot * SLOT_BYTES + i, text.charCodeAt(i))
  }
}
