/** To which of three endpoints a hash leads: to the same one in both proxies, or the hash differs. */
import { to, type Exchange, type Scenario } from '../scenario.ts'

const WORDS = Array.from({ length: 12 }, (_, index) => `${'word'.repeat(index)}${index * 7919}`)

function hashed(name: string, policies: readonly object[], requests: readonly string[]): Scenario {
  const exchanges = requests.map((request): Exchange => [request, '200 *'])
  return { name: `hash: ${name}`, routes: [to('ring', { prefix: '/' }, { hash_policy: policies })], exchanges }
}

const HEADER = { header: { header_name: 'X-K' } }
const QUERY = { query_parameter: { name: 'k' } }

export const HASH_SCENARIOS: readonly Scenario[] = [
  hashed(
    'header',
    [HEADER],
    WORDS.map((word) => `GET h/ | x-k: ${word}`),
  ),
  hashed(
    'all values of a header',
    [HEADER],
    WORDS.flatMap((word) => [`GET h/ | x-k: ${word} | x-k: b`, `GET h/ | x-k: b | x-k: ${word}`]),
  ),
  hashed(
    'a part of a header',
    [{ header: { header_name: 'x-k', regex_rewrite: { pattern: { regex: '^(.).*$' }, substitution: String.raw`\1` } } }],
    WORDS.map((word) => `GET h/ | x-k: ${word}`),
  ),
  hashed(
    'query parameter',
    [QUERY],
    WORDS.map((word) => `GET h/?x=1&k=${word}&k=2`),
  ),
  hashed(
    'cookie',
    [{ cookie: { name: 'k' } }],
    WORDS.flatMap((word) => [`GET h/ | cookie: a=b; k=${word}`, `GET h/ | cookie: k="${word}"; c=d`]),
  ),
  hashed(
    'source address',
    [{ connection_properties: { source_ip: true } }],
    WORDS.map((_, index) => `GET h/ | x-forwarded-for: 10.0.${index}.1`),
  ),
  hashed(
    'several policies',
    [HEADER, QUERY],
    WORDS.flatMap((word) => [`GET h/?k=${word} | x-k: ${word}x`, `GET h/?k=${word}`]),
  ),
  hashed(
    'equal parts',
    [HEADER, QUERY],
    WORDS.map((word) => `GET h/?k=${word} | x-k: ${word}`),
  ),
  hashed(
    'a terminal policy',
    [{ ...HEADER, terminal: true }, QUERY],
    WORDS.flatMap((word) => [`GET h/?k=${word} | x-k: a`, `GET h/?k=${word}`]),
  ),
  {
    name: 'hash: a cookie that is made, where a hash is asked for',
    routes: [
      to('a', { prefix: '/plain' }, { hash_policy: [{ cookie: { name: 'k', ttl: '60s' } }] }),
      to(
        'lone',
        { prefix: '/path' },
        {
          hash_policy: [
            {
              cookie: {
                name: 'k',
                ttl: '0s',
                path: '/p',
                attributes: [{ name: 'SameSite', value: 'Strict' }, { name: 'Secure' }],
              },
            },
          ],
        },
      ),
      to('lone', { prefix: '/' }, { hash_policy: [{ cookie: { name: 'k', ttl: '60s' } }] }),
    ],
    exchanges: [
      ['GET h/', ['200 a', 'set-cookie: k=*; Max-Age=60; HttpOnly']],
      ['GET h/ | cookie: k=', ['200 a', 'set-cookie: k=*; Max-Age=60; HttpOnly']],
      ['GET h/path', ['200 a', 'set-cookie: k=*; Path=/p; SameSite=Strict; Secure; HttpOnly']],
      ['GET h/ | cookie: k=1', ['200 a', '- set-cookie']],
      ['GET h/plain', ['200 a', '- set-cookie']],
    ],
  },
]
