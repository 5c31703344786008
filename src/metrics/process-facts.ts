import { countOpenFiles, openFilesMax } from '../lib/open-files.ts'
import type { Family } from './exposition.ts'

/** What Prometheus's own clients tell of a process, as far as the system tells it us. */
export function processFamilies(): Family[] {
  const { user, system } = process.cpuUsage()
  return [
    counter('process_cpu_seconds_total', 'User and system CPU time spent.', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Resident memory.', process.memoryUsage.rss()),
    gauge(
      'process_start_time_seconds',
      'Start of the process, in seconds since the Unix epoch.',
      performance.timeOrigin / 1000,
    ),
    gauge('process_open_fds', 'Open files, connections among them.', countOpenFiles()),
    gauge('process_max_fds', 'How many files may be open.', openFilesMax()),
  ]
}

// --- internal ---

function counter(name: string, help: string, value: number): Family {
  return { name, help, type: 'counter', samples: [{ value }] }
}

/** @param value null: it is not known */
function gauge(name: string, help: string, value: number | null): Family {
  return { name, help, type: 'gauge', samples: value === null ? [] : [{ value }] }
}
