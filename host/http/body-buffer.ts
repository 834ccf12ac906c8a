/**
 * A body, or the part of it that is held back: a list of chunks (hot). Reading copies only what is asked for;
 * changes are those of `proxy_set_buffer_bytes` in Envoy (prepend, append, replace a prefix).
 */
export class BodyBuffer {
  readonly chunks: Uint8Array[] = []
  /** Bytes held. */
  length = 0

  /** Takes over `bytes`; the caller no longer writes to it. */
  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.chunks.push(bytes)
    this.length += bytes.length
  }

  /** Takes over `bytes` and puts it in front. */
  prepend(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.chunks.unshift(bytes)
    this.length += bytes.length
  }

  /** Drops the first `count` bytes, or all when there are fewer. */
  drain(count: number): void {
    let left = Math.min(count, this.length)
    this.length -= left
    while (left > 0) {
      const first = this.chunks[0]!
      if (first.length > left) {
        this.chunks[0] = first.subarray(left)
        return
      }
      left -= first.length
      this.chunks.shift()
    }
  }

  clear(): void {
    this.chunks.length = 0
    this.length = 0
  }

  /** Copies `[start, start + count)` to `target` at `offset`; the range lies inside the buffer. */
  copyTo(target: Uint8Array, offset: number, start: number, count: number): void {
    let skip = start
    let left = count
    for (let i = 0; i < this.chunks.length && left > 0; i++) {
      const chunk = this.chunks[i]!
      if (skip >= chunk.length) {
        skip -= chunk.length
        continue
      }
      const take = Math.min(left, chunk.length - skip)
      target.set(chunk.subarray(skip, skip + take), offset)
      offset += take
      left -= take
      skip = 0
    }
  }

  /** Moves every chunk of `other` to the end of this buffer; `other` is empty afterwards. */
  appendAll(other: BodyBuffer): void {
    for (let i = 0; i < other.chunks.length; i++) this.append(other.chunks[i]!)
    other.clear()
  }
}
