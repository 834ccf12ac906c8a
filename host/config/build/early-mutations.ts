/** Changes of heads of requests before anything else. */
import { unpackAs } from '../any.ts'
import type { HeaderMutation } from '../gen/envoy/config/common/mutation_rules/v3/mutation_rules_pb.ts'
import type { TypedExtensionConfig } from '../gen/envoy/config/core/v3/extension_pb.ts'
import { HeaderMutationSchema } from '../gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb.ts'
import type { ConfigPath } from '../path.ts'
import type { HeaderChange } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildAddition, buildHeaderName } from './headers.ts'

/** `path` leads to the list of extensions. */
export function buildEarlyMutations(
  extensions: readonly TypedExtensionConfig[],
  path: ConfigPath,
  context: BuildContext,
): HeaderChange[] {
  return extensions.flatMap(({ typedConfig }, index) => {
    const mutations = unpackAs(typedConfig, HeaderMutationSchema)?.mutations ?? []
    const at = [...path, index, 'typed_config', 'mutations']
    return mutations.map((mutation, position) => buildChange(mutation, [...at, position], context))
  })
}

function buildChange({ action }: HeaderMutation, path: ConfigPath, context: BuildContext): HeaderChange {
  if (action.case !== 'append') return { add: [], remove: [buildHeaderName(action.value ?? '')] }
  return { add: [buildAddition(action.value, [...path, 'append'], context)], remove: [] }
}
