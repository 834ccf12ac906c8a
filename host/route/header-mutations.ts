/**
 * Header changes of a route configuration (source/common/router/header_parser.cc): removals, then overwriting, then
 * adding. Values are made after the removals and before anything else is changed.
 */
import type { HeaderAddition, HeaderMutations } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { FormatContext } from './format/context.ts'
import { compileText } from './format/text.ts'
import type { TextFormat } from './format/text.ts'

interface CompiledAddition {
  readonly name: string
  readonly value: TextFormat
  readonly action: HeaderAddition['action']
  readonly keepsEmpty: boolean
}

/** Changes of one message. */
export interface CompiledChanges {
  readonly add: readonly CompiledAddition[]
  readonly remove: readonly string[]
}

export interface CompiledMutations {
  readonly request: CompiledChanges
  readonly response: CompiledChanges
}

/** Null when nothing is changed. */
export function compileMutations(config: HeaderMutations): CompiledMutations | null {
  const { requestAdd, requestRemove, responseAdd, responseRemove } = config
  if (requestAdd.length + requestRemove.length + responseAdd.length + responseRemove.length === 0) return null
  return { request: compileChanges(requestAdd, requestRemove), response: compileChanges(responseAdd, responseRemove) }
}

/** Changes of one kind of message. */
export function compileChanges(add: readonly HeaderAddition[], remove: readonly string[]): CompiledChanges {
  return { add: add.map(compile), remove }
}

export function changesAnything({ add, remove }: CompiledChanges): boolean {
  return add.length + remove.length > 0
}

/** Applies one set of changes. */
export function mutate(headers: HeaderMap, { add, remove }: CompiledChanges, context: FormatContext): void {
  for (let i = 0; i < remove.length; i++) headers.remove(remove[i]!)
  if (add.length === 1) return changeOne(headers, add[0]!, context)
  if (add.length > 0) changeAll(headers, add, context)
}

function compile({ name, value, action, keepsEmpty }: HeaderAddition): CompiledAddition {
  return { name, value: compileText(value, `header ${name}`, ''), action, keepsEmpty }
}

function changeOne(headers: HeaderMap, addition: CompiledAddition, context: FormatContext): void {
  const value = valueOf(headers, addition, context)
  if (value === null) return
  if (overwrites(addition)) headers.set(addition.name, value)
  else headers.add(addition.name, value)
}

function changeAll(headers: HeaderMap, additions: readonly CompiledAddition[], context: FormatContext): void {
  const values = additions.map((addition) => valueOf(headers, addition, context))
  for (const [i, addition] of additions.entries())
    if (values[i] !== null && overwrites(addition)) headers.set(addition.name, values[i]!)
  for (const [i, addition] of additions.entries())
    if (values[i] !== null && !overwrites(addition)) headers.add(addition.name, values[i]!)
}

/** Null = nothing is to be done: the value is empty, or the header is there or not as the action wants it. */
function valueOf(
  headers: HeaderMap,
  { name, value, action, keepsEmpty }: CompiledAddition,
  context: FormatContext,
): string | null {
  if (action === 'ADD_IF_ABSENT' && headers.has(name)) return null
  if (action === 'OVERWRITE_IF_EXISTS' && !headers.has(name)) return null
  const text = value.format(context)
  return text === '' && !keepsEmpty ? null : text
}

function overwrites({ action }: CompiledAddition): boolean {
  return action === 'OVERWRITE_IF_EXISTS' || action === 'OVERWRITE_IF_EXISTS_OR_ADD'
}
