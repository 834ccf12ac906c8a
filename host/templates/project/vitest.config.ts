import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Matchers such as toHaveStatus, and what `sluice test --coverage` counts.
    setupFiles: ['sluice/testing/vitest'],
    // `sluice test --watch` compiles again after each change; then all tests run, as after one of a table of cases.
    forceRerunTriggers: ['**/build/*.wasm', '**/*.yaml'],
  },
})
