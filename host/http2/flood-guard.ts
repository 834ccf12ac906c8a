/**
 * Counts what a peer makes us do against what is useful (hot). Each limit answers an attack that costs the peer less than
 * us: empty frames, PRIORITY and WINDOW_UPDATE without need, answers that it does not read (Envoy's limits), and any
 * mixture of frames that carry nothing, for which Envoy has no limit as long as its answers are read.
 */
import type { Http2Config } from '../config/types.ts'
import type { Http2Statistics } from './statistics.ts'

/** Idle frames that every connection may send, and more for each useful one and for each 100 ms. */
const IDLE_FRAMES = 2000
const IDLE_PER_USEFUL = 4
const IDLE_INTERVAL_MILLIS = 100
/** Envoy's allowance of WINDOW_UPDATE frames beside the configured one. */
const FREE_WINDOW_UPDATES = 5

/** What kind of flood it is, in the words of Envoy's details. */
export type Flood = string

export class FloodGuard {
  readonly config: Http2Config
  readonly statistics: Http2Statistics
  /** Monotonic milliseconds at which the connection began. */
  readonly openedAt: number
  emptyFrames = 0
  priorityFrames = 0
  windowUpdates = 0
  openedStreams = 0
  dataFramesSent = 0
  idleFrames = 0
  usefulFrames = 0

  constructor(config: Http2Config, statistics: Http2Statistics, openedAt: number) {
    this.config = config
    this.statistics = statistics
    this.openedAt = openedAt
  }

  /** A frame of a message came: without payload it counts until one has some. Null = within the limits. */
  onMessageFrame(isEmpty: boolean): Flood | null {
    if (!isEmpty) {
      this.emptyFrames = 0
      return null
    }
    if (++this.emptyFrames <= this.config.maxConsecutiveEmptyFrames) return null
    this.statistics.emptyFramesFlood.add(1)
    return 'http2.inbound_empty_frames_flood'
  }

  onPriority(): Flood | null {
    if (++this.priorityFrames <= this.config.maxPriorityFramesPerStream * (1 + this.openedStreams)) return null
    this.statistics.priorityFramesFlood.add(1)
    return 'codec_error:Too_many_PRIORITY_frames'
  }

  onWindowUpdate(): Flood | null {
    const perData = this.config.maxWindowUpdatesPerDataFrame
    const allowed = FREE_WINDOW_UPDATES + 2 * (this.openedStreams + perData * this.dataFramesSent)
    if (++this.windowUpdates <= allowed) return null
    this.statistics.windowUpdateFramesFlood.add(1)
    return 'codec_error:Too_many_WINDOW_UPDATE_frames'
  }

  /** A frame came that carries nothing for anybody; `now` in monotonic milliseconds. */
  onIdleFrame(now: number): Flood | null {
    const allowed = IDLE_FRAMES + IDLE_PER_USEFUL * this.usefulFrames
    if (++this.idleFrames <= allowed) return null
    if (this.idleFrames <= allowed + (now - this.openedAt) / IDLE_INTERVAL_MILLIS) return null
    return 'codec_error:Too_many_control_frames'
  }

  /** Frames wait that the peer does not read: `frames` in all, `controlFrames` of them answers to its own. */
  onOutbound(frames: number, controlFrames: number): Flood | null {
    if (controlFrames > this.config.maxOutboundControlFrames) {
      this.statistics.outboundControlFlood.add(1)
      return 'codec_error:Too_many_control_frames_in_the_outbound_queue.'
    }
    if (frames <= this.config.maxOutboundFrames) return null
    this.statistics.outboundFlood.add(1)
    return 'codec_error:Too_many_frames_in_the_outbound_queue.'
  }
}
