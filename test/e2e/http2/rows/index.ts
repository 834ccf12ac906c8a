/** Every row of the HTTP/2 suite. */
import type { Http2Row } from '../row.ts'
import { ANSWER_ROWS } from './answers.ts'
import { REQUEST_ROWS } from './requests.ts'
import { TUNNEL_ROWS } from './tunnels.ts'

export const ROWS: readonly Http2Row[] = [...REQUEST_ROWS, ...ANSWER_ROWS, ...TUNNEL_ROWS]
