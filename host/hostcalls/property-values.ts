/** The values of attributes, in the encoding of abi.md: stub while the first version is assembled. */
import { Status } from '../abi/enums.ts'
import type { Context } from '../plugin/context.ts'

/** The value as byte string, or a status. */
export function lookUpProperty(context: Context, path: readonly string[]): string | number {
  if (path.length === 0) return Status.SerializationFailure
  const config = context.root.config
  const name = path[0]!
  if (name === 'plugin_name') return config.name
  if (name === 'plugin_root_id') return config.rootId
  if (name === 'plugin_vm_id') return config.vmId
  return Status.NotFound
}
