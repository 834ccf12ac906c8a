/** Access logs of a connection manager: one line per finished stream, handed to a sink. */
import type { AccessLogFormat } from '../config/types.ts'
import type { FormatContext } from './format/context.ts'
import { compileFormat } from './format/json.ts'
import type { TextFormat } from './format/text.ts'
import type { LogFilter } from './log-filter.ts'

/** Takes lines as byte strings, line ends included. */
export interface AccessLogSink {
  write(line: string): void
}

/** Envoy's default (source/common/formatter/substitution_formatter.cc). */
const DEFAULT_FORMAT =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
  '%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" ' +
  '"%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n'

export class AccessLog {
  readonly #format: TextFormat
  readonly #sink: AccessLogSink

  /** Throws SLUICE_CONFIG_INVALID for an operator that does not exist; `path` names the place in the configuration. */
  constructor(format: AccessLogFormat, sink: AccessLogSink, path = 'access_log') {
    this.#format = compileFormat(format, DEFAULT_FORMAT, path)
    this.#sink = sink
  }

  write(stream: FormatContext): void {
    this.#sink.write(this.#format.format(stream))
  }
}

/** Leaves out the streams that are not meant. */
export class FilteredLog {
  readonly #log: AccessLog
  readonly #isMeant: LogFilter

  constructor(log: AccessLog, isMeant: LogFilter) {
    this.#log = log
    this.#isMeant = isMeant
  }

  write(stream: FormatContext): void {
    if (this.#isMeant(stream)) this.#log.write(stream)
  }
}
