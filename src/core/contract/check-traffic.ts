import type { Endpoint } from './contract.ts'
import { checkEndpointName, type KnownNames, type Report } from './check-limits.ts'
import { suggestion } from './nearest-name.ts'
import { createPatternJudge, type PatternJudge } from './pattern-safety.ts'
import { childOf, entriesOf, itemsOf, textOf, type TreeEntry, type TreeNode } from './yaml-tree.ts'

/** Rules between the keys of upstream, identity, platforms, metering and cors, which no single shape can state. */
export function checkTraffic(
  root: TreeNode,
  endpoints: readonly Endpoint[],
  known: KnownNames,
  report: Report,
): void {
  checkUpstream(root, report)
  checkIdentity(root, report)
  checkPlatforms(root, report)
  checkUnmatched(root, known, report)
  checkMetering(root, endpoints, known, report)
  checkOrigins(root, report)
}

function entryOf(node: TreeNode | undefined, key: string): TreeEntry | undefined {
  return node?.kind === 'map' ? node.entries.get(key) : undefined
}

function checkUpstream(root: TreeNode, report: Report): void {
  const upstream = childOf(root, 'upstream')
  const urls = entryOf(upstream, 'urls')
  if (urls !== undefined && childOf(upstream, 'url') !== undefined) {
    report(urls.keyStart, '`upstream` has both `url` and `urls`; keep one of the two')
  }
}

function checkIdentity(root: TreeNode, report: Report): void {
  const identity = childOf(root, 'identity')
  for (const part of ['apiKey', 'token']) {
    const entry = entryOf(identity, part)
    if (entry?.value.kind !== 'map') continue
    if (childOf(entry.value, 'header') === undefined && childOf(entry.value, 'query') === undefined) {
      report(entry.keyStart, `\`identity.${part}\` needs \`header\` or \`query\`, or both`)
    }
    const header = childOf(entry.value, 'header')
    if (header && RESERVED_HEADER.test(textOf(header) ?? '')) {
      report(
        header.start,
        `the header \`${textOf(header)}\` is Weir’s or the connection’s own; choose another`,
      )
    }
  }
  const token = childOf(identity, 'token')
  for (const place of ['header', 'query']) {
    const entry = entryOf(token, place)
    const name = textOf(entry?.value)?.toLowerCase()
    if (
      entry !== undefined &&
      name !== undefined &&
      textOf(childOf(childOf(identity, 'apiKey'), place))?.toLowerCase() === name
    ) {
      report(entry.value.start, `the API key and the token cannot share the ${place} \`${name}\``)
    }
  }
  checkAlgorithm(token, report)
  const serverClaim = entryOf(identity, 'serverClaim')
  const userClaim = textOf(childOf(identity, 'userClaim')) ?? 'sub'
  if (serverClaim && textOf(serverClaim.value) === userClaim) {
    report(serverClaim.value.start, '`serverClaim` and `userClaim` must be two claims')
  }
}

/** Names that never arrive as the client sent them, because they are about the connection or come from Weir. */
const RESERVED_HEADER =
  /^(weir-.*|host|connection|upgrade|te|trailer|transfer-encoding|content-length|keep-alive|proxy-.*|expect)$/i

function checkAlgorithm(token: TreeNode | undefined, report: Report): void {
  if (token?.kind !== 'map') return
  const jwks = entryOf(token, 'jwks')
  const algorithm = entryOf(token, 'algorithm')
  const chosen = textOf(algorithm?.value)
  if (jwks !== undefined) {
    if (algorithm === undefined) report(jwks.keyStart, '`jwks` needs `algorithm`: `RS256` or `ES256`')
    else if (chosen === 'HS256') {
      report(
        algorithm.value.start,
        '`HS256` uses the app’s own secret and no `jwks`; write `RS256` or `ES256`, or remove `jwks`',
      )
    }
    return
  }
  if (algorithm !== undefined && (chosen === 'RS256' || chosen === 'ES256')) {
    report(algorithm.value.start, `\`${chosen}\` needs \`jwks\`, the URL of the public keys`)
  }
  for (const key of ['issuer', 'audience', 'appClaim']) {
    const entry = entryOf(token, key)
    if (entry !== undefined)
      report(entry.keyStart, `\`${key}\` is checked only with \`jwks\`; add \`jwks\` or remove it`)
  }
}

