/** Header changes. */
import { compileText } from '../../route/format/text.ts'
import { utf8ByteString } from '../../util/bytes.ts'
import { HeaderValueOption_HeaderAppendAction as AppendAction } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { HeaderValueOption } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { ConfigPath } from '../path.ts'
import type { HeaderAddition, HeaderMutations } from '../types.ts'
import type { BuildContext } from './context.ts'

const ACTIONS: Readonly<Record<number, HeaderAddition['action']>> = {
  [AppendAction.APPEND_IF_EXISTS_OR_ADD]: 'APPEND_IF_EXISTS_OR_ADD',
  [AppendAction.ADD_IF_ABSENT]: 'ADD_IF_ABSENT',
  [AppendAction.OVERWRITE_IF_EXISTS_OR_ADD]: 'OVERWRITE_IF_EXISTS_OR_ADD',
  [AppendAction.OVERWRITE_IF_EXISTS]: 'OVERWRITE_IF_EXISTS',
}

/** The lists that route tables, virtual hosts and routes have in common. */
export interface MutationLists {
  readonly requestHeadersToAdd: readonly HeaderValueOption[]
  readonly requestHeadersToRemove: readonly string[]
  readonly responseHeadersToAdd: readonly HeaderValueOption[]
  readonly responseHeadersToRemove: readonly string[]
}

export function buildMutations(lists: MutationLists, path: ConfigPath, context: BuildContext): HeaderMutations {
  return {
    requestAdd: buildAdditions(lists.requestHeadersToAdd, [...path, 'request_headers_to_add'], context),
    requestRemove: lists.requestHeadersToRemove.map(buildHeaderName),
    responseAdd: buildAdditions(lists.responseHeadersToAdd, [...path, 'response_headers_to_add'], context),
    responseRemove: lists.responseHeadersToRemove.map(buildHeaderName),
  }
}

/** Names are compared in lower case everywhere below. */
export function buildHeaderName(name: string): string {
  return utf8ByteString(name.toLowerCase())
}

/** Additions of a list at `path`. */
export function buildAdditions(options: readonly HeaderValueOption[], path: ConfigPath, context: BuildContext): HeaderAddition[] {
  return options.map((option, index) => buildAddition(option, [...path, index], context))
}

/** The addition at `path`. */
export function buildAddition(option: HeaderValueOption, path: ConfigPath, context: BuildContext): HeaderAddition {
  const { header, keepEmptyValue } = option
  const value = utf8ByteString(header?.value ?? '')
  context.checkFormat(() => compileText(value, ''), [...path, 'header', 'value'])
  return { name: buildHeaderName(header?.key ?? ''), value, action: actionOf(option), keepsEmpty: keepEmptyValue }
}

function actionOf({ append, appendAction }: HeaderValueOption): HeaderAddition['action'] {
  if (append === false) return 'OVERWRITE_IF_EXISTS_OR_ADD'
  return ACTIONS[appendAction] ?? 'APPEND_IF_EXISTS_OR_ADD'
}
