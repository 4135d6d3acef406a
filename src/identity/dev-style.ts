import { hash } from 'node:crypto';

/** The style sheet of the sign-in pages: light and dark, no external part. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#f4f5f7;--card:#fff;--ink:#16202e;--soft:#566376;--line:#d9dee6;--accent:#0f5f6b;
--on-accent:#fff;--warn:#fff6dd;--warn-ink:#6b4a00;--warn-line:#ecd59a;--bad:#a3231b;--chip:#eef2f5}
@media (prefers-color-scheme:dark){:root{--paper:#0e141b;--card:#161f29;--ink:#e8edf3;--soft:#9aa8b8;--line:#2b3845;
--accent:#5cc4d1;--on-accent:#06262b;--warn:#2d2613;--warn-ink:#f0d48a;--warn-line:#5c4a1a;--bad:#ff9a90;--chip:#1f2b37}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:2rem 1rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:29rem;background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:2rem;
box-shadow:0 12px 40px rgb(10 20 35/.08)}
header{display:flex;align-items:center;gap:.6rem;margin-bottom:1.25rem;color:var(--soft);font-size:.875rem}
header svg{width:1.6rem;height:1.6rem;color:var(--accent);flex:none}
header b{margin-left:auto;font-weight:600;font-size:.75rem;border:1px solid var(--warn-line);background:var(--warn);
color:var(--warn-ink);border-radius:1rem;padding:.1rem .6rem}
h1{font-size:1.4rem;line-height:1.25;margin:0 0 .4rem;overflow-wrap:anywhere;text-wrap:balance}
h2{font-size:.8125rem;font-weight:600;color:var(--soft);margin:1.5rem 0 .5rem}
p{margin:0 0 1rem}
ul+p{margin-top:1.25rem}
.soft{color:var(--soft)}
dl{display:grid;grid-template-columns:auto 1fr;gap:.35rem 1rem;margin:1.25rem 0;font-size:.9375rem}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
code{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--chip);border-radius:.3rem;
padding:.1em .35em;overflow-wrap:anywhere}
ul{list-style:none;margin:0;padding:0;border:1px solid var(--line);border-radius:.6rem}
li{padding:.7rem .9rem}
li+li{border-top:1px solid var(--line)}
li code{display:inline-block;margin-top:.2rem;color:var(--soft)}
li span{display:block}
.person{display:flex;align-items:center;gap:.8rem}
.person div{min-width:0}
.person i{font-style:normal;font-weight:600;width:2.25rem;height:2.25rem;border-radius:50%;background:var(--chip);
color:var(--accent);display:grid;place-items:center;flex:none}
.person form{margin-left:auto}
.note{border:1px solid var(--warn-line);background:var(--warn);color:var(--warn-ink);border-radius:.6rem;
padding:.7rem .9rem;font-size:.9375rem}
.bad{color:var(--bad);font-weight:600}
label{display:block;font-size:.875rem;font-weight:600;margin-bottom:.75rem}
input{display:block;width:100%;font:inherit;margin-top:.25rem;padding:.55rem .7rem;border:1px solid var(--line);
border-radius:.5rem;background:var(--paper);color:var(--ink)}
button{font:inherit;font-weight:600;padding:.55rem 1.1rem;border-radius:.5rem;border:1px solid var(--line);
background:transparent;color:var(--ink);cursor:pointer}
button.go{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
button.link{border:0;padding:0;font-weight:400;font-size:.875rem;color:var(--accent);text-decoration:underline}
button:hover{filter:brightness(1.08)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.row{display:flex;gap:.75rem;margin:1.5rem 0 1rem}
.row button{flex:1}
form{margin:0}
`;

/** The source expression that lets exactly this style sheet through a content security policy. */
export const STYLE_SOURCE: string = `'sha256-${hash('sha256', STYLE, 'base64')}'`;
