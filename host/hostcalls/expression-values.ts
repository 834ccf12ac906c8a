/** Values of CEL in the encoding of properties. */
import { isReflectMessage } from '@bufbuild/protobuf/reflect'
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt'
import type { CelValue } from '@bufbuild/cel'
import { Status } from '../abi/enums.ts'
import { encodePairs } from '../abi/pairs.ts'
import { fromByteString, utf8ByteString } from '../util/bytes.ts'
import type { Cel } from './expressions.ts'
import { booleanValue, bytesValue, doubleValue, EMPTY_MAP, integerValue, type PropertyValue } from './property-encoding.ts'

const TIMES: ReadonlySet<string> = new Set(['google.protobuf.Timestamp', 'google.protobuf.Duration'])
const NANOS = 1_000_000_000n

/** 3: null, and what has no encoding. */
export function encodeExpressionValue(value: CelValue, cel: Cel): Uint8Array | number {
  const encoded = encode(value, cel)
  return typeof encoded === 'string' ? fromByteString(encoded) : encoded
}

function encode(value: CelValue, cel: Cel): PropertyValue {
  if (typeof value === 'string') return utf8ByteString(value)
  if (typeof value === 'boolean') return booleanValue(value)
  if (typeof value === 'bigint') return integerValue(value)
  if (typeof value === 'number') return doubleValue(value)
  if (value instanceof Uint8Array) return bytesValue(value)
  if (cel.isCelUint(value)) return integerValue(value.value)
  if (cel.isCelList(value))
    return pairs(
      Array.from(value, (item) => [item, '']),
      cel,
    )
  if (cel.isCelMap(value)) return pairs(Array.from(value.entries()), cel)
  if (isReflectMessage(value) && TIMES.has(value.desc.typeName)) return time(value.message as Duration | Timestamp)
  return Status.SerializationFailure
}

/** A list is a map whose values are empty. */
function pairs(entries: readonly (readonly [CelValue, CelValue])[], cel: Cel): PropertyValue {
  const fields: string[] = []
  for (const entry of entries) {
    for (const part of entry) {
      const encoded = encode(part, cel)
      if (typeof encoded !== 'string') return encoded
      fields.push(encoded)
    }
  }
  return fields.length === 0 ? EMPTY_MAP : bytesValue(encodePairs(fields))
}

function time({ seconds, nanos }: Duration | Timestamp): string {
  return integerValue(seconds * NANOS + BigInt(nanos))
}
