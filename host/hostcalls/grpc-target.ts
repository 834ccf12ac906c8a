/** Where a gRPC call goes: a `GrpcService` message, or the bare name of a cluster. */
import { fromBinary, type Message } from '@bufbuild/protobuf'
import type { GrpcService, GrpcService_EnvoyGrpc } from '../config/gen/envoy/config/core/v3/grpc_service_pb.ts'
import { GrpcServiceSchema } from '../config/gen/envoy/config/core/v3/grpc_service_pb.ts'
import { byteString, utf8ByteString } from '../util/bytes.ts'

export interface GrpcTarget {
  readonly cluster: string
  readonly authority: string
  /** Fields of every call: name, value, name, value … */
  readonly metadata: readonly string[]
  readonly maxMessageBytes: number
  readonly isMarkedInternal: boolean
  /** The target is a message: an unknown cluster is only found out when the call starts. */
  readonly isMessage: boolean
}

/** What a guest asks for that is no target: Envoy's own client, or something that is refused. */
export type NoTarget = { readonly refused: string } | 'google'

/** Numbers of `retry_policy` in GrpcService and EnvoyGrpc, which the host does not know. */
const SERVICE_RETRIES = 6
const CLUSTER_RETRIES = 3

/** Bytes that happen to be a message are one, as for Envoy, which then aborts for want of a target. */
export function grpcTargetOf(bytes: Buffer): GrpcTarget | NoTarget {
  const service = parse(bytes)
  if (service === null) return nameTarget(byteString(bytes, 0, bytes.length))
  const target = service.targetSpecifier
  if (target.case === undefined) return { refused: `no target in a gRPC service of ${bytes.length} bytes` }
  if (target.case === 'googleGrpc') return 'google'
  if (hasField(service, SERVICE_RETRIES) || hasField(target.value, CLUSTER_RETRIES))
    return { refused: 'a gRPC call with retries' }
  return clusterTarget(target.value, service)
}

function parse(bytes: Buffer): GrpcService | null {
  try {
    return fromBinary(GrpcServiceSchema, bytes)
  } catch {
    return null
  }
}

function hasField(message: Message, number: number): boolean {
  return message.$unknown?.some((field) => field.no === number) ?? false
}

function nameTarget(cluster: string): GrpcTarget {
  return { cluster, authority: cluster, metadata: [], maxMessageBytes: Infinity, isMarkedInternal: true, isMessage: false }
}

function clusterTarget(target: GrpcService_EnvoyGrpc, { initialMetadata }: GrpcService): GrpcTarget {
  const cluster = utf8ByteString(target.clusterName)
  return {
    cluster,
    authority: target.authority === '' ? cluster : utf8ByteString(target.authority),
    metadata: initialMetadata.flatMap(({ key, value }) => [utf8ByteString(key), utf8ByteString(value)]),
    maxMessageBytes: target.maxReceiveMessageLength ?? Infinity,
    isMarkedInternal: !target.skipEnvoyHeaders,
    isMessage: true,
  }
}
