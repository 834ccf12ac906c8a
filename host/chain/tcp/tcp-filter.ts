/** What the chain of a connection needs of a plugin and of its contexts. Results are those of `TcpAction`. */
import type { PeerType } from '../../abi/enums.ts'
import type { TcpHost } from '../../plugin/stream-host.ts'

/** One filter's part in one connection: `TcpContext` of host/plugin. */
export interface TcpFilterContext {
  onNewConnection(): number
  onDownstreamData(size: number, endOfStream: boolean): number
  onUpstreamData(size: number, endOfStream: boolean): number
  /** Follows the end of the upstream's bytes, whatever was answered to it. */
  onUpstreamClose(): void
  /** The end of life, in this order, each once. */
  onDownstreamClose(peer: PeerType): void
  onDone(): void
  onLog(): void
  onDelete(): void
}

/** One filter of the chain: `Plugin` of host/plugin. */
export interface TcpFilterFactory {
  /** 'bypass': the filter is absent for this connection; 'fail': the connection is closed. */
  openConnection(host: TcpHost): TcpFilterContext | 'bypass' | 'fail'
}
