import init from '../../migrations/0000_init.sql' with { type: 'text' }
import workfunder from '../../migrations/0001_workfunder.sql' with { type: 'text' }
import runs from '../../migrations/0002_runs.sql' with { type: 'text' }
import keysMakersAndDeadlines from '../../migrations/0003_keys_makers_and_deadlines.sql' with { type: 'text' }
import targetsAndIndexes from '../../migrations/0004_targets_and_indexes.sql' with { type: 'text' }
import lists from '../../migrations/0005_lists.sql' with { type: 'text' }
import workflowVariables from '../../migrations/0006_workflow_variables.sql' with { type: 'text' }
import verifiersNameTheirSecret from '../../migrations/0007_verifiers_name_their_secret.sql' with {
  type: 'text',
}
import keyRotation from '../../migrations/0008_key_rotation.sql' with { type: 'text' }
import audit from '../../migrations/0009_audit.sql' with { type: 'text' }
import dueRounds from '../../migrations/0010_due_rounds.sql' with { type: 'text' }
import auditSince from '../../migrations/0011_audit_since.sql' with { type: 'text' }
import keysOfAccount from '../../migrations/0012_keys_of_account.sql' with { type: 'text' }
import dashboardSessions from '../../migrations/0013_dashboard_sessions.sql' with { type: 'text' }
import keyInsight from '../../migrations/0014_key_insight.sql' with { type: 'text' }
import booksAndRounds from '../../migrations/0015_books_and_rounds.sql' with { type: 'text' }
import openTasksByBand from '../../migrations/0016_open_tasks_by_band.sql' with { type: 'text' }
import keyEnds from '../../migrations/0017_key_ends.sql' with { type: 'text' }
import tasksWithWorkers from '../../migrations/0018_tasks_with_workers.sql' with { type: 'text' }
import windowChunks from '../../migrations/0019_window_chunks.sql' with { type: 'text' }
import receiversDue from '../../migrations/0020_receivers_due.sql' with { type: 'text' }
import webhookPaths from '../../migrations/0021_webhook_paths.sql' with { type: 'text' }

export type Migration = { tag: string; sql: string }

/**
 * Every migration in the order it is applied, embedded in the executable. A test holds it to migrations/. They are
 * made from schema/ (`bun run migrate:new`), where all times are ms since the Unix epoch and JSON stands in text
 * columns as the client sent it.
 */
export const migrations: readonly Migration[] = [
  { tag: '0000_init', sql: init },
  { tag: '0001_workfunder', sql: workfunder },
  { tag: '0002_runs', sql: runs },
  { tag: '0003_keys_makers_and_deadlines', sql: keysMakersAndDeadlines },
  { tag: '0004_targets_and_indexes', sql: targetsAndIndexes },
  { tag: '0005_lists', sql: lists },
  { tag: '0006_workflow_variables', sql: workflowVariables },
  { tag: '0007_verifiers_name_their_secret', sql: verifiersNameTheirSecret },
  { tag: '0008_key_rotation', sql: keyRotation },
  { tag: '0009_audit', sql: audit },
  { tag: '0010_due_rounds', sql: dueRounds },
  { tag: '0011_audit_since', sql: auditSince },
  { tag: '0012_keys_of_account', sql: keysOfAccount },
  { tag: '0013_dashboard_sessions', sql: dashboardSessions },
  { tag: '0014_key_insight', sql: keyInsight },
  { tag: '0015_books_and_rounds', sql: booksAndRounds },
  { tag: '0016_open_tasks_by_band', sql: openTasksByBand },
  { tag: '0017_key_ends', sql: keyEnds },
  { tag: '0018_tasks_with_workers', sql: tasksWithWorkers },
  { tag: '0019_window_chunks', sql: windowChunks },
  { tag: '0020_receivers_due', sql: receiversDue },
  { tag: '0021_webhook_paths', sql: webhookPaths },
]
