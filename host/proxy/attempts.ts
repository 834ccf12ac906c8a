/** The attempts of one request that may still be answered (hot): mostly one, more while it is hedged. */
import type { UpstreamAttempt } from './upstream-attempt.ts'

export class Attempts {
  /** Null before the first, between two, and after the last. */
  newest: UpstreamAttempt | null = null
  /** Those beside it; null = never any. */
  #others: UpstreamAttempt[] | null = null
  /** How often the answer is paused. */
  pauses = 0

  /** There are others than the newest. */
  get areSeveral(): boolean {
    return this.#others !== null && this.#others.length > 0
  }

  /** There were at some time: what was told of one may not be true of another. */
  get wereSeveral(): boolean {
    return this.#others !== null
  }

  add(attempt: UpstreamAttempt): void {
    if (this.newest !== null) (this.#others ??= []).push(this.newest)
    this.newest = attempt
  }

  /** Nothing more is heard of the attempt. */
  forget(attempt: UpstreamAttempt): void {
    attempt.releaseOwner()
    if (this.newest === attempt) this.newest = this.#others?.pop() ?? null
    else this.#others!.splice(this.#others!.indexOf(attempt), 1)
  }

  /** The newest first. */
  all(): UpstreamAttempt[] {
    const others = this.#others ?? []
    return this.newest === null ? others.slice() : [this.newest, ...others]
  }

  abandonAll(): void {
    const attempts = this.all()
    this.newest = this.#others = null
    for (const attempt of attempts) {
      attempt.abandon()
      attempt.releaseOwner()
    }
  }

  /** The answer of this attempt is the one. */
  keepOnly(attempt: UpstreamAttempt): void {
    this.forget(attempt)
    this.abandonAll()
    this.newest = attempt
  }

  pauseReads(): void {
    this.pauses++
    this.newest?.pauseReads()
    this.#others?.forEach((attempt) => attempt.pauseReads())
  }

  resumeReads(): void {
    this.pauses--
    this.newest?.resumeReads()
    this.#others?.forEach((attempt) => attempt.resumeReads())
  }
}
