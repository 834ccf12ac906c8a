import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where downloaded programs and libraries are kept, one folder per name and version: `$SLUICE_CACHE`, else `~/.cache/sluice`. */
export function cacheFolder(): string {
  return process.env['SLUICE_CACHE'] || join(homedir(), '.cache', 'sluice')
}
