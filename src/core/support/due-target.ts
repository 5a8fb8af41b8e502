import type { SupportPlan, Target } from '../contract/contract.ts'

export type Promised = 'firstResponse' | 'nextResponse' | 'resolution'

/**
 * What a support plan promises for a severity, undefined if nothing. An add-on's `firstResponse` replaces the
 * severities it names and leaves the others; of several add-ons the last one named holds.
 */
export function dueTarget(
  plan: SupportPlan,
  addOns: readonly string[],
  promised: Promised,
  severity: string,
): Target | undefined {
  const own = targetIn(plan.support[promised], severity)
  if (promised !== 'firstResponse') return own
  return addOns.reduce<Target | undefined>((held, name) => {
    const addOn = Object.hasOwn(plan.addOns, name) ? plan.addOns[name] : undefined
    return (addOn && targetIn(addOn.firstResponse, severity)) ?? held
  }, own)
}

function targetIn(targets: Readonly<Record<string, Target>>, severity: string): Target | undefined {
  return Object.hasOwn(targets, severity) ? targets[severity] : undefined
}
