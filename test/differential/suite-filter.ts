/** The filters of a chain under comparison. */
import { join } from 'node:path'
import { wasmFilter } from '../e2e/host/setup.ts'

const DIST = join(import.meta.dirname, '../../filters/dist')

/** A filter of the suite with its configuration. `more` are fields of the plugin's configuration. */
export function suiteFilter(name: string, config: object, more: object = {}): object {
  const configuration = { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: JSON.stringify(config) }
  return wasmFilter(join(DIST, `${name}.wasm`), { name, root_id: name, configuration, ...more })
}

/** A filter of Envoy's own: `name` as in `envoy.extensions.filters.http.<name>.v3.<message>`. */
export function nativeFilter(name: string, message: string, config: object): object {
  return { name, typed_config: { '@type': `type.googleapis.com/envoy.extensions.filters.http.${name}.v3.${message}`, ...config } }
}
