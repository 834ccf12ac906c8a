// Where the modules and schemas of this package are, for tools that load them from Node.
import { fileURLToPath } from 'node:url'

/** Names of the filters; each has a module, a schema, an example and a page. */
export const FILTERS = [
  'api-key-auth',
  'auth-any',
  'basic-auth',
  'ext-authz',
  'fault',
  'header-routing',
  'hmac-auth',
  'ip-restriction',
  'jwt-authn',
  'mtls-identity',
  'oidc',
  'ratelimit',
  'rbac',
  'stats',
  'token-introspection',
]

/** Path of a filter's module. */
export function modulePath(name) {
  return fileURLToPath(new URL(`dist/${name}.wasm`, import.meta.url))
}

/** Path of the JSON schema of a filter's configuration. */
export function schemaPath(name) {
  return fileURLToPath(new URL(`${name}/schema.json`, import.meta.url))
}
