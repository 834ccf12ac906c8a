export type FilterName = 'api-key-auth' | 'auth-any' | 'basic-auth' | 'ext-authz' | 'fault' | 'header-routing' | 'hmac-auth' | 'ip-restriction' | 'jwt-authn' | 'mtls-identity' | 'oidc' | 'ratelimit' | 'rbac' | 'stats' | 'token-introspection'

/** Names of the filters; each has a module, a schema, an example and a page. */
export const FILTERS: readonly FilterName[]

/** Path of a filter's module. */
export function modulePath(name: FilterName): string

/** Path of the JSON schema of a filter's configuration. */
export function schemaPath(name: FilterName): string
