/** The functions of WASI preview 1 that a module may import. */
import { any, call, fill, outside, u32, u64, vector, type Call } from '../script.ts'
import { always, scenario, type Chapter } from '../scenario.ts'
import { inEveryPhase } from './common.ts'

/** File descriptors: standard streams, and one that nobody opened. */
const FILES = [0, 1, 2, 3]

const onFiles = (make: (fd: number) => Call): Call[] => FILES.map(make)

export const wasi: Chapter = {
  name: 'wasi',
  scenarios: [
    inEveryPhase('in-every-phase', [
      call('args_sizes_get', u32, u32),
      call('environ_sizes_get', u32, u32),
      call('clock_time_get', 0, 0n, any),
      call('fd_write', 1, vector('a line'), u32),
      call('sched_yield'),
    ]),
    scenario('environment', {
      script: {
        request_headers: always([
          call('args_get', any, any),
          call('environ_get', any, u64),
          call('args_sizes_get', outside(), any),
          call('environ_sizes_get', outside(), any),
          call('environ_sizes_get', any, outside()),
          call('environ_get', outside(), any),
        ]),
      },
    }),
    scenario('clocks', {
      script: {
        request_headers: always([
          ...[0, 1, 2, 3, -1].map((id) => call('clock_time_get', id, 0n, any)),
          call('clock_time_get', 0, 0n, outside()),
          ...[0, 1, 9].map((id) => call('clock_res_get', id, u64)),
          call('clock_res_get', 0, outside()),
          call('poll_oneoff', any, any, 1, u32),
          call('poll_oneoff', any, any, 1, outside()),
        ]),
      },
    }),
    scenario('output', {
      script: {
        request_headers: always([
          ...onFiles((fd) => call('fd_write', fd, vector('text\n'), u32)),
          ...onFiles((fd) => call('fd_pwrite', fd, vector('text'), 0n, u32)),
          call('fd_write', 1, vector(''), u32),
          call('fd_write', 1, 0, 0, u32),
          call('fd_write', 1, outside(), 1, u32),
          call('fd_write', 1, vector('text'), outside()),
          ...onFiles((fd) => call('fd_fdstat_get', fd, any)),
          call('fd_fdstat_get', 1, outside()),
        ]),
      },
    }),
    scenario('random', {
      script: {
        request_headers: always([
          call('random_get', fill(8)),
          call('random_get', fill(65_536)),
          call('random_get', fill(65_537)),
          call('random_get', outside(), 8),
          call('random_get', 0, 0),
        ]),
      },
    }),
    scenario('files', {
      script: {
        request_headers: always([
          ...onFiles((fd) => call('fd_advise', fd, 0n, 0n, 0)),
          ...onFiles((fd) => call('fd_allocate', fd, 0n, 0n)),
          ...onFiles((fd) => call('fd_close', fd)),
          ...onFiles((fd) => call('fd_datasync', fd)),
          ...onFiles((fd) => call('fd_sync', fd)),
          ...onFiles((fd) => call('fd_fdstat_set_flags', fd, 0)),
          ...onFiles((fd) => call('fd_fdstat_set_rights', fd, 0n, 0n)),
          ...onFiles((fd) => call('fd_filestat_get', fd, any)),
          ...onFiles((fd) => call('fd_filestat_set_size', fd, 0n)),
          ...onFiles((fd) => call('fd_filestat_set_times', fd, 0n, 0n, 0)),
          ...onFiles((fd) => call('fd_pread', fd, 0, 0, 0n, any)),
          ...onFiles((fd) => call('fd_read', fd, 0, 0, any)),
          ...onFiles((fd) => call('fd_readdir', fd, 0, 0, 0n, any)),
          ...onFiles((fd) => call('fd_renumber', fd, 1)),
          ...onFiles((fd) => call('fd_seek', fd, 0n, 0, any)),
          ...onFiles((fd) => call('fd_tell', fd, any)),
          ...onFiles((fd) => call('fd_prestat_get', fd, any)),
          ...onFiles((fd) => call('fd_prestat_dir_name', fd, 0, 0)),
          call('path_create_directory', 3, 'd'),
          call('path_filestat_get', 3, 0, 'f', any),
          call('path_filestat_set_times', 3, 0, 'f', 0n, 0n, 0),
          call('path_link', 3, 0, 'a', 3, 0),
          call('path_open', 3, 0, 'f', 0, 0n, 0n, 0, any),
          call('path_readlink', 3, 'f', 0, 0, any),
          call('path_remove_directory', 3, 'd'),
          call('path_rename', 3, 'a', 3, 'b'),
          call('path_symlink', 'a', 3, 0),
          call('path_unlink_file', 3, 'f'),
          call('sock_accept', 3, 0, any),
          call('sock_recv', 3, 0, 0, 0, any, any),
          call('sock_send', 3, 0, 0, 0, any),
          call('sock_shutdown', 3, 0),
        ]),
      },
    }),
    scenario('exit', { script: { request_headers: always([call('proc_exit', 0), call('proc_exit', 7), call('sched_yield')]) } }),
  ],
}
