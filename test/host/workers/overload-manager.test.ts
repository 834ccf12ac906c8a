import { describe, expect, it } from 'vitest'
import type { OverloadConfig } from '../../../host/config/types.ts'
import { OverloadAction, OverloadState } from '../../../host/services/overload-state.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import { OverloadManager } from '../../../host/workers/overload-manager.ts'

const STOP = 'envoy.overload_actions.stop_accepting_requests'
const HEAP: OverloadConfig['monitors'][number] = { name: 'heap', kind: 'fixed_heap', maxBytes: 1000 }

function manage(config: Partial<OverloadConfig>, rss: () => number = () => 0) {
  const state = new OverloadState()
  const stats = createStatsStore({ writers: 1 })
  const log: string[] = []
  const logger = { level: 0, enabled: () => true, log: (_level: number, message: string) => void log.push(message) }
  const whole = { refreshInterval: 1000, monitors: [], actions: [], ...config }
  const manager = new OverloadManager(whole, state, stats, logger, rss)
  const value = (name: string): unknown => stats.snapshot().find((metric) => metric.name === name)
  return { manager, state, log, value }
}

describe('OverloadManager', () => {
  it('turns an action on at a share of the memory, and off below it', () => {
    let rss = 899
    const actions = [{ name: STOP, triggers: [{ monitor: 'heap', from: 0.9 }] } as const]
    const { manager, state, log, value } = manage({ monitors: [HEAP], actions }, () => rss)
    manager.update()
    expect(state.isOn(OverloadAction.StopAcceptingRequests)).toBe(false)
    rss = 900
    manager.update()
    expect(state.isOn(OverloadAction.StopAcceptingRequests)).toBe(true)
    expect(value('overload.heap.pressure')).toMatchObject({ value: 90n })
    rss = 100
    manager.update()
    expect(state.isOn(OverloadAction.StopAcceptingRequests)).toBe(false)
    expect(log).toEqual([`${STOP} is on`, `${STOP} is off`])
  })

  it('takes any of several triggers', () => {
    const file: OverloadConfig['monitors'][number] = { name: 'file', kind: 'injected_resource', file: '/nonexistent' }
    const triggers = [
      { monitor: 'file', from: 0.1 },
      { monitor: 'heap', from: 0.5 },
    ]
    const { manager, state, value } = manage({ monitors: [file, HEAP], actions: [{ name: STOP, triggers }] }, () => 600)
    manager.update()
    expect(state.isOn(OverloadAction.StopAcceptingRequests)).toBe(true)
    expect(value('overload.file.failed_updates')).toMatchObject({ value: 1 })
  })

  it('limits the connections of all threads, and gets back those of a thread that has died', () => {
    const { state } = manage({ monitors: [{ name: 'most', kind: 'downstream_connections', most: 2 }] })
    const shared = new OverloadState(3, 0)
    shared.limitConnections(2)
    const [one, two] = [new OverloadState(3, 1, shared.buffer), new OverloadState(3, 2, shared.buffer)]
    expect([one.addConnection(), two.addConnection(), one.addConnection()]).toEqual([true, true, false])
    shared.releaseThread(1)
    expect([shared.connections, two.addConnection(), two.addConnection()]).toEqual([1, true, false])
    expect([state.addConnection(), state.addConnection(), state.addConnection()]).toEqual([true, true, false])
  })
})
