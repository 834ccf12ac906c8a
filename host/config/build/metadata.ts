/** Free data of a message: kept whole, and as JSON for reading single members. */
import { toBinary, toJson } from '@bufbuild/protobuf'
import { MetadataSchema, NodeSchema } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { Metadata, Node } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { MetadataConfig, NodeConfig } from '../types.ts'

/** Members have the names of the .proto files: `filter_metadata`. */
const JSON_OPTIONS = { useProtoFieldName: true }
const NO_METADATA: MetadataConfig = { message: new Uint8Array(0), json: {} }

export function buildMetadata(metadata: Metadata | undefined): MetadataConfig {
  if (metadata === undefined) return NO_METADATA
  return { message: toBinary(MetadataSchema, metadata), json: toJson(MetadataSchema, metadata, JSON_OPTIONS) }
}

export function buildNode(node: Node | undefined): NodeConfig {
  if (node === undefined) return { id: '', cluster: '', message: new Uint8Array(0), json: {} }
  return { id: node.id, cluster: node.cluster, message: toBinary(NodeSchema, node), json: toJson(NodeSchema, node, JSON_OPTIONS) }
}
