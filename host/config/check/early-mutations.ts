/** Rules of the changes that a connection manager makes to heads of requests before anything else. */
import { unpackAs } from '../any.ts'
import type { Fault } from '../fault.ts'
import type { TypedExtensionConfig } from '../gen/envoy/config/core/v3/extension_pb.ts'
import { HeaderMutationSchema } from '../gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb.ts'
import type { ConfigPath } from '../path.ts'
import { judgeAdditions, judgeRemovals } from './header-changes.ts'

/** `path` leads to the list of extensions. */
export function judgeEarlyMutations(extensions: readonly TypedExtensionConfig[], path: ConfigPath, faults: Fault[]): void {
  for (const [index, { typedConfig }] of extensions.entries()) {
    const at = [...path, index, 'typed_config']
    const changes = unpackAs(typedConfig, HeaderMutationSchema)
    if (changes === null) faults.push(foreign(at))
    for (const [position, { action }] of (changes?.mutations ?? []).entries()) {
      const place = [...at, 'mutations', position]
      if (action.case === 'append') judgeAdditions([action.value], [...place, 'append'], faults)
      // Envoy removes them, and the request has no place to go to.
      if (action.case === 'remove') judgeRemovals([action.value], [...place, 'remove'], faults)
    }
  }
}

function foreign(path: ConfigPath): Fault {
  const wanted = HeaderMutationSchema.typeName
  return { code: 'SLUICE_CONFIG_INVALID', message: 'Not an early header mutation', path, wanted }
}
