import type { FormatContext } from './context.ts'
import type { Operator } from './operators.ts'
import { parseTemplate } from './template.ts'

/** A format string, ready to print streams. */
export interface TextFormat {
  format(context: FormatContext): string
}

/** Compiles a format string; throws SLUICE_CONFIG_INVALID. `missing` stands for a value that is not there. */
export function compileText(template: string, path: string, missing = '-'): TextFormat {
  const parts = parseTemplate(template, path)
  if (parts.length === 0) return new Literal('')
  const first = parts[0]!
  if (parts.length === 1 && 'text' in first) return new Literal(first.text)
  return new Sequence(
    parts.map((part) => ('text' in part ? new Literal(part.text) : new Value(part.operator, part.maxLength, missing))),
  )
}

class Literal implements TextFormat {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  format(): string {
    return this.#text
  }
}

class Value implements TextFormat {
  readonly #operator: Operator
  readonly #maxLength: number
  readonly #missing: string

  constructor(operator: Operator, maxLength: number, missing: string) {
    this.#operator = operator
    this.#maxLength = maxLength
    this.#missing = missing
  }

  format(context: FormatContext): string {
    const value = this.#operator(context)
    if (value === null) return this.#missing
    const text = typeof value === 'string' ? value : String(value)
    return this.#maxLength >= 0 && text.length > this.#maxLength ? text.slice(0, this.#maxLength) : text
  }
}

class Sequence implements TextFormat {
  readonly #parts: readonly TextFormat[]

  constructor(parts: readonly TextFormat[]) {
    this.#parts = parts
  }

  format(context: FormatContext): string {
    let text = ''
    for (let i = 0; i < this.#parts.length; i++) text += this.#parts[i]!.format(context)
    return text
  }
}
