/** `/config_dump`: the configuration as it was given, and what became of listeners that came by LDS (`envoy.admin.v3.ConfigDump`). */
import { applyMask } from './field-mask.ts'
import { jsonResponse, regexParameter, textResponse, type AdminResponse, type AdminEndpoint } from './endpoint.ts'
import type { ConfigDump, ConfigResource, DynamicListener, DynamicSecret, JsonObject } from './providers.ts'

const ADMIN = 'type.googleapis.com/envoy.admin.v3.'
const CLUSTER = 'type.googleapis.com/envoy.config.cluster.v3.Cluster'
const LISTENER = 'type.googleapis.com/envoy.config.listener.v3.Listener'
const SECRET = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret'
const ROUTES = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration'

/** A repeated field of a dump message, under the name that `resource` may select. */
interface Section {
  readonly field: string
  /** Message of the whole dump, and of one entry, without package. */
  readonly dump: string
  readonly entry: string
  readonly entries: readonly { readonly name: string; readonly json: object }[]
}

interface DumpMessage {
  readonly '@type': string
}

/** Fields of the dump messages, for masks. */
const DUMP_FIELDS: Readonly<Record<string, readonly string[]>> = {
  BootstrapConfigDump: ['bootstrap', 'last_updated'],
  ClustersConfigDump: ['version_info', 'static_clusters', 'dynamic_active_clusters', 'dynamic_warming_clusters'],
  ListenersConfigDump: ['version_info', 'static_listeners', 'dynamic_listeners'],
  RoutesConfigDump: ['static_route_configs', 'dynamic_route_configs'],
  SecretsConfigDump: ['static_secrets', 'dynamic_active_secrets', 'dynamic_warming_secrets'],
}

/** Those of all entries. */
const ENTRY_FIELDS: readonly string[] = [
  'name',
  'cluster',
  'listener',
  'route_config',
  'secret',
  'active_state',
  'warming_state',
  'draining_state',
  'error_state',
  'client_status',
  'version_info',
  'last_updated',
]

export const CONFIG_DUMP_ENDPOINT: AdminEndpoint = {
  path: '/config_dump',
  isPost: false,
  help: 'dump the configuration',
  parameters: {
    resource:
      'The resource to dump: static_clusters, static_listeners, dynamic_listeners, static_route_configs, ' +
      'static_secrets, dynamic_active_secrets, dynamic_warming_secrets',
    mask: 'Fields that are shown, such as bootstrap.node; with resource, of each of its entries',
    name_regex: 'Only resources whose names match the regular expression',
  },
  handle: async (query, { config }) => {
    const regex = regexParameter(query, 'name_regex')
    if (typeof regex === 'string') return textResponse(`Error while parsing name_regex: ${regex}`, 400)
    const dump = await config.dump()
    const resource = query.get('resource')
    const mask = query.get('mask')
    const sections = sectionsOf(dump).map((section) => ({
      ...section,
      entries: section.entries.filter(({ name }) => regex === null || regex.test(name)),
    }))
    return resource === null ? dumpAll(dump, sections, mask) : dumpResource(resource, sections, mask)
  },
}

/** Without what the mask does not fit. */
function dumpAll(config: ConfigDump, sections: readonly Section[], mask: string | null): AdminResponse {
  const bootstrap = {
    '@type': `${ADMIN}BootstrapConfigDump`,
    bootstrap: config.bootstrap.json,
    last_updated: time(config.bootstrap),
  }
  const configs = [bootstrap, ...messages(sections)]
  if (mask === null) return jsonResponse({ configs })
  const masked = configs.map((message) => applyMask(message, DUMP_FIELDS[message['@type'].slice(ADMIN.length)]!, mask))
  const kept = masked.filter((message) => message !== null)
  if (kept.length > 0) return jsonResponse({ configs: kept })
  return textResponse(`FieldMask ${mask} could not be successfully applied to any configs.`, 400)
}

