import { isDeepStrictEqual } from 'node:util'
import { getOption } from '@bufbuild/protobuf'
import type { DescEnum, DescField, DescMessage, FileRegistry } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { FIELD_RULES, REQUIRED_ONEOFS } from '../../host/config/check/rules.ts'
import type { FieldRule } from '../../host/config/check/rules.ts'
import { envoyDescriptors, guestMessages, isEnvoys, ownMessages } from './config-descriptors.ts'
import { fetchOrReason } from './config-tools.ts'

const { value: fetched, reason } = await fetchOrReason(envoyDescriptors)
// Read only by suites that are skipped without it.
const envoy = fetched as FileRegistry
const messages = ownMessages().filter(isEnvoys)
const enums = [...new Set(messages.flatMap((desc) => desc.fields.flatMap((field) => field.enum ?? [])))]

/** What must be equal in a field: number, type, label, oneof. */
function shape(field: DescField): object {
  const { name, number, fieldKind } = field
  const type = field.message?.typeName ?? field.enum?.typeName ?? ScalarType[field.scalar ?? 0]
  const key = field.fieldKind === 'map' ? ScalarType[field.mapKey] : null
  return { name, number, fieldKind, type, key, oneof: field.oneof?.name ?? null, presence: field.presence }
}

function reserved(desc: DescMessage | DescEnum): [number, string | undefined][] {
  return desc.proto.reservedRange.map((range, index) => [range.start, desc.proto.reservedName[index]])
}

function byNumber(a: DescField, b: DescField): number {
  return a.number - b.number
}

function pairs(desc: DescEnum): [number, string][] {
  return desc.values.map(({ number, name }) => [number, name])
}

describe.skipIf(fetched === null)(`our .proto files declare what Envoy declares${reason}`, () => {
  it.each([...messages, ...guestMessages()].map((desc) => [desc.typeName, desc] as const))('%s', (typeName, own) => {
    const real = envoy.getMessage(typeName)!
    const names = new Set(own.fields.map((field) => field.name))
    const [kept, left] = [
      real.fields.filter((field) => names.has(field.name)),
      real.fields.filter((field) => !names.has(field.name)),
    ]
    expect(own.fields.toSorted(byNumber).map(shape)).toEqual(kept.toSorted(byNumber).map(shape))
    expect(reserved(own)).toEqual(left.toSorted(byNumber).map((field) => [field.number, field.name]))
  })

  it.each(enums.map((desc) => [desc.typeName, desc] as const))('%s', (typeName, own) => {
    const real = envoy.getEnum(typeName)!
    const names = new Set(own.values.map((value) => value.name))
    expect(pairs(own)).toEqual(pairs(real).filter(([, name]) => names.has(name)))
    expect(reserved(own)).toEqual(pairs(real).filter(([, name]) => !names.has(name)))
  })
})

/** Rules of ours that are not Envoy's, and the other way round, with the reason. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'envoy.config.accesslog.v3.ResponseFlagFilter.flags': 'Envoy lists the values',
  'envoy.config.core.v3.SchemeHeaderTransformation.scheme_to_overwrite': 'Envoy lists the values',
  'envoy.config.endpoint.v3.Endpoint.HealthCheckConfig.hostname': 'it stands in a header',
  'envoy.config.core.v3.HeaderValue.key': 'only names that a peer can parse',
  'envoy.config.core.v3.RemoteDataSource.sha256': 'an image may go without',
  'envoy.config.overload.v3.ResourceMonitor.typed_config': 'Envoy checks it in code',
  'envoy.config.metrics.v3.TagSpecifier.tag_name': 'Envoy checks it in code',
  'envoy.config.route.v3.RedirectAction.port_redirect': 'a port has 16 bits',
  'envoy.config.route.v3.WeightedCluster.ClusterWeight.weight': 'Envoy checks it in code',
  'envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher.san_type': 'Envoy says what it must not be',
  'envoy.config.core.v3.Metadata.filter_metadata': 'an empty name harms nobody',
}

interface Bounds {
  readonly [rule: string]: unknown
}

function milliseconds(duration: { seconds: bigint; nanos: number } | undefined): number | undefined {
  return duration === undefined ? undefined : Number(duration.seconds) * 1000 + duration.nanos / 1e6
}

/** A rule of validate.rules in the words of FieldRule; rules that hold by themselves are left out. */
function toRule(
  rules: { type: { case?: string; value?: unknown }; message?: { required?: boolean } },
  field: DescField,
): FieldRule {
  // Only what is set: unset numbers of these proto2 messages read as 0.
  const value: Bounds = { ...(rules.type.value as Bounds | undefined) }
  const isRequired = (value['required'] === true || rules.message?.required === true) && field.oneof === undefined
  const required = isRequired ? { required: true } : {}
  return clean({ ...required, ...boundsOf(rules.type.case, value, field) })
}

