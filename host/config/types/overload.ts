/** What is done under load. See ../types.ts. */

/** `OverloadManager`; without monitors there is nothing to do. */
export interface OverloadConfig {
  readonly refreshInterval: number
  readonly monitors: readonly OverloadMonitorConfig[]
  readonly actions: readonly OverloadActionConfig[]
}

export type OverloadMonitorConfig =
  | { readonly name: string; readonly kind: 'fixed_heap'; readonly maxBytes: number }
  | { readonly name: string; readonly kind: 'downstream_connections'; readonly most: number }
  | { readonly name: string; readonly kind: 'injected_resource'; readonly file: string }

export interface OverloadActionConfig {
  readonly name:
    | 'envoy.overload_actions.stop_accepting_requests'
    | 'envoy.overload_actions.disable_http_keepalive'
    | 'envoy.overload_actions.reject_incoming_connections'
  /** On from one pressure of a monitor on. */
  readonly triggers: readonly { readonly monitor: string; readonly from: number }[]
}
