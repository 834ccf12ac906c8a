import { Bytes, BytesBuilder, Counter, Histogram, HttpContext, utf8, xxh64 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { Config, Reporter } from "./config";
import { labelsOf } from "./labels";

/** Outbound in `xds.listener_direction`: the proxy stands beside the client. */
const OUTBOUND: i64 = 2;
const NANOS_PER_MILLI: u64 = 1000000;

/*
 * Every finished request, local replies and aborted ones included, counts once in Istio's request
 * counter and in three histograms. The metrics of a label set are defined when it is first seen.
 */

/** Metrics of one label set. */
class Series {
  constructor(
    readonly requests: Counter,
    readonly duration: Histogram,
    readonly requestBytes: Histogram,
    readonly responseBytes: Histogram,
  ) {}
}

/** One configured plugin. */
export class StatsRoot extends ConfiguredRoot {
  private config: Config = new Config();
  private readonly series: Map<u64, Series> = new Map<u64, Series>();
  private dropped!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.dropped = this.defineCounter(utf8("stats.label_sets_dropped"));
  }

  override createHttpContext(id: u32): HttpContext {
    return new Stats(id, this);
  }

  /** Counts a finished request. */
  record(stream: HttpContext): void {
    const series = this.seriesFor(labelsOf(stream, this.isSource(stream)));
    if (series === null) {
      this.dropped.increment();
      return;
    }
    series.requests.increment();
    series.duration.record(stream.getPropertyU64(utf8("request\0duration")) / NANOS_PER_MILLI);
    series.requestBytes.record(stream.getPropertyU64(utf8("request\0total_size")));
    series.responseBytes.record(stream.getPropertyU64(utf8("response\0total_size")));
  }

  private isSource(stream: HttpContext): bool {
    const reporter = this.config.reporter;
    if (reporter != Reporter.Auto) return reporter == Reporter.Source;
    return stream.getPropertyI64(utf8("xds\0listener_direction")) == OUTBOUND;
  }

  /** Null when there are as many label sets as are allowed. */
  private seriesFor(labels: Bytes): Series | null {
    const key = xxh64(labels);
    if (this.series.has(key)) return this.series.get(key);
    if (<u32>this.series.size >= this.config.maxLabelSets) return null;
    const series = new Series(
      this.defineCounter(this.nameOf(labels, utf8("_requests_total"))),
      this.defineHistogram(this.nameOf(labels, utf8("_request_duration_milliseconds"))),
      this.defineHistogram(this.nameOf(labels, utf8("_request_bytes"))),
      this.defineHistogram(this.nameOf(labels, utf8("_response_bytes"))),
    );
    this.series.set(key, series);
    return series;
  }

  private nameOf(labels: Bytes, metric: Bytes): Bytes {
    return BytesBuilder.create().add(labels).add(this.config.prefix.view).add(metric).toBytes();
  }
}

class Stats extends HttpContext {
  constructor(id: u32, private readonly root: StatsRoot) {
    super(id);
  }

  override onLog(): void {
    this.root.record(this);
  }
}