function boundsOf(kind: string | undefined, value: Bounds, field: DescField): object {
  if (kind === 'string') return textBounds(value)
  if (kind === 'uint32' || kind === 'uint64' || kind === 'int64' || kind === 'double')
    return { min: value['gte'] ?? plus(value['gt'], 1), max: value['lte'] ?? plus(value['lt'], -1) }
  if (kind === 'duration')
    return { above: milliseconds(value['gt'] as never), min: milliseconds(value['gte'] as never) || undefined }
  if (kind === 'map') return { keys: value['keys'] }
  if (kind !== 'repeated') return {}
  const items = value['items'] === undefined ? {} : toRule(value['items'] as never, field)
  return { minItems: value['minItems'], maxItems: value['maxItems'], items: Object.keys(items).length === 0 ? undefined : items }
}

function textBounds(value: Bounds): object {
  const wellKnown = value['wellKnown'] as { case?: string } | undefined
  const isHeader = wellKnown?.case === 'wellKnownRegex'
  return { minLength: value['minLen'], maxBytes: value['maxBytes'], pattern: isHeader ? '^[^\\0\\r\\n]*$' : value['pattern'] }
}

function plus(value: unknown, add: number): number | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) + add : undefined
}

function clean(rule: object): FieldRule {
  const used = Object.entries(rule).filter(([, value]) => value !== undefined && value !== '' && value !== 0n)
  return Object.fromEntries(used.map(([key, value]) => [key, typeof value === 'bigint' ? Number(value) : value]))
}

/** Our rule with its pattern as text. */
function flat(rule: FieldRule): object {
  const { wanted: _, pattern, items, ...rest } = rule
  return {
    ...rest,
    ...(pattern === undefined ? {} : { pattern: pattern.source }),
    ...(items === undefined ? {} : { items: flat(items) }),
  }
}

describe.skipIf(fetched === null)(`the rules of fields are those of Envoy${reason}`, () => {
  const read = messages

  it('field by field, except where a reason is named', () => {
    const extension = envoy.getExtension('validate.rules')!
    const different: [string, object, object][] = []
    for (const field of read.flatMap((desc) => desc.fields)) {
      const { typeName } = field.parent
      const name = `${typeName}.${field.name}`
      const option = getOption(
        envoy.getMessage(typeName)!.fields.find((real) => real.name === field.name)!,
        extension,
      )
      const [ours, real] = [flat(FIELD_RULES[typeName]?.[field.name] ?? {}), toRule(option as never, field)]
      if (!isDeepStrictEqual(ours, { ...real })) different.push([name, ours, real])
    }
    expect(different.filter(([name]) => !(name in DIFFERENT))).toEqual([])
    expect(different.map(([name]) => name).toSorted()).toEqual(Object.keys(DIFFERENT).toSorted())
  })

  it('the same oneofs are required', () => {
    const extension = envoy.getExtension('validate.required')!
    const own = read.flatMap((desc) => desc.oneofs.map((oneof) => [desc.typeName, oneof.name] as const))
    const required = own.filter(([typeName, name]) => {
      const real = envoy.getMessage(typeName)!.oneofs.find((oneof) => oneof.name === name)!
      return getOption(real, extension) === true
    })
    // The second one Envoy checks in code.
    const added = ['envoy.config.metrics.v3.TagSpecifier.tag_value', 'envoy.extensions.transport_sockets.tls.v3.Secret.type']
    expect([...REQUIRED_ONEOFS].filter((name) => !added.includes(name)).toSorted()).toEqual(
      required.map((parts) => parts.join('.')).toSorted(),
    )
  })

  it('names no message and no field that is not there', () => {
    const known = new Set(ownMessages().flatMap((desc) => desc.fields.map((field) => `${desc.typeName}.${field.name}`)))
    const named = Object.entries(FIELD_RULES).flatMap(([typeName, rules]) =>
      Object.keys(rules).map((name) => `${typeName}.${name}`),
    )
    expect([...named, ...Object.keys(DIFFERENT)].filter((name) => !known.has(name))).toEqual([])
  })
})
