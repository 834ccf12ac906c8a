/** A module and a description that images are made of in tests; the same bytes on every machine. */
import type { FilterDescription } from '../../../../host/oci/image/description.ts'

export const DESCRIPTION: FilterDescription = {
  name: 'add-header',
  version: '1.4.0',
  description: 'Adds a header',
  license: 'Apache-2.0',
  source: 'https://example.com/add-header',
  npmPackage: '@example/add-header@1.4.0',
  rootIds: ['add-header'],
  abiVersions: ['0.2.1'],
  schema: '{"type":"object"}\n',
}

/** A module of one custom section: `words` repeats itself some, as code does. Enough for several blocks of deflate. */
export function sampleModule(size = 100_000): Uint8Array {
  const content = new Uint8Array(size)
  let state = 1
  for (let at = 0; at < size; at++) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    content[at] = state % 7 === 0 ? state >>> 16 : at
  }
  const section = [...Buffer.from('\x05words'), ...content]
  return Uint8Array.from([...Buffer.from('\0asm\x01\0\0\0', 'latin1'), 0, ...leb128(section.length), ...section])
}

function leb128(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb128(value >>> 7)]
}
