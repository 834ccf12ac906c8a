/** Statistics of a TCP proxy under `tcp.<stat_prefix>.` (source/common/tcp_proxy/tcp_proxy.h, ALL_TCP_PROXY_STATS). */
import type { StatisticsSource } from '../http-statistics.ts'

type Counter = ReturnType<StatisticsSource['counter']>

export class TcpStatistics {
  readonly connections: Counter
  readonly noRoute: Counter
  readonly receivedBytes: Counter
  readonly sentBytes: Counter
  readonly pausedReading: Counter
  readonly resumedReading: Counter
  readonly idleTimeouts: Counter
  readonly durationTimeouts: Counter

  constructor(source: StatisticsSource, statPrefix: string) {
    const prefix = `tcp.${statPrefix}.`
    this.connections = source.counter(`${prefix}downstream_cx_total`)
    this.noRoute = source.counter(`${prefix}downstream_cx_no_route`)
    this.receivedBytes = source.counter(`${prefix}downstream_cx_rx_bytes_total`)
    this.sentBytes = source.counter(`${prefix}downstream_cx_tx_bytes_total`)
    this.pausedReading = source.counter(`${prefix}downstream_flow_control_paused_reading_total`)
    this.resumedReading = source.counter(`${prefix}downstream_flow_control_resumed_reading_total`)
    this.idleTimeouts = source.counter(`${prefix}idle_timeout`)
    this.durationTimeouts = source.counter(`${prefix}max_downstream_connection_duration`)
  }
}
