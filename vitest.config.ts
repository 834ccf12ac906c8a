import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

const full = process.env['SLUICE_FULL'] === '1'

/** Judges the memory of processes or the time they take, or leaves nothing of the machine to others: runs by itself. */
const alone = [
  'test/docs/tutorial.test.ts',
  'test/e2e/chaos/**/*.test.ts',
  'test/e2e/health/slow-start.test.ts',
  'test/e2e/host/{reload-program,soak}.test.ts',
  'test/e2e/http2/floods.test.ts',
  'test/e2e/overload/**/*.test.ts',
  'test/e2e/soak/**/*.test.ts',
  'test/host/hostile/soak.test.ts',
]

export default defineConfig({
  test: {
    pool: 'forks',
    // The full counts of random tests take minutes.
    testTimeout: full ? 600_000 : 30_000,
    hookTimeout: 120_000,
    // What a proxy will say soon may take seconds on a busy machine; waiting ends as soon as it is said.
    expect: { poll: { timeout: 10_000 } },
    sequence: { sequencer: LongestFirst },
    // A retry would hide a flake.
    retry: 0,
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: full ? alone : [...alone, 'test/full/**'],
          // Files mostly wait for proxies, which run beside them: as many of them as there are processors.
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
})
