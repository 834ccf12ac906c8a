/** What happens to a request that a route takes. See ../types.ts. */
import type { LinearRegex, Substitution } from '../../util/linear-regex.ts'
import type { BodyFormatConfig } from './access-log.ts'
import type { MetadataMatchConfig } from './cluster.ts'
import type { HeaderMatcherConfig } from './route-match.ts'
import type { HeaderMutations } from './route-table.ts'

/** `RetryPolicy`. */
export interface RetryConfig {
  readonly on: ReadonlySet<RetryReason>
  readonly retries: number
  /** 0 = none. */
  readonly perTryTimeout: number
  /** 0 = none. */
  readonly perTryIdleTimeout: number
  readonly avoidsTriedEndpoints: boolean
  /** How often another endpoint is chosen. */
  readonly repicks: number
  readonly statusCodes: ReadonlySet<number>
  readonly baseInterval: number
  readonly maxInterval: number
  /** Headers of an answer that say when to try again. */
  readonly resetHeaders: readonly ResetHeaderConfig[]
  /** Longer times that they name do not count. */
  readonly maxResetInterval: number
  readonly responseHeaders: readonly HeaderMatcherConfig[]
  readonly requestHeaders: readonly HeaderMatcherConfig[]
}

/** A header that tells seconds from now, or since 1970. */
export interface ResetHeaderConfig {
  readonly name: string
  readonly isTimestamp: boolean
}

/** What `retry_on` and `x-envoy-retry-on` name, and those of gRPC. */
export type RetryReason =
  | '5xx'
  | 'gateway-error'
  | 'reset'
  | 'reset-before-request'
  | 'connect-failure'
  | 'envoy-ratelimited'
  | 'retriable-4xx'
  | 'refused-stream'
  | 'retriable-status-codes'
  | 'retriable-headers'
  | 'cancelled'
  | 'deadline-exceeded'
  | 'internal'
  | 'resource-exhausted'
  | 'unavailable'

export type RouteAction =
  | {
      readonly kind: 'cluster'
      readonly cluster: ClusterTarget | WeightedClusters
      /** Null = endpoints of any metadata. */
      readonly metadataMatch: MetadataMatchConfig | null
      /** Whole answer; default 15 s, 0 = none. */
      readonly timeout: number
      /** Null = the connection manager's stream idle timeout. */
      readonly idleTimeout: number | null
      /** Null = keep. */
      readonly pathRewrite: PathRewriteConfig | null
      readonly hostRewrite: HostRewriteConfig | null
      /** The host that a rewrite replaces goes to x-forwarded-host. */
      readonly appendsForwardedHost: boolean
      /** Null = failed requests are not tried again, unless they ask for it. */
      readonly retry: RetryConfig | null
      /** An attempt that takes long goes on beside the next one; null = as its virtual host says. */
      readonly hedges: boolean | null
      /** Its requests are those of the priority HIGH. */
      readonly isHighPriority: boolean
      /** Status of the answer where there is no such cluster. */
      readonly notFoundStatus: number
      /** Life of the stream; null = the connection manager's. */
      readonly duration: DurationConfig | null
      /** Where copies of its requests go; empty = as its virtual host says. */
      readonly mirrors: readonly MirrorConfig[]
      /** Null = redirects go to the client. */
      readonly redirects: RedirectPolicyConfig | null
      /** What load balancers by hash go by. */
      readonly hashPolicies: readonly HashPolicyConfig[]
      /** Null = the connection manager's set. */
      readonly upgrades: ReadonlyMap<string, boolean>
    }
  | {
      readonly kind: 'direct_response'
      readonly status: number
      readonly body: Uint8Array
      /** Null = the body as it is. */
      readonly format: BodyFormatConfig | null
    }
  | {
      readonly kind: 'redirect'
      readonly status: number
      readonly scheme: string
      readonly host: string
      readonly port: number
      /** A new scheme leaves the port of the host as it is. */
      readonly keepsPort: boolean
      /** Null = keep. */
      readonly path: PathRewriteConfig | null
      readonly stripQuery: boolean
    }

