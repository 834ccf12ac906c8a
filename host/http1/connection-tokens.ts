/** The Connection field: a list of options, some of which name further fields of this hop (RFC 9110, 7.6.1). */

/** What the Connection fields of one message say. */
export interface ConnectionTokens {
  readonly close: boolean
  readonly keepAlive: boolean
  readonly upgrade: boolean
  /** Lower-case names of other fields that belong to this hop; null = none. */
  readonly nominated: readonly string[] | null
}

const KEEP_ALIVE: ConnectionTokens = { close: false, keepAlive: true, upgrade: false, nominated: null }
const CLOSE: ConnectionTokens = { close: true, keepAlive: false, upgrade: false, nominated: null }
const UPGRADE: ConnectionTokens = { close: false, keepAlive: false, upgrade: true, nominated: null }

/** Reads the joined value of all Connection fields (hot: by comparison, since a value has no hash yet). */
export function connectionTokens(value: string): ConnectionTokens {
  if (value === 'keep-alive' || value === 'Keep-Alive') return KEEP_ALIVE
  if (value === 'close' || value === 'Close') return CLOSE
  if (value === 'upgrade' || value === 'Upgrade') return UPGRADE
  return splitTokens(value)
}

/** True for a name whose fields stay although Connection lists it: what proxies say about the client, and pseudo headers. */
export function isProtectedName(name: string): boolean {
  return name === 'x-forwarded-for' || name === 'x-forwarded-host' || name === 'x-forwarded-proto' || name.startsWith(':')
}

function splitTokens(value: string): ConnectionTokens {
  const found = { close: false, keepAlive: false, upgrade: false }
  let nominated: string[] | null = null
  for (const part of value.split(',')) {
    const token = part.trim().toLowerCase()
    if (token === 'close') found.close = true
    else if (token === 'keep-alive') found.keepAlive = true
    else if (token === 'upgrade') found.upgrade = true
    else if (token !== '') (nominated ??= []).push(token)
  }
  return { ...found, nominated }
}
