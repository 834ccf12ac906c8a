/**
 * Hides credentials in a trace: what stands in headers that carry them is replaced wherever it appears, in headers, bodies,
 * arguments and log lines.
 */

/** Instead of a secret. */
export const MASKED = '[masked]'

const HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-amz-security-token',
])
/** Names that say it themselves. */
const SPEAKING =
  /(^|[-_])(token|secret|password|passwd|credential|credentials|session|signature|apikey)($|[-_])|api[-_]key|auth[-_]key/

/** Shorter values would hide what is no secret. */
const SHORTEST = 6

export class Secrets {
  readonly #values = new Set<string>()

  /** Names and values in turn. */
  learn(fields: readonly string[]): void {
    for (let i = 0; i < fields.length; i += 2) if (isSecret(fields[i]!)) this.#add(fields[i + 1]!)
  }

  /** The fields with the secret ones hidden whole. */
  maskFields(fields: readonly string[]): string[] {
    return fields.map((text, at) => (at % 2 === 1 && text !== '' && isSecret(fields[at - 1]!) ? MASKED : this.mask(text)))
  }

  mask(text: string): string {
    let masked = text
    for (const value of this.#values) masked = masked.replaceAll(value, MASKED)
    return masked
  }

  /** Also the parts: what follows the scheme of an authorization, the value of each cookie. */
  #add(value: string): void {
    for (const part of [value, ...value.split(/[ ;]+/), ...value.split(/[ ;=]+/)]) {
      if (part.length >= SHORTEST && part !== 'Bearer') this.#values.add(part)
    }
  }
}

/** By the lower-case name. */
export function isSecret(name: string): boolean {
  return HEADERS.has(name) || SPEAKING.test(name)
}