/** `InternalRedirectPolicy`. */
export interface RedirectPolicyConfig {
  /** Most redirects for one request. */
  readonly max: number
  readonly statusCodes: ReadonlySet<number>
  readonly predicates: readonly RedirectPredicate[]
  readonly crossesSchemes: boolean
  /** Headers of the answer that replace those of the request. */
  readonly copiedHeaders: readonly string[]
}

/** What must hold for a redirect to be followed. */
export type RedirectPredicate =
  /** No redirect has led from the route to that one before. */
  | { readonly kind: 'previous_routes' }
  /** It leads to one of these routes. */
  | { readonly kind: 'allow_listed_routes'; readonly names: ReadonlySet<string> }
  /** It does not lead from http to https. */
  | { readonly kind: 'safe_cross_scheme' }

/** `RequestMirrorPolicy`. */
export interface MirrorConfig {
  readonly cluster: ClusterTarget
  /** Share of the requests, from 0 to 1. */
  readonly fraction: number
  /** Host of the copy; '' = that of the request. */
  readonly host: string
  /** The host says that it is a copy. */
  readonly marksHost: boolean
}

/** A part of a request that is hashed. */
export type HashPolicyConfig = { readonly isTerminal: boolean } & (
  | {
      readonly kind: 'header'
      readonly name: string
      readonly rewrite: { readonly regex: LinearRegex; readonly substitution: Substitution } | null
    }
  /** A cookie; made where it is missing unless `ttl` (seconds, 0 = of the session) is null. Attributes begin with `; `. */
  | {
      readonly kind: 'cookie'
      readonly name: string
      readonly ttl: number | null
      readonly path: string
      readonly attributes: string
    }
  | { readonly kind: 'source_ip' }
  | { readonly kind: 'query'; readonly name: string }
)

/** How long streams of a route may live, milliseconds. */
export interface DurationConfig {
  /** 0 = no limit, null = the connection manager's. */
  readonly max: number | null
  /** Most of what the client of a gRPC call may ask for, 0 = no limit; null = what it asks for has no effect. */
  readonly grpcMax: number | null
  /** Taken away from what it asks for. */
  readonly grpcOffset: number
}

/** What replaces a path or a part of it; the query stays. */
export type PathRewriteConfig =
  /** The part that the route has matched. */
  | { readonly kind: 'prefix'; readonly value: string }
  /** Every match in the path. */
  | { readonly kind: 'regex'; readonly regex: LinearRegex; readonly substitution: Substitution }
  /** The whole path; the variables are those of the route's template. */
  | { readonly kind: 'template'; readonly parts: readonly UriRewritePart[] }
  /** The whole path; one that brings its own query replaces that too. */
  | { readonly kind: 'whole'; readonly value: string }
  /** The whole path, in a format with operators. */
  | { readonly kind: 'format'; readonly format: string }

export type UriRewritePart = { readonly text: string } | { readonly variable: string }

export type HostRewriteConfig =
  | { readonly kind: 'literal'; readonly value: string }
  /** In a format with operators. */
  | { readonly kind: 'format'; readonly format: string }
  /** The value of a header of the request, if there is one. */
  | { readonly kind: 'header'; readonly name: string }
  /** What is left of the path. */
  | { readonly kind: 'path_regex'; readonly regex: LinearRegex; readonly substitution: Substitution }
  /** The name of the chosen endpoint, if it has one. */
  | { readonly kind: 'endpoint' }

/** A cluster by its name, or by the header of the request that holds the name. */
export type ClusterTarget =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'header'; readonly header: string }

/** Clusters that share the requests of a route. */
export interface WeightedClusters {
  readonly kind: 'weighted'
  readonly clusters: readonly WeightedClusterConfig[]
  /** Sum of all weights. */
  readonly total: number
  /** Header whose number decides, where there is one, instead of chance; null = always chance. */
  readonly valueHeader: string | null
}

export interface WeightedClusterConfig {
  readonly cluster: ClusterTarget
  readonly weight: number
  readonly headers: HeaderMutations
  /** That of the route in it. */
  readonly metadataMatch: MetadataMatchConfig | null
  /** Null = that of the route. */
  readonly hostRewrite: string | null
}
