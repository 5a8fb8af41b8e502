import { raw } from 'hono/html'
import type { ComponentState } from '../../core/availability/current-state.ts'

/** A shape each, so that states differ without their colours too. The word stands beside it, so readers skip the shape. */
const shapes: Readonly<Record<ComponentState, string>> = {
  operational:
    '<circle cx="10" cy="10" r="9" fill="currentColor"/><path d="m5.8 10.3 2.9 2.9 5.5-6" class="cut"/>',
  degraded: '<path d="M10 1.2 19.4 18H.6z" fill="currentColor"/><path d="M10 7v5m0 2.2v1" class="cut"/>',
  outage:
    '<path d="M6.2 1h7.6L19 6.2v7.6L13.8 19H6.2L1 13.8V6.2z" fill="currentColor"/><path d="m6.6 6.6 6.8 6.8m0-6.8-6.8 6.8" class="cut"/>',
  maintenance:
    '<rect x="1.5" y="1.5" width="17" height="17" rx="3" fill="currentColor"/><path d="M5.5 7h9m-9 3.2h9m-9 3.2h5" class="cut"/>',
  unknown:
    '<circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 2.2"/><path d="M6.5 10h7" stroke="currentColor" stroke-width="2"/>',
}

export function stateIcon(state: ComponentState) {
  return raw(
    `<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">${shapes[state]}</svg>`,
  )
}
