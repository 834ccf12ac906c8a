import type { Scenario } from '../scenario.ts'
import { ACTION_SCENARIOS } from './actions.ts'
import { DURATION_SCENARIOS } from './durations.ts'
import { FILTER_SCENARIOS } from './filters.ts'
import { HASH_SCENARIOS } from './hashes.ts'
import { HEADER_SCENARIOS } from './headers.ts'
import { HOST_SCENARIOS } from './hosts.ts'
import { MANAGER_SCENARIOS } from './manager.ts'
import { MATCH_SCENARIOS } from './match.ts'
import { REDIRECT_SCENARIOS } from './redirects.ts'
import { REPEATED_SCENARIOS } from './repeated.ts'

export const SCENARIOS: readonly Scenario[] = [
  ...HOST_SCENARIOS,
  ...MATCH_SCENARIOS,
  ...ACTION_SCENARIOS,
  ...HEADER_SCENARIOS,
  ...MANAGER_SCENARIOS,
  ...FILTER_SCENARIOS,
  ...DURATION_SCENARIOS,
  ...HASH_SCENARIOS,
  ...REPEATED_SCENARIOS,
  ...REDIRECT_SCENARIOS,
]
