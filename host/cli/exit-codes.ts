/** The exit codes of `sluice`; of a failure it follows from the code of the error, in the one table below. */
import { SluiceError, SluiceErrors, type ErrorCode } from '../errors.ts'

export const EXIT = {
  ok: 0,
  /** Whatever has no code of its own: also failed tests, and a defect of ours. */
  failed: 1,
  /** Nothing was done: the command line, or what it names, cannot be used. */
  usage: 2,
  /** A build, or the packing of an image. */
  build: 3,
  /** A check ended, and found errors. */
  check: 4,
  /** A registry or another peer that cannot be reached or answers with a fault. */
  network: 5,
  /** Authentication or authorization. */
  auth: 6,
  notFound: 7,
  /** Bytes that are not those that were promised: digest, size, format. */
  integrity: 8,
  /** A signature, or a policy about signatures. */
  policy: 9,
  /** Ended by SIGINT, as shells count it. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

const EXIT_OF_ERROR: Readonly<Record<ErrorCode, ExitCode>> = {
  SLUICE_CONFIG_SYNTAX: EXIT.failed,
  SLUICE_CONFIG_UNKNOWN_FIELD: EXIT.failed,
  SLUICE_CONFIG_TYPE: EXIT.failed,
  SLUICE_CONFIG_INVALID: EXIT.failed,
  SLUICE_CONFIG_DUPLICATE: EXIT.failed,
  SLUICE_CONFIG_REFERENCE: EXIT.failed,
  SLUICE_CONFIG_FILE: EXIT.failed,
  SLUICE_CONFIG_FIXED: EXIT.failed,
  SLUICE_WASM_ENGINE: EXIT.failed,
  SLUICE_WASM_FETCH: EXIT.network,
  SLUICE_WASM_LOAD: EXIT.failed,
  SLUICE_WASM_IMPORT: EXIT.failed,
  SLUICE_WASM_ABI: EXIT.failed,
  SLUICE_WASM_START: EXIT.failed,
  SLUICE_LISTEN_ADDRESS: EXIT.failed,
  SLUICE_RUN_RESTART: EXIT.failed,
  SLUICE_CONFORMANCE_HOST: EXIT.usage,
  SLUICE_OCI_DIGEST: EXIT.integrity,
  SLUICE_OCI_MANIFEST: EXIT.integrity,
  SLUICE_OCI_LAYOUT: EXIT.integrity,
  SLUICE_OCI_LAYER: EXIT.integrity,
  SLUICE_OCI_MODULE: EXIT.integrity,
  SLUICE_OCI_FOLDER: EXIT.failed,
  SLUICE_OCI_NOT_FOUND: EXIT.notFound,
  SLUICE_OCI_KEY: EXIT.policy,
  SLUICE_OCI_SIGNATURE: EXIT.policy,
  SLUICE_REGISTRY_REFERENCE: EXIT.usage,
  SLUICE_REGISTRY_NETWORK: EXIT.network,
  SLUICE_REGISTRY_ANSWER: EXIT.network,
  SLUICE_REGISTRY_AUTH: EXIT.auth,
  SLUICE_REGISTRY_CREDENTIALS: EXIT.auth,
  SLUICE_REGISTRY_NOT_FOUND: EXIT.notFound,
  SLUICE_REGISTRY_CONFLICT: EXIT.integrity,
  SLUICE_PROJECT_NAME: EXIT.usage,
  SLUICE_PROJECT_EXISTS: EXIT.usage,
  SLUICE_PROJECT_INVALID: EXIT.usage,
  SLUICE_BUILD_TOOL: EXIT.build,
  SLUICE_BUILD_FAILED: EXIT.build,
  SLUICE_RECORD_ADMIN: EXIT.network,
  SLUICE_RECORDING_INVALID: EXIT.failed,
  SLUICE_TEST_COVERAGE: EXIT.failed,
  SLUICE_RUN_ENVOY: EXIT.failed,
  SLUICE_FILTER_SCHEMA: EXIT.usage,
  SLUICE_FILTER_CONFIG: EXIT.usage,
  SLUICE_CHECK_COMPONENT: EXIT.check,
  SLUICE_CHECK_EXPORTS: EXIT.check,
  SLUICE_CHECK_HOSTCALL: EXIT.check,
  SLUICE_CHECK_PRECOMPILED: EXIT.check,
  SLUICE_CHECK_SIZE: EXIT.check,
  SLUICE_CHECK_ROOT_ID: EXIT.check,
  SLUICE_CHECK_CONFIG_FORM: EXIT.check,
  SLUICE_CHECK_LAYOUT: EXIT.check,
  SLUICE_CHECK_INDEX: EXIT.check,
  SLUICE_CHECK_ORDER: EXIT.check,
  SLUICE_CHECK_FAIL_OPEN: EXIT.check,
  SLUICE_CHECK_PATHS: EXIT.check,
  SLUICE_CHECK_PLUGIN_NAME: EXIT.check,
  SLUICE_MANIFEST_FIELD: EXIT.usage,
  SLUICE_CLI_USAGE: EXIT.usage,
}

/** Exit code of a command that ended by throwing this; of several faults the first one decides. */
export function exitCodeOf(error: unknown): ExitCode {
  const first = error instanceof SluiceErrors ? error.errors[0] : error
  return first instanceof SluiceError ? EXIT_OF_ERROR[first.code] : EXIT.failed
}
