/** Route tables. */
import { utf8ByteString } from '../../util/bytes.ts'
import type { ConfigPath } from '../path.ts'
import type { RouteConfiguration } from '../gen/envoy/config/route/v3/route_pb.ts'
import type { Route, VirtualHost } from '../gen/envoy/config/route/v3/route_components_pb.ts'
import type { RouteConfig, RouteTableConfig, VirtualHostConfig } from '../types.ts'
import type { BuildContext } from './context.ts'
import { buildMutations } from './headers.ts'
import { buildMetadata } from './metadata.ts'
import { buildRouteAction } from './route-action.ts'
import { buildRouteMatch } from './route-match.ts'

export function buildRouteTable(table: RouteConfiguration, path: ConfigPath, context: BuildContext): RouteTableConfig {
  return {
    name: utf8ByteString(table.name),
    virtualHosts: table.virtualHosts.map((host, index) => buildHost(host, [...path, 'virtual_hosts', index], context)),
    headers: buildMutations(table, path, context),
  }
}

function buildHost(host: VirtualHost, path: ConfigPath, context: BuildContext): VirtualHostConfig {
  return {
    name: utf8ByteString(host.name),
    domains: host.domains.map((domain) => utf8ByteString(domain.toLowerCase())),
    routes: host.routes.map((route, index) => buildRoute(route, [...path, 'routes', index], context)),
    headers: buildMutations(host, path, context),
    metadata: buildMetadata(host.metadata),
  }
}

function buildRoute(route: Route, path: ConfigPath, context: BuildContext): RouteConfig {
  return {
    name: utf8ByteString(route.name),
    match: buildRouteMatch(route.match),
    action: buildRouteAction(route.action, path, context),
    headers: buildMutations(route, path, context),
    metadata: buildMetadata(route.metadata),
  }
}
