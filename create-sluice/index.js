#!/usr/bin/env node
// `npm create sluice my-filter` is `sluice init my-filter`.
import { runProgram } from 'sluice/cli'

process.exitCode = await runProgram(['init', ...process.argv.slice(2)])
