/** Secrets from files: the text of a source, the secret in it, and what the data plane gets of that. */
import { fromBinary, fromJson, toBinary, toJson, type JsonValue } from '@bufbuild/protobuf'
import { SluiceErrors } from '../errors.ts'
import { unpackAs } from './any.ts'
import { BuildContext, type BuildInput } from './build/context.ts'
import { buildCertificate } from './build/tls-certificates.ts'
import { buildValidation } from './build/tls-validation.ts'
import { checkMessage } from './check/walk.ts'
import { convertTree } from './convert.ts'
import { show, toError, type Fault } from './fault.ts'
import { SecretSchema, type Secret } from './gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts'
import { DiscoveryResponseSchema, type DiscoveryResponse } from './gen/envoy/service/discovery/v3/discovery_pb.ts'
import { ANY_REGISTRY } from './registry.ts'
import { parseTree, type ConfigText } from './tree.ts'
import type { SecretSourceConfig, TlsSecret } from './types.ts'

export type { DiscoveryResponse, Secret }

/** Envoy's name of what it has in such secrets, files among it. */
const INLINE = '<inline>'

/** Throws `SluiceErrors` for a text that is none of a response. */
export function parseResponse(text: ConfigText): DiscoveryResponse {
  const { tree, errors } = parseTree(text)
  const faults: Fault[] = []
  const json = convertTree(DiscoveryResponseSchema, tree, faults)
  const all = [...errors, ...faults.map((fault) => toError(fault, [tree]))]
  if (all.length > 0) throw new SluiceErrors(all)
  return fromJson(DiscoveryResponseSchema, json, { registry: ANY_REGISTRY })
}

/** The secret that the source is asked for. Throws `SluiceErrors`, with Envoy's texts where it has them. */
export function secretOf(response: DiscoveryResponse, { name, kind }: SecretSourceConfig): Secret {
  const faults: Fault[] = []
  checkMessage(DiscoveryResponseSchema, response, [], faults)
  const { resources } = response
  const secret = unpackAs(resources[0], SecretSchema)
  const path = ['resources']
  const refuse = (message: string, seen: string): void =>
    void faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path, seen, wanted: 'one secret of the name and kind asked for' })
  if (resources.length === 0) refuse(`Missing SDS resources for ${name}`, 'none')
  else if (resources.length > 1) refuse(`Unexpected SDS secrets length for ${name}`, String(resources.length))
  else if (secret !== null && secret.name !== name) refuse(`Unexpected SDS secret (expecting ${name})`, show(secret.name))
  else if (secret !== null && secret.type.case !== kind) refuse('Secret is of another kind', secret.type.case ?? 'nothing')
  throwAll(faults)
  return secret!
}

/** What the data plane gets of a secret; its files are read now. Throws `SluiceErrors`. */
export function buildSecret({ type }: Secret, input: BuildInput): TlsSecret {
  const context = new BuildContext(input)
  const secret: TlsSecret =
    type.case === 'validationContext'
      ? { kind: type.case, value: { ...buildValidation(type.value, ['validation_context'], context), source: INLINE } }
      : { kind: 'tlsCertificate', value: { ...buildCertificate(type.value!, ['tls_certificate'], context), source: INLINE } }
  throwAll(context.faults)
  return secret
}

/** A folder that is looked at instead of those of the secret's files; null = there is none. */
export function watchedDirectoryOf({ type }: Secret): string | null {
  return type.value?.watchedDirectory?.path ?? null
}

/** For another thread. */
export function encodeSecret(secret: Secret): Uint8Array {
  return toBinary(SecretSchema, secret)
}

export function decodeSecret(bytes: Uint8Array): Secret {
  return fromBinary(SecretSchema, bytes)
}

/** With everything in it: who shows it takes keys out. */
export function secretJson(secret: Secret): JsonValue {
  return toJson(SecretSchema, secret, { useProtoFieldName: true })
}

function throwAll(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new SluiceErrors(faults.map((fault) => toError(fault, [])))
}
