/** The value of `date` (RFC 9110, 5.6.7), made once per second (hot). */
export class DateHeader {
  #second = -1
  #text = ''

  /** For a wall-clock time in milliseconds. */
  at(wallMillis: number): string {
    const second = Math.floor(wallMillis / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#text = new Date(second * 1000).toUTCString()
    }
    return this.#text
  }
}
