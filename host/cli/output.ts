/**
 * What a command says: its result goes to standard output, as text or, with `--json`, as one document; everything else goes
 * to standard error. Colours are for terminals only, and obey NO_COLOR and FORCE_COLOR.
 */
import { styleText } from 'node:util'
import { causesText, errorJson, errorText, flattenErrors } from './error-text.ts'

/** Grows when a field of a document changes its meaning or goes away. */
const SCHEMA_VERSION = 1

/** Flags that every command has. */
export interface OutputFlags {
  /** `--json` */
  readonly json: boolean
  /** `-q`, `--quiet` */
  readonly quiet: boolean
  /** `-v`, `--verbose` */
  readonly verbose: boolean
}

/** The colours in use: what is good, bad, doubtful, beside the point, a title. */
export type Paint = 'green' | 'red' | 'yellow' | 'dim' | 'bold'

export class CommandOutput {
  readonly #flags: () => OutputFlags

  /** The flags are asked when something is to be said: they are known once the command line was read. */
  constructor(flags: () => OutputFlags) {
    this.#flags = flags
  }

  get isJson(): boolean {
    return this.#flags().json
  }

  /** The result of the command: the document with `--json`, else the text. */
  result(document: object, text: string): void {
    this.part(text)
    this.document(document)
  }

  /** Lines of a result that comes in parts; its document follows at the end. */
  part(text: string): void {
    if (!this.isJson) process.stdout.write(`${text}\n`)
  }

  /** The whole result, once, for `--json`. */
  document(document: object): void {
    if (this.isJson) process.stdout.write(`${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...document })}\n`)
  }

  /** A line about what is going on; silent with `--quiet`. */
  note(line: string): void {
    if (!this.#flags().quiet) process.stderr.write(`${line}\n`)
  }

  /** A line for those who want to know more. */
  detail(line: string): void {
    if (this.#flags().verbose) this.note(line)
  }

  /** Where progress is shown; null where nobody looks at it. */
  get progress(): NodeJS.WriteStream | null {
    return this.isJson || this.#flags().quiet ? null : process.stderr
  }

  /** The faults of a command that failed, one line each; with `--verbose` each is followed by what caused it. */
  errors(error: unknown): void {
    const toText = (one: unknown): string => `${paintedError()} ${errorText(one)}${this.#flags().verbose ? causesText(one) : ''}`
    const lines = flattenErrors(error).map(this.isJson ? errorJson : toText)
    for (const line of lines) process.stderr.write(`${line}\n`)
  }

  /** Part of a result in a colour, when standard output is a terminal. */
  paint(paint: Paint, text: string): string {
    return styleText(paint, text, { stream: process.stdout })
  }
}

function paintedError(): string {
  return styleText('red', 'error:', { stream: process.stderr })
}
