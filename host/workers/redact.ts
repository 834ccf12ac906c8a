/** Takes secrets out of a configuration that is shown (source/common/protobuf/utility.cc, `MessageUtil::redact`). */
import type { JsonValue } from '@bufbuild/protobuf'

/** Fields whose contents nobody may see. */
const SECRET: ReadonlySet<string> = new Set(['private_key', 'password', 'session_ticket_keys'])
const REDACTED = '[redacted]'

/** The same JSON with the inline contents of secrets replaced; names of files stay. */
export function redact(json: JsonValue, isSecret = false): JsonValue {
  if (Array.isArray(json)) return json.map((item) => redact(item, isSecret))
  if (json === null || typeof json !== 'object') return json
  const fields = Object.entries(json).map(([name, value]): [string, JsonValue] => {
    if (isSecret && name === 'inline_string') return [name, REDACTED]
    if (isSecret && name === 'inline_bytes') return [name, Buffer.from(REDACTED).toString('base64')]
    return [name, redact(value, isSecret || SECRET.has(name))]
  })
  return Object.fromEntries(fields)
}
