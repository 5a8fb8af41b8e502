import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** A browser that tests drive; `CHROMIUM` names another Chromium or Chrome. */
export const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** A font with Chinese and Japanese letters, under the Apache licence. */
export const asianFontPath = '/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf'

/** Poppler’s, which reads PDFs as people’s programs do. */
export const pdfProgramPath = { text: '/usr/bin/pdftotext', info: '/usr/bin/pdfinfo' } as const

/** Prometheus’ own checker of rules and metrics. */
export const promtoolPath = '/usr/bin/promtool'

/** What tests use and npm cannot bring: where they are, and in which package of Debian's. */
const programs = [
  { path: chromiumPath, debianPackage: 'chromium' },
  { path: '/usr/bin/curl', debianPackage: 'curl' },
  { path: asianFontPath, debianPackage: 'fonts-droid-fallback' },
  { path: pdfProgramPath.text, debianPackage: 'poppler-utils' },
  { path: '/usr/lib/postgresql', debianPackage: 'postgresql' },
  { path: promtoolPath, debianPackage: 'prometheus' },
] as const

/**
 * Installs what is missing, as root on Debian and its kin. Elsewhere it says what to install: the tests that
 * need it fail then, since a test that is left out proves nothing.
 */
export function provideSystemPrograms(): void {
  const missing = programs.filter(({ path }) => !existsSync(path))
  if (missing.length === 0) return
  const packages = missing.map(({ debianPackage }) => debianPackage)
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    const paths = missing.map(({ path }) => path).join(' and ')
    process.stderr.write(`tests need ${paths}: install ${packages.join(' and ')}, or set CHROMIUM\n`)
    return
  }
  process.stdout.write(`installing ${packages.join(', ')}\n`)
  aptGet('update', '--quiet=2')
  aptGet('install', '--quiet=2', '--yes', '--no-install-recommends', ...packages)
}

function aptGet(...args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // Warnings of apt and dpkg are no concern of a test run; a failure is, and tells all.
  const { status, stdout, stderr } = spawnSync('/usr/bin/apt-get', args, { env, encoding: 'utf8' })
  if (status !== 0) process.stderr.write(`apt-get ${args.join(' ')} failed:\n${stdout}${stderr}`)
}
