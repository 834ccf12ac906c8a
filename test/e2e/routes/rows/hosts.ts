/** Which virtual host serves an authority. */
import { to, type Scenario } from '../scenario.ts'

function host(cluster: string, ...domains: string[]): object {
  return { name: `host ${cluster}`, domains, routes: [to(cluster, { prefix: '/' })] }
}

export const HOST_SCENARIOS: readonly Scenario[] = [
  {
    name: 'domains: exact before suffix before prefix before any',
    table: {
      virtual_hosts: [host('a', 'a.test', 'port.test:81'), host('b', '*.a.test', '*-b.test'), host('c', 'c.*'), host('z', '*')],
    },
    exchanges: [
      ['GET a.test/', '200 a'],
      ['GET A.Test/', '200 a'],
      ['GET a.test:80/', '200 z'],
      ['GET port.test:81/', '200 a'],
      ['GET port.test/', '200 z'],
      ['GET x.a.test/', '200 b'],
      ['GET x.y.A.test/', '200 b'],
      ['GET .a.test/', '200 z'],
      ['GET x-b.test/', '200 b'],
      ['GET c.anything/', '200 c'],
      ['GET c./', '200 z'],
      ['GET other/', '200 z'],
    ],
  },
  {
    name: 'domains: the longest wildcard wins',
    table: { virtual_hosts: [host('a', '*.test'), host('b', '*.b.test'), host('c', 'x.*', '*.c.b.test')] },
    exchanges: [
      ['GET a.test/', '200 a'],
      ['GET x.b.test/', '200 b'],
      ['GET y.c.b.test/', '200 c'],
      ['GET x.org/', '200 c'],
      ['GET org/', '404'],
    ],
  },
  {
    name: 'domains: ports that are not compared',
    table: {
      ignore_port_in_host_matching: true,
      virtual_hosts: [host('a', 'a.test', '[::1]'), host('b', '*.b.test'), host('z', '*')],
    },
    exchanges: [
      ['GET a.test:81/', '200 a'],
      ['GET A.test/', '200 a'],
      ['GET a.test:x/', '200 a'],
      ['GET a.test:/', '200 a'],
      ['GET [::1]:80/', '200 a'],
      ['GET [::1]/', '200 a'],
      ['GET x.b.test:1/', '200 b'],
    ],
  },
  {
    name: 'paths: parameters that are not compared',
    table: {
      ignore_path_parameters_in_path_matching: true,
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            to('a', { path: '/a/x' }),
            to('b', { safe_regex: { regex: '/b+' } }),
            to('c', { path_separated_prefix: '/c' }),
          ],
        },
      ],
    },
    exchanges: [
      ['GET h/a;p=1/x?y', '200 a'],
      ['GET h/a;p=1/x;q;r?y', '200 a'],
      ['GET h/a/x?a;b/c', '200 a'],
      ['GET h/;p/a/x', '404'],
      ['GET h/bb;c', '200 b'],
      ['GET h/c;x', '200 c'],
      ['GET h/c/d;x', '200 c'],
      ['GET h/cd;x', '404'],
    ],
  },
]
