/** Holds the floors of the host: a lower floor never imports a higher one (docs/ARCHITECTURE.md shows the table). */
import { dirname, join } from 'node:path'
import { lineOf, read, sources } from './sources.ts'

/** Floor of each file or folder of `host/`; the longest matching entry counts. */
const FLOORS: Readonly<Record<string, number>> = {
  'host/util': 0,
  'host/errors.ts': 0,
  'host/abi': 1,
  'host/http': 1,
  'host/config/types.ts': 1,
  'host/config/types': 1,
  'host/socket': 1,
  'host/config/gen': 1,
  'host/http1': 2,
  'host/http2': 2,
  'host/tcp': 2,
  'host/vm': 2,
  'host/plugin': 3,
  'host/hostcalls': 3,
  'host/stats': 4,
  'host/services': 4,
  'host/chain': 5,
  'host/tap': 5,
  'host/tls': 5,
  'host/route': 5,
  'host/config': 6,
  'host/cluster': 7,
  'host/proxy': 8,
  'host/admin': 9,
  'host/oci': 9,
  'host/project': 11,
  'host/workers': 10,
  'host/conformance': 10,
  'host/check': 10,
  'host/manifest': 10,
  'host/cli': 11,
  'host/index.ts': 11,
  'host/testing': 6.5,
}

const IMPORT = /(?:from|import)\s*\(?\s*'([^']+)'|new URL\('([^']+)'/g

function floorOf(path: string): number | undefined {
  const known = Object.keys(FLOORS).filter((entry) => path === entry || path.startsWith(`${entry}/`))
  const entry = known.toSorted((a, b) => b.length - a.length)[0]
  return entry === undefined ? undefined : FLOORS[entry]
}

function faultOf(from: string, specifier: string): string | null {
  if (/^(@sluice\/|(\.\.\/)+(sdk|filters)\/)/.test(specifier)) return 'the host loads modules, it never imports SDK or filters'
  if (!specifier.startsWith('.')) return null
  const target = join(dirname(from), specifier)
  const own = floorOf(from)
  const other = floorOf(target)
  if (other === undefined) return target.startsWith('host/') ? 'that file is on no floor' : 'it lies outside host/'
  if (own !== undefined && other > own) return `floor ${own} must not import floor ${other}`
  return null
}

/** Every import that climbs. */
export function checkFloors(): string[] {
  const faults: string[] = []
  for (const path of sources('host')) {
    const text = read(path)
    if (floorOf(path) === undefined) faults.push(`${path}: on no floor: add its folder to tools/checks/floors.ts`)
    for (const match of text.matchAll(IMPORT)) {
      const specifier = match[1] ?? match[2] ?? ''
      const fault = faultOf(path, specifier)
      if (fault !== null) faults.push(`${path}:${lineOf(text, match.index)}: imports ${specifier}: ${fault}`)
    }
  }
  return faults
}