function dumpResource(resource: string, sections: readonly Section[], mask: string | null): AdminResponse {
  if (resource === 'bootstrap') {
    return textResponse('bootstrap is not a repeated field. Use ?mask=bootstrap to get only this field', 400)
  }
  const section = sections.find(({ field }) => field === resource)
  if (section === undefined) return textResponse(`${resource} not found in config dump`, 404)
  const configs: object[] = []
  for (const { json } of section.entries) {
    const entry = { '@type': `${ADMIN}${section.dump}.${section.entry}`, ...json }
    const masked = mask === null ? entry : applyMask(entry, ENTRY_FIELDS, mask)
    if (masked === null) return textResponse(`FieldMask ${mask} could not be successfully used.`, 400)
    configs.push(masked)
  }
  return jsonResponse(configs.length === 0 ? {} : { configs })
}

function sectionsOf(config: ConfigDump): Section[] {
  const clusters = config.staticClusters.map((resource) => staticEntry('cluster', CLUSTER, resource))
  const listeners = config.staticListeners.map((resource) => staticEntry('listener', LISTENER, resource))
  const routes = config.staticRoutes.map((resource) => staticEntry('route_config', ROUTES, resource))
  return [
    { field: 'static_clusters', dump: 'ClustersConfigDump', entry: 'StaticCluster', entries: clusters },
    { field: 'static_listeners', dump: 'ListenersConfigDump', entry: 'StaticListener', entries: listeners },
    {
      field: 'dynamic_listeners',
      dump: 'ListenersConfigDump',
      entry: 'DynamicListener',
      entries: config.dynamicListeners.map((listener) => ({ name: listener.name, json: dynamicListener(listener) })),
    },
    { field: 'static_route_configs', dump: 'RoutesConfigDump', entry: 'StaticRouteConfig', entries: routes },
    ...secretSections(config),
  ]
}

function secretSections({ staticSecrets, dynamicSecrets }: ConfigDump): Section[] {
  const dump = 'SecretsConfigDump'
  const fixed = staticSecrets.map(({ name, json }) => ({ name, json: { name, secret: typed(SECRET, json) } }))
  const entriesOf = (isActive: boolean): Section['entries'] =>
    dynamicSecrets.filter((one) => one.isActive === isActive).map((one) => ({ name: one.name, json: dynamicSecret(one) }))
  return [
    { field: 'static_secrets', dump, entry: 'StaticSecret', entries: fixed },
    { field: 'dynamic_active_secrets', dump, entry: 'DynamicSecret', entries: entriesOf(true) },
    { field: 'dynamic_warming_secrets', dump, entry: 'DynamicSecret', entries: entriesOf(false) },
  ]
}

function dynamicSecret({ name, json, updatedAt, version: version_info }: DynamicSecret): object {
  return { name, ...version(version_info), last_updated: time({ updatedAt }), secret: typed(SECRET, json) }
}

/** One message per kind of dump; empty fields are left out, as in proto-JSON. */
function messages(sections: readonly Section[]): DumpMessage[] {
  const byType = new Map<string, DumpMessage>()
  for (const { dump: type, field, entries } of sections) {
    const message = byType.get(type) ?? { '@type': ADMIN + type }
    byType.set(type, message)
    if (entries.length > 0) Object.assign(message, { [field]: entries.map(({ json }) => json) })
  }
  return [...byType.values()]
}

function staticEntry(field: string, type: string, resource: ConfigResource): { name: string; json: object } {
  return { name: resource.name, json: { [field]: typed(type, resource.json), last_updated: time(resource) } }
}

function dynamicListener({ name, active, error }: DynamicListener): object {
  return {
    name,
    ...(active === null
      ? {}
      : { active_state: { ...version(active.version), listener: typed(LISTENER, active.json), last_updated: time(active) } }),
    ...(error === null
      ? {}
      : {
          error_state: {
            failed_configuration: typed(LISTENER, error.json),
            last_update_attempt: time(error),
            details: error.details,
            ...version(error.version),
          },
        }),
  }
}

function version(text: string): object {
  return text === '' ? {} : { version_info: text }
}

function typed(type: string, json: JsonObject): object {
  return { '@type': type, ...json }
}

function time({ updatedAt }: Pick<ConfigResource, 'updatedAt'>): string {
  return new Date(updatedAt).toISOString()
}
