/** Envoy's own messages of a filter (envoy/extensions/filters/http/wasm/v3/wasm.proto), which several surfaces hold. */
import type { EnvVariable, Failure, FilterDeployment, ModuleSource } from './deployment.ts'
import { given, hexOf } from './surface.ts'

export const WASM_TYPE = 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm'
const STRING_TYPE = 'type.googleapis.com/google.protobuf.StringValue'
const RUNTIME = 'envoy.wasm.runtime.v8'
const FETCH_TIMEOUT = '30s'

const FAILURE_POLICY: Readonly<Record<Failure, string>> = { closed: 'FAIL_CLOSED', open: 'FAIL_OPEN', reload: 'FAIL_RELOAD' }

/** The filter's `typed_config`; `cluster` fetches remote code. */
export function wasmMessage(deployment: FilterDeployment, cluster: string): object {
  const { name, rootId, config, failure, vmId = name, env } = deployment
  return {
    '@type': WASM_TYPE,
    config: {
      name,
      root_id: rootId,
      ...given('failure_policy', failure && FAILURE_POLICY[failure]),
      ...given('configuration', stringValue(config)),
      vm_config: {
        vm_id: vmId,
        runtime: RUNTIME,
        code: codeOf(deployment.module, cluster),
        ...given('environment_variables', env && environment(env)),
      },
    },
  }
}

/** A text value reaches the filter as it is, with no quotes added and no base64 to undo. */
export function stringValue(config: unknown): object | undefined {
  return config === undefined ? undefined : { '@type': STRING_TYPE, value: configText(config) }
}

export function configText(config: unknown): string {
  return typeof config === 'string' ? config : JSON.stringify(config)
}

function codeOf(source: ModuleSource, cluster: string): object {
  if (source.kind === 'file') return { local: { filename: source.path } }
  const uri = source.kind === 'http' ? source.url : `oci://${source.reference}`
  const sha256 = source.kind === 'http' ? source.sha256 : hexOf(source.digest ?? '')
  return { remote: { http_uri: { uri, cluster, timeout: FETCH_TIMEOUT }, sha256 } }
}

function environment(variables: readonly EnvVariable[]): object {
  const inline = variables.filter(({ value }) => value !== null)
  const hosts = variables.filter(({ value }) => value === null).map(({ name }) => name)
  return {
    ...given('host_env_keys', hosts.length > 0 ? hosts : undefined),
    ...given('key_values', inline.length > 0 ? Object.fromEntries(inline.map(({ name, value }) => [name, value])) : undefined),
  }
}
