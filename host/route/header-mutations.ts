/** Header changes of a route configuration: removals first, then additions (source/common/router/header_parser.cc). */
import type { HeaderAddition, HeaderMutations } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import type { FormatContext } from './format/context.ts'
import { compileText } from './format/text.ts'
import type { TextFormat } from './format/text.ts'

export interface CompiledAddition {
  readonly name: string
  readonly value: TextFormat
  readonly action: HeaderAddition['action']
}

export interface CompiledMutations {
  readonly requestAdd: readonly CompiledAddition[]
  readonly requestRemove: readonly string[]
  readonly responseAdd: readonly CompiledAddition[]
  readonly responseRemove: readonly string[]
}

/** Null when nothing is changed. */
export function compileMutations(config: HeaderMutations): CompiledMutations | null {
  const { requestAdd, requestRemove, responseAdd, responseRemove } = config
  if (requestAdd.length + requestRemove.length + responseAdd.length + responseRemove.length === 0) return null
  return { requestAdd: requestAdd.map(compile), requestRemove, responseAdd: responseAdd.map(compile), responseRemove }
}

/** Applies one set of changes. */
export function mutate(
  headers: HeaderMap,
  additions: readonly CompiledAddition[],
  removals: readonly string[],
  context: FormatContext,
): void {
  for (let i = 0; i < removals.length; i++) headers.remove(removals[i]!)
  for (let i = 0; i < additions.length; i++) apply(headers, additions[i]!, context)
}

function compile({ name, value, action }: HeaderAddition): CompiledAddition {
  return { name, value: compileText(value, `header ${name}`), action }
}

/** A value that comes out empty is not set. */
function apply(headers: HeaderMap, addition: CompiledAddition, context: FormatContext): void {
  const { name, action } = addition
  const value = addition.value.format(context)
  if (value === '') return
  switch (action) {
    case 'APPEND_IF_EXISTS_OR_ADD':
      return headers.add(name, value)
    case 'ADD_IF_ABSENT':
      return headers.has(name) ? undefined : headers.add(name, value)
    case 'OVERWRITE_IF_EXISTS_OR_ADD':
      return headers.set(name, value)
    case 'OVERWRITE_IF_EXISTS':
      return headers.has(name) ? headers.set(name, value) : undefined
  }
}
