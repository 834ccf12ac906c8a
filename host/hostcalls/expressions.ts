/**
 * `expr_create`, `expr_evaluate`, `expr_delete`: expressions of CEL over the attributes of the calling context, kept per
 * plugin. The evaluator is loaded with the first expression.
 */
import { createRequire } from 'node:module'
import type { CelInput, CelResult, CelValue, parse } from '@bufbuild/cel'
import { Status } from '../abi/enums.ts'
import { MAX_EXPRESSION_BYTES, MAX_EXPRESSIONS } from '../abi/limits.ts'
import type { RootContext } from '../plugin/root-context.ts'
import type { Vm } from '../plugin/vm.ts'
import { warnRefused } from './chapter.ts'
import { attributeOf } from './expression-attributes.ts'
import { inspectExpression } from './expression-shape.ts'
import { encodeExpressionValue } from './expression-values.ts'

export type Cel = typeof import('@bufbuild/cel')
export type ParsedExpression = ReturnType<typeof parse>

interface Expression {
  readonly names: ReadonlySet<string>
  readonly work: number
  evaluate(bindings: Record<string, CelInput>): CelResult<CelValue>
}

class Expressions {
  readonly byToken = new Map<number, Expression>()
  nextToken = 0
}

const ofRoots = new WeakMap<RootContext, Expressions>()
const TOKEN_BYTES = 4

let loaded: Cel | null = null

function cel(): Cel {
  loaded ??= createRequire(import.meta.url)('@bufbuild/cel') as Cel
  return loaded
}

/** A token, u32. 2: no expression; a text that can be parsed uses a token up all the same. 10: too many, too long. */
export function createExpression(vm: Vm, argument: Buffer): Uint8Array | number {
  const expressions = expressionsOf(vm.current!.root)
  if (argument.length > MAX_EXPRESSION_BYTES || expressions.byToken.size >= MAX_EXPRESSIONS) return vm.exceeded('expressions')
  vm.work(argument.length << 4)
  const parsed = parseText(argument.toString('utf8'))
  if (parsed === null) return Status.BadArgument
  const token = expressions.nextToken++
  const shape = inspectExpression(parsed)
  if (shape.isNested) warnRefused(vm, 'an expression with one loop in another')
  if (!shape.isKnown || shape.isNested) return Status.BadArgument
  const evaluate = cel().plan(cel().celEnv(), parsed) as Expression['evaluate']
  expressions.byToken.set(token, { names: shape.names, work: argument.length << 1, evaluate })
  return tokenBytes(token)
}

/** The value, encoded like a property. 1: unknown token; 2: no token; 3: null; 10: an error, a missing attribute. */
export function evaluateExpression(vm: Vm, argument: Buffer): Uint8Array | number {
  if (argument.length !== TOKEN_BYTES) return Status.BadArgument
  const expression = expressionsOf(vm.current!.root).byToken.get(argument.readUInt32LE())
  if (expression === undefined) return Status.NotFound
  vm.work(expression.work)
  const bindings: Record<string, CelInput> = {}
  for (const name of expression.names) {
    const value = attributeOf(vm.current!, name, cel())
    if (value !== null) bindings[name] = value
  }
  const value = expression.evaluate(bindings)
  return cel().isCelError(value) ? Status.InternalFailure : encodeExpressionValue(value, cel())
}

/** 0 also for an unknown token. 2: no token. */
export function deleteExpression(vm: Vm, argument: Buffer): number {
  if (argument.length !== TOKEN_BYTES) return Status.BadArgument
  expressionsOf(vm.current!.root).byToken.delete(argument.readUInt32LE())
  return Status.Ok
}

function expressionsOf(root: RootContext): Expressions {
  let expressions = ofRoots.get(root)
  if (expressions === undefined) ofRoots.set(root, (expressions = new Expressions()))
  return expressions
}

/** Null also for a text that is nested deeper than the stack. */
function parseText(text: string): ParsedExpression | null {
  try {
    return cel().parse(text)
  } catch {
    return null
  }
}

function tokenBytes(token: number): Uint8Array {
  const bytes = Buffer.alloc(TOKEN_BYTES)
  bytes.writeUInt32LE(token)
  return bytes
}
