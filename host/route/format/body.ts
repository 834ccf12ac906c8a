/** Bodies that the proxy makes itself, in a format of the configuration; `%LOCAL_REPLY_BODY%` is the body without it. */
import type { BodyFormatConfig } from '../../config/types.ts'
import type { FormatContext } from './context.ts'
import { compileFormat } from './json.ts'

export interface BodyFormat {
  /** '' = text/plain. */
  readonly contentType: string
  /** `body` is a byte string, and so is what comes out. */
  format(context: FormatContext, body: string): string
}

/** Throws SLUICE_CONFIG_INVALID. */
export function compileBody({ format, contentType }: BodyFormatConfig, path: string): BodyFormat {
  const isJson = format.kind === 'json'
  const text = compileFormat(format, '', path)
  return {
    contentType: contentType !== '' || !isJson ? contentType : 'application/json',
    format: ({ info, requestHeaders, responseHeaders, responseTrailerMap }, body) =>
      text.format({ info, requestHeaders, responseHeaders, responseTrailerMap, localReplyBody: body }),
  }
}
