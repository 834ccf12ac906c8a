/** Header changes. */
import { utf8ByteString } from '../../util/bytes.ts'
import { HeaderValueOption_HeaderAppendAction as AppendAction } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { HeaderValueOption } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { HeaderAddition, HeaderMutations } from '../types.ts'

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

export function buildMutations(lists: MutationLists): HeaderMutations {
  return {
    requestAdd: lists.requestHeadersToAdd.map(buildAddition),
    requestRemove: lists.requestHeadersToRemove.map(buildHeaderName),
    responseAdd: lists.responseHeadersToAdd.map(buildAddition),
    responseRemove: lists.responseHeadersToRemove.map(buildHeaderName),
  }
}

/** Names are compared in lower case everywhere below. */
export function buildHeaderName(name: string): string {
  return utf8ByteString(name.toLowerCase())
}

function buildAddition(option: HeaderValueOption): HeaderAddition {
  const name = buildHeaderName(option.header?.key ?? '')
  const action = ACTIONS[option.appendAction] ?? 'APPEND_IF_EXISTS_OR_ADD'
  return { name, value: utf8ByteString(option.header?.value ?? ''), action }
}
