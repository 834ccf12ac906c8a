/** Free data of a message: kept whole, and as JSON for reading single members. */
import { toBinary, toJson } from '@bufbuild/protobuf'
import { utf8ByteString } from '../../util/bytes.ts'
import { MetadataSchema, NodeSchema } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { Locality, Metadata, Node } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { MetadataConfig, NodeConfig } from '../types.ts'

/** Members have the names of the .proto files: `filter_metadata`. */
const JSON_OPTIONS = { useProtoFieldName: true }
const NO_METADATA: MetadataConfig = { message: new Uint8Array(0), json: {} }

export function buildMetadata(metadata: Metadata | undefined): MetadataConfig {
  if (metadata === undefined) return NO_METADATA
  return { message: toBinary(MetadataSchema, metadata), json: toJson(MetadataSchema, metadata, JSON_OPTIONS) }
}

export function buildNode(node: Node | undefined, localCluster: string): NodeConfig {
  const own = { localCluster: utf8ByteString(localCluster), locality: buildLocality(node?.locality) }
  if (node === undefined) return { ...own, id: '', cluster: '', message: new Uint8Array(0), json: {} }
  const { id, cluster } = node
  return { ...own, id, cluster, message: toBinary(NodeSchema, node), json: toJson(NodeSchema, node, JSON_OPTIONS) }
}

function buildLocality(locality: Locality | undefined): NodeConfig['locality'] {
  if (locality === undefined) return null
  const { region, zone, subZone } = locality
  return { region: utf8ByteString(region), zone: utf8ByteString(zone), subZone: utf8ByteString(subZone) }
}
