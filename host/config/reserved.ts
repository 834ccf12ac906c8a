/** What Envoy's messages have and ours refuse: the `reserved` entries of the .proto files, number and name in pairs. */
import type { DescEnum, DescMessage } from '@bufbuild/protobuf'

/** True for a field or value that Envoy knows by this name, but this host does not support. */
export function isReservedName(desc: DescMessage | DescEnum, name: string): boolean {
  return desc.proto.reservedName.includes(name)
}

/** The name under which Envoy knows a number that this host does not support; null when nobody knows it. */
export function reservedNameOf(desc: DescMessage | DescEnum, number: number): string | null {
  const index = desc.proto.reservedRange.findIndex((range) => range.start === number)
  return index < 0 ? null : (desc.proto.reservedName[index] ?? null)
}
