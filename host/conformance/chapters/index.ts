/** All chapters of the kit, in the order in which they run. */
import type { Chapter } from '../scenario.ts'
import { headers } from './headers.ts'

export const CHAPTERS: readonly Chapter[] = [headers]
