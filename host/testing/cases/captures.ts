/** What the answers of a case have shown, for its later steps: `capture` and `${seen.<name>}`. */
import type { Exchange } from './observation.ts'
import type { RequestStep, Step } from './table.ts'
import type { TokenMint } from './tokens.ts'

const SEEN = /\$\{seen\.([\w-]+)\}/g

/** Of one run of a case. Tokens with something seen in them are made when a step first has them. */
export class Captures {
  readonly #mint: TokenMint | null
  readonly #wallMillis: () => number
  readonly #seen = new Map<string, string>()
  readonly #tokens = new Map<string, string>()

  /** `wallMillis` is the time of the case's proxy, in milliseconds since the Unix epoch. */
  constructor(mint: TokenMint | null, wallMillis: () => number = Date.now) {
    this.#mint = mint
    this.#wallMillis = wallMillis
  }

  /** The step with all that was seen before in its texts; what is not known stays. */
  fill(step: Step): Step {
    return this.#fill(step)
  }

  /** The texts that are known by now. */
  fillKnown(texts: readonly string[]): string[] {
    return texts.map((text) => this.#text(text)).filter((text) => !/\$\{(seen|token)\./.test(text))
  }

  /** Takes from answers what their requests want. */
  note(requests: readonly RequestStep[], exchanges: readonly Pick<Exchange, 'headers'>[]): void {
    for (const [at, { capture = {} }] of requests.entries()) {
      for (const [name, { header, matches }] of Object.entries(capture)) {
        const values = exchanges[at]!.headers.filter(([one]) => one.toLowerCase() === header).map(([, value]) => value)
        const found = values.map((value) => new RegExp(matches).exec(value)?.[1]).find((value) => value !== undefined)
        if (this.#seen.has(name)) throw new Error(`capture ${name}: seen twice, wanted another name`)
        if (found === undefined) throw new Error(`capture ${name}: seen ${header}: ${values.join(', ')}, wanted /${matches}/`)
        this.#seen.set(name, found)
      }
    }
  }

  #fill<T>(value: T): T {
    if (typeof value === 'string') return this.#text(value) as T
    if (Array.isArray(value)) return value.map((item: unknown) => this.#fill(item)) as T
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]: [string, unknown]) => [name, this.#fill(item)])) as T
  }

  #text(text: string): string {
    return this.#plain(text.replaceAll(/\$\{token\.([\w-]+)\}/g, (all, name: string) => this.#token(name) ?? all))
  }

  #plain(text: string): string {
    return text.replaceAll(SEEN, (all, name: string) => this.#seen.get(name) ?? all)
  }

  /** Null while something that stands in it has not been seen. */
  #token(name: string): string | null {
    const known = this.#tokens.get(name)
    if (known !== undefined) return known
    const now = Math.floor(this.#wallMillis() / 1000)
    const made = this.#mint?.mintLate(name, (text) => this.#plain(text), now) ?? null
    if (made !== null) this.#tokens.set(name, made)
    return made
  }
}
