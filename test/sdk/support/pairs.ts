/** The header-map wire form, written for the tests of the SDK independently of the host's codec. */

export type Pairs = readonly (readonly [string, string])[]

export function encodePairs(pairs: Pairs): Buffer {
  const head = Buffer.alloc(4 + 8 * pairs.length)
  head.writeUInt32LE(pairs.length, 0)
  let text = ''
  for (const [i, [name, value]] of pairs.entries()) {
    head.writeUInt32LE(name.length, 4 + 8 * i)
    head.writeUInt32LE(value.length, 8 + 8 * i)
    text += `${name}\0${value}\0`
  }
  return Buffer.concat([head, Buffer.from(text, 'latin1')])
}

/** Throws when the lengths do not add up or a NUL is missing. */
export function decodePairs(blob: Buffer): [string, string][] {
  if (blob.length === 0) return []
  const pairs: [string, string][] = []
  let at = 4 + 8 * blob.readUInt32LE(0)
  const take = (length: number): string => {
    if (blob[at + length] !== 0) throw new Error(`no NUL at ${at + length}`)
    const text = blob.toString('latin1', at, at + length)
    at += length + 1
    return text
  }
  for (let i = 0; i < blob.readUInt32LE(0); i++) {
    pairs.push([take(blob.readUInt32LE(4 + 8 * i)), take(blob.readUInt32LE(8 + 8 * i))])
  }
  if (at !== blob.length) throw new Error(`${blob.length - at} bytes behind the last pair`)
  return pairs
}
