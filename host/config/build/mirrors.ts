/** Where copies of requests go. */
import { utf8ByteString } from '../../util/bytes.ts'
import type { RouteAction_RequestMirrorPolicy as MirrorPolicy } from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type { MirrorConfig } from '../types.ts'
import { buildHeaderName } from './headers.ts'
import { buildFraction } from './route-match.ts'

export function buildMirrors(policies: readonly MirrorPolicy[]): MirrorConfig[] {
  return policies.map(({ cluster, clusterHeader, runtimeFraction, hostRewriteLiteral, disableShadowHostSuffixAppend }) => ({
    cluster:
      cluster === ''
        ? { kind: 'header', header: buildHeaderName(clusterHeader) }
        : { kind: 'name', name: utf8ByteString(cluster) },
    fraction: buildFraction(runtimeFraction),
    host: utf8ByteString(hostRewriteLiteral),
    marksHost: !disableShadowHostSuffixAppend,
  }))
}
