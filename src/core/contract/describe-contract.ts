import type { Availability, Contract, Metering, Probe } from './contract.ts'
import { describeCallers } from './describe-callers.ts'
import { describeLimits } from './describe-limits.ts'
import { describePlans } from './describe-plans.ts'
import { describeSupportPlans } from './describe-support.ts'
import { counted, enumerated, wrapped } from './plain-words.ts'

/** A checked contract in plain words, as a customer would read it; text for a terminal, at most 100 columns where it can be. */
export function describeContract(contract: Contract): string {
  const { name, description, availability, metering, supportPlans, plans } = contract
  return [
    ...wrapped(description === undefined ? name : `${name}: ${description}`),
    ...section('Who is calling', describeCallers(contract)),
    ...section('Limits', describeLimits(contract)),
    ...section('What is counted', describeMetering(metering)),
    ...section('What counts as down', describeAvailability(availability)),
    ...(Object.keys(plans).length === 0 ? [] : section('Plans', describePlans(contract))),
    ...(Object.keys(supportPlans).length === 0
      ? []
      : section('Uptime and support', describeSupportPlans(contract))),
    '',
  ].join('\n')
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', title, '-'.repeat(title.length), ...lines]
}

function describeMetering({ mau, connections }: Metering): string[] {
  const lines = wrapped(
    `A user is active in a calendar month (UTC) once it ${activeWords(mau)}; server tokens never count.`,
  )
  if (connections.length === 0) return [...lines, ...wrapped('Connections are not counted.')]
  const peak = `Peak connections are the most that were open at once in the month, on ${enumerated(connections)}.`
  return [...lines, ...wrapped(peak)]
}

export function activeWords(mau: Metering['mau']): string {
  return mau === 'connection'
    ? 'opened a connection'
    : 'made an admitted request or opened a connection with its own token'
}

function describeAvailability(availability: Availability): string[] {
  const { sliceSeconds, errorPercent, minRequests, minFailed, maintenanceNoticeHours, groups, probes } =
    availability
  const least = minFailed > 1 ? `, and at least ${minFailed} of them` : ''
  const blind =
    minFailed > minRequests
      ? ` One with fewer than ${minFailed} requests is up even if all of them failed.`
      : ''
  const paragraphs = [
    `Time is measured in slices of ${counted(sliceSeconds, 'second')}, for each app. A slice is down when more than ` +
      `${errorPercent} % of at least ${counted(minRequests, 'valid request')} failed${least}.${blind} With fewer requests the ` +
      'slices around it, all apps together, or a probe decide.',
    'A request failed when the API answered with a 5xx, too late, not at all or only in part. A request that the ' +
      'API refused (4xx) is valid and did not fail; one that Weir refused, over a limit for example, does not count.',
    `Maintenance announced at least ${counted(maintenanceNoticeHours, 'hour')} before it starts is not down time.`,
    ...Object.entries(groups).map(
      ([name, endpoints]) => `The status page shows ${name}: ${enumerated(endpoints)}.`,
    ),
    ...probes.map(probe => `The probe ${probe.name} ${probeWords(probe)}.`),
  ]
  return paragraphs.flatMap(paragraph => wrapped(paragraph))
}

export function probeWords({ request, everySeconds, expectStatus, expectBody, withinMs }: Probe): string {
  if (expectStatus === 101) {
    return `opens a WebSocket with ${request} every ${counted(everySeconds, 'second')} and expects that to take at most ${withinMs} ms`
  }
  const body = expectBody === undefined ? '' : ` whose body holds ${JSON.stringify(expectBody)}`
  return `asks ${request} every ${counted(everySeconds, 'second')} and expects a ${expectStatus}${body} within ${withinMs} ms`
}
