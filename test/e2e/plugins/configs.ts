/** Bootstraps of plugin tests. */

const any = (type: string, fields: object): object => ({ '@type': `type.googleapis.com/${type}`, ...fields })

export interface PluginChoice {
  readonly wasm: string
  /** Of the plugin; also its root_id. */
  readonly name: string
  readonly vmId?: string
  readonly configuration?: string
  /** More fields of PluginConfig. */
  readonly more?: object
}

/** A PluginConfig message. */
export function plugin({ wasm, name, vmId = 'vm', configuration = '', more = {} }: PluginChoice): object {
  return {
    name,
    root_id: name,
    vm_config: { vm_id: vmId, runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: wasm } } },
    configuration: any('google.protobuf.StringValue', { value: configuration }),
    ...more,
  }
}

export interface BootstrapChoices {
  readonly filters?: readonly object[]
  readonly accessLogs?: readonly object[]
  readonly services?: readonly { readonly plugin: object; readonly singleton: boolean }[]
}

/** A listener that answers `hi` to every request, behind the filters. */
export function bootstrapFor({ filters = [], accessLogs = [], services = [] }: BootstrapChoices): (port: number) => object {
  const direct = { status: 200, body: { inline_string: 'hi' } }
  const manager = any('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: 'test',
    route_config: {
      name: 'test',
      virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, direct_response: direct }] }],
    },
    access_log: accessLogs.map((config) => ({
      name: 'envoy.access_loggers.wasm',
      typed_config: any('envoy.extensions.access_loggers.wasm.v3.WasmAccessLog', { config }),
    })),
    http_filters: [
      ...filters.map((config) => ({ name: 'wasm', typed_config: any('envoy.extensions.filters.http.wasm.v3.Wasm', { config }) })),
      { name: 'router', typed_config: any('envoy.extensions.filters.http.router.v3.Router', {}) },
    ],
  })
  return (port) => ({
    bootstrap_extensions: services.map(({ plugin: config, singleton }) => ({
      name: 'envoy.bootstrap.wasm',
      typed_config: any('envoy.extensions.wasm.v3.WasmService', { config, singleton }),
    })),
    static_resources: {
      listeners: [
        {
          name: 'main',
          address: { socket_address: { address: '127.0.0.1', port_value: port } },
          filter_chains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] }],
        },
      ],
    },
  })
}
