/** What a running host cannot change: it was handed out when the process started. */
import { isDeepStrictEqual } from 'node:util'
import type { BootstrapConfig } from '../config/types.ts'
import { SluiceError, SluiceErrors } from '../errors.ts'

/** Parts of the configuration that only a restart changes, with their places in the file. */
const FIXED = { admin: 'admin', node: 'node', stats: 'stats_config', overload: 'overload_manager' } as const

/** Throws SluiceErrors when the new configuration differs where a running host cannot follow. */
export function checkChange(now: BootstrapConfig, next: BootstrapConfig): void {
  const parts = Object.keys(FIXED) as (keyof typeof FIXED)[]
  const changed = parts.filter((part) => !isDeepStrictEqual(now[part], next[part]))
  if (changed.length > 0) throw new SluiceErrors(changed.map((part) => fixedError(FIXED[part])))
}

function fixedError(path: string): SluiceError {
  return new SluiceError('SLUICE_CONFIG_FIXED', 'A running host keeps this part of its configuration', {
    path,
    seen: 'a change',
    wanted: 'what the host was started with',
    next: 'restart the host to change it',
  })
}
