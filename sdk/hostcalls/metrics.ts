import { MetricType, Status } from "../abi/enums";
import {
  proxy_define_metric, proxy_get_metric, proxy_increment_metric, proxy_record_metric,
} from "../abi/imports";
import { OUT } from "../abi/out";
import { Bytes } from "../bytes/bytes";

/** Id that no host hands out: a metric that could not be defined counts nowhere. */
const NO_METRIC: u32 = 0;

/** Defines a metric by kind and name; 0 on failure. Each call makes a new id. */
export function defineMetric(kind: MetricType, name: Bytes): u32 {
  const status = proxy_define_metric(kind, name.address, name.length, OUT);
  return status == Status.Ok ? load<u32>(OUT) : NO_METRIC;
}

function readMetric(id: u32): u64 {
  return proxy_get_metric(id, OUT) == Status.Ok ? load<u64>(OUT) : 0;
}

/** A number that only grows, summed over all workers. */
// @ts-ignore: decorator
@final
export class Counter {
  constructor(private readonly id: u32) {}

  /** Adds `delta`; 0 does nothing, since hosts refuse it. */
  increment(delta: u32 = 1): void {
    if (delta) proxy_increment_metric(this.id, delta);
  }

  /** The value of the whole process. */
  get value(): u64 {
    return readMetric(this.id);
  }
}

/** A number that goes up and down; below 0 it wraps to 2^64. */
// @ts-ignore: decorator
@final
export class Gauge {
  constructor(private readonly id: u32) {}

  /** Adds `delta`, which may be negative. */
  add(delta: i64): void {
    if (delta) proxy_increment_metric(this.id, delta);
  }

  /** Sets the value. */
  record(value: u64): void {
    proxy_record_metric(this.id, <i64>value);
  }

  /** The value of the whole process. */
  get value(): u64 {
    return readMetric(this.id);
  }
}

/** A distribution; write-only. */
// @ts-ignore: decorator
@final
export class Histogram {
  constructor(private readonly id: u32) {}

  /** Records one value. */
  record(value: u64): void {
    proxy_record_metric(this.id, <i64>value);
  }
}
