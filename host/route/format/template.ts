/** Splits a format string into text and operators: `%NAME%`, `%NAME(argument)%`, `%NAME(argument):length%`, `%%`. */
import { SluiceError } from '../../errors.ts'
import { createOperator } from './operators.ts'
import type { Operator } from './operators.ts'

/** Literal text, or an operator with its maximum length (-1 = none). */
export type Part = { readonly text: string } | { readonly operator: Operator; readonly maxLength: number }

const OPERATOR = /^%([A-Z0-9_]+)(?:\(([^)]*)\))?(?::([0-9]+))?%/

/** Throws SLUICE_CONFIG_INVALID for a broken or unknown operator. `path` names the place in the configuration. */
export function parseTemplate(template: string, path: string): Part[] {
  const parts: Part[] = []
  let text = ''
  for (let i = 0; i < template.length;) {
    if (template[i] !== '%') text += template[i++]
    else if (template[i + 1] === '%') {
      text += '%'
      i += 2
    } else {
      const found = OPERATOR.exec(template.slice(i))
      if (found === null) throw invalid(path, template.slice(i, i + 40), '%NAME(argument):length%, or %% for a percent sign')
      if (text !== '') parts.push({ text })
      text = ''
      parts.push({ operator: operatorOf(found, path), maxLength: found[3] === undefined ? -1 : Number(found[3]) })
      i += found[0].length
    }
  }
  if (text !== '') parts.push({ text })
  return parts
}

function operatorOf(found: RegExpExecArray, path: string): Operator {
  const operator = createOperator(found[1]!, found[2] ?? null)
  if (operator === null) throw invalid(path, found[0], 'an operator of docs/CONFIG.md')
  return operator
}

function invalid(path: string, seen: string, wanted: string): SluiceError {
  return new SluiceError('SLUICE_CONFIG_INVALID', 'Cannot use this format string', { path, seen: JSON.stringify(seen), wanted })
}
