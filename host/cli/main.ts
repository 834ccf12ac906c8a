#!/usr/bin/env node
/** The command line tool: hands the arguments to the program and its answer to the process. */
import { runProgram } from './program.ts'

process.exitCode = await runProgram(process.argv.slice(2))
