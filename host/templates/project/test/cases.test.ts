import { caseTests } from 'sluice/testing'
import { test } from 'vitest'

// What must be true, in plain words: cases.yaml.
for (const { name, skip, run } of caseTests('cases.yaml', 'build/plugin.wasm')) test.skipIf(skip !== null)(name, run)
