import { html, raw } from 'hono/html'
import { fraction, subtract, divide, ONE } from '../../core/exact/fraction.ts'
import type { HistoryDay } from '../../core/availability/day-history.ts'
import { uptimeText } from '../../core/availability/uptime.ts'
import type { Part } from './page-shell.ts'
import { componentName, type StatusComponent } from './status-facts.ts'
import { dayText, historyDayText, historyText, lengthText } from './status-words.ts'

/** Width and height are the drawing's own: it is stretched to whatever room there is. */
const STEP = 10
const BAR = 7
const HEIGHT = 40
const GAP = 3

/** A bar a day. Each says in words what it shows; the picture as a whole has a sentence. */
export function dayBars({ group, days, uptime }: StatusComponent) {
  const width = days.length * STEP - GAP
  const bars = days.map((day, at) => {
    const hit = `<rect class="hit" x="${at * STEP - GAP / 2}" width="${STEP}" height="${HEIGHT}"/>`
    return `<g><title>${historyDayText(day)}</title>${barOf(day, at * STEP)}${hit}</g>`
  })
  const label = historyText(componentName(group), days, uptime)
  return html`<svg
    class="bars"
    role="img"
    viewBox="0 0 ${width} ${HEIGHT}"
    preserveAspectRatio="none"
    aria-label="${label}"
  >
    ${raw(bars.join(''))}
  </svg>`
}

/**
 * Shapes beside colours: whole is up; broken in two is down, the upper part growing with the time and hatched when it is
 * a quarter of an hour or more; broken in three is maintenance; a stub is a day that was not measured.
 */
function barOf(day: Pick<HistoryDay, 'kind' | 'downMs'>, x: number): string {
  const piece = (tone: string, y: number, height: number) =>
    `<rect class="${tone}" x="${x}" y="${y}" width="${BAR}" height="${height}" rx="1.5"/>`
  switch (day.kind) {
    case 'up':
      return piece('ok', 0, HEIGHT)
    case 'maintenance':
      return [0, 14.5, 29].map(y => piece('work', y, 11)).join('')
    case 'none':
      return piece('none', HEIGHT - 5, 5)
    case 'minor':
    case 'major':
    default: {
      const part = partDown(day.downMs)
      const rest = HEIGHT - part - GAP
      const upper = piece(day.kind === 'minor' ? 'warn' : 'bad', 0, part)
      return rest < 2 ? upper : upper + piece('ok', part + GAP, rest)
    }
  }
}

/** By the logarithm: ten seconds can be seen, and an hour still differs from a day. */
function partDown(downMs: number): number {
  const share = Math.log(1 + downMs / 10_000) / Math.log(1 + 8640)
  return Math.round((8 + share * (HEIGHT - 8)) * 10) / 10
}

/** The same as text: the days that stand out, and how many do not. */
export function dayTable({ group, days }: StatusComponent): Part {
  const told = days.filter(({ kind }) => kind !== 'up' && kind !== 'none').toReversed()
  const plain = days.filter(({ kind }) => kind === 'up').length
  const none = days.length - told.length - plain
  const rest = [
    ...(plain > 0 ? [`${plain} of ${days.length} days without down time`] : []),
    ...(none > 0 ? [`${none} not measured`] : []),
  ].join(', ')
  return html`<details>
    <summary>Days in words<span class="skip"> of ${componentName(group)}</span></summary>
    <p>${rest === '' ? 'Every day stands out.' : `${rest}.`}</p>
    ${
      told.length === 0
        ? ''
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Days of ${componentName(group)}">
            <table>
              <thead>
                <tr>
                  <th scope="col">Day</th>
                  <th scope="col" class="number">Down</th>
                  <th scope="col" class="number">Maintenance</th>
                  <th scope="col" class="number">Uptime</th>
                </tr>
              </thead>
              <tbody>
                ${told.map(dayRow)}
              </tbody>
            </table>
          </div>`
    }
  </details>`
}

function dayRow({ day, downMs, measuredMs, maintenanceMs }: HistoryDay): Part {
  const uptime = uptimeText(subtract(ONE, divide(fraction(downMs), fraction(measuredMs))))
  return html`<tr>
    <th scope="row">${dayText(Date.parse(day))}</th>
    <td class="number">${downMs > 0 ? lengthText(downMs) : 'none'}</td>
    <td class="number">${maintenanceMs > 0 ? lengthText(maintenanceMs) : 'none'}</td>
    <td class="number">${uptime} %</td>
  </tr>`
}

/** What the shapes mean, drawn by the same hand. */
export function barLegend(): Part {
  const samples = [
    [{ kind: 'up', downMs: 0 }, 'no down time'],
    [{ kind: 'minor', downMs: 300_000 }, 'less than 15 min down'],
    [{ kind: 'major', downMs: 7_200_000 }, '15 min down or more'],
    [{ kind: 'maintenance', downMs: 0 }, 'maintenance, no down time'],
    [{ kind: 'none', downMs: 0 }, 'not measured'],
  ] as const
  return html`<ul class="legend" aria-label="What the bars mean">
    ${samples.map(
      ([day, text]) =>
        html`<li>
          ${raw(
            `<svg class="bars" viewBox="0 0 ${BAR} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${barOf(day, 0)}</svg>`,
          )}
          ${text}
        </li>`,
    )}
  </ul>`
}

/** Drawn once a page, and used by every bar that is hatched. */
export const hatch = raw(
  '<svg class="pattern" aria-hidden="true" focusable="false"><defs><pattern id="hatch" width="5" height="5" ' +
    'patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect class="bad-ground" width="5" height="5"/>' +
    '<path class="bad-lines" d="M0 0h5"/></pattern></defs></svg>',
)
