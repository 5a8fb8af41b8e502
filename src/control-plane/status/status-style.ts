/**
 * Both colour schemes keep a contrast of at least 4.5 to 1 for text and 3 to 1 for what is drawn; a test computes it. No
 * state is told by its colour alone: each has an icon of its own shape and a word, each day a bar of its own shape.
 */
export const statusStyle = `
:root { color-scheme: light dark;
  --ink: #17202a; --soft: #55616e; --paper: #f6f7f9; --card: #ffffff; --line: #dfe4ea; --link: #0a58a8;
  --ok: #1b7f4d; --warn: #a05a00; --bad: #bf2b2b; --work: #2a62b5; --none: #7c8794;
  --ok-soft: #e9f5ee; --warn-soft: #fdf3e1; --bad-soft: #fdecec; --work-soft: #eaf1fb; --none-soft: #eef1f4; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e7ecf1; --soft: #a2aebb; --paper: #0e1318; --card: #161c23; --line: #2b343e; --link: #83bbf7;
  --ok: #45b881; --warn: #e2a33a; --bad: #f27a72; --work: #79aef2; --none: #7b8794;
  --ok-soft: #12271d; --warn-soft: #2b2112; --bad-soft: #301a1a; --work-soft: #152338; --none-soft: #1d242c; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 54rem; padding: 0 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); text-underline-offset: .18em; text-decoration-thickness: .07em; }
:focus-visible { outline: .18rem solid var(--link); outline-offset: .18rem; border-radius: .2rem; }
h1, h2, h3 { line-height: 1.25; letter-spacing: -.01em; text-wrap: balance; }
h2 { font-size: 1.2rem; margin: 3rem 0 .9rem; }
h3 { font-size: 1.02rem; margin: 0; }
p { margin: .35rem 0; }
p { text-wrap: pretty; }
time { white-space: nowrap; }
time, td, .figure { font-variant-numeric: tabular-nums; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .4rem .8rem; z-index: 1; }
.soft { color: var(--soft); font-size: .92rem; }
.site { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; justify-content: space-between; padding: 1.75rem 0 1.25rem; }
.site .name { font-weight: 650; font-size: 1.08rem; color: inherit; text-decoration: none; }
.site .name:hover { text-decoration: underline; }
.site nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .92rem; }
.icon { width: 1.15em; height: 1.15em; flex: none; vertical-align: -.2em; }
.icon .cut { fill: none; stroke: var(--card); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.operational { --tone: var(--ok); --tone-soft: var(--ok-soft); }
.degraded, .minor { --tone: var(--warn); --tone-soft: var(--warn-soft); }
.outage, .major, .critical { --tone: var(--bad); --tone-soft: var(--bad-soft); }
.maintenance, .planned, .under-way { --tone: var(--work); --tone-soft: var(--work-soft); }
.unknown, .over, .cancelled, .resolved { --tone: var(--none); --tone-soft: var(--none-soft); }
.banner { display: flex; gap: 1rem; align-items: center; background: var(--tone-soft); border: 1px solid var(--tone); border-left-width: .4rem; border-radius: .6rem; padding: 1.2rem 1.4rem; }
.banner .icon { width: 2.2rem; height: 2.2rem; color: var(--tone); }
.banner h1, .banner h2 { font-size: clamp(1.3rem, 1.05rem + 1.4vw, 1.75rem); margin: 0; }
.banner p { margin: .1rem 0 0; }
.notice { border: 1px solid var(--warn); border-left-width: .4rem; background: var(--warn-soft); border-radius: .6rem; padding: .8rem 1.2rem; margin: 0 0 1rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1.15rem 1.35rem; }
.card > h2 { margin: 0; }
.card + .card { margin-top: .9rem; }
.incident.open { border-left: .4rem solid var(--tone); }
.tag { display: inline-flex; gap: .4em; align-items: center; white-space: nowrap; font-size: .88rem; font-weight: 600; color: var(--ink); }
.tag .icon { color: var(--tone); }
.meta { display: flex; flex-wrap: wrap; gap: .1rem 1rem; align-items: center; color: var(--soft); font-size: .92rem; margin: .3rem 0 0; }
.updates { list-style: none; margin: .9rem 0 0; padding: 0; }
.updates li { position: relative; padding: 0 0 .9rem 1.3rem; border-left: 2px solid var(--line); margin-left: .3rem; }
.updates li:last-child { padding-bottom: 0; border-color: transparent; }
.updates li::before { content: ""; position: absolute; left: -.36rem; top: .5em; width: .6rem; height: .6rem; border-radius: 50%; background: var(--card); border: 2px solid var(--soft); }
.updates li:first-child::before { background: var(--soft); }
.updates .text { white-space: pre-line; }
.updates .text, .plain { max-width: 44rem; }
.components { list-style: none; padding: 0; margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
.components > li { padding: 1.15rem 1.35rem 1.1rem; }
.components > li + li { border-top: 1px solid var(--line); }
.row { display: flex; flex-wrap: wrap; gap: .1rem 1rem; justify-content: space-between; align-items: center; }
.bars { display: block; width: 100%; height: 2.3rem; margin: .65rem 0 .3rem; overflow: visible; }
.bars .ok { fill: var(--ok); } .bars .warn { fill: var(--warn); } .bars .work { fill: var(--work); } .bars .none { fill: var(--none); }
.bars .bad { fill: url(#hatch); } .bars .hit { fill: transparent; }
.bars g:hover .hit { fill: var(--ink); fill-opacity: .14; }
.bad-ground { fill: var(--bad); } .bad-lines { stroke: var(--card); stroke-width: 2; }
.pattern { position: absolute; width: 0; height: 0; }
.scale { display: flex; justify-content: space-between; gap: .75rem; color: var(--soft); font-size: .85rem; }
.scale .figure { color: var(--ink); font-weight: 600; text-align: center; }
details { margin-top: .5rem; font-size: .92rem; }
summary { cursor: pointer; color: var(--soft); width: fit-content; }
summary:hover { color: var(--ink); }
.legend { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: .35rem 1.35rem; list-style: none; padding: 0; margin: .9rem 0 0; color: var(--soft); font-size: .85rem; }
.legend li { display: inline-flex; align-items: center; gap: .45rem; }
.legend .bars { width: .5rem; height: 1.3rem; margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; overflow-wrap: normal; }
caption { text-align: left; color: var(--soft); padding-bottom: .4rem; }
th, td { text-align: left; padding: .42rem 1rem .42rem 0; border-bottom: 1px solid var(--line); font-weight: 400; vertical-align: baseline; white-space: nowrap; }
thead th { color: var(--soft); font-size: .85rem; }
tbody tr:last-child > * { border-bottom: 0; }
td.number, th.number { text-align: right; }
.head { font-family: ui-monospace, SFMono-Regular, Menlo, monospace; font-size: .82rem; white-space: normal; overflow-wrap: anywhere; }
.day { margin-top: 1.75rem; }
.day > h3 { color: var(--soft); font-weight: 600; font-size: .95rem; margin-bottom: .5rem; }
form { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: end; margin: .6rem 0 0; }
form .field { flex: 1 1 16rem; }
label { display: block; font-size: .88rem; color: var(--soft); margin-bottom: .2rem; }
input { width: 100%; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--none); border-radius: .4rem; padding: .5rem .7rem; min-height: 2.75rem; }
.check { display: grid; gap: 1rem; margin: 1.5rem 0; }
.check .check, .check > .card { margin: 0; }
.fields { display: grid; gap: 1.2rem; padding-block: 1.4rem; }
.fields p { margin: 0; }
.fields label { color: var(--ink); font-weight: 600; margin-bottom: .4rem; }
input.head { font-family: ui-monospace, SFMono-Regular, Menlo, monospace; font-size: .88rem; }
input[type=file] { padding: .4rem; min-height: 3rem; cursor: pointer; }
input::file-selector-button { font: inherit; font-weight: 600; color: var(--card); background: var(--link); border: 0; border-radius: .3rem; padding: .4rem .9rem; margin-right: .9rem; cursor: pointer; }
.told { margin: 0; padding-left: 1.15rem; }
h3 + .told { margin-top: .7rem; }
.told li + li { margin-top: .55rem; }
.told li::marker { color: var(--soft); }
button { font: inherit; font-weight: 600; color: var(--card); background: var(--link); border: 1px solid var(--link); border-radius: .4rem; padding: .5rem 1.1rem; min-height: 2.75rem; cursor: pointer; }
button:hover { filter: brightness(1.12); }
.ways { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; list-style: none; margin: .3rem 0 0; padding: 0; }
footer { margin-top: 3.5rem; padding-top: 1.2rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .88rem; }
@media (max-width: 34rem) { .stacks thead { position: absolute; left: -99rem; } .stacks tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); } .stacks tbody tr:last-child { border-bottom: 0; } .stacks th, .stacks td { display: flex; justify-content: space-between; gap: 1rem; padding: .1rem 0; border-bottom: 0; } .stacks tbody th { font-weight: 600; } .stacks td::before { content: attr(data-label); color: var(--soft); } }
@media (max-width: 34rem) { body { padding-inline: 1rem; } .card, .components > li, .banner { padding-inline: 1rem; } .banner { gap: .8rem; } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media print { :root { --paper: #fff; } body { max-width: none; padding: 0; font-size: 10pt; } nav, form, .skip, #stay-informed { display: none; } .card, .components > li, .banner { break-inside: avoid; } * { print-color-adjust: exact; } a { color: inherit; } }
`
