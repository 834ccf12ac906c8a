/** `Http2ProtocolOptions` with Envoy's defaults (source/common/http/http2/codec_impl.cc, utility.cc). */
import type { Duration } from '@bufbuild/protobuf/wkt'
import { toMilliseconds } from '../duration.ts'
import type { Http2ProtocolOptions, KeepaliveSettings } from '../gen/envoy/config/core/v3/protocol_pb.ts'
import type { Http2Config, Http2KeepaliveConfig } from '../types.ts'

const MEBIBYTE = 1024 * 1024
const DEFAULT_JITTER = 15

/** Checked options, or none. */
export function buildHttp2(options: Http2ProtocolOptions | undefined): Http2Config {
  return {
    hpackTableBytes: options?.hpackTableSize ?? 4096,
    allowsConnect: options?.allowConnect ?? false,
    maxConcurrentStreams: options?.maxConcurrentStreams ?? 1024,
    initialStreamWindow: options?.initialStreamWindowSize ?? 16 * MEBIBYTE,
    initialConnectionWindow: options?.initialConnectionWindowSize ?? 24 * MEBIBYTE,
    maxOutboundFrames: options?.maxOutboundFrames ?? 10_000,
    maxOutboundControlFrames: options?.maxOutboundControlFrames ?? 1000,
    maxConsecutiveEmptyFrames: options?.maxConsecutiveInboundFramesWithEmptyPayload ?? 1,
    maxPriorityFramesPerStream: options?.maxInboundPriorityFramesPerStream ?? 100,
    maxWindowUpdatesPerDataFrame: options?.maxInboundWindowUpdateFramesPerDataFrameSent ?? 10,
    resetsMalformedStreams: options?.overrideStreamErrorOnInvalidHttpMessage ?? false,
    keepalive: buildKeepalive(options?.connectionKeepalive),
  }
}

function buildKeepalive(settings: KeepaliveSettings | undefined): Http2KeepaliveConfig | null {
  if (settings === undefined) return null
  return {
    interval: milliseconds(settings.interval),
    timeout: milliseconds(settings.timeout),
    jitterPercent: settings.intervalJitter?.value ?? DEFAULT_JITTER,
    idleInterval: milliseconds(settings.connectionIdleInterval),
  }
}

function milliseconds(duration: Duration | undefined): number {
  return duration === undefined ? 0 : toMilliseconds(duration)
}
