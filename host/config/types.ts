/**
 * The configuration as the data plane uses it: plain, immutable, complete (defaults filled in, text turned into
 * byte strings, names lower-cased). Made only by `config/build`; code below never checks or defaults again.
 * Durations are milliseconds; 0 means "none" where Envoy says so.
 */
export type * from './types/access-log.ts'
export type * from './types/bootstrap.ts'
export type * from './types/cluster.ts'
export type * from './types/connection-manager.ts'
export type * from './types/health-check.ts'
export type * from './types/listener.ts'
export type * from './types/overload.ts'
export type * from './types/plugin.ts'
export type * from './types/route-action.ts'
export type * from './types/route-match.ts'
export type * from './types/route-table.ts'
export type * from './types/tls.ts'
