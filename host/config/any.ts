/** Messages packed in an `Any`. */
import { anyUnpack } from '@bufbuild/protobuf/wkt'
import type { Any } from '@bufbuild/protobuf/wkt'
import type { DescMessage, MessageShape } from '@bufbuild/protobuf'

/** The message inside, or null when the `Any` is missing, holds another type or cannot be read. */
export function unpackAs<Desc extends DescMessage>(any: Any | undefined, desc: Desc): MessageShape<Desc> | null {
  if (any === undefined) return null
  try {
    return anyUnpack(any, desc) ?? null
  } catch {
    return null
  }
}
