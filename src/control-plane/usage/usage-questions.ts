import type { Kysely } from 'kysely'
import type { Outcome } from '../../store/outcome.ts'
import { type AppSpan, type PeakMinute, peakMinutes } from '../../store/request-usage.ts'
import type { Schema } from '../../store/schema.ts'
import {
  type ComponentQuestion,
  type ComponentSlices,
  componentSlices,
} from '../availability/component-slices.ts'
import { type CustomerCost, type OutageCostQuestion, costOfOutages } from '../budgets/outage-costs.ts'
import {
  type CustomerAvailability,
  type CustomerAvailabilityQuestion,
  customerAvailability,
} from '../availability/customer-availability.ts'
import { type ComponentDays, type DayQuestion, judgeDay } from '../availability/judge-day.ts'
import { type ClosingMonth, createPlatformTimes } from '../availability/organization-sla.ts'
import {
  type AvailabilityQuestion,
  type PlatformAvailability,
  platformAvailability,
} from '../availability/platform-availability.ts'
import { type SlaMonthsQuestion, slaMonths } from '../availability/sla-months.ts'
import { type SlaStatement, type StatementQuestion, openStatement } from '../availability/sla-statement.ts'
import { type AllBudgets, type AllBudgetsQuestion, allBudgets } from '../budgets/all-budgets.ts'
import {
  type ComponentOutageQuestion,
  type ComponentOutages,
  judgeComponents,
} from '../budgets/judge-components.ts'
import { type OutageQuestion, type Outages, judgeOutages } from '../budgets/judge-outages.ts'
import {
  type OrganizationBudget,
  type OrganizationBudgetQuestion,
  organizationBudget,
} from '../budgets/organization-budget.ts'
import { createAgreements } from '../invoicing/agreement.ts'
import {
  type AppMonthQuestion,
  type MonthQuestion,
  type MonthWithRequests,
  type OrganizationUsage,
  appMonthUsage,
  organizationUsage,
} from './organization-usage.ts'
import { type BilledUsage, type MonthUsage, monthUsage } from './month-usage.ts'
import { type RequestQuestion, type RequestUsage, requestUsage } from './request-usage.ts'

/** What can be asked of usage: name to question and answer, both plain data that crosses threads. */
export interface UsageQuestions {
  readonly month: { readonly question: MonthQuestion; readonly answer: MonthUsage }
  /** What a month is billed by: never an answer to an earlier question. */
  readonly billed: { readonly question: MonthQuestion; readonly answer: BilledUsage }
  readonly organization: { readonly question: MonthQuestion; readonly answer: OrganizationUsage }
  readonly app: { readonly question: AppMonthQuestion; readonly answer: MonthWithRequests }
  readonly requests: { readonly question: RequestQuestion; readonly answer: RequestUsage }
  readonly components: { readonly question: ComponentQuestion; readonly answer: ComponentSlices }
  /** A month's SLA that is not closed. */
  readonly sla: { readonly question: StatementQuestion; readonly answer: SlaStatement }
  /** What closing months needs of slices. */
  readonly slaMonths: { readonly question: SlaMonthsQuestion; readonly answer: readonly ClosingMonth[] }
  readonly availability: { readonly question: AvailabilityQuestion; readonly answer: PlatformAvailability }
  /** Of one customer or one of its apps. */
  readonly customerAvailability: {
    readonly question: CustomerAvailabilityQuestion
    readonly answer: CustomerAvailability
  }
  /** A day of the status page. */
  readonly day: { readonly question: DayQuestion; readonly answer: ComponentDays }
  readonly outageCost: { readonly question: OutageCostQuestion; readonly answer: readonly CustomerCost[] }
  readonly outages: { readonly question: OutageQuestion; readonly answer: readonly Outages[] }
  readonly componentOutages: {
    readonly question: ComponentOutageQuestion
    readonly answer: readonly ComponentOutages[]
  }
  /** Of one customer; undefined: nothing is promised to it. */
  readonly budget: {
    readonly question: OrganizationBudgetQuestion
    readonly answer: OrganizationBudget | undefined
  }
  readonly budgets: { readonly question: AllBudgetsQuestion; readonly answer: AllBudgets }
  /** The busiest minute of an app by endpoint and platform, of what took a place of a limit. */
  readonly peaks: { readonly question: AppSpan; readonly answer: readonly PeakMinute[] }
}

export type UsageKind = keyof UsageQuestions

/** Answers questions of usage. Rejects when the store cannot be read. */
export interface UsageReader {
  ask<Kind extends UsageKind>(
    kind: Kind,
    question: UsageQuestions[Kind]['question'],
  ): Promise<UsageQuestions[Kind]['answer']>
  /** What is still being read is not answered any more. */
  close(): Promise<void>
}

type Answers = {
  readonly [Kind in UsageKind]: (
    db: Kysely<Schema>,
    question: UsageQuestions[Kind]['question'],
  ) => Promise<UsageQuestions[Kind]['answer']>
}

/** The others were turned away. */
const ADMITTED: readonly Outcome[] = ['served', 'failed', 'client-error', 'aborted']

/** They keep what they have read that many questions need, so there is one of them a thread. */
export function createUsageAnswers(): Answers {
  const agreements = createAgreements()
  const platformTimes = createPlatformTimes(agreements)
  return {
    month: (db, { organizationId, month, nowMs }) => monthUsage(db, organizationId, month, nowMs),
    async billed(db, { organizationId, month, nowMs }) {
      const { mau, connections } = await monthUsage(db, organizationId, month, nowMs)
      return { mau, connections }
    },
    organization: organizationUsage,
    app: appMonthUsage,
    requests: requestUsage,
    components: componentSlices,
    sla: (db, question) => openStatement(db, agreements, question),
    slaMonths: (db, question) => slaMonths(db, agreements, question, platformTimes(db, question.nowMs)),
    availability: (db, question) => platformAvailability(db, agreements, question),
    customerAvailability: (db, question) => customerAvailability(db, agreements, question),
    day: (db, question) => judgeDay(db, agreements, question),
    outageCost: (db, { nowMs }) => costOfOutages(db, agreements, nowMs),
    outages: (db, question) => judgeOutages(db, agreements, question),
    componentOutages: (db, question) => judgeComponents(db, agreements, question),
    budget: (db, question) => organizationBudget(db, agreements, question),
    budgets: (db, question) => allBudgets(db, agreements, question),
    peaks: (db, span) => peakMinutes(db, span, ADMITTED),
  }
}

/** Reads on the thread that asks: for a command that does nothing else. The store stays its owner's. */
export function directUsageReader(db: Kysely<Schema>): UsageReader {
  const answers = createUsageAnswers()
  return {
    ask: (kind, question) => answers[kind](db, question),
    close: async () => undefined,
  }
}
