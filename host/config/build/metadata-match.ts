/** What the metadata of endpoints must be, in a form that is cheap to look up (source/common/router/metadatamatchcriteria_impl.cc). */
import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import type { Metadata } from '../gen/envoy/config/core/v3/base_pb.ts'
import type { MetadataMatchConfig } from '../types.ts'
import { keysId, metadataPairs, pairsId } from '../../route/metadata-pairs.ts'

/** The reader of what load balancers go by. */
export const LB_METADATA = 'envoy.lb'
/** Under this key stand alternatives, for clusters that ask for them. */
const ALTERNATIVES = 'fallback_list'

/** `outer` is what a route says around a weighted cluster; its members are replaced. Null = nothing is said. */
export function buildMetadataMatch(metadata: Metadata | undefined, outer?: Metadata): MetadataMatchConfig | null {
  const [own, around] = [metadata?.filterMetadata[LB_METADATA], outer?.filterMetadata[LB_METADATA]]
  if (own === undefined && around === undefined) return null
  const { [ALTERNATIVES]: list, ...rest } = { ...around, ...own }
  if (!Array.isArray(list)) return matchOf(list === undefined ? rest : { ...rest, [ALTERNATIVES]: list }, null)
  const alternatives = list.filter(isObject).map((one) => matchOf({ ...rest, ...one }, null))
  return matchOf({ ...rest, [ALTERNATIVES]: list }, alternatives.length === 0 ? [matchOf(rest, null)] : alternatives)
}

function matchOf(values: JsonObject, alternatives: MetadataMatchConfig['alternatives']): MetadataMatchConfig {
  const pairs = metadataPairs(values)
  return { pairs, id: pairsId(pairs), keysId: keysId(pairs.map(({ key }) => key)), alternatives }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
