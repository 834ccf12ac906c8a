/**
 * The end of a turn (hot): work that must not happen inside the call that caused it — delivering held input,
 * starting the next pipelined request, writing what was collected — runs once when the outermost read callback
 * returns, or on the next tick when none is running. So a head and its body leave in one write, and no sink is
 * re-entered. What should wait for all sockets that are ready now, not only for the one that is read, is late.
 */

import { beginTurn, endTurn } from '../util/clock.ts'

/** Something with work for the end of the turn. */
export interface Deferred {
  /** True while queued; kept by the functions of this file. */
  isDeferred: boolean
  /** Does the work; may defer itself again. */
  runDeferred(): void
}

let depth = 0
let ticking = false
/** Items that wait are `queue[0, queued)`; the array only grows. */
const queue: (Deferred | null)[] = []
let queued = 0

/** Queues `item` once for the end of the turn. */
export function defer(item: Deferred): void {
  if (item.isDeferred) return
  item.isDeferred = true
  queue[queued++] = item
  if (depth > 0 || ticking) return
  ticking = true
  process.nextTick(runTick)
}

/** A read callback begins; every call is paired with {@link leaveTurn}. */
export function enterTurn(): void {
  if (depth === 0) beginTurn()
  depth++
}

/** A read callback ends; the outermost one runs what was queued. */
export function leaveTurn(): void {
  if (depth === 1) runQueue()
  depth--
  if (depth === 0) endTurn()
}

function runTick(): void {
  ticking = false
  depth++
  try {
    runQueue()
  } finally {
    depth--
  }
}

/** Items that defer others meanwhile extend the loop. */
function runQueue(): void {
  for (let i = 0; i < queued; i++) {
    const item = queue[i]!
    queue[i] = null
    item.isDeferred = false
    item.runDeferred()
  }
  queued = 0
}

/** Late items; the array only grows. */
const lateQueue: (Deferred | null)[] = []
let lateQueued = 0

/**
 * Queues `item` once for the end of the event loop's turn: one run for all of them, after every socket that is ready. So
 * answers that arrive on many connections leave on one of them in one write.
 */
export function deferLate(item: Deferred): void {
  if (item.isDeferred) return
  item.isDeferred = true
  lateQueue[lateQueued++] = item
  if (lateQueued === 1) setImmediate(runLate)
}

/** Items that defer others meanwhile have them run in the next turn of the loop. */
function runLate(): void {
  const count = lateQueued
  for (let i = 0; i < count; i++) {
    const item = lateQueue[i]!
    item.isDeferred = false
    item.runDeferred()
  }
  lateQueue.copyWithin(0, count, lateQueued)
  lateQueued -= count
  lateQueue.fill(null, lateQueued, lateQueued + count)
  if (lateQueued > 0) setImmediate(runLate)
}
