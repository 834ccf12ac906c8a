import { MetricType, Status } from "../abi/enums";
import { proxy_done, proxy_set_tick_period_milliseconds } from "../abi/imports";
import { Bytes } from "../bytes/bytes";
import { Counter, Gauge, Histogram, defineMetric } from "../hostcalls/metrics";
import { dequeue, registerQueue } from "../hostcalls/shared-queue";
import { activate } from "./callback";
import { IS_BUNDLE, composition } from "./composition";
import { Context } from "./context";
import { HttpContext } from "./http-context";
import { connectionOf, streamOf } from "./registry";
import { StreamState } from "./stream-state";
import { TcpContext } from "./tcp-context";

/**
 * One configured plugin: configuration, timers, metrics, and the maker of stream contexts.
 *
 * A VM holds several at once: other plugins of the same module, and the old and the new
 * configuration of one plugin. State of a plugin therefore lives in fields, never in
 * module variables.
 */
export class RootContext extends Context {
  constructor(id: u32) {
    super(id, true);
  }

  /** The VM starts with this plugin. False refuses the configuration. */
  onVmStart(vmConfiguration: Bytes): bool {
    return true;
  }

  /** The plugin gets its configuration. False refuses it; must be deterministic. */
  onConfigure(configuration: Bytes): bool {
    return true;
  }

  /** Makes the context of a new stream. */
  createHttpContext(id: u32): HttpContext {
    return new HttpContext(id);
  }

  /**
   * Makes the context of a new connection; only asked in modules that export the group
   * `connection`. Null: the plugin is a filter of requests.
   */
  createTcpContext(id: u32): TcpContext | null {
    return new TcpContext(id);
  }

  /** The tick period is over. */
  onTick(): void {}

  /** An item waits in a queue this VM registered; it may be taken by another VM first. */
  onQueueReady(queueId: u32): void {}

  /** An access log entry is written by this plugin (access logger extension). */
  onLog(): void {}

  /** The plugin is about to end. False: it ends when {@link done} is called. */
  onDone(): bool {
    return true;
  }

  /** The plugin ended. */
  onDelete(): void {}

  /** Ends a plugin whose `onDone` returned false. False when it is not waiting. */
  done(): bool {
    if (IS_BUNDLE) return composition().done(this);
    return activate(this.id) && proxy_done() == Status.Ok;
  }

  /** Calls `onTick` every `periodMs` milliseconds; 0 stops. On every worker. */
  setTickPeriod(periodMs: u32): void {
    if (IS_BUNDLE) composition().setTickPeriod(this, periodMs);
    else if (activate(this.id)) proxy_set_tick_period_milliseconds(periodMs);
  }

  /** Defines a counter. In `onConfigure`, once: every call makes a new id. */
  defineCounter(name: Bytes): Counter {
    return new Counter(defineMetric(MetricType.Counter, name));
  }

  /** Defines a gauge. In `onConfigure`, once. */
  defineGauge(name: Bytes): Gauge {
    return new Gauge(defineMetric(MetricType.Gauge, name));
  }

  /** Defines a histogram. In `onConfigure`, once. */
  defineHistogram(name: Bytes): Histogram {
    return new Histogram(defineMetric(MetricType.Histogram, name));
  }

  /** Creates a queue or takes it over; 0 on failure. */
  registerQueue(name: Bytes): u32 {
    const id = registerQueue(name);
    if (id && IS_BUNDLE) composition().ownQueue(this, id);
    return id;
  }

  /** Takes the oldest item of a queue; absent when there is none. */
  dequeue(queueId: u32): Bytes {
    return dequeue(queueId);
  }

  /**
   * The living stream context of an id, or null, made ready to be acted on from here
   * (resume a paused stream from `onTick`).
   */
  withStream(id: u32): HttpContext | null {
    const stream = IS_BUNDLE ? composition().streamOf(this, id) : streamOf(id);
    return stream !== null && !stream.is(StreamState.Connection) && activate(id) ? stream : null;
  }

  /** The same for a connection. */
  withConnection(id: u32): TcpContext | null {
    const connection = connectionOf(id);
    return connection !== null && activate(id) ? connection : null;
  }
}
