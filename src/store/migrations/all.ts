import type { Migration } from 'kysely/migration'
import { foundation } from './0001-foundation.ts'
import { recording } from './0002-recording.ts'
import { jobs } from './0003-jobs.ts'
import { terms } from './0004-terms.ts'
import { invoices } from './0005-invoices.ts'
import { events } from './0006-events.ts'
import { keyCheck } from './0007-key-check.ts'
import { usage } from './0008-usage.ts'
import { dueChecks } from './0009-due-checks.ts'
import { sharedToken } from './0010-shared-token.ts'
import { nodeSilence } from './0011-node-silence.ts'
import { availability } from './0012-availability.ts'
import { probeApps } from './0013-probe-apps.ts'
import { evidenceKeys } from './0014-evidence-keys.ts'
import { sliceDays } from './0015-slice-days.ts'
import { statusPage } from './0016-status-page.ts'
import { budgets } from './0017-budgets.ts'
import { decisions } from './0018-decisions.ts'

/** Every migration by name, applied in the order of their numbers. One that was released never changes. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-foundation': foundation,
  '0002-recording': recording,
  '0003-jobs': jobs,
  '0004-terms': terms,
  '0005-invoices': invoices,
  '0006-events': events,
  '0007-key-check': keyCheck,
  '0008-usage': usage,
  '0009-due-checks': dueChecks,
  '0010-shared-token': sharedToken,
  '0011-node-silence': nodeSilence,
  '0012-availability': availability,
  '0013-probe-apps': probeApps,
  '0014-evidence-keys': evidenceKeys,
  '0015-slice-days': sliceDays,
  '0016-status-page': statusPage,
  '0017-budgets': budgets,
  '0018-decisions': decisions,
}
