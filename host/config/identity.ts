/** Identity of a message: equal identity means that nothing changed, whatever the order of map entries was. */
import { createHash } from 'node:crypto'
import { anyPack, anyUnpack, AnySchema } from '@bufbuild/protobuf/wkt'
import type { Any } from '@bufbuild/protobuf/wkt'
import { clone, toBinary } from '@bufbuild/protobuf'
import type { DescField, DescMessage, Message, MessageShape } from '@bufbuild/protobuf'
import { isReflectMessage, reflect } from '@bufbuild/protobuf/reflect'
import type { ReflectMessage } from '@bufbuild/protobuf/reflect'
import { ANY_REGISTRY, typeNameOf } from './registry.ts'

/** sha256 in hex over the wire form of the message with sorted map keys, inside known `Any`s too. */
export function identityOf<Desc extends DescMessage>(desc: Desc, message: MessageShape<Desc>): string {
  return createHash('sha256').update(canonicalBytes(desc, message)).digest('hex')
}

function canonicalBytes(desc: DescMessage, message: Message): Uint8Array {
  return toBinary(desc, sorted(reflect(desc, clone(desc, message))).message)
}

/** Sorts the maps of a message that is ours to change. */
function sorted(message: ReflectMessage): ReflectMessage {
  if (message.desc.typeName === AnySchema.typeName) return reflect(AnySchema, sortedAny(message.message as Any))
  for (const field of message.fields) {
    if (message.isSet(field)) sortField(message, field)
  }
  return message
}

function sortField(message: ReflectMessage, field: DescField): void {
  if (field.fieldKind === 'message') return message.set(field, sorted(message.get(field)))
  if (field.fieldKind === 'list') {
    const list = message.get(field)
    for (const [index, item] of [...list].entries()) {
      if (isReflectMessage(item)) list.set(index, sorted(item))
    }
    return
  }
  if (field.fieldKind !== 'map') return
  const map = message.get(field)
  const entries = [...map].toSorted(([a], [b]) => compareKeys(String(a), String(b)))
  map.clear()
  for (const [key, item] of entries) map.set(key, isReflectMessage(item) ? sorted(item) : item)
}

function compareKeys(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function sortedAny(any: Any): Any {
  const desc = ANY_REGISTRY.getMessage(typeNameOf(any.typeUrl))
  const message = desc === undefined ? undefined : anyUnpack(any, desc)
  return desc === undefined || message === undefined ? any : anyPack(desc, sorted(reflect(desc, message)).message)
}
