import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AccessLogSinks } from '../../../host/services/access-log-sink.ts'
import { poll } from '../../support/poll.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import type { Timers } from '../../../host/util/timers.ts'

/** Milliseconds. */
const FLUSH_INTERVAL = 10_000

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'access-log-'))
  path = join(folder, 'access.log')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Sinks with timers that the test fires. */
function setup() {
  const armed: { callback: () => void; millis: number }[] = []
  const timers: Timers = {
    create: (callback) => ({
      arm: (millis) => void armed.push({ callback, millis }),
      disarm: () => void armed.splice(0),
      stop: () => void armed.splice(0),
    }),
  }
  const stats = createStatsStore({ writers: 1 })
  return { sinks: new AccessLogSinks(timers, stats, FLUSH_INTERVAL), stats, armed }
}

const content = (file = path) => readFileSync(file, 'latin1')

describe('AccessLogSinks', () => {
  test('lines wait for the interval and are appended as bytes', async () => {
    const { sinks, stats, armed } = setup()
    const log = sinks.open({ kind: 'file', path })
    log.write('one \xff\n')
    log.write('two\n')
    expect(content()).toBe('')
    expect(armed.map(({ millis }) => millis)).toEqual([FLUSH_INTERVAL])
    armed[0]!.callback()
    await sinks.flush()
    expect(content()).toBe('one \xff\ntwo\n')
    expect(stats.counter('filesystem.write_completed').value()).toBe(1)
    log.write('three\n')
    expect(armed).toHaveLength(2)
    await sinks.stop()
    expect(content()).toBe('one \xff\ntwo\nthree\n')
    expect(armed).toHaveLength(0)
  })

  test('64 KiB are written without waiting, lines that come meanwhile follow in order', async () => {
    const { sinks, armed } = setup()
    const log = sinks.open({ kind: 'file', path })
    const lines = Array.from({ length: 30_000 }, (_, i) => `line ${i}\n`)
    for (const [i, line] of lines.entries()) {
      log.write(line)
      if (i % 5000 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await poll(content, (text) => text.length > 60_000)).length).toBeGreaterThan(60_000)
    expect(armed).toHaveLength(1)
    await sinks.stop()
    expect(content()).toBe(lines.join(''))
  })

  test('one target is one log', () => {
    const { sinks } = setup()
    expect(sinks.open({ kind: 'file', path })).toBe(sinks.open({ kind: 'file', path }))
    expect(sinks.open({ kind: 'stdout' })).not.toBe(sinks.open({ kind: 'stderr' }))
  })

  test('reopen follows a renamed file, and keeps the old one where it cannot', async () => {
    const { sinks, stats } = setup()
    const log = sinks.open({ kind: 'file', path })
    log.write('before\n')
    await sinks.flush()
    renameSync(path, `${path}.1`)
    sinks.reopen()
    log.write('after\n')
    await sinks.flush()
    expect([content(`${path}.1`), content()]).toEqual(['before\n', 'after\n'])
    renameSync(folder, `${folder}-gone`)
    sinks.reopen()
    log.write('still\n')
    await sinks.stop()
    renameSync(`${folder}-gone`, folder)
    expect(content()).toBe('after\nstill\n')
    expect(stats.counter('filesystem.reopen_failed').value()).toBe(1)
  })

  test('a reopen while lines are being written loses none', async () => {
    const { sinks } = setup()
    const log = sinks.open({ kind: 'file', path })
    log.write(`${'a'.repeat(100_000)}\n`)
    renameSync(path, `${path}.1`)
    sinks.reopen()
    log.write('b\n')
    await sinks.stop()
    expect(content(`${path}.1`) + content()).toBe(`${'a'.repeat(100_000)}\nb\n`)
  })

  test('a file that cannot be opened is an error with its path', () => {
    const { sinks } = setup()
    expect(() => sinks.open({ kind: 'file', path: join(folder, 'no', 'log') })).toThrow(
      expect.objectContaining({
        code: 'SLUICE_CONFIG_FILE',
        detail: expect.objectContaining({ path: join(folder, 'no', 'log'), seen: 'ENOENT' }),
      }),
    )
  })

  test('a target that takes nothing costs counts, not the process', async () => {
    const { sinks, stats } = setup()
    const log = sinks.open({ kind: 'file', path: '/dev/full' })
    log.write('x\n')
    await sinks.stop()
    expect(stats.counter('filesystem.write_failed').value()).toBe(1)
  })

  test('three workers append whole lines to one file', async () => {
    const program = `
      const { workerData } = require('node:worker_threads')
      ;(async () => {
        const { AccessLogSinks } = await import(workerData.sinks)
        const { createStatsStore } = await import(workerData.store)
        const sinks = new AccessLogSinks({ create: () => ({ arm() {}, disarm() {}, stop() {} }) }, createStatsStore({ writers: 1 }), 1000)
        const log = sinks.open({ kind: 'file', path: workerData.path })
        for (let i = 0; i < 4000; i++) {
          log.write(workerData.name.repeat(50) + i + '\\n')
          if (i % 500 === 0) await new Promise((resolve) => setImmediate(resolve))
        }
        await sinks.stop()
      })()`
    const sinks = new URL('../../../host/services/access-log-sink.ts', import.meta.url).href
    const store = new URL('../../../host/stats/store.ts', import.meta.url).href
    const workers = ['a', 'b', 'c'].map((name) => new Worker(program, { eval: true, workerData: { sinks, store, path, name } }))
    await Promise.all(workers.map((worker) => once(worker, 'exit')))
    const lines = content().trimEnd().split('\n')
    for (const name of ['a', 'b', 'c']) {
      expect(lines.filter((line) => line.startsWith(name))).toEqual(Array.from({ length: 4000 }, (_, i) => name.repeat(50) + i))
    }
    expect(lines).toHaveLength(12_000)
  })
})
