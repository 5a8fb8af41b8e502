import type { Transaction } from 'kysely'
import type { BurnLevel } from '../../core/availability/budget-burn.ts'
import {
  type Alert,
  addAlert,
  clearAlert,
  markMailed,
  openAlerts,
  raiseAlert,
  subjectsAlerted,
  unmailedAlerts,
} from '../../store/alerts.ts'
import type { Schema } from '../../store/schema.ts'
import type { Mails } from '../channels/mail.ts'
import type { Step } from '../jobs/job-runner.ts'
import type { AllBudgets } from './all-budgets.ts'
import type { OrganizationBudget } from './organization-budget.ts'
import { exhaustedWords, mailDigest, tellBurning, tellExhausted } from './tell-budgets.ts'

/** Few enough that telling them holds up no batch: in an outage of everything all customers burn at once. */
const A_STEP = 50
const KINDS = ['budget.burning', 'budget.exhausted'] as const

/**
 * Opens, raises and clears the alerts of budgets. One burning alert a customer is open at most, and is told again only when
 * it got worse; that a budget is exhausted is told once a month. The provider's people get one mail for all of it.
 */
export async function followBudgets(budgets: AllBudgets, mails: Mails, step: Step): Promise<void> {
  const changes = await step(trx => changesOf(trx, budgets))
  for (let at = 0; at < changes.length; at += A_STEP) {
    await step(async (trx, atMs) => {
      for (const change of changes.slice(at, at + A_STEP)) await change(trx, mails, atMs)
    })
  }
  await step((trx, atMs) => mailAll(trx, mails, atMs))
}

type Change = (trx: Transaction<Schema>, mails: Mails, atMs: number) => Promise<void>

async function changesOf(trx: Transaction<Schema>, { organizations }: AllBudgets): Promise<Change[]> {
  const burning = await openAlerts(trx, 'budget.burning')
  const exhausted = await openAlerts(trx, 'budget.exhausted')
  const toldOf = new Map<string, Set<string>>()
  for (const month of new Set(organizations.map(({ budget }) => budget.month))) {
    toldOf.set(month, await subjectsAlerted(trx, 'budget.exhausted', month))
  }
  const promised = new Set(organizations.map(({ organizationId }) => organizationId))
  const gone = [...burning.values(), ...exhausted.values()].filter(({ subject }) => !promised.has(subject))
  return [
    ...gone.map(clears),
    ...organizations.flatMap(of => {
      const isTold = toldOf.get(of.budget.month)?.has(of.organizationId) === true
      return [
        burningChange(of, burning.get(of.organizationId)),
        exhaustedChange(of, exhausted.get(of.organizationId), isTold),
      ].filter(change => change !== undefined)
    }),
  ]
}

const RANKS: Readonly<Record<BurnLevel, number>> = { slow: 1, fast: 2 }

function burningChange(of: OrganizationBudget, open: Alert | undefined): Change | undefined {
  const { organizationId, burning, calm } = of
  if (burning === undefined) return open && calm ? clears(open) : undefined
  const { level, because } = burning
  if (open === undefined) {
    return async (trx, mails, atMs) => {
      const alert = {
        kind: 'budget.burning',
        subject: organizationId,
        level,
        because,
        openedMs: atMs,
      } as const
      await addAlert(trx, alert)
      await tellBurning(trx, mails, of, burning, atMs)
    }
  }
  if (RANKS[level] <= RANKS[open.level as BurnLevel]) return undefined
  return async (trx, mails, atMs) => {
    await raiseAlert(trx, open.id, { level, because })
    await tellBurning(trx, mails, of, burning, atMs)
  }
}

function exhaustedChange(
  of: OrganizationBudget,
  open: Alert | undefined,
  isTold: boolean,
): Change | undefined {
  const { organizationId, budget, quiet } = of
  const isExhausted = budget.exhaustedMs !== undefined
  // An exclusion may give some of it back; and each month has a budget of its own.
  if (open && (open.level !== budget.month || !isExhausted)) return clears(open)
  if (!isExhausted || isTold || quiet) return undefined
  return async (trx, mails, atMs) => {
    const because = exhaustedWords(budget)
    const alert = { kind: 'budget.exhausted', subject: organizationId, level: budget.month } as const
    await addAlert(trx, { ...alert, because, openedMs: atMs })
    await tellExhausted(trx, mails, of, atMs)
  }
}

function clears({ id }: Alert): Change {
  return (trx, _mails, atMs) => clearAlert(trx, id, atMs)
}

/** Also what an earlier run told the customers of and could not mail any more. */
async function mailAll(trx: Transaction<Schema>, mails: Mails, atMs: number): Promise<void> {
  const alerts = await unmailedAlerts(trx, KINDS)
  if (alerts.length === 0) return
  await mailDigest(trx, mails, alerts, atMs)
  await markMailed(trx, KINDS, atMs)
}
