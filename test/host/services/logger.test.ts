import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { createLoggers, LOG_COMPONENTS } from '../../../host/services/logger.ts'
import { LOG_LEVELS, type LogLevel } from '../../../host/util/logger.ts'

function setup(level: LogLevel, components: [string, LogLevel][] = []) {
  const written: string[] = []
  const sink = ({ level: number, component, message }: { level: number; component: string; message: string }) =>
    void written.push(`${component} ${LOG_LEVELS[number]} ${message}`)
  return { written, loggers: createLoggers({ level, components: new Map(components) }, sink) }
}

describe('levels', () => {
  test.each(LOG_LEVELS.map((level, number) => [level, number] as const))(
    '%s writes its own level and those above',
    (level, number) => {
      const { written, loggers } = setup(level)
      const logger = loggers.get('main')
      for (let i = 0; i < 6; i++) {
        expect(logger.enabled(i)).toBe(i >= number)
        logger.log(i, 'text')
      }
      expect(logger.level).toBe(number)
      expect(written).toEqual(LOG_LEVELS.slice(number, 6).map((name) => `main ${name} text`))
    },
  )

  test('components have levels of their own, unknown ones begin with the general level', () => {
    const { loggers } = setup('warning', [
      ['wasm', 'debug'],
      ['special', 'off'],
    ])
    expect([loggers.get('wasm').level, loggers.get('special').level, loggers.get('other').level]).toEqual([1, 6, 3])
    expect(loggers.levels().map(([component]) => component)).toEqual([...LOG_COMPONENTS, 'special', 'other'].toSorted())
  })

  test('setLevel and setAll change loggers that exist, and setAll those that come', () => {
    const { loggers } = setup('info')
    const wasm = loggers.get('wasm')
    expect([loggers.setLevel('wasm', 'trace'), loggers.setLevel('nobody', 'trace')]).toEqual([true, false])
    expect(wasm.level).toBe(0)
    loggers.setAll('error')
    expect([wasm.level, loggers.get('later').level]).toEqual([4, 4])
  })
})

test('a change of level reaches the loggers of another thread', async () => {
  const { loggers } = setup('error')
  const worker = new Worker(new URL('./logger-worker.ts', import.meta.url), { workerData: loggers.handle })
  const ask = async (component: string): Promise<string[]> => {
    worker.postMessage(component)
    return ((await once(worker, 'message')) as [string[]])[0]
  }
  expect(await ask('wasm')).toEqual(['wasm 4', 'wasm 5'])
  loggers.setLevel('wasm', 'info')
  expect(await ask('wasm')).toEqual(['wasm 2', 'wasm 3', 'wasm 4', 'wasm 5'])
  expect(await ask('worker_only')).toEqual(['worker_only 4', 'worker_only 5'])
  expect(loggers.setLevel('worker_only', 'off')).toBe(true)
  expect(await ask('worker_only')).toEqual([])
  await worker.terminate()
})

/** What a process prints through the sink. */
function print(isPretty: boolean): string[] {
  const sink = new URL('../../../host/services/log-sink.ts', import.meta.url)
  const program = `import { createPinoSink } from ${JSON.stringify(sink)}
    const sink = createPinoSink({ fd: 2, isPretty: ${isPretty} })
    sink({ level: 3, component: 'wasm', message: 'a "b"\\nc' })
    sink({ level: 5, component: 'main', message: 'end' })`
  const env = { ...process.env, NO_COLOR: '1' }
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', env })
  return run.stderr.trimEnd().split('\n')
}

describe('createPinoSink', () => {
  test('writes a JSON object per line', () => {
    expect(print(false).map((line) => JSON.parse(line))).toEqual([
      { level: 'warning', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), thread: 0, component: 'wasm', message: 'a "b"\nc' },
      { level: 'critical', time: expect.any(String), thread: 0, component: 'main', message: 'end' },
    ])
  })

  test('writes lines for people', () => {
    expect(print(true)).toEqual([
      expect.stringContaining('WARNING: [0][wasm] a "b"'),
      'c',
      expect.stringContaining('CRITICAL: [0][main] end'),
    ])
  })
})
