import type { Clock } from '../util/clock.ts'

/** The value of `date` (RFC 9110, 5.6.7), made once per second (hot). */
export class DateHeader {
  readonly #clock: Clock
  #second = -1
  #text = ''

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): string {
    const second = Math.floor(this.#clock.wallMillis() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#text = new Date(second * 1000).toUTCString()
    }
    return this.#text
  }
}
