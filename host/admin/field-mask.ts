/**
 * `mask` of `/config_dump`: paths into a message as JSON, of which only what they name stays. As in Envoy a path does not lead
 * through a repeated field (source/server/admin/config_dump_handler.cc).
 */

type Json = { readonly [field: string]: unknown }

/** `fields` are those that the message has, set or not; null = a path names none of them. */
export function applyMask(message: object, fields: readonly string[], mask: string): object | null {
  const paths = mask.split(',').map((path) => path.split('.'))
  if (paths.some(([first]) => !fields.includes(first!))) return null
  const kept: Record<string, unknown> = {}
  for (const path of paths) if (!keep(message as Json, path, kept)) return null
  return withType(message as Json, kept)
}

/** False when the path leads through a list or a value. */
function keep(from: Json, [field, ...rest]: readonly string[], into: Record<string, unknown>): boolean {
  const value = from[field!]
  if (value === undefined) return true
  if (rest.length === 0) {
    into[field!] = value
    return true
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const inner = (into[field!] ??= {}) as Record<string, unknown>
  const isKept = keep(value as Json, rest, inner)
  into[field!] = withType(value as Json, inner)
  return isKept
}

/** The type of an `Any` is no field of it. */
function withType(from: Json, kept: object): object {
  return '@type' in from ? { '@type': from['@type'], ...kept } : kept
}
