/** Both colour schemes keep a contrast of at least 4.5 to 1; below 60rem the contents stand above the text. */
export const docsStyle = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #55606e; --paper: #fbfbfa; --line: #d9dde2; --panel: #f1f3f5; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ed; --soft: #a3adb9; --paper: #14181d; --line: #323a44; --panel: #1d232a; --link: #7fb8f5; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0 auto; max-width: 78rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .25rem; text-transform: capitalize; }
h3 { font-size: 1.1rem; margin: 0 0 .25rem; }
h4 { font-size: .95rem; margin: 1rem 0 .25rem; }
p { margin: .4rem 0; max-width: 46rem; }
a { color: var(--link); }
header p { color: var(--soft); }
nav { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .5rem 1.5rem; margin: 1.5rem 0; padding: 1rem 0; border-block: 1px solid var(--line); font-size: .92rem; }
nav ul { list-style: none; margin: .25rem 0 .5rem; padding: 0; }
nav li { padding: .1rem 0; }
nav strong { text-transform: capitalize; }
section { border-top: 1px solid var(--line); padding: 1.25rem 0; }
code, pre { font-family: ui-monospace, monospace; font-size: .88em; }
pre { background: var(--panel); padding: .75rem 1rem; border-radius: .4rem; overflow-x: auto; overflow-wrap: normal; }
.method { display: inline-block; min-width: 4rem; font: 600 .8rem/1.6 ui-monospace, monospace; text-align: center; border: 1px solid currentcolor; border-radius: .3rem; }
details { margin: .75rem 0; }
summary { cursor: pointer; font-weight: 600; font-size: .95rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); font-weight: normal; }
th { min-width: 9rem; }
td:nth-child(2) { color: var(--soft); min-width: 7rem; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media (min-width: 60rem) { body { padding-inline: 2rem; } }
`