/** Names that the answer to GET /rate_limits and its query use for other things. */
const RESERVED_PLATFORMS = ['server_side', 'endpoints', 'duration']

function checkPlatforms(root: TreeNode, report: Report): void {
  const section = entryOf(root, 'platforms')
  if (section?.value.kind !== 'map') return
  const platforms = entriesOf(section.value)
  const judge = createPatternJudge()
  let server = false
  for (const [index, [name, entry]] of platforms.entries()) {
    if (RESERVED_PLATFORMS.includes(name))
      report(entry.keyStart, `\`${name}\` is a reserved word; choose another name`)
    if (childOf(entry.value, 'default') !== undefined && index < platforms.length - 1) {
      report(
        entry.keyStart,
        `the default platform \`${name}\` must be the last one; those after it could never match`,
      )
    }
    if (childOf(entry.value, 'token') !== undefined) {
      if (server) report(entry.keyStart, `\`${name}\` is a second server platform; there is only one`)
      else checkServerPlatform(root, name, entry, report)
      server = true
    }
    checkMatches(childOf(entry.value, 'matches'), name, judge, report)
  }
  if (!platforms.some(([, entry]) => childOf(entry.value, 'default') !== undefined)) {
    report(
      section.keyStart,
      '`platforms` needs a last one that takes everything else: `web: { default: true }`',
    )
  }
}

function checkServerPlatform(root: TreeNode, name: string, entry: TreeEntry, report: Report): void {
  if (textOf(childOf(childOf(root, 'identity'), 'token')) !== 'none') return
  report(
    entry.keyStart,
    `the server platform \`${name}\` needs server tokens, but \`identity.token\` is \`none\``,
  )
}

function checkMatches(
  node: TreeNode | undefined,
  platform: string,
  judge: PatternJudge,
  report: Report,
): void {
  const matches = textOf(node)
  if (node === undefined || matches === undefined || matches === '' || matches.length > 1_000) return
  const problem = judge(matches)
  if (problem !== undefined) report(node.start, `\`platforms.${platform}.matches\` ${problem}`)
}

function checkUnmatched(root: TreeNode, known: KnownNames, report: Report): void {
  const node = childOf(root, 'unmatched')
  const name = textOf(node)
  if (node === undefined || name === undefined || name === 'reject') return
  if (name === 'default' || known.declared.has(name)) {
    report(
      node.start,
      `\`unmatched\` names \`${name}\`, which is taken; choose a name of its own, such as \`Other\``,
    )
  }
}

function checkMetering(
  root: TreeNode,
  endpoints: readonly Endpoint[],
  known: KnownNames,
  report: Report,
): void {
  const node = childOf(childOf(root, 'metering'), 'connections')
  if (node === undefined || textOf(node) === 'none') return
  const websockets = endpoints.filter(endpoint => endpoint.websocket).map(endpoint => endpoint.name)
  const plain = new Set(endpoints.filter(endpoint => !endpoint.websocket).map(endpoint => endpoint.name))
  const seen = new Set<string>()
  for (const item of node.kind === 'list' ? itemsOf(node) : [node]) {
    const name = textOf(item)
    if (name === undefined) continue
    if (seen.has(name)) report(item.start, `\`${name}\` stands here twice`)
    seen.add(name)
    if (!checkEndpointName(name, item.start, known, report)) continue
    // An endpoint whose own text is wrong is not among these, and is no second mistake.
    if (plain.has(name)) {
      report(
        item.start,
        () =>
          `\`${name}\` is no websocket endpoint, so it has no connections to count${suggestion(name, websockets)}`,
      )
    }
  }
}

function checkOrigins(root: TreeNode, report: Report): void {
  const cors = childOf(root, 'cors')
  const origins = itemsOf(childOf(cors, 'origins'))
  const star = origins.find(origin => textOf(origin) === '*')
  if (star !== undefined && origins.length > 1)
    report(star.start, '`*` means every origin; write it alone or leave it out')
  for (const header of itemsOf(childOf(cors, 'headers'))) {
    if (textOf(header) === '*')
      report(header.start, '`*` does not cover Authorization; list the headers by name')
  }
}
