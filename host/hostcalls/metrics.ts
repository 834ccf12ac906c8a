/**
 * Metrics of guests (hot). An id belongs to the VM and carries its type in the low two bits: counters 4, 8, 12 …,
 * gauges 5, 9 …, histograms 6, 10 …; the same name gets a new id each time and stays one metric.
 */
import { MetricType, Status } from '../abi/enums.ts'
import { MAX_METRIC_IDS, MAX_METRICS } from '../abi/limits.ts'
import type { GuestCounter, GuestGauge, GuestHistogram } from './services.ts'
import type { Vm } from '../plugin/vm.ts'
import { isInside, readByteString, writeU64 } from '../vm/guest-memory.ts'
import { giveU32, type Hostcalls } from './chapter.ts'

const TYPE_MASK = 3
/** Work of a definition: it looks the name up in the process's store. */
const DEFINE_WORK = 16

export function metricCalls(vm: Vm): Hostcalls {
  const metrics = new GuestMetricTable(vm)
  return {
    /** 2: unknown type; 10: the VM has too many metrics. */
    proxy_define_metric(type: number, nameAddress: number, nameSize: number, idAt: number): number {
      vm.admit()
      const name = readByteString(vm.memory, nameAddress, nameSize)
      if (name === null || !isInside(vm.memory, idAt, 4)) return Status.InvalidMemoryAccess
      if (type >>> 0 > MetricType.Histogram) return Status.BadArgument
      vm.work(DEFINE_WORK)
      const id = metrics.define(type, name)
      return id === 0 ? vm.exceeded('metrics') : giveU32(vm, idAt, id)
    },

    /** 1: unknown id; 2: a histogram, or a counter by less than 1. */
    proxy_increment_metric(id: number, delta: bigint): number {
      vm.admit()
      return metrics.increment(id, Number(delta))
    },

    /** Adds to a counter, sets a gauge, records in a histogram. 1: unknown id. */
    proxy_record_metric(id: number, value: bigint): number {
      vm.admit()
      return metrics.record(id, value)
    },

    /** 1: unknown id; 2: a histogram. */
    proxy_get_metric(id: number, valueAt: number): number {
      vm.admit()
      const value = metrics.value(id)
      if (typeof value === 'number') return value
      return writeU64(vm.memory, valueAt, value) ? Status.Ok : Status.InvalidMemoryAccess
    },
  }
}

class GuestMetricTable {
  readonly #vm: Vm
  readonly #counters: GuestCounter[] = []
  readonly #gauges: GuestGauge[] = []
  readonly #histograms: GuestHistogram[] = []
  /** The first id of each name and type. */
  readonly #ids = new Map<string, number>()

  constructor(vm: Vm) {
    this.#vm = vm
  }

  /** 0 when there is no room. */
  define(type: number, name: string): number {
    const known = this.#ids.get(type + name)
    if (known === undefined && this.#ids.size >= MAX_METRICS) return 0
    if (this.#counters.length + this.#gauges.length + this.#histograms.length >= MAX_METRIC_IDS) return known ?? 0
    const id = this.#add(type, name)
    if (known === undefined) this.#ids.set(type + name, id)
    return id
  }

  #add(type: number, name: string): number {
    const metrics = this.#vm.services.metrics
    if (type === MetricType.Counter) return this.#counters.push(metrics.counter(name)) * 4
    if (type === MetricType.Gauge) return this.#gauges.push(metrics.gauge(name)) * 4 + MetricType.Gauge
    return this.#histograms.push(metrics.histogram(name)) * 4 + MetricType.Histogram
  }

  increment(id: number, delta: number): number {
    const type = id & TYPE_MASK
    if (type >= MetricType.Histogram) return Status.BadArgument
    const metric = (type === MetricType.Counter ? this.#counters : this.#gauges)[indexOf(id)]
    if (metric === undefined) return Status.NotFound
    if (type === MetricType.Counter && delta <= 0) return Status.BadArgument
    metric.add(delta)
    return Status.Ok
  }

  /** The value is a u64. */
  record(id: number, signed: bigint): number {
    const type = id & TYPE_MASK
    const value = Number(signed >= 0n ? signed : BigInt.asUintN(64, signed))
    if (type > MetricType.Histogram) return Status.NotFound
    const index = indexOf(id)
    if (type === MetricType.Counter) {
      const counter = this.#counters[index]
      if (counter === undefined) return Status.NotFound
      counter.add(value)
    } else if (type === MetricType.Gauge) {
      const gauge = this.#gauges[index]
      if (gauge === undefined) return Status.NotFound
      gauge.set(value)
    } else {
      const histogram = this.#histograms[index]
      if (histogram === undefined) return Status.NotFound
      histogram.record(value)
    }
    return Status.Ok
  }

  /** The value, or a status. A gauge below zero is read as the u64 that it wraps to. */
  value(id: number): bigint | number {
    const type = id & TYPE_MASK
    if (type >= MetricType.Histogram) return Status.BadArgument
    const metric = (type === MetricType.Counter ? this.#counters : this.#gauges)[indexOf(id)]
    return metric === undefined ? Status.NotFound : BigInt.asUintN(64, BigInt(Math.round(metric.value())))
  }
}

function indexOf(id: number): number {
  return (id >>> 2) - 1
}
