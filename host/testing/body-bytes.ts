/** Bodies as tests write them. */

/** Text is sent as it is when all its characters are bytes, else as UTF-8. */
export type BodyInit = string | Uint8Array

/** The bytes that a test means. */
export function bodyBytes(init: BodyInit): Buffer {
  if (typeof init !== 'string') return Buffer.from(init)
  for (let i = 0; i < init.length; i++) if (init.charCodeAt(i) > 0xff) return Buffer.from(init, 'utf8')
  return Buffer.from(init, 'latin1')
}
