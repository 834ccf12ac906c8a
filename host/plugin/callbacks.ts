/** The exports of a running module that the host calls; null for one that is missing or not allowed. */
import { isWithin, type AbiVersion } from '../abi/version.ts'
import type { GuestFunction, Instance } from '../vm/engine.ts'

export class Callbacks {
  readonly contextCreate: GuestFunction | null
  readonly vmStart: GuestFunction | null
  readonly configure: GuestFunction | null
  readonly done: GuestFunction | null
  readonly log: GuestFunction | null
  readonly delete: GuestFunction | null
  readonly tick: GuestFunction | null
  readonly queueReady: GuestFunction | null
  readonly requestHeaders: GuestFunction | null
  readonly requestBody: GuestFunction | null
  readonly requestTrailers: GuestFunction | null
  readonly responseHeaders: GuestFunction | null
  readonly responseBody: GuestFunction | null
  readonly responseTrailers: GuestFunction | null
  readonly newConnection: GuestFunction | null
  readonly downstreamData: GuestFunction | null
  readonly upstreamData: GuestFunction | null
  readonly downstreamClose: GuestFunction | null
  readonly upstreamClose: GuestFunction | null
  readonly httpCallResponse: GuestFunction | null
  /** Envoy's own: no capability. */
  readonly resolveDns: GuestFunction | null
  readonly grpcInitialMetadata: GuestFunction | null
  readonly grpcReceive: GuestFunction | null
  readonly grpcTrailingMetadata: GuestFunction | null
  readonly grpcClose: GuestFunction | null
  /** ABI 0.1.0 takes no `end_of_stream` with headers. */
  readonly headersTakeEnd: boolean

  constructor(instance: Instance, version: AbiVersion, allowed: ReadonlySet<string> | null) {
    const find = (name: string): GuestFunction | null => (allowed === null || allowed.has(name) ? instance.func(name) : null)
    this.contextCreate = find('proxy_on_context_create')
    this.vmStart = find('proxy_on_vm_start')
    this.configure = find('proxy_on_configure')
    this.done = find('proxy_on_done')
    this.log = find('proxy_on_log')
    this.delete = find('proxy_on_delete')
    this.tick = find('proxy_on_tick')
    this.queueReady = find('proxy_on_queue_ready')
    this.requestHeaders = find('proxy_on_request_headers')
    this.requestBody = find('proxy_on_request_body')
    this.requestTrailers = find('proxy_on_request_trailers')
    this.responseHeaders = find('proxy_on_response_headers')
    this.responseBody = find('proxy_on_response_body')
    this.responseTrailers = find('proxy_on_response_trailers')
    this.newConnection = find('proxy_on_new_connection')
    this.downstreamData = find('proxy_on_downstream_data')
    this.upstreamData = find('proxy_on_upstream_data')
    this.downstreamClose = find('proxy_on_downstream_connection_close')
    this.upstreamClose = find('proxy_on_upstream_connection_close')
    this.httpCallResponse = find('proxy_on_http_call_response')
    this.resolveDns = instance.func('envoy_on_resolve_dns')
    this.grpcInitialMetadata = find('proxy_on_grpc_receive_initial_metadata')
    this.grpcReceive = find('proxy_on_grpc_receive')
    this.grpcTrailingMetadata = find('proxy_on_grpc_receive_trailing_metadata')
    this.grpcClose = find('proxy_on_grpc_close')
    this.headersTakeEnd = isWithin(version, '0.2.0', null)
  }
}
