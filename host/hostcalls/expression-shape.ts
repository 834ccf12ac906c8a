/** What an expression is made of: the names it reads, and whether Envoy's evaluator and ours can have it. */
import type { ParsedExpression } from './expressions.ts'

type Expr = NonNullable<ParsedExpression['expr']>

export interface ExpressionShape {
  /** Variables, those of loops too. */
  readonly names: ReadonlySet<string>
  /** It calls only functions that Envoy has, and makes no messages. */
  readonly isKnown: boolean
  /** A loop runs inside another: its work would not be bounded by the length of the text. */
  readonly isNested: boolean
}

/** Operators and functions that Envoy registers (cel-cpp, builtin functions). */
const FUNCTIONS: ReadonlySet<string> = new Set(
  (
    '_&&_ _||_ !_ -_ _?_:_ _==_ _!=_ _<_ _<=_ _>_ _>=_ _+_ _-_ _*_ _/_ _%_ _[_] @in @not_strictly_false ' +
    'size contains startsWith endsWith matches string bytes double int uint dyn type timestamp duration ' +
    'getFullYear getMonth getDayOfYear getDayOfMonth getDate getDayOfWeek getHours getMinutes getSeconds getMilliseconds'
  ).split(' '),
)

export function inspectExpression({ expr }: ParsedExpression): ExpressionShape {
  const walk = new Walk()
  if (expr !== undefined) walk.visit(expr, 0)
  return walk
}

class Walk implements ExpressionShape {
  readonly names = new Set<string>()
  isKnown = true
  isNested = false

  /** `loops` is the number of loops around. */
  visit({ exprKind }: Expr, loops: number): void {
    if (exprKind.case === 'identExpr') this.names.add(exprKind.value.name)
    else if (exprKind.case === 'selectExpr') this.#visitAll([exprKind.value.operand], loops)
    else if (exprKind.case === 'listExpr') this.#visitAll(exprKind.value.elements, loops)
    else if (exprKind.case === 'callExpr') {
      this.isKnown &&= FUNCTIONS.has(exprKind.value.function)
      this.#visitAll([exprKind.value.target, ...exprKind.value.args], loops)
    } else if (exprKind.case === 'structExpr') {
      this.isKnown &&= exprKind.value.messageName === ''
      for (const { keyKind, value } of exprKind.value.entries)
        this.#visitAll([keyKind.case === 'mapKey' ? keyKind.value : undefined, value], loops)
    } else if (exprKind.case === 'comprehensionExpr') {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value
      this.isNested ||= loops > 0
      this.#visitAll([iterRange, accuInit], loops)
      this.#visitAll([loopCondition, loopStep, result], loops + 1)
    }
  }

  #visitAll(parts: readonly (Expr | undefined)[], loops: number): void {
    for (const part of parts) if (part !== undefined) this.visit(part, loops)
  }
}
