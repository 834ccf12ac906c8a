/** Rules about paths behind a proxy that sends paths on as clients write them. */
import type { HttpConnectionManagerConfig } from '../config/types.ts'
import { GUARDS, type ChainMember } from './chain-order.ts'
import { warningFinding, type CheckFinding } from './check-finding.ts'

/** Fields of a filter's configuration that hold paths to compare with. */
const PATHS = new Set(['path', 'paths', 'not_paths', 'notPaths'])

/**
 * Filters that let in or refuse by the path where the connection manager has no `normalize_path`. They read `/open/../admin` as `/admin`,
 * and `/admin/../open` as `/open`; an upstream that takes paths as they are written may serve something else than was let in.
 */
export function checkPathRules(
  { normalizePath }: Pick<HttpConnectionManagerConfig, 'normalizePath'>,
  filters: readonly ChainMember[],
): CheckFinding[] {
  if (normalizePath) return []
  return filters
    .filter(({ kind, config }) => GUARDS.includes(kind) && comparesPaths(config))
    .map(({ kind, path }) => {
      const detail = { path, seen: `${kind} decides by paths without normalize_path`, wanted: 'normalize_path: true' }
      return warningFinding('SLUICE_CHECK_PATHS', 'The upstream may read other paths than the rules', detail)
    })
}

function comparesPaths(config: unknown): boolean {
  if (typeof config !== 'object' || config === null) return false
  return Object.entries(config).some(([name, value]) => isPathRule(name, value) || comparesPaths(value))
}

/** A path that is a text alone says where something is, not what is let in. */
function isPathRule(name: string, value: unknown): boolean {
  return PATHS.has(name) && typeof value === 'object'
}
