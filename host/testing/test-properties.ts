/** Properties that a test gives: those of a stream before those of the host. */
import type { GivenProperties } from '../hostcalls/services.ts'
import type { StreamInfo } from '../http/stream-info.ts'

/** Byte strings by path with dots: `request.region`. */
export type PropertyTexts = Readonly<Record<string, string>>

export class TestProperties implements GivenProperties {
  readonly #ofHost: ReadonlyMap<string, string>
  readonly #ofStreams = new WeakMap<StreamInfo, ReadonlyMap<string, string>>()

  constructor(ofHost: PropertyTexts) {
    this.#ofHost = new Map(Object.entries(ofHost))
  }

  /** Before the stream's first callback. */
  give(stream: StreamInfo, properties: PropertyTexts): void {
    this.#ofStreams.set(stream, new Map(Object.entries(properties)))
  }

  get(path: readonly string[], stream: StreamInfo | null): string | undefined {
    const key = path.join('.')
    const own = stream === null ? undefined : this.#ofStreams.get(stream)?.get(key)
    return own ?? this.#ofHost.get(key)
  }
}
