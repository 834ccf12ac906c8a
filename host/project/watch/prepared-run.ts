/** Loaded before `node --test`: loads the harness, then waits for the message that the run may begin. */
import { once } from 'node:events'
import { urlOfProject } from '../project-module.ts'

await import(urlOfProject('sluice/testing'))
await once(process, 'message')
process.disconnect?.()
