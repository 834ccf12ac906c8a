/** SETTINGS (RFC 9113, 6.5): what the peer has said, and what we say. */
import type { Http2Config } from '../config/types.ts'
import {
  DEFAULT_WINDOW,
  Http2Error,
  FrameType,
  MAX_FRAME_SIZE,
  MAX_WINDOW,
  Setting,
  readU32,
  writeFrameHead,
  putU32,
} from './frames.ts'

const ENTRY_BYTES = 6
const MAX_MAX_FRAME_SIZE = 16777215

/** The peer's settings; those that we do not use are only checked. */
export class PeerSettings {
  initialWindow = DEFAULT_WINDOW
  /** Streams that we may have open. */
  maxConcurrentStreams = Infinity
  enablesPush = false
  /** Size of the peer's table for our fields; -1 = not named since it was taken. */
  tableBytes = -1

  /** Reads the payload of a frame, whole entries; returns the error that it is, or none. */
  read(bytes: Buffer, start: number, end: number): Http2Error {
    for (let at = start; at < end; at += ENTRY_BYTES) {
      const error = this.#set((bytes[at]! << 8) | bytes[at + 1]!, readU32(bytes, at + 2))
      if (error !== Http2Error.NoError) return error
    }
    return Http2Error.NoError
  }

  #set(setting: number, value: number): Http2Error {
    switch (setting) {
      case Setting.HeaderTableSize:
        // Of several sizes the smallest counts as well as the last; one entry cannot tell both, so it is the smaller.
        this.tableBytes = this.tableBytes < 0 ? value : Math.min(this.tableBytes, value)
        break
      case Setting.EnablePush:
        this.enablesPush = value === 1
        if (value > 1) return Http2Error.ProtocolError
        break
      case Setting.EnableConnectProtocol:
        if (value > 1) return Http2Error.ProtocolError
        break
      case Setting.MaxConcurrentStreams:
        this.maxConcurrentStreams = value
        break
      case Setting.InitialWindowSize:
        if (value > MAX_WINDOW) return Http2Error.FlowControlError
        this.initialWindow = value
        break
      case Setting.MaxFrameSize:
        if (value < MAX_FRAME_SIZE || value > MAX_MAX_FRAME_SIZE) return Http2Error.ProtocolError
    }
    return Http2Error.NoError
  }
}

/** Writes our frame at `at`; returns where the next one goes. */
export function writeSettings(out: Buffer, at: number, config: Http2Config, isServer: boolean): number {
  const entries: readonly (readonly [number, number])[] = [
    [Setting.HeaderTableSize, config.hpackTableBytes],
    isServer ? [Setting.EnableConnectProtocol, config.allowsConnect ? 1 : 0] : [Setting.EnablePush, 0],
    [Setting.MaxConcurrentStreams, config.maxConcurrentStreams],
    [Setting.InitialWindowSize, config.initialStreamWindow],
  ]
  at = writeFrameHead(out, at, entries.length * ENTRY_BYTES, FrameType.Settings, 0, 0)
  for (const [setting, value] of entries) {
    out[at] = setting >>> 8
    out[at + 1] = setting
    at = putU32(out, at + 2, value)
  }
  return at
}
