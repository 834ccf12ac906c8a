/** Route tables, virtual hosts, routes, and changes of headers. See ../types.ts. */
import type { MetadataConfig } from './bootstrap.ts'
import type { MirrorConfig, RetryConfig, RouteAction } from './route-action.ts'
import type { RouteMatchConfig } from './route-match.ts'

/** `RouteConfiguration`. */
export interface RouteTableConfig {
  readonly name: string
  readonly ignoresPort: boolean
  /** Paths are compared up to their first semicolon. */
  readonly ignoresPathParameters: boolean
  /** Header that names the virtual host instead of :authority; '' = none. */
  readonly hostHeader: string
  /** Header changes of routes come last and win, instead of those of the table. */
  readonly mostSpecificWins: boolean
  readonly filters: FilterSwitches
  readonly virtualHosts: readonly VirtualHostConfig[]
  /** Of virtual hosts that do not say it themselves. */
  readonly mirrors: readonly MirrorConfig[]
  readonly headers: HeaderMutations
}

export interface VirtualHostConfig {
  readonly name: string
  /** Lower-case; exact, `*.suffix`, `prefix.*` or `*`. */
  readonly domains: readonly string[]
  readonly routes: readonly RouteConfig[]
  readonly headers: HeaderMutations
  readonly metadata: MetadataConfig
  readonly requireTls: 'NONE' | 'EXTERNAL_ONLY' | 'ALL'
  /** The number of the attempt goes to the upstream; comes with the answer. */
  readonly filters: FilterSwitches
  readonly countsInRequest: boolean
  readonly countsInResponse: boolean
  readonly tellsTimeoutRetry: boolean
  /** The following are of routes that do not say it themselves. */
  readonly retry: RetryConfig | null
  readonly hedges: boolean
  readonly mirrors: readonly MirrorConfig[]
  /** Most bytes of a request that are kept to send it again; null = the buffer limit of its connection. */
  readonly keepLimit: number | null
}

export interface RouteConfig {
  readonly name: string
  readonly match: RouteMatchConfig
  readonly action: RouteAction
  readonly keepLimit: number | null
  readonly headers: HeaderMutations
  readonly metadata: MetadataConfig
  readonly filters: FilterSwitches
}

/** Filters of the chain by name: true runs, false does not; of those that are not named others say it. */
export type FilterSwitches = ReadonlyMap<string, boolean>

/** Header changes of a route, virtual host or route table. Values may hold access-log operators (`%…%`). */
export interface HeaderMutations {
  readonly requestAdd: readonly HeaderAddition[]
  readonly requestRemove: readonly string[]
  readonly responseAdd: readonly HeaderAddition[]
  readonly responseRemove: readonly string[]
}

export interface HeaderAddition {
  readonly name: string
  readonly value: string
  readonly action: 'APPEND_IF_EXISTS_OR_ADD' | 'ADD_IF_ABSENT' | 'OVERWRITE_IF_EXISTS_OR_ADD' | 'OVERWRITE_IF_EXISTS'
  /** A value that comes out empty is set, too. */
  readonly keepsEmpty: boolean
}
