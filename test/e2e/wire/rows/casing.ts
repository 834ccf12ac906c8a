/** Letter case of header names, and other options of how messages are written. */
import type { WireRow } from '../row.ts'
import { FORWARDED, GET, HOST, OK, get, plays, row } from './make.ts'

const LATER = { fate: 'closed later' } as const
const MIXED = `GET /x HTTP/1.1\r\nHOST: a.test\r\nX-ReQ: 1\r\nx-req: 2\r\nX-forwarded-FOR: 9.9.9.9\r\nAccept: a\r\nfoo$b#$are_c.d: 1\r\n\r\n`
const ANSWER =
  'HTTP/1.1 200 Fine\r\nX-AnsWer: 1\r\nx-answer: 2\r\nDATE: now\r\nSERVER: s\r\nvary: a\r\nVary: b\r\nset-COOKIE: c\r\nContent-length: 2\r\n\r\nok'
const CHUNKED_ANSWER = 'HTTP/1.1 200 OK\r\nTransfer-ENCODING: chunked\r\nX-aB: 1\r\n\r\n2\r\nok\r\n0\r\nX-TraiLer: 1\r\n\r\n'
const INTERIM = 'HTTP/1.1 103 Early\r\nLiNK: </a>\r\n\r\n'
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nCONNection: upgrade\r\nUPgrade: websocket\r\n\r\n'
const POST = `POST / HTTP/1.1\r\nhOst: a.test\r\n`

const PROFILES = [
  'proper_case',
  'preserve_case',
  'preserve_case_more',
  'preserve_case_of_requests',
  'preserve_case_over_proper',
] as const

/** The same conversations under every way to write names. */
const CASES: readonly WireRow[] = PROFILES.flatMap((profile) => [
  row(`casing/${profile}/mixed`, profile, MIXED, plays(ANSWER), FORWARDED),
  row(`casing/${profile}/no-fields`, profile, GET, plays(OK), FORWARDED),
  row(
    `casing/${profile}/in-pieces`,
    profile,
    [MIXED.slice(0, 40), 30, MIXED.slice(40, 90), 30, MIXED.slice(90)],
    plays(ANSWER),
    FORWARDED,
  ),
  row(`casing/${profile}/answer-in-pieces`, profile, MIXED, plays(ANSWER.slice(0, 30), 30, ANSWER.slice(30)), FORWARDED),
  row(`casing/${profile}/two`, profile, MIXED + get('/y', 'x-REQ: 3\r\n'), plays(ANSWER), FORWARDED, { answers: 2 }),
  row(
    `casing/${profile}/length`,
    profile,
    `${POST}CONTENT-Length: 2\r\nConNection: keep-alive\r\n\r\nab`,
    plays(ANSWER),
    FORWARDED,
  ),
  row(`casing/${profile}/no-length`, profile, `${POST}\r\n`, plays('HTTP/1.1 204 N\r\nX-No: 1\r\n\r\n'), [204, 'via_upstream']),
  row(
    `casing/${profile}/chunked`,
    profile,
    `${POST}TransFer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-TraiLer: 1\r\n\r\n`,
    plays(CHUNKED_ANSWER),
    FORWARDED,
  ),
  row(`casing/${profile}/interim`, profile, MIXED, plays(INTERIM + ANSWER), FORWARDED),
  row(`casing/${profile}/local`, profile, get('/direct', 'ACCept: x\r\n'), plays(OK), [201, 'direct_response']),
  row(`casing/${profile}/redirect`, profile, get('/redirect', 'ACCept: x\r\n'), plays(OK), [302, 'direct_response']),
  row(`casing/${profile}/refused`, profile, `GET / HTTP/1.1\r\n\r\n`, plays(OK), [400, 'missing_host_header'], LATER),
  row(
    `casing/${profile}/close`,
    profile,
    `GET / HTTP/1.1\r\n${HOST}CONNECTION: close\r\nX-Q: 1\r\n\r\n`,
    plays(ANSWER),
    FORWARDED,
    { fate: 'closed' },
  ),
  row(
    `casing/${profile}/until-close`,
    profile,
    MIXED,
    plays('HTTP/1.1 200 OK\r\nX-Un: 1\r\nCONNECTION: close\r\n\r\nok', 20, { end: 'FIN' }),
    FORWARDED,
  ),
])

export const CASING_ROWS: readonly WireRow[] = [
  ...CASES,
  row(
    'casing/upgrade',
    'preserve_case_upgrade',
    [`GET / HTTP/1.1\r\n${HOST}CONNection: Upgrade\r\nUPGrade: websocket\r\n\r\n`],
    plays(SWITCH, 50, { end: 'FIN' }),
    [101, 'via_upstream'],
    { fate: 'closed' },
  ),
  row('absolute/path', 'absolute_to_upstream', get('/a?b'), plays(OK), FORWARDED),
  row('absolute/asked', 'absolute_to_upstream', `GET http://b.test/c HTTP/1.1\r\n${HOST}\r\n`, plays(OK), FORWARDED),
  row('absolute/rewritten', 'absolute_to_upstream', get('/rewrite/a'), plays(OK), FORWARDED),
  row('absolute/options', 'absolute_to_upstream', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, plays(OK), [
    404,
    'absolute_path_rejected',
  ]),
  row(
    'upstream-length/both',
    'chunked_length_of_upstream',
    GET,
    plays('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
    FORWARDED,
  ),
  row('upstream-length/none', 'chunked_length_of_upstream', GET, plays(OK), FORWARDED),
]
