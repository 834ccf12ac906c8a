import { BufferType, LogLevel, Status } from "../abi/enums";
import { proxy_done } from "../abi/imports";
import { Bytes } from "../bytes/bytes";
import { BytesBuilder } from "../bytes/builder";
import { utf8 } from "../bytes/utf8";
import { activate } from "../context/callback";
import { HttpContext } from "../context/http-context";
import { abandonPending } from "../context/pending";
import { RootContext } from "../context/root-context";
import { readBuffer } from "../hostcalls/buffers";
import { BundleConfig } from "./bundle-config";
import { BundleStream } from "./bundle-stream";
import { BundledFilter, enterFilter } from "./bundled-filter";
import { TickSchedule } from "./tick-schedule";

/** The root context of a bundle: owns the root contexts of its filters, which share its id. */
// @ts-ignore: decorator
@final
export class BundleRoot extends RootContext {
  private filters: BundledFilter[] = [];
  private ticks: TickSchedule = new TickSchedule(0, []);
  /** Queue id → the filter that registered it last. */
  private readonly queues: Map<u32, BundledFilter> = new Map<u32, BundledFilter>();

  override onConfigure(configuration: Bytes): bool {
    enterFilter(null);
    const config = new BundleConfig(configuration);
    if (!config.fault.isAbsent) {
      this.log(LogLevel.Error, config.fault);
      return false;
    }
    this.filters = config.filters;
    this.ticks = new TickSchedule(this.id, this.filters);
    for (let i = 0; i < this.filters.length; i++) {
      if (!this.start(this.filters[i], config.configurations[i])) return this.refused(this.filters[i]);
    }
    return true;
  }

  /** What the host does with a module of its own: makes the root, starts it, configures it. */
  private start(filter: BundledFilter, configuration: Bytes): bool {
    enterFilter(filter);
    filter.root = filter.offer.factory(this.id);
    if (filter.root.id != this.id) throw new Error("the factory made a context with another id");
    const vmConfiguration = readBuffer(BufferType.VmConfiguration, 0, u32.MAX_VALUE);
    const started = filter.root.onVmStart(vmConfiguration) && filter.root.onConfigure(configuration);
    enterFilter(null);
    return started;
  }

  /** The filter has logged its reason with the same label. */
  private refused(filter: BundledFilter): bool {
    const line = BytesBuilder.create().add(utf8("bundle: configuration refused by ")).add(filter.label.view);
    this.log(LogLevel.Error, line.toBytes());
    return false;
  }

  override createHttpContext(id: u32): HttpContext {
    return new BundleStream(id, this.filters);
  }

  override onTick(): void {
    this.ticks.run();
  }

  override onQueueReady(queueId: u32): void {
    if (!this.queues.has(queueId)) return;
    const filter = this.queues.get(queueId);
    enterFilter(filter);
    filter.root.onQueueReady(queueId);
  }

  override onLog(): void {
    for (let i = 0; i < this.filters.length; i++) {
      enterFilter(this.filters[i]);
      this.filters[i].root.onLog();
    }
  }

  override onDone(): bool {
    for (let i = 0; i < this.filters.length; i++) {
      const filter = this.filters[i];
      enterFilter(filter);
      filter.delaysEnd = !filter.root.onDone();
    }
    return !this.delaysEnd;
  }

  override onDelete(): void {
    for (let i = 0; i < this.filters.length; i++) {
      const filter = this.filters[i];
      enterFilter(filter);
      filter.root.onDelete();
      abandonPending(filter.root);
    }
  }

  /** The filter of a root context. */
  filterOf(root: RootContext): BundledFilter | null {
    for (let i = 0; i < this.filters.length; i++) if (this.filters[i].root === root) return this.filters[i];
    return null;
  }

  setTickPeriodOf(filter: BundledFilter, periodMs: u32): void {
    this.ticks.set(filter, periodMs);
  }

  ownQueue(filter: BundledFilter, queueId: u32): void {
    this.queues.set(queueId, filter);
  }

  /** A filter has done what it delayed the end for; the last one ends the plugin. */
  doneOf(filter: BundledFilter): bool {
    if (!filter.delaysEnd) return false;
    filter.delaysEnd = false;
    return this.delaysEnd || (activate(this.id) && proxy_done() == Status.Ok);
  }

  private get delaysEnd(): bool {
    for (let i = 0; i < this.filters.length; i++) if (this.filters[i].delaysEnd) return true;
    return false;
  }
}
