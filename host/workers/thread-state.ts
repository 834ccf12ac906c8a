/**
 * What all threads share, and what each thread makes of it: statistics, shared data and queues, log levels, heartbeats
 * and connection numbers live in shared memory; the main thread is number 0, workers count from 1.
 */
import { randomBytes } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import { systemLookup } from '../cluster/dns-lookup.ts'
import { NameInquiries } from '../cluster/name-inquiries.ts'
import { openNames, RemoteNames } from '../cluster/name-ports.ts'
import { attachLoggers, createLoggers, type Loggers, type LoggersHandle, type LoggersOptions } from '../services/logger.ts'
import type { LogSink } from '../services/log-sink.ts'
import { attachSharedData, createSharedData, type ProcessSharedData, type SharedDataHandle } from '../services/shared-data.ts'
import {
  attachSharedQueues,
  createSharedQueues,
  type Defer,
  type ProcessSharedQueues,
  type SharedQueuesHandle,
} from '../services/shared-queues.ts'
import { OverloadState } from '../services/overload-state.ts'
import { createSharedHosts, SharedHosts, type SharedHostsHandle } from '../services/shared-hosts.ts'
import { VmIds } from '../services/vm-ids.ts'
import { attachStatsStore, createStatsStore, type StatsStore, type StatsStoreHandle } from '../stats/store.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { systemTimers } from '../util/timers.ts'
import { ConnectionIds } from './connection-ids.ts'
import { Heartbeats } from './heartbeat.ts'

const TLS_SECRET_BYTES = 32

/** Goes through `workerData`. */
export interface ThreadHandles {
  readonly workers: number
  readonly stats: StatsStoreHandle
  readonly sharedData: SharedDataHandle
  readonly sharedQueues: SharedQueuesHandle
  readonly loggers: LoggersHandle
  readonly heartbeats: SharedArrayBuffer
  readonly connectionIds: SharedArrayBuffer
  readonly overload: SharedArrayBuffer
  readonly hosts: SharedHostsHandle
  readonly tlsSecret: Uint8Array
}

/** What one worker alone gets to attach. */
export interface ThreadPorts {
  readonly names: MessagePort
}

/** A guest is told of queue items after the callback that runs. */
const soon: Defer = (task) => void setImmediate(task)

export interface ThreadState {
  readonly thread: number
  readonly workers: number
  readonly stats: StatsStore
  readonly sharedData: ProcessSharedData
  readonly sharedQueues: ProcessSharedQueues
  /** Null in workers: the main thread runs every plugin, from before they do until after. */
  readonly vmIds: VmIds | null
  readonly loggers: Loggers
  readonly heartbeats: Heartbeats
  readonly connectionIds: ConnectionIds
  readonly overload: OverloadState
  readonly hosts: SharedHosts
  /** The main thread looks names up for all. */
  readonly names: NameInquiries | RemoteNames
  /** Keys that all workers need to have the same are derived from it. */
  readonly tlsSecret: Uint8Array
}

/** Makes everything, in the main thread. */
export function createThreadState(workers: number, levels: LoggersOptions, sink: LogSink): ThreadState {
  const stats = createStatsStore({ writers: workers + 1 })
  const sharedData = createSharedData(stats)
  const sharedQueues = createSharedQueues(stats, soon)
  return {
    thread: 0,
    workers,
    stats,
    sharedData,
    sharedQueues,
    vmIds: new VmIds(sharedData, sharedQueues),
    loggers: createLoggers(levels, sink),
    heartbeats: new Heartbeats(workers),
    connectionIds: new ConnectionIds(),
    overload: new OverloadState(workers + 1),
    hosts: createSharedHosts(workers + 1),
    names: new NameInquiries({ lookup: systemLookup, stats, timers: systemTimers(systemClock), random: systemRandom }),
    tlsSecret: randomBytes(TLS_SECRET_BYTES),
  }
}

/** Attaches a worker. */
export function attachThreadState(handles: ThreadHandles, ports: ThreadPorts, thread: number, sink: LogSink): ThreadState {
  const stats = attachStatsStore(handles.stats, thread)
  return {
    thread,
    workers: handles.workers,
    stats,
    sharedData: attachSharedData(handles.sharedData, thread, stats),
    sharedQueues: attachSharedQueues(handles.sharedQueues, thread, stats, soon),
    vmIds: null,
    loggers: attachLoggers(handles.loggers, thread, sink),
    heartbeats: new Heartbeats(handles.workers, handles.heartbeats),
    connectionIds: new ConnectionIds(handles.connectionIds),
    overload: new OverloadState(handles.workers + 1, thread, handles.overload),
    hosts: new SharedHosts(handles.hosts, thread),
    names: new RemoteNames(ports.names),
    tlsSecret: handles.tlsSecret,
  }
}

/** What another thread needs to attach. */
export function handlesOf(state: ThreadState): ThreadHandles {
  return {
    workers: state.workers,
    stats: state.stats.handle,
    sharedData: state.sharedData.handle,
    sharedQueues: state.sharedQueues.handle,
    loggers: state.loggers.handle,
    heartbeats: state.heartbeats.buffer,
    connectionIds: state.connectionIds.buffer,
    overload: state.overload.buffer,
    hosts: state.hosts.handle,
    tlsSecret: state.tlsSecret,
  }
}

/** Opens what a worker needs of the main thread. */
export function openPorts(state: ThreadState): ThreadPorts {
  return { names: openNames(state.names) }
}

/** A worker's thread has ended: frees the locks that it may have held. Only in the main thread. */
export function releaseThread(state: ThreadState, thread: number): void {
  state.stats.releaseWriter(thread)
  state.sharedData.releaseThread(thread)
  state.sharedQueues.releaseThread(thread)
  state.loggers.releaseThread(thread)
  state.overload.releaseThread(thread)
  state.hosts.releaseThread(thread)
}

/** A worker's thread serves in the place of one that has ended. Only in the main thread. */
export function replaceThread(state: ThreadState, thread: number): void {
  state.stats.counter('sluice.worker_replaced').add(1)
  state.hosts.replaceThread(thread)
}
