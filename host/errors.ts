/**
 * Errors for people: one shape for the command line, `--json`, the admin interface and xDS answers.
 * Every code that the host can print is listed in `docs/ERRORS.md`; a test compares both lists.
 */

/** Codes are `SLUICE_<AREA>_<WHAT>`; the text after the colon says when each one is used. */
export const ERROR_CODES = {
  SLUICE_CONFIG_SYNTAX: 'the file is not YAML or JSON',
  SLUICE_CONFIG_UNKNOWN_FIELD: 'a field that the message does not have, or that is not supported',
  SLUICE_CONFIG_TYPE: 'a value of the wrong type, or outside its range',
  SLUICE_CONFIG_INVALID: 'a value that breaks a rule of its message',
  SLUICE_CONFIG_DUPLICATE: 'two resources of one name',
  SLUICE_CONFIG_REFERENCE: 'a name that nothing defines',
  SLUICE_CONFIG_FILE: 'a file that cannot be read',
  SLUICE_CONFIG_FIXED: 'a part that a running host cannot change',
  SLUICE_WASM_ENGINE: 'an engine that cannot be opened',
  SLUICE_WASM_FETCH: 'a module that cannot be fetched',
  SLUICE_WASM_LOAD: 'a module that cannot be loaded',
  SLUICE_WASM_IMPORT: 'a module that imports what no host function provides',
  SLUICE_WASM_ABI: 'a module without a known ABI version, or with a wrong signature',
  SLUICE_WASM_START: 'a plugin that refused to start or to take its configuration',
  SLUICE_LISTEN_ADDRESS: 'an address that cannot be bound',
  SLUICE_RUN_RESTART: 'a process that cannot be taken over from',
  SLUICE_CONFORMANCE_HOST: 'a host under judgement that cannot be reached, or could not reach the kit',
  SLUICE_OCI_DIGEST: 'content that is not what its digest or size says',
  SLUICE_OCI_MANIFEST: 'a manifest or index that is not of its shape',
  SLUICE_OCI_LAYOUT: 'an image of a layout that no proxy reads',
  SLUICE_OCI_LAYER: 'a layer that cannot be unpacked, or is too large',
  SLUICE_OCI_MODULE: 'an image without a module where it should be',
  SLUICE_OCI_FOLDER: 'a layout folder that cannot be read or written',
  SLUICE_OCI_NOT_FOUND: 'an image or content that is not there',
  SLUICE_OCI_KEY: 'a key that cannot be used',
  SLUICE_OCI_SIGNATURE: 'an image that a key has not signed',
  SLUICE_REGISTRY_REFERENCE: 'a reference to an image that cannot be read',
  SLUICE_REGISTRY_NETWORK: 'a registry that cannot be reached, or breaks off',
  SLUICE_REGISTRY_ANSWER: 'an answer of a registry that refuses or makes no sense',
  SLUICE_REGISTRY_AUTH: 'a registry that wants other credentials',
  SLUICE_REGISTRY_CREDENTIALS: 'credentials that cannot be found out or stored',
  SLUICE_REGISTRY_NOT_FOUND: 'what a registry does not have',
  SLUICE_REGISTRY_CONFLICT: 'a tag or list that others have changed',
  SLUICE_PROJECT_NAME: 'a name that a filter cannot have',
  SLUICE_PROJECT_EXISTS: 'a folder for a new project that is not empty',
  SLUICE_PROJECT_INVALID: 'a project whose settings cannot be used, or that is none',
  SLUICE_BUILD_TOOL: 'a compiler or SDK that the project does not have',
  SLUICE_BUILD_FAILED: 'a source that does not compile',
  SLUICE_RECORD_ADMIN: 'an admin interface that cannot be reached, or refuses to be tapped',
  SLUICE_RECORDING_INVALID: 'a recording that cannot be replayed',
  SLUICE_TEST_COVERAGE: 'tests that counted nothing for --coverage',
  SLUICE_RUN_ENVOY: 'an Envoy that cannot be found, or does not start',
  SLUICE_FILTER_SCHEMA: 'a schema of a filter that is none',
  SLUICE_FILTER_CONFIG: "a filter's configuration that its schema refuses",
  SLUICE_CHECK_COMPONENT: 'a WebAssembly component where a core module belongs',
  SLUICE_CHECK_EXPORTS: 'a module that hosts have nothing to call in',
  SLUICE_CHECK_HOSTCALL: 'a hostcall that a product does not serve',
  SLUICE_CHECK_PRECOMPILED: 'a module that carries machine code',
  SLUICE_CHECK_SIZE: 'a module that is too large',
  SLUICE_CHECK_ROOT_ID: 'a root id that the module does not know',
  SLUICE_CHECK_CONFIG_FORM: 'a configuration in the wrong form or place',
  SLUICE_CHECK_LAYOUT: 'an image that a product does not load',
  SLUICE_CHECK_INDEX: 'an index where an image belongs',
  SLUICE_CHECK_ORDER: 'filters in an order that does harm',
  SLUICE_CHECK_FAIL_OPEN: 'an authentication that lets everyone in when it fails',
  SLUICE_CHECK_PATHS: 'rules about paths that the proxy does not normalize',
  SLUICE_CHECK_PLUGIN_NAME: 'two plugins of one name',
  SLUICE_MANIFEST_FIELD: 'what a deployment cannot say in the form that was asked for',
  SLUICE_CLI_USAGE: 'a command line that cannot be understood',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** Where a fault is and what would be right; absent parts are unknown or do not apply. */
export interface ErrorDetail {
  /** Dotted path inside the configuration, or a file or address. */
  readonly path?: string
  /** One-based position in the text that was loaded. */
  readonly line?: number
  readonly column?: number
  /** The value found, shortened for display. */
  readonly seen?: string
  /** What would be accepted. */
  readonly wanted?: string
  /** The next command or page to try. */
  readonly next?: string
}

/** One fault that a person has to act on. `message` is the action that failed, without a final full stop. */
export class SluiceError extends Error {
  readonly code: ErrorCode
  readonly detail: ErrorDetail

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'SluiceError'
    this.code = code
    this.detail = detail
  }

  /** The machine form: what `--json` prints. */
  toJSON(): Record<string, unknown> {
    return { code: this.code, message: this.message, ...this.detail }
  }

  /** The text form: `place: message: seen …, wanted … [CODE]`. */
  override toString(): string {
    const { path, line, column, seen, wanted, next } = this.detail
    const position = line === undefined ? '' : ` (line ${line}, column ${column ?? 1})`
    const place = path === undefined ? '' : `${path}${position}: `
    const found = seen === undefined ? '' : `: seen ${seen}`
    const need = wanted === undefined ? '' : `${found === '' ? ':' : ','} wanted ${wanted}`
    return `${place}${this.message}${found}${need} [${this.code}]${next === undefined ? '' : `; ${next}`}`
  }
}

/** Several faults of one text, reported together. */
export class SluiceErrors extends Error {
  readonly errors: readonly SluiceError[]

  constructor(errors: readonly SluiceError[]) {
    super(errors.map(String).join('\n'))
    this.name = 'SluiceErrors'
    this.errors = errors
  }
}
